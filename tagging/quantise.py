"""8-bit weights for an ONNX graph whose answers do not depend on the batch.

ONNX Runtime's usual dynamic quantisation scales a whole batch of activations by its largest value, so that a line reads a little
differently in other company. Here every token is scaled by its own largest value (per-token and per-channel scales: Dettmers et al.,
"LLM.int8()", NeurIPS 2022), so each row stands for itself, and the product runs on the processor's 8-bit instructions.

The value and the feed-forward output projections lose most by that: their inputs hold a few large channels. They are multiplied by
`MatMulNBits`, with a scale for every block of 64 within a row: slower, and exact enough that the labels stay. Word embeddings are kept
as int8 with one scale a row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
# Lets the kernel multiply in int8, scaling the activations per row and block.
_INT8_PRODUCTS = 4
_PRODUCT_DOMAIN = "com.microsoft"
_CONSTANTS: dict[str, NDArray[Any]] = {
    "reumi_tiny": np.array(1e-12, dtype=np.float32),
    "reumi_most": np.array(127, dtype=np.float32),
    "reumi_one": np.array(1, dtype=np.float32),
    "reumi_zero": np.array(128, dtype=np.uint8),
}


def quantise_graph(source: Path, target: Path) -> None:
    """Write a graph with every constant matrix product and embedding look-up in 8 bits."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(source))
    constants = {item.name: item for item in model.graph.initializer}
    nodes: list[Any] = []
    made: dict[str, NDArray[Any]] = dict(_CONSTANTS)
    ready: set[str] = set()
    for node in model.graph.node:
        weights = _matrix(node, constants)
        if weights is None:
            nodes.append(node)
        elif node.op_type == "Gather":
            nodes.extend(_look_up(node, weights, made))
        elif _needs_blocks(node.name):
            nodes.append(_product_in_blocks(node, weights, made))
        else:
            nodes.extend(_product(node, weights, made, ready))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [item for name, item in constants.items() if name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept + [numpy_helper.from_array(array, name) for name, array in made.items() if name in used])
    if not any(item.domain == _PRODUCT_DOMAIN for item in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(_PRODUCT_DOMAIN, 1))
    onnx.save(model, str(target))


def _needs_blocks(name: str) -> bool:
    """Whether a product of a BERT layer, by its name, is one of the two that must keep more of their input."""
    return "/self/value/" in name or ("/output/dense/" in name and "/attention/" not in name)


def _matrix(node: Any, constants: dict[str, Any]) -> NDArray[np.float32] | None:
    """The constant float matrix that a product or a look-up uses, if it is large enough to be worth it."""
    from onnx import numpy_helper

    place = {"MatMul": 1, "Gather": 0}.get(node.op_type)
    if place is None or node.input[place] not in constants:
        return None
    array = numpy_helper.to_array(constants[node.input[place]])
    return array if array.ndim == 2 and array.dtype == np.float32 and array.shape[0] >= BLOCK and array.size >= 4096 else None


def _product(node: Any, weights: NDArray[np.float32], made: dict[str, NDArray[Any]], ready: set[str]) -> list[Any]:
    """A product in 8 bits, a scale for each row of the input and each column of the weights; inputs in `ready` are in 8 bits by now."""
    import onnx

    make, source, name, out = onnx.helper.make_node, node.input[0], node.input[1], node.output[0]
    nodes = [] if source in ready else _rows_in_8_bits(source)
    ready.add(source)
    scales = (np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127.0).astype(np.float32)
    made[f"{name}_q"], made[f"{name}_s"] = np.rint(weights / scales).astype(np.int8), scales
    product = [f"{source}_8", f"{name}_q", "reumi_one", f"{name}_s", "reumi_zero"]
    return [
        *nodes,
        make("MatMulIntegerToFloat", product, [f"{out}_u"], name=node.name, domain=_PRODUCT_DOMAIN),
        make("Mul", [f"{out}_u", f"{source}_r"], [out]),
    ]


def _rows_in_8_bits(source: str) -> list[Any]:
    """Nodes that give `source` as uint8 around 128 (`…_8`), and the scale of each row (`…_r`)."""
    import onnx

    make = onnx.helper.make_node
    return [
        make("Abs", [source], [f"{source}_a"]),
        make("ReduceMax", [f"{source}_a"], [f"{source}_m"], axes=[-1], keepdims=1),
        make("Max", [f"{source}_m", "reumi_tiny"], [f"{source}_p"]),
        make("Div", [f"{source}_p", "reumi_most"], [f"{source}_r"]),
        make("Div", [source, f"{source}_r"], [f"{source}_d"]),
        make("QuantizeLinear", [f"{source}_d", "reumi_one", "reumi_zero"], [f"{source}_8"]),
    ]


def _product_in_blocks(node: Any, weights: NDArray[np.float32], made: dict[str, NDArray[Any]]) -> Any:
    import onnx

    inner, outer = weights.shape
    blocks = -(-inner // BLOCK)
    rows = np.zeros((outer, blocks * BLOCK), dtype=np.float32)
    rows[:, :inner] = weights.T
    cut = rows.reshape(outer, blocks, BLOCK)
    scales = (np.abs(cut).max(axis=2) / 127.0).astype(np.float32)
    packed = np.rint(cut / np.maximum(scales, 1e-12)[..., None]).astype(np.int16) + 128
    name = node.input[1]
    made[f"{name}_q"] = packed.astype(np.uint8)
    made[f"{name}_s"] = scales.reshape(-1)
    return onnx.helper.make_node(
        "MatMulNBits",
        [node.input[0], f"{name}_q", f"{name}_s"],
        list(node.output),
        name=node.name,
        domain=_PRODUCT_DOMAIN,
        K=inner,
        N=outer,
        bits=8,
        block_size=BLOCK,
        accuracy_level=_INT8_PRODUCTS,
    )


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
