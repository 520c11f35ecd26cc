"""8-bit weights for an ONNX graph whose answers do not depend on the batch.

ONNX Runtime's usual dynamic quantisation scales a whole batch of activations by its largest value, so that a line reads a little
differently in other company. `MatMulNBits` scales block by block within a row instead: as small, and each row stands for itself.
Word embeddings are kept as int8 with one scale a row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
# Lets the kernel multiply in int8, scaling the activations per row and block.
_INT8_PRODUCTS = 4


def quantise_graph(source: Path, target: Path) -> None:
    """Write a graph with every constant matrix product and embedding look-up in 8 bits."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(source))
    constants = {item.name: item for item in model.graph.initializer}
    nodes: list[Any] = []
    made: dict[str, Any] = {}
    for node in model.graph.node:
        weights = _matrix(node, constants)
        if weights is None:
            nodes.append(node)
        elif node.op_type == "MatMul":
            nodes.append(_product(node, weights, made))
        else:
            nodes.extend(_look_up(node, weights, made))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [item for name, item in constants.items() if name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept + [numpy_helper.from_array(array, name) for name, array in made.items()])
    if not any(item.domain == "com.microsoft" for item in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(target))


def _matrix(node: Any, constants: dict[str, Any]) -> NDArray[np.float32] | None:
    """The constant float matrix that a product or a look-up uses, if it is large enough to be worth it."""
    from onnx import numpy_helper

    place = {"MatMul": 1, "Gather": 0}.get(node.op_type)
    if place is None or node.input[place] not in constants:
        return None
    array = numpy_helper.to_array(constants[node.input[place]])
    return array if array.ndim == 2 and array.dtype == np.float32 and array.shape[0] >= BLOCK and array.size >= 4096 else None


def _product(node: Any, weights: NDArray[np.float32], made: dict[str, Any]) -> Any:
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
        domain="com.microsoft",
        K=inner,
        N=outer,
        bits=8,
        block_size=BLOCK,
        accuracy_level=_INT8_PRODUCTS,
    )


def _look_up(node: Any, weights: NDArray[np.float32], made: dict[str, Any]) -> list[Any]:
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
