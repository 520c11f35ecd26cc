"""A transformer bundle at work: `tokenizers` and ONNX Runtime, no torch.

Texts are sorted by length and batched by tokens, never padded to a fixed length, so that a batch costs what its words cost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.emotions import N_LABELS
from tagging.errors import ModelRefused

GRAPH_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
MAX_TOKENS = 192
# Tokens of one batch: beyond this a larger batch is no faster on a CPU, and leaves less to share out among its cores.
TOKENS_TOGETHER = 512
# Options of a bundle that this reader takes; the others are the bundle's own.
READER_OPTIONS = ("prefix", "pad_id", "max_tokens")
# What one batch more costs, in tokens: texts begin one of their own where to pad them would cost more.
_BATCH_COST = 6


class OnnxTransformer:
    """Answers of an ONNX graph: inputs `input_ids` and `attention_mask`, int64 (n, length); output `logits`, float32 (n, width).

    The width is 7 for an emotion model, and that of its vectors for a sentence encoder. Raises ModelRefused for files that lie where the
    libraries cannot open them.
    """

    def __init__(self, graph: Path, tokenizer: Path, *, prefix: str, pad_id: int, max_tokens: int = MAX_TOKENS) -> None:
        from tokenizers import Tokenizer

        if not _is_utf8(graph):
            raise ModelRefused(graph.parent, "its path holds bytes that are no UTF-8, and ONNX Runtime opens no such file: rename it")
        self._session = open_session(graph)
        shape = self._session.get_outputs()[0].shape
        self.width = shape[-1] if isinstance(shape[-1], int) else N_LABELS
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self._prefix, self._pad = prefix, pad_id

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, width) for cleaned texts of a window's length."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch([self._prefix + text for text in texts])]
        out = np.empty((len(texts), self.width), dtype=np.float32)

        def run(places: list[int]) -> None:
            ids, mask = padded([encoded[place] for place in places], self._pad)
            out[places] = self._session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]

        batches = list(batches_by_length([len(ids) for ids in encoded], TOKENS_TOGETHER))
        if len(batches) < 2:
            for places in batches:
                run(places)
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(run, batches))
        return out


def batches_by_length(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Positions in batches of like length, longest first, each of at most `tokens` tokens once padded (one text at least).

    Texts of one length stay together, and join longer ones where their padding costs less than a batch of their own.
    """
    batch: list[int] = []
    longest = 0
    order = np.argsort(lengths, kind="stable")[::-1].tolist()
    for length, group in groupby(order, key=lengths.__getitem__):
        places = list(group)
        fitting = min(len(places), tokens // max(longest, 1) - len(batch))
        if batch and (longest - length) * fitting > _BATCH_COST:
            yield batch
            batch = []
        for place in places:
            if batch and longest * (len(batch) + 1) > tokens:
                yield batch
                batch = []
            longest = longest if batch else length
            batch.append(place)
    if batch:
        yield batch


def padded(encoded: Sequence[Sequence[int]], pad_id: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask, both int64 (n, longest)."""
    ids = np.full((len(encoded), max(map(len, encoded))), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, found in enumerate(encoded):
        ids[row, : len(found)] = found
        mask[row, : len(found)] = 1
    return ids, mask


def open_session(graph: Path) -> Any:
    """An ONNX Runtime session on the CPU, of one thread: whole batches run side by side, which loses less than splitting products."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
