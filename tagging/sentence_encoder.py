"""A sentence encoder at work: texts as vectors of what they are about, by `tokenizers` and ONNX Runtime, no torch.

Optional: a folder that `reumi model encoder` writes from any small BERT-like encoder (multilingual-e5-small and its like). It holds
`encoder.json` (format, prefix, SHA-256 of the other files, fingerprint), the graph, `tokenizer.json` and `centres.npy`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.bundle import sha256_of
from tagging.errors import ModelMissing, ModelRefused
from tagging.lyrics import lines_of
from tagging.reader import windows_of
from tagging.tensors import open_array
from tagging.transformer import GRAPH_FILE, TOKENIZER_FILE, OnnxTransformer

CONFIG, CENTRES_FILE = "encoder.json", "centres.npy"
FORMAT, VERSION = "reumi-encoder", 1
# Characters read at once: of a lyric about a stanza, of a diary nearly all there are.
_STANZA, _PAGE = 100, 240
_DIARY, _LYRICS = 0, 1

Vectors = NDArray[np.float32]


class SentenceEncoder:
    """Unit vectors of diaries and lyrics; `centres` float32 (2, d) is what all diaries and all lyrics have in common, and is taken off."""

    def __init__(self, transformer: OnnxTransformer, centres: Vectors, fingerprint: str) -> None:
        self._transformer = transformer
        self._centres = centres
        self.fingerprint = fingerprint

    @property
    def width(self) -> int:
        """Dimensions of a vector."""
        return self._transformer.width

    def of_diary(self, text: str) -> Vectors:
        """Float32 (d,), of length 1; zeros for a text without any letter."""
        found: Vectors = self._means([windows_of(text, _PAGE) if text.strip() else []], _DIARY)[0]
        return found

    def of_lyrics(self, lyrics: Sequence[str]) -> Vectors:
        """Float32 (n, d): the mean over a lyric's stanzas, repeated lines once, of length 1; zeros for an empty one."""
        lines = [" ".join(line.text for line in lines_of(text)) for text in lyrics]
        return self._means([windows_of(text, _STANZA) if text else [] for text in lines], _LYRICS)

    def _means(self, windows: Sequence[Sequence[str]], kind: int) -> Vectors:
        read = self.encode([window for own in windows for window in own])
        apart = unit_rows(read - self._centres[kind])
        found = np.zeros((len(windows), self.width), dtype=np.float32)
        np.add.at(found, np.repeat(np.arange(len(windows)), [len(own) for own in windows]), apart)
        return unit_rows(found)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Raw unit vectors of short texts: float32 (n, d)."""
        return unit_rows(self._transformer.logits(texts)) if texts else np.empty((0, self.width), dtype=np.float32)


def unit_rows(rows: NDArray[Any]) -> Vectors:
    """Rows of length 1, float32; zeros stay zeros."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def open_encoder(folder: str | Path) -> SentenceEncoder:
    """Open an encoder's folder and prove it whole. Raises ModelMissing, or ModelRefused naming what is wrong."""
    folder = Path(folder)
    config = read_config(folder)
    for file, wanted in config["files"].items():
        if not (folder / file).is_file() or sha256_of(folder / file) != wanted:
            raise ModelRefused(folder, f"{file} is missing or was changed; make it anew with `reumi model encoder`")
    transformer = OnnxTransformer(folder / GRAPH_FILE, folder / TOKENIZER_FILE, **config["options"])
    return SentenceEncoder(transformer, open_array(folder / CENTRES_FILE), config["fingerprint"])


def read_config(folder: Path) -> dict[str, Any]:
    """An encoder's `encoder.json`. Raises ModelMissing or ModelRefused."""
    try:
        if not folder.is_dir():
            raise ModelMissing(folder, "`reumi model encoder`")
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        whole = config["format"] == FORMAT and config["version"] == VERSION and config["fingerprint"] == _fingerprint(config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(folder, "it is no sentence encoder of ReUmi; make one with `reumi model encoder`") from error
    if not whole:
        raise ModelRefused(folder, f"its {CONFIG} was changed or is of another version; make it anew with `reumi model encoder`")
    return dict(config)


def seal(folder: Path, options: dict[str, Any]) -> None:
    """Write `encoder.json` over a folder whose other files are in place."""
    files = {name: sha256_of(folder / name) for name in (GRAPH_FILE, TOKENIZER_FILE, CENTRES_FILE)}
    config: dict[str, Any] = {"format": FORMAT, "version": VERSION, "options": options, "files": files}
    config["fingerprint"] = _fingerprint(config)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def _fingerprint(config: dict[str, Any]) -> str:
    """SHA-256 over what can change a vector."""
    told = {"options": config["options"], "files": config["files"], "windows": [_STANZA, _PAGE]}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
