"""Trains the default model: `python scripts/train_default.py --open DIR --encoder DIR -o tagging/default`.

Nothing under AI Hub's terms goes in. Stage 1 teaches a small pretrained encoder (multilingual-e5-small, MIT, vocabulary trimmed) the fine
emotions of the openly licensed sets, each with a head of its own, so that no label has to be mapped: KOTE (44), GoEmotions in Korean
(28), songys' chatbot (3). Stage 2 teaches it the seven labels on ReUmi's own sentences and whole texts. A linear model on the same
sentences and the mapped open sets stands beside it. A twelfth of the own sentences is set aside to find the shares and the temperature;
the held-out files are never read here. With `--average`, the encoder that ships is the mean, weight by weight, of this one and of an
earlier default that came from the same stage 1 (Wortsman et al., "Model soups", ICML 2022); shares and temperature are found before,
since the earlier one may have learned the sentences set aside now. An hour and a half on one core.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from tagging.bundle import CARD, write_config
from tagging.calibration import best_share, best_temperature
from tagging.corpora.open_sets import read_chatbot, read_goemotions, read_kote
from tagging.corpora.sentences import Sentence, read_own, read_whole
from tagging.dequantise import float_weights
from tagging.emotions import LABELS
from tagging.export import export_graph
from tagging.linear import FILE as LINEAR_FILE
from tagging.linear import LinearModel
from tagging.linear_training import fit_linear
from tagging.networks import NETWORK_FILE, mean_pooled
from tagging.reader import log_softmax, windows_of
from tagging.sources import pair_ids
from tagging.tensors import save_tensors
from tagging.text import clean
from tagging.transformer import MAX_TOKENS, OnnxTransformer, padded
from tagging.vocabulary import trim

# Longer windows than a sentence read whole diaries and lyrics better: see docs/emotions.md.
PREFIX, PAD, WINDOW = "query: ", 1, 340
SAYS = {"kote": 0.6, "goemotions": 0.25, "chatbot": 0.25, "own-diary": 3.0, "own-lyric": 3.0}

STAGE_1 = {"rate": 1.5e-4, "batch": 64, "epochs": 1}
STAGE_2 = {"rate": 1.5e-4, "batch": 24, "epochs": 5}
STAGE_3 = {"rate": 5e-5, "batch": 24, "epochs": 1}
WHOLE_BATCH = 8
Row = tuple[list[int], Any]


def main() -> None:
    """Run the stages and write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=Path, required=True, help="folder with the openly licensed sets")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the pretrained encoder: config, weights, tokenizer.json")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, default=Path("default-training"), help="scratch folder; finished stages in it are not run again"
    )
    parser.add_argument("--average", type=Path, help="folder of an earlier default to average the encoder with")
    options = parser.parse_args()
    torch.set_num_threads(1)  # with more, sums are added up in another order each time
    options.work.mkdir(exist_ok=True)
    own = [sentence for kind in ("diary", "lyric") for sentence in read_own(kind, held_out=False)]
    random.Random(0).shuffle(own)
    aside, fitted = own[: len(own) // 12], own[len(own) // 12 :]
    open_sets = _mapped_open_sets(options.open)
    if not (options.work / "stage-1.pt").exists():
        torch.save(_stage_1(options.encoder, options.open).state_dict(), options.work / "stage-1.pt")
    if not (options.work / "encoder.pt").exists():
        bert = BertModel.from_pretrained(options.encoder, add_pooling_layer=False)
        bert.load_state_dict(torch.load(options.work / "stage-1.pt", weights_only=True))
        torch.save(_stage_2(bert, options.encoder, fitted, _whole_texts()).state_dict(), options.work / "encoder.pt")
    network = mean_pooled(BertModel.from_pretrained(options.encoder, add_pooling_layer=False))
    network.load_state_dict(torch.load(options.work / "encoder.pt", weights_only=True))
    write_default(network, options.encoder, fitted, aside, open_sets, options.output, options.average)


def _stage_1(encoder: Path, folder: Path) -> Any:
    """Fine emotions of the open sets, a head for each set."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(encoder, 72)
    tasks = {"kote": _fine_rows(folder, "kote_*.tsv", 1, 44), "goemotions": _goemotions(folder), "chatbot": _chatbot(folder)}
    bert = BertModel.from_pretrained(encoder, add_pooling_layer=False)
    heads = torch.nn.ModuleDict({name: torch.nn.Linear(bert.config.hidden_size, len(rows[0][1])) for name, rows in tasks.items()})
    rng = random.Random(0)
    batches: list[tuple[str, list[Row]]] = []
    for name, rows in tasks.items():
        encoded = [(tokenizer.encode(PREFIX + clean(text)).ids, labels) for text, labels in rows]
        batches += [(name, batch) for batch in _batches(encoded, STAGE_1["batch"], rng)]
    rng.shuffle(batches)

    def loss(name: str, rows: list[Row]) -> Any:
        wanted = torch.tensor(np.stack([labels for _, labels in rows]))
        # Most fine labels are absent from most rows; the factor brings the mean over 44 of them to the size of a cross entropy.
        return 8 * torch.nn.functional.binary_cross_entropy_with_logits(heads[name](_pooled(bert, rows)), wanted)

    _descend(
        [*bert.parameters(), *heads.parameters()],
        [lambda name=name, rows=rows: loss(name, rows) for name, rows in batches],
        STAGE_1["rate"],
    )
    return bert


def _whole_texts() -> list[Sentence]:
    """Diary entries and songs, the long ones in the windows that they are read in later."""
    return [
        replace(text, text=window)
        for kind in ("diary", "lyric")
        for text in read_whole(kind, held_out=False)
        for window in windows_of(clean(text.text), WINDOW)
    ]


def _stage_2(bert: Any, encoder: Path, own: Sequence[Sentence], whole: Sequence[Sentence]) -> Any:
    """The seven labels on the own sentences and whole texts, then one gentle epoch more."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(encoder, MAX_TOKENS)
    short, long = (
        [(tokenizer.encode(PREFIX + clean(text.text)).ids, LABELS.index(text.label)) for text in texts] for texts in (own, whole)
    )
    network = mean_pooled(bert).train()
    rng = random.Random(0)

    def loss(batch: list[Row]) -> Any:
        logits = network.classifier(network.dropout(_pooled(bert, batch)))
        return torch.nn.functional.cross_entropy(logits, torch.tensor([label for _, label in batch]), label_smoothing=0.1)

    for stage in (STAGE_2, STAGE_3):
        batches: list[list[Row]] = []
        for _ in range(stage["epochs"]):
            # Small batches of the whole texts: there are few of them, and each says more.
            epoch = [*_batches(short, stage["batch"], rng), *_batches(long, WHOLE_BATCH, rng)]
            rng.shuffle(epoch)
            batches += epoch
        _descend(list(network.parameters()), [lambda batch=batch: loss(batch) for batch in batches], stage["rate"])
    return network


def _descend(parameters: list[Any], losses: Sequence[Callable[[], Any]], rate: float) -> None:
    """AdamW with a one-cycle rate, gradients clipped at 1."""
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=len(losses), pct_start=0.1)
    for number, loss in enumerate(losses, start=1):
        optimiser.zero_grad()
        value = loss()
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if number % 50 == 0:
            print(f"step {number} of {len(losses)}, loss {float(value.detach()):.3f}", flush=True)


def _pooled(bert: Any, rows: Sequence[Row]) -> Any:
    """Mean over the tokens' states, in float32; the states in bfloat16."""
    ids, mask = (torch.from_numpy(array) for array in padded([row for row, _ in rows], PAD))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = bert(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).float()
    return (states.float() * weights).sum(1) / weights.sum(1)


def _batches(rows: Sequence[Row], size: int, rng: random.Random) -> Iterator[list[Row]]:
    """Batches of like length in random order; lengths are blurred, so that no batch repeats from epoch to epoch."""
    ordered = sorted(rows, key=lambda row: len(row[0]) + 4 * rng.random())
    found = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    rng.shuffle(found)
    yield from found


def _tokenizer(encoder: Path, length: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.enable_truncation(length)
    return tokenizer


def _fine_rows(folder: Path, pattern: str, column: int, size: int) -> list[tuple[str, Any]]:
    """Rows of text and a 0/1 vector over the set's own labels, which stand in the column after the text."""
    rows = []
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            for cells in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_MINIMAL if column else csv.QUOTE_NONE):
                labels = np.zeros(size, dtype=np.float32)
                labels[[int(number) for number in cells[column + 1].split(",")]] = 1
                rows.append((cells[column], labels))
    return rows


def _goemotions(folder: Path) -> list[tuple[str, Any]]:
    """GoEmotions with its common labels thinned to some 900 rows each, and 1,500 neutral rows."""
    rows = _fine_rows(folder, "goemotions_ko_*.tsv", 0, 28)
    random.Random(0).shuffle(rows)
    kept, neutral, counts = [], [], Counter[int]()
    for text, labels in rows:
        ids = np.flatnonzero(labels).tolist()
        if ids == [27]:
            neutral.append((text, labels))
        elif min(counts[number] for number in ids) < 900:
            counts.update(ids)
            kept.append((text, labels))
    return kept + neutral[:1500]


def _chatbot(folder: Path) -> list[tuple[str, Any]]:
    """Questions on parting and love, and 3,000 everyday ones."""
    with next(folder.glob("chatbot*.csv")).open(encoding="utf-8", newline="") as file:
        rows = [(row["Q"], np.eye(3, dtype=np.float32)[int(row["label"])]) for row in csv.DictReader(file)]
    random.Random(0).shuffle(rows)
    everyday = [row for row in rows if row[1][0]]
    return [row for row in rows if not row[1][0]] + everyday[:3000]


def _mapped_open_sets(folder: Path) -> list[Sentence]:
    """The open sets in the seven labels, for the linear model; of GoEmotions at most 2,500 a label."""
    found = [sentence for path in sorted(folder.glob("kote_*.tsv")) for sentence in read_kote(path)]
    translated = list(read_goemotions(folder / "goemotions_ko_train.tsv"))
    random.Random(0).shuffle(translated)
    counts = Counter[str]()
    for sentence in translated:
        counts[sentence.label] += 1
        if counts[sentence.label] <= 2500:
            found.append(sentence)
    return found + list(read_chatbot(next(folder.glob("chatbot*.csv"))))


def fit_beside(own: Sequence[Sentence], open_sets: Sequence[Sentence], buckets: int = 1 << 17) -> dict[str, Any]:
    """The linear model's tensors."""
    rows = [*open_sets, *own]
    says = np.array([SAYS[row.corpus] for row in rows], dtype=np.float32)
    return fit_linear([row.text for row in rows], pair_ids(rows, ("",)), says, buckets=buckets, strength=1.5, balance=1.0)


def write_default(
    network: Any,
    encoder: Path,
    fitted: Sequence[Sentence],
    aside: Sequence[Sentence],
    open_sets: Sequence[Sentence],
    output: Path,
    earlier: Path | None,
) -> None:
    """Trim the vocabulary, export in 8 bits, fit the linear model, find shares and temperature on the part set aside, average, seal."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    texts = [PREFIX + clean(sentence.text) for sentence in (*open_sets, *fitted, *aside)]
    kept = torch.from_numpy(trim(encoder / "tokenizer.json", output, texts))
    bert = network.bert
    bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(
        bert.embeddings.word_embeddings.weight.detach()[kept], padding_idx=PAD
    )
    bert.config.vocab_size = len(kept)
    bert.config.to_json_file(str(output / NETWORK_FILE))
    tokenizer = Tokenizer.from_file(str(output / "tokenizer.json"))
    export_graph(network, output, tokenizer, prefix=PREFIX, int8=True)
    linear = fit_beside(fitted, open_sets)
    graph = OnnxTransformer(output / "model.onnx", output / "tokenizer.json", prefix=PREFIX, pad_id=PAD)
    cleaned, wanted = [clean(sentence.text) for sentence in aside], np.array([LABELS.index(sentence.label) for sentence in aside])
    parts = [log_softmax(scorer.logits(cleaned).astype(np.float64)) for scorer in (graph, LinearModel(linear))]
    share = best_share(parts[0], parts[1], wanted, np.linspace(0.3, 1.0, 15).tolist())
    temperature = best_temperature(share * parts[0] + (1 - share) * parts[1], wanted)
    print(json.dumps({"share": share, "temperature": temperature, "pieces": len(kept)}))
    if earlier is not None:
        _average(network, tokenizer, earlier)
        export_graph(network, output, tokenizer, prefix=PREFIX, int8=True)
    save_tensors(output / LINEAR_FILE, fit_beside([*fitted, *aside], open_sets))
    card = Path(__file__).parent.parent / "docs" / "model-card.md"
    (output / CARD).write_text(card.read_text(encoding="utf-8"), encoding="utf-8")
    weights = {"encoder": share} | ({"linear": round(1 - share, 2)} if share < 1 else {})
    write_config(
        output,
        name="reumi-default",
        kind="encoder",
        parts=weights,
        temperature=temperature,
        options={"prefix": PREFIX, "pad_id": PAD, "window": WINDOW},
    )


def _average(network: Any, tokenizer: Tokenizer, earlier: Path) -> None:
    """Move every weight half of the way to the earlier default's; pieces that one of the two vocabularies lacks stay as they are."""
    pieces, others = tokenizer.get_vocab(), Tokenizer.from_file(str(earlier / "tokenizer.json")).get_vocab()
    shared = sorted(pieces.keys() & others.keys())
    ours, theirs = ([vocabulary[piece] for piece in shared] for vocabulary in (pieces, others))
    known = float_weights(earlier / "model.onnx")
    state = network.state_dict()
    for name, weights in state.items():
        other = torch.from_numpy(known[name])
        if name.endswith("word_embeddings.weight"):
            weights[ours] = (weights[ours] + other[theirs]) / 2
        else:
            state[name] = (weights + other) / 2
    network.load_state_dict(state)


if __name__ == "__main__":
    main()
