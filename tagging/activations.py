"""How large the inputs of a graph's products get on typical text: what its 8-bit weights are fitted to."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.corpora.sentences import read_own
from tagging.transformer import open_session

_SENTENCES, _PASSAGES, _IN_A_PASSAGE = 64, 8, 5


def typical_ids(tokenizer: Any, prefix: str, limit: int) -> list[list[int]]:
    """Token ids of some of ReUmi's own diary sentences and lyric lines, alone and in passages, each of at most `limit` tokens."""
    texts = []
    for kind in ("diary", "lyric"):
        own = [sentence.text for sentence in read_own(kind, held_out=False)]
        random.Random(0).shuffle(own)
        texts += own[:_SENTENCES]
        rest = own[_SENTENCES : _SENTENCES + _PASSAGES * _IN_A_PASSAGE]
        texts += [" ".join(rest[start : start + _IN_A_PASSAGE]) for start in range(0, len(rest), _IN_A_PASSAGE)]
    return [tokenizer.encode(prefix + text).ids[:limit] for text in texts]


def input_peaks(model: Any, names: Iterable[str], samples: Sequence[Sequence[int]]) -> Mapping[str, NDArray[np.float32]]:
    """The largest absolute value in each channel of the named float tensors (…, channels) over all samples: float32 (channels,) each.

    `model` is an `onnx.ModelProto` with the inputs `input_ids` and `attention_mask`; it is left as it was.
    """
    import onnx

    wanted = list(dict.fromkeys(names))
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted)
    peaks: dict[str, NDArray[np.float32]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "probe.onnx"
        onnx.save(probe, str(path))
        session = open_session(path)
        for sample in samples:
            ids = np.array([sample], dtype=np.int64)
            for name, tensor in zip(wanted, session.run(wanted, {"input_ids": ids, "attention_mask": np.ones_like(ids)}), strict=True):
                found = np.abs(tensor).reshape(-1, tensor.shape[-1]).max(axis=0)
                peaks[name] = np.maximum(peaks.get(name, 0.0), found).astype(np.float32)
    return peaks
