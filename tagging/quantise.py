"""8-bit weights for an ONNX graph whose answers do not depend on the batch.

ONNX Runtime's usual dynamic quantisation scales a whole batch of activations by its largest value, so that a line reads a little
differently in other company. Here every token is scaled by its own largest value (per-token and per-channel scales: Dettmers et al.,
"LLM.int8()", NeurIPS 2022), so each row stands for itself, and the product runs on the processor's 8-bit instructions.

A few channels of a transformer's activations are far larger than the rest and would take the whole scale. Part of their size is moved
into the weights, channel by channel, by the peaks seen on typical text (Xiao et al., "SmoothQuant", ICML 2023). The feed-forward output,
whose input is the widest and the most uneven, is a sum of parts with scales of their own. Word embeddings are kept as int8 with one scale
a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.activations import input_peaks

# Share of a channel's size that goes over into the weights. On e5-small the vectors' mean error was 0.100 at 0.3, 0.069 at 0.5, 0.063 at
# 0.65, 0.080 at 0.8, and 0.106 without; on the shipped model fewest labels changed at 0.6.
MIGRATION = 0.6
_SMALLEST_SIDE, _SMALLEST = 64, 1e-5
_PRODUCT_DOMAIN = "com.microsoft"
_CONSTANTS: dict[str, NDArray[Any]] = {
    "reumi_tiny": np.array(1e-12, dtype=np.float32),
    "reumi_most": np.array(127, dtype=np.float32),
    "reumi_one": np.array(1, dtype=np.float32),
    "reumi_zero": np.array(128, dtype=np.uint8),
    "reumi_second": np.array([2], dtype=np.int64),
}


def quantise_graph(source: Path, target: Path, samples: Sequence[Sequence[int]]) -> None:
    """Write a graph with every constant matrix product and embedding look-up in 8 bits, fitted to the samples (token ids)."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(source))
    constants = {item.name: item for item in model.graph.initializer}
    smoothing = _smoothing(model, constants, samples)
    nodes: list[Any] = []
    made: dict[str, NDArray[Any]] = dict(_CONSTANTS)
    ready: set[str] = set()
    for node in model.graph.node:
        weights = _matrix(node, constants)
        if weights is None:
            nodes.append(node)
        elif node.op_type == "Gather":
            nodes.extend(_look_up(node, weights, made))
        elif weights.shape[0] in (2 * weights.shape[1], 4 * weights.shape[1]):
            nodes.extend(_product_in_parts(node, weights, smoothing[node.input[0]], made))
        else:
            nodes.extend(_product(node, weights, smoothing[node.input[0]], made, ready))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [item for name, item in constants.items() if name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept + [numpy_helper.from_array(array, name) for name, array in made.items() if name in used])
    if not any(item.domain == _PRODUCT_DOMAIN for item in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(_PRODUCT_DOMAIN, 1))
    onnx.save(model, str(target))


def _smoothing(model: Any, constants: dict[str, Any], samples: Sequence[Sequence[int]]) -> dict[str, NDArray[np.float32]]:
    """For each tensor that goes into products: what each of its channels is divided by, and the weights' rows multiplied by."""
    rows: dict[str, NDArray[np.float32]] = {}
    for node in model.graph.node:
        weights = _matrix(node, constants)
        if weights is not None and node.op_type == "MatMul":
            source = node.input[0]
            rows[source] = np.maximum(rows.get(source, 0.0), np.abs(weights).max(axis=1)).astype(np.float32)
    peaks = input_peaks(model, rows, samples)
    return {
        source: np.maximum(
            np.maximum(peaks[source], _SMALLEST) ** MIGRATION / np.maximum(largest, _SMALLEST) ** (1 - MIGRATION), _SMALLEST
        ).astype(np.float32)
        for source, largest in rows.items()
    }


def _matrix(node: Any, constants: dict[str, Any]) -> NDArray[np.float32] | None:
    """The constant float matrix that a product or a look-up uses, if it is large enough to be worth it."""
    from onnx import numpy_helper

    place = {"MatMul": 1, "Gather": 0}.get(node.op_type)
    if place is None or node.input[place] not in constants:
        return None
    array = numpy_helper.to_array(constants[node.input[place]])
    return array if array.ndim == 2 and array.dtype == np.float32 and array.shape[0] >= _SMALLEST_SIDE and array.size >= 4096 else None


def _product(
    node: Any, weights: NDArray[np.float32], smoothing: NDArray[np.float32], made: dict[str, NDArray[Any]], ready: set[str]
) -> list[Any]:
    """A product in 8 bits, a scale for each row of the input and each column of the weights; inputs in `ready` are in 8 bits by now."""
    source, name, out = node.input[0], node.input[1], node.output[0]
    made[f"{source}_i"] = 1 / smoothing
    nodes = [] if source in ready else _rows_in_8_bits(source)
    ready.add(source)
    return [*nodes, *_in_8_bits(source, name, out, weights * smoothing[:, None], made)]


def _in_8_bits(source: str, name: str, out: str, weights: NDArray[np.float32], made: dict[str, NDArray[Any]]) -> list[Any]:
    """The product of rows that are in 8 bits with smoothed weights."""
    import onnx

    make = onnx.helper.make_node
    scales = (np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127.0).astype(np.float32)
    made[f"{name}_q"], made[f"{name}_s"] = np.rint(weights / scales).astype(np.int8), scales
    product = [f"{source}_8", f"{name}_q", "reumi_one", f"{name}_s", "reumi_zero"]
    return [
        make("MatMulIntegerToFloat", product, [f"{out}_u"], name=f"{out}_product", domain=_PRODUCT_DOMAIN),
        make("Mul", [f"{out}_u", f"{source}_r"], [out]),
    ]


def _product_in_parts(node: Any, weights: NDArray[np.float32], smoothing: NDArray[np.float32], made: dict[str, NDArray[Any]]) -> list[Any]:
    """A product over many channels, a layer's feed-forward output, as the sum of some whose parts have scales of their own.

    Its input must have the shape (texts, tokens, channels).
    """
    import onnx

    make, source, name, out = onnx.helper.make_node, node.input[0], node.input[1], node.output[0]
    many = weights.shape[0] // weights.shape[1]
    parts = [(f"{source}_{part}", f"{name}_{part}", f"{out}_{part}") for part in range(many)]
    cut, shape = f"{source}_c", f"{source}_shape"
    made[shape] = np.array([0, 0, many, weights.shape[0] // many], dtype=np.int64)
    made[f"{cut}_i"] = (1 / smoothing).reshape(many, -1)
    nodes = [make("Reshape", [source, shape], [cut]), *_rows_in_8_bits(cut)]
    for letter in ("8", "r"):
        nodes.append(make("Split", [f"{cut}_{letter}"], [f"{own}_{letter}4" for own, _, _ in parts], axis=2))
        nodes += [make("Squeeze", [f"{own}_{letter}4", "reumi_second"], [f"{own}_{letter}"]) for own, _, _ in parts]
    for (own, its, result), rows in zip(parts, np.split(weights * smoothing[:, None], many), strict=True):
        nodes += _in_8_bits(own, its, result, rows, made)
    return [*nodes, make("Sum", [result for _, _, result in parts], [out])]


def _rows_in_8_bits(source: str) -> list[Any]:
    """Nodes that give `source`, smoothed (`…_z`), as uint8 around 128 (`…_8`), and the scale of each row (`…_r`)."""
    import onnx

    make = onnx.helper.make_node
    return [
        make("Mul", [source, f"{source}_i"], [f"{source}_z"]),
        make("Abs", [f"{source}_z"], [f"{source}_a"]),
        make("ReduceMax", [f"{source}_a"], [f"{source}_m"], axes=[-1], keepdims=1),
        make("Max", [f"{source}_m", "reumi_tiny"], [f"{source}_p"]),
        make("Div", [f"{source}_p", "reumi_most"], [f"{source}_r"]),
        make("Div", [f"{source}_z", f"{source}_r"], [f"{source}_d"]),
        make("QuantizeLinear", [f"{source}_d", "reumi_one", "reumi_zero"], [f"{source}_8"]),
    ]


def _look_up(node: Any, weights: NDArray[np.float32], made: dict[str, NDArray[Any]]) -> list[Any]:
    import onnx

    name, out = node.input[0], node.output[0]
    scales = (np.abs(weights).max(axis=1, keepdims=True) / 127.0).astype(np.float32)
    made[f"{name}_q"] = np.rint(weights / np.maximum(scales, 1e-12)).astype(np.int8)
    made[f"{name}_s"] = scales
    make = onnx.helper.make_node
    return [
        make("Gather", [f"{name}_q", node.input[1]], [f"{out}_q"], axis=0),
        make("Gather", [f"{name}_s", node.input[1]], [f"{out}_s"], axis=0),
        make("Cast", [f"{out}_q"], [f"{out}_f"], to=onnx.TensorProto.FLOAT),
        make("Mul", [f"{out}_f", f"{out}_s"], [out]),
    ]
