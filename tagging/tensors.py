"""Arrays in files, memory-mapped: numpy's own, and the safetensors format with numpy alone, so that a model opens in milliseconds.

Layout of safetensors: 8 bytes little-endian length, that many bytes of JSON naming each tensor's dtype, shape and place, then the raw data.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I8": np.int8, "U8": np.uint8}
_NAMES = {np.dtype(kind): name for name, kind in _DTYPES.items()}

_OPENING = threading.Lock()


def open_array(path: Path) -> NDArray[Any]:
    """A `.npy` file as a read-only array, memory-mapped; safe from many threads. Raises OSError, EOFError or ValueError when it is damaged.

    A plain view of the map: a memmap's own indexing costs more than a short array's sum.
    """
    # numpy reads the header as a Python literal, and threads of CPython 3.11 can fail each other at it (python/cpython#106905).
    with _OPENING:
        mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)


def save_tensors(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as a safetensors file."""
    header: dict[str, Any] = {}
    offset = 0
    for name, array in tensors.items():
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


def load_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Open a safetensors file as read-only memory-mapped arrays. Raises ValueError when it is damaged."""
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    try:
        (size,) = struct.unpack("<Q", raw[:8].tobytes())
        header = json.loads(raw[8 : 8 + size].tobytes())
        header.pop("__metadata__", None)
        return {name: _view(raw[8 + size :], item) for name, item in header.items()}
    except (struct.error, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is no safetensors file ({error})") from error


def _view(data: NDArray[np.uint8], item: Mapping[str, Any]) -> NDArray[Any]:
    first, end = item["data_offsets"]
    if not 0 <= first <= end <= data.size:
        raise ValueError("a tensor lies outside the file")
    view: NDArray[Any] = data[first:end].view(_DTYPES[item["dtype"]]).reshape(item["shape"])
    return view
