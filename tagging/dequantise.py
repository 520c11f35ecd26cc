"""The weights of an 8-bit graph as float32 again, so that a network of which only the graph is at hand can be trained on.

The inverse of `tagging.quantise`, but for the rounding: a column's weights are off by at most half of a 127th of its largest one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A product is named after the layer that it belongs to: /network/bert/encoder/layer.0/output/dense/MatMul_output_0, a part ..._0_3.
_PRODUCT = re.compile(r"/(network/.+)/MatMul_output_0(?:_(\d+))?_u")
_OWN = "network."


def float_weights(graph: Path) -> dict[str, NDArray[np.float32]]:
    """The state dict, float32, of the network whose 8-bit graph this is. Raises ValueError when the graph is not one of ReUmi's."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(graph))
    constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    weights = {
        name.removeprefix(_OWN): np.array(array)  # a copy, since a graph's own constants cannot be written to
        for name, array in constants.items()
        if name.startswith(_OWN) and not name.endswith((".weight_q", ".weight_s"))
    }
    for name in [name for name in constants if name.startswith(_OWN) and name.endswith(".weight_q")]:
        scales = constants[f"{name.removesuffix('_q')}_s"]
        weights[name.removeprefix(_OWN).removesuffix("_q")] = constants[name].astype(np.float32) * scales
    parts: dict[str, dict[int, NDArray[np.float32]]] = {}
    for node in model.graph.node:
        if node.op_type == "MatMulIntegerToFloat" and (found := _PRODUCT.fullmatch(node.output[0])):
            layer = found[1].removeprefix("network/").replace("/", ".")
            parts.setdefault(f"{layer}.weight", {})[int(found[2] or 0)] = _columns(node, constants, whole=found[2] is None)
    if not parts:
        raise ValueError(f"{graph.name} has no 8-bit products of ReUmi's")
    for name, rows in parts.items():
        weights[name] = np.ascontiguousarray(np.concatenate([rows[part] for part in sorted(rows)]).T)
    return weights


def _columns(node: Any, constants: dict[str, NDArray[Any]], *, whole: bool) -> NDArray[np.float32]:
    """A product's weights (in, out) without their scales and without what smoothing moved into them."""
    source = node.input[0].removesuffix("_8")
    stem, _, part = source.rpartition("_")
    smoothed = constants[f"{source}_i"] if whole else constants[f"{stem}_c_i"][int(part)]
    array: NDArray[np.float32] = constants[node.input[1]].astype(np.float32) * constants[node.input[3]] * smoothed[:, None]
    return array
