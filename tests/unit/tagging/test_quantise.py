"""8-bit graphs: near the float32 answer where a few channels are huge, and the same for a row in any company."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import tagging.quantise
from tagging.quantise import quantise_graph
from tagging.transformer import open_session

WORDS, OUT = 200, 64
SAMPLES = [list(range(start, start + 10)) for start in range(0, WORDS, 10)]


@pytest.fixture(params=[96, 4 * OUT], ids=["in one product", "in parts"])
def width(request: pytest.FixtureRequest) -> int:
    """Channels of the product's input: four times its output's, as in a feed-forward layer, are multiplied in parts."""
    found: int = request.param
    return found


@pytest.fixture
def graph(tmp_path: Path, width: int) -> Path:
    """Word vectors, two channels of which are 60 times the others, times a matrix."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(WORDS, width)).astype(np.float32)
    sizes = np.ones(width, dtype=np.float32)
    sizes[[7, 40]] = 60
    matrix = rng.normal(size=(width, OUT)).astype(np.float32)
    matrix[[7, 40]] /= 60
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["plain"], axis=0),
        helper.make_node("Mul", ["plain", "sizes"], ["vectors"]),
        helper.make_node("MatMul", ["vectors", "matrix"], ["product"], name="/layer/MatMul"),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["product", "column"], ["logits"]),
    ]
    shape = ["texts", "tokens"]
    found = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*shape, OUT])],
        [
            numpy_helper.from_array(array, name)
            for name, array in (("words", vectors), ("sizes", sizes), ("matrix", matrix), ("last", np.array([2])))
        ],
    )
    path = tmp_path / "plain.onnx"
    onnx.save(helper.make_model(found, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def answers(path: Path, rows: list[list[int]]) -> NDArray[Any]:
    ids = np.array(rows, dtype=np.int64)
    found: NDArray[Any] = open_session(path).run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
    return found


def error(graph: Path, target: Path) -> float:
    exact = answers(graph, SAMPLES)
    return float(np.linalg.norm(answers(target, SAMPLES) - exact) / np.linalg.norm(exact))


def test_huge_channels_do_not_take_the_others_bits(graph: Path, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quantise_graph(graph, tmp_path / "smooth.onnx", SAMPLES)
    monkeypatch.setattr(tagging.quantise, "_smoothing", lambda *_: {"vectors": np.ones(width, dtype=np.float32)})
    quantise_graph(graph, tmp_path / "rough.onnx", SAMPLES)
    assert error(graph, tmp_path / "smooth.onnx") < 0.015
    assert error(graph, tmp_path / "rough.onnx") > 0.05


def test_a_row_reads_the_same_in_any_company(graph: Path, tmp_path: Path) -> None:
    quantise_graph(graph, tmp_path / "small.onnx", SAMPLES)
    together = answers(tmp_path / "small.onnx", SAMPLES)
    for place, row in enumerate(SAMPLES):
        np.testing.assert_allclose(together[place], answers(tmp_path / "small.onnx", [row])[0], rtol=1e-6, atol=1e-6)


def test_a_wide_input_is_multiplied_in_four_parts(graph: Path, width: int, tmp_path: Path) -> None:
    import onnx

    quantise_graph(graph, tmp_path / "small.onnx", SAMPLES)
    products = [node for node in onnx.load(str(tmp_path / "small.onnx")).graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert len(products) == (4 if width == 4 * OUT else 1)


def test_no_product_and_no_word_vector_stays_in_float(graph: Path, width: int, tmp_path: Path) -> None:
    import onnx

    quantise_graph(graph, tmp_path / "small.onnx", SAMPLES)
    model = onnx.load(str(tmp_path / "small.onnx"))
    assert "MatMul" not in {node.op_type for node in model.graph.node}
    large = [
        item.name for item in model.graph.initializer if item.data_type == onnx.TensorProto.FLOAT and np.prod(item.dims) > max(WORDS, width)
    ]
    assert large == []
