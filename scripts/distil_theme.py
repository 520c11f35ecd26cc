"""Distils the theme table that ships with ReUmi: `python scripts/distil_theme.py --open DIR --encoder DIR --work DIR`.

Stage 1 lists texts: the openly licensed sets (KOTE, songys' chatbot, GoEmotions in Korean), ReUmi's own sentences without the held-out
ones, passages put together from these, and the words that all use at least twice. No demo song and no judged diary is among them. Stage 2
reads each with the encoder (multilingual-e5-small, MIT) in 8 bits: mean over tokens, unit length. Stage 3 fits n-gram vectors to what the
encoder says, by ridge regression, and writes them in 8 bits. Stages 1 and 2 leave `texts.json` and `vectors.npy` in the work folder and
go on where they stopped. Some twenty minutes on one core, nearly all of it reading.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.background import idf
from recommender.ngrams import terms_of
from recommender.theme import CENTRES, DIARY, LYRICS, THEME_TABLE, THEME_TERMS
from tagging.corpora.sentences import read_own
from tagging.encoder_making import mean_pooling
from tagging.export import export_graph
from tagging.sentence_encoder import unit_rows
from tagging.transformer import GRAPH_FILE, TOKENS_TOGETHER, batches_by_length, open_session, padded

PREFIX, PAD, MOST_TOKENS, LONGEST = "query: ", 1, 128, 160
DIMENSIONS, LEAST_TEXTS, RIDGE, WORD_SAYS, STEPS = 128, 3, 4.0, 0.3, 40
# A passage's vector is not the sum of its sentences': kind, fewest and most sentences, what parts them, times that each sentence is used.
PASSAGES = (("diary", 2, 4, " ", 2), ("lyric", 4, 8, "\n", 3))
# Texts read before what was read is saved.
_SAVED = 4096
# Sentences put together to stand for a diary and for a lyric, when their common direction is measured.
DIARY_LINES, LYRIC_LINES = 3, 30
_WORD = re.compile("[가-힣]{2,}")
Matrix = Any


def main() -> None:
    """Run the stages and write the three arrays beside `recommender/theme.py`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=Path, required=True, help="folder with the openly licensed sets")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder: config, weights, tokenizer.json")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder")
    options = parser.parse_args()
    options.work.mkdir(exist_ok=True)
    listed = options.work / "texts.json"
    if not listed.exists():
        listed.write_text(json.dumps(texts_of(options.open), ensure_ascii=False), encoding="utf-8")
    texts = json.loads(listed.read_text(encoding="utf-8"))
    vectors = read_all(texts, options.encoder, options.work / "vectors.npy")
    write_table(texts, vectors)


def texts_of(folder: Path) -> list[str]:
    """Passages, sentences in random order, then words."""
    sentences = list(dict.fromkeys(text.strip()[:LONGEST] for text in (*_own(), *_open(folder)) if len(text.strip()) >= 4))
    random.Random(0).shuffle(sentences)
    counted = Counter(word for text in sentences for word in dict.fromkeys(_WORD.findall(text)))
    known = set(sentences)
    return [*_passages(), *sentences, *(word for word, texts in counted.items() if texts >= 2 and word not in known)]


def _passages() -> Iterator[str]:
    drawn = random.Random(1)
    for kind, fewest, most, between, times in PASSAGES:
        lines = _own([kind])
        for _ in range(times):
            drawn.shuffle(lines)
            start = 0
            while start < len(lines):
                count = drawn.randint(fewest, most)
                yield between.join(lines[start : start + count])
                start += count


def _own(kinds: Sequence[str] = ("diary", "lyric")) -> list[str]:
    return [sentence.text for kind in kinds for sentence in read_own(kind, held_out=False)]


def _open(folder: Path) -> Iterator[str]:
    with next(folder.glob("chatbot*.csv")).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield from (row["Q"], row["A"])
    for pattern, column in (("kote_*.tsv", 1), ("goemotions_ko_*.tsv", 0)):
        for path in sorted(folder.glob(pattern)):
            for line in path.read_text(encoding="utf-8").splitlines():
                yield line.split("\t")[column]


def read_all(texts: Sequence[str], encoder: Path, kept: Path) -> NDArray[np.float16]:
    """The encoder's unit vectors, float16 (n, 384); those in `kept` are not read again."""
    found: list[NDArray[np.float16]] = [np.load(kept)] if kept.exists() else []
    done = len(found[0]) if found else 0
    if done < len(texts):
        session, tokenizer = _open_encoder(encoder, kept.with_name("encoder"))
        for start in range(done, len(texts), _SAVED):
            found.append(_read(session, tokenizer, texts[start : start + _SAVED]))
            np.save(kept, np.concatenate(found))
            print(f"read {min(start + _SAVED, len(texts)):,} of {len(texts):,}", flush=True)
    return np.concatenate(found)


def _open_encoder(encoder: Path, folder: Path) -> tuple[Any, Any]:
    """The encoder with mean pooling as an 8-bit graph, made in `folder` when it is not there yet, and its tokenizer."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    if not (folder / GRAPH_FILE).exists():
        folder.mkdir(exist_ok=True)
        export_graph(mean_pooling(encoder), folder, tokenizer, prefix=PREFIX, int8=True)
    return open_session(folder / GRAPH_FILE), tokenizer


def _read(session: Any, tokenizer: Any, texts: Sequence[str]) -> NDArray[np.float16]:
    encoded = [encoding.ids for encoding in tokenizer.encode_batch([PREFIX + text for text in texts])]
    vectors: NDArray[np.float16] | None = None
    for places in batches_by_length([len(ids) for ids in encoded], TOKENS_TOGETHER):
        ids, mask = padded([encoded[place] for place in places], PAD)
        pooled = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]
        vectors = np.empty((len(texts), pooled.shape[1]), dtype=np.float16) if vectors is None else vectors
        vectors[places] = unit_rows(pooled)
    if vectors is None:
        raise ValueError("there is nothing to read")
    return vectors


def write_table(texts: Sequence[str], vectors: NDArray[np.float16]) -> None:
    """Fit, round to 8 bits, measure the centres with the rounded table, and write all three arrays."""
    terms = vocabulary(texts)
    words = np.array([_WORD.fullmatch(text) is not None for text in texts])
    says = np.sqrt(np.where(words, WORD_SAYS, 1.0)).astype(np.float32)[:, None]
    grams = weighted(texts, terms)
    grams = sparse.diags(1 / np.maximum(np.sqrt(grams.multiply(grams).sum(axis=1)).A1, 1e-6)) @ grams
    table = ridge(sparse.diags(says[:, 0]) @ grams, targets(vectors.astype(np.float32), words) * says)
    # A few outliers would cost all others their resolution.
    scale = 127 / np.quantile(np.abs(table[np.abs(table).sum(axis=1) > 0]), 0.9995)
    rounded = np.clip(np.rint(table * scale), -127, 127).astype(np.int8)
    centres = np.empty((2, DIMENSIONS), dtype=np.float32)
    for kind, name, lines in ((DIARY, "diary", DIARY_LINES), (LYRICS, "lyric", LYRIC_LINES)):
        centres[kind] = unit_rows(weighted(_together(_own([name]), lines), terms) @ rounded.astype(np.float32)).mean(axis=0)
    np.save(THEME_TERMS, terms)
    np.save(THEME_TABLE, rounded)
    np.save(CENTRES, centres)
    print(f"{len(texts):,} texts, {len(terms):,} terms, {DIMENSIONS} dimensions", flush=True)


def vocabulary(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Terms that at least three texts have, ascending: uint32 (n,)."""
    terms, owners = terms_of(texts)
    pairs = np.unique((terms.astype(np.uint64) << np.uint64(32)) | owners.astype(np.uint64))
    found, counts = np.unique((pairs >> np.uint64(32)).astype(np.uint32), return_counts=True)
    return found[counts >= LEAST_TEXTS]


def weighted(texts: Sequence[str], vocabulary: NDArray[np.uint32]) -> Matrix:
    """Weights of the known terms, as `recommender.theme` weighs them: sparse float32 (texts, terms)."""
    terms, owners = terms_of(texts)
    places = np.minimum(np.searchsorted(vocabulary, terms), len(vocabulary) - 1)
    known = vocabulary[places] == terms
    shape = (len(texts), len(vocabulary))
    counts = sparse.csr_matrix((np.ones(int(known.sum()), dtype=np.float32), (owners[known], places[known])), shape=shape)
    counts.sum_duplicates()
    counts.data = np.sqrt(counts.data)
    return (counts @ sparse.diags(idf(vocabulary))).tocsr().astype(np.float32)


def targets(vectors: NDArray[np.float32], words: NDArray[np.bool_]) -> NDArray[np.float32]:
    """What the table should say: the vectors less their common direction, in their principal dimensions, unit length."""
    apart = vectors.copy()
    for kind in (words, ~words):
        apart[kind] -= apart[kind].mean(axis=0)
    sample = np.random.default_rng(0).permutation(np.flatnonzero(~words))[:12_000]
    axes = np.linalg.svd(apart[sample], full_matrices=False)[2][:DIMENSIONS]
    return unit_rows(apart @ axes.T)


def ridge(grams: Matrix, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ridge regression by conjugate gradients on the normal equations, all outputs side by side: float32 (terms, dimensions)."""
    table = np.zeros((grams.shape[1], wanted.shape[1]), dtype=np.float32)
    left = np.asarray(grams.T @ wanted, dtype=np.float32)
    step, size = left.copy(), (left * left).sum(axis=0)
    for _ in range(STEPS):
        moved = grams.T @ (grams @ step) + RIDGE * step
        length = size / np.maximum((step * moved).sum(axis=0), 1e-12)
        table += length * step
        left -= length * moved
        size, before = (left * left).sum(axis=0), size
        step = left + size / np.maximum(before, 1e-12) * step
    return table


def _together(lines: list[str], count: int) -> list[str]:
    random.Random(0).shuffle(lines)
    return ["\n".join(lines[start : start + count]) for start in range(0, len(lines) - count, count)]


if __name__ == "__main__":
    main()
