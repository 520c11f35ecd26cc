"""Reading lyrics line by line: the original's way against ReUmi's, on KoBERT's real size with random weights.

The original calls its model sentence by sentence, each padded to 64 tokens, with a DataLoader made anew for every call. ReUmi reads each
different line of some songs once, in batches of like length with hardly any padding, by ONNX Runtime in 32 or 8 bits. The lyrics are
those of the demo songs, choruses and all, once as they were written and once broken into lines as short as Melon's; every way labels all
their sung lines. `times faster` is therefore lines per second over the original's.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import reumi.replica
from benchmarks.harness import Report, alternate
from tagging.bundle import load_classifier, write_config
from tagging.classifier import Classifier
from tagging.lyrics import lines_of, lyric_of
from tagging.text import clean

SONGS = Path(reumi.replica.__file__).parent / "songs"
_ORIGINAL = "the original's way"
# Characters of a sung line on Melon: the mean over the 115 lines of two captured song pages. The demo songs' lines are twice as long.
_MELON_LINE = 10.8


def run(smoke: bool = False) -> Report:
    """Measure, in a scratch folder that takes half a gigabyte."""
    report = Report("tagging", _ORIGINAL)
    lyrics = _lyrics(1 if smoke else 8)
    scratch = Path(tempfile.mkdtemp(prefix="reumi-bench-"))
    try:
        network, tokenizer = _random_kobert(scratch, *((1, 192) if smoke else (12, 768)))
        readers = {
            name: load_classifier(_bundle(scratch / name.replace(" ", "-"), network, tokenizer, int8))
            for name, int8 in (("KoBERT fp32", False), ("KoBERT int8", True))
        }
        readers["the default"] = default = load_classifier()
        short = [_broken(text) for text in lyrics]
        for shape, texts in (("lines as the demo songs have them", lyrics), ("lines as short as Melon's", short)):
            _compare(report, shape, texts, readers, lambda lines: _as_the_original(network, tokenizer, lines), rounds=1 if smoke else 3)
        many = _lyrics(1 if smoke else 60)
        report.figures["lines/s, the default over different lines"] = _default_alone(default, many)
        report.figures["lines/s, the default over different short lines"] = _default_alone(default, [_broken(text) for text in many])
        report.figures["all that `reumi tag` reads, times the lines alone"] = _beside_lines(default, [_broken(text) for text in many])
        report.figures["cold start of `reumi predict`, s"] = _cold_start(1 if smoke else 5)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return report


def _compare(
    report: Report,
    shape: str,
    lyrics: Sequence[str],
    readers: Mapping[str, Classifier],
    original: Callable[[Sequence[str]], object],
    rounds: int,
) -> None:
    sung = [clean(line) for text in lyrics for line in text.splitlines() if line.strip()]
    ways: dict[str, Callable[[], object]] = {_ORIGINAL: lambda: original(sung)}
    ways |= {name: lambda reader=reader: _read(reader, lyrics) for name, reader in readers.items()}
    timings = alternate(ways, rounds)
    report.add(f"{len(sung)} sung {shape}, {len(lyrics)} songs", timings)
    for way, seconds in timings.items():
        report.figures[f"lines/s, {shape}, {way}"] = len(sung) / float(np.median(seconds))


def _broken(lyrics: str) -> str:
    """The same words in lines as short as Melon's: each line in equal parts, cut at spaces."""
    lines = []
    for line in lyrics.splitlines():
        parts = max(1, round(len(line) / _MELON_LINE))
        lines += textwrap.wrap(line, math.ceil(len(line) / parts) + 2) or [""]
    return "\n".join(lines)


def _lyrics(number: int) -> list[str]:
    songs = [
        song["lyrics"]
        for path in sorted(SONGS.glob("*.toml"))
        for song in tomllib.loads(path.read_text(encoding="utf-8"))["song"]
        if song.get("lyrics", "").strip()
    ]
    return songs[:: max(len(songs) // number, 1)][:number]


def _read(reader: Classifier, lyrics: Sequence[str]) -> object:
    """The lines of several songs together, as `reumi tag` reads them; passages and whole lyrics, which it reads too, stand aside here."""
    return reader.predict_proba([line.text for text in lyrics for line in lines_of(text)])


def _default_alone(default: Classifier, lyrics: Sequence[str]) -> float:
    """The default's median rate of three over different lines, all in one call: nothing is de-duplicated and nothing cached."""
    lines = list(dict.fromkeys(line.text for text in lyrics for line in lines_of(text)))
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        default.predict_proba(lines)
        seconds.append(time.perf_counter() - started)
    return len(lines) / float(np.median(seconds))


def _beside_lines(default: Classifier, lyrics: Sequence[str]) -> float:
    """How much longer lines, passages and whole lyrics take than the lines, by medians of three."""
    found = [lyric_of(text) for text in lyrics]
    ways: dict[str, Callable[[], object]] = {
        "lines": lambda: default.predict_proba([line.text for lyric in found for line in lyric.lines]),
        "all": lambda: default.predict_proba([part.text for lyric in found for part in lyric.read]),
    }
    timings = alternate(ways, rounds=3)
    return float(np.median(timings["all"]) / np.median(timings["lines"]))


def _cold_start(rounds: int) -> float:
    """Median seconds of a whole process that reads one sentence."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "reumi", "predict", "-"],
            input="오늘은 괜히 눈물이 났다\n",
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _random_kobert(scratch: Path, layers: int, width: int) -> tuple[Any, Any]:
    """KoBERT's configuration (12 layers, 768 wide) with random weights, and a SentencePiece vocabulary learned from the songs."""
    import sentencepiece
    import transformers

    from tagging.networks import empty_network
    from tagging.tokenizer import load_tokenizer

    corpus = scratch / "corpus.txt"
    corpus.write_text("\n".join(_lyrics(1000)), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(scratch / "spiece"), vocab_size=8002, character_coverage=1.0, hard_vocab_limit=False,
        unk_id=0, pad_id=1, bos_id=2, eos_id=3, unk_piece="[UNK]", pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", minloglevel=2,
    )  # fmt: skip
    transformers.set_seed(0)
    shape = {"vocab_size": 8002, "num_hidden_layers": layers, "num_attention_heads": 12, "max_position_embeddings": 512, "pad_token_id": 1}
    shape |= {"hidden_size": width, "intermediate_size": 4 * width}
    return empty_network("kobert", shape).eval(), load_tokenizer(scratch)


def _bundle(folder: Path, network: Any, tokenizer: Any, int8: bool) -> Path:
    from tagging.export import export_graph
    from tagging.tokenizer import save_tokenizer

    folder.mkdir()
    export_graph(network, folder, tokenizer, prefix="", int8=int8)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    save_tokenizer(tokenizer, folder)
    write_config(folder, name=folder.name, kind="kobert", parts={"kobert": 1.0}, options={"prefix": "", "pad_id": 1})
    return folder


def _as_the_original(network: Any, tokenizer: Any, lines: Sequence[str]) -> list[int]:
    """One sentence a call, padded to 64, a DataLoader for each."""
    import torch

    answers = []
    for line in lines:
        ids = tokenizer.encode(line).ids[:64]
        row = torch.tensor([ids + [1] * (64 - len(ids))])
        for batch in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(row, (row != 1).long()), batch_size=64):
            with torch.no_grad():
                answers.append(int(network(input_ids=batch[0], attention_mask=batch[1]).logits.argmax()))
    return answers
