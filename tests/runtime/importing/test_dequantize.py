"""Quantized models come in as float32 with `--dequantize`, near what they were, or are refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.importing.road import import_onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from .onnx_models import model, rows
from .test_import import MODELS, body, compiled


class Rows(CalibrationDataReader):
    """Seeded rows to calibrate on."""

    def __init__(self, name: str, *shape: int) -> None:
        self.batches: Iterator[Mapping[str, np.ndarray]] = iter(
            [{name: rows(seed, *shape)} for seed in range(4)]
        )

    def get_next(self) -> Mapping[str, np.ndarray] | None:
        """The next batch."""
        return next(self.batches, None)


def quantized(path: Path, kind: str, *shape: int) -> Path:
    """The model of a file, quantized by onnxruntime."""
    out = path.with_name(f"{kind}.onnx")
    logging.disable(logging.WARNING)
    try:
        if kind == "dynamic":
            quantize_dynamic(path, out, weight_type=QuantType.QInt8)
        else:
            name = onnx.load(path).graph.input[0].name
            form = QuantFormat.QDQ if kind.startswith("qdq") else QuantFormat.QOperator
            quantize_static(
                path, out, Rows(name, *shape), quant_format=form, per_channel="channels" in kind
            )
    finally:
        logging.disable(logging.NOTSET)
    return out


@pytest.mark.parametrize("kind", ["qdq", "qdq of channels", "operators", "dynamic"])
def test_a_shipped_net_comes_back_without_its_quantization(kind: str, tmp_path: Path) -> None:
    plain = compiled(tmp_path, MODELS / "lenet.net", "LeNet5Dense")
    shape = [d.dim_value or 2 for d in onnx.load(plain).graph.input[0].type.tensor_type.shape.dim]
    made = import_onnx(quantized(plain, kind, *shape), dequantize=True)

    assert made.proof.equal
    assert made.raw == {}
    assert made.quantized_apart is not None
    assert 0 < made.quantized_apart < 0.2, "of a range of nearly even probabilities"
    assert "It was quantized" in made.text


def test_the_limits_of_a_range_stay(tmp_path: Path) -> None:
    """onnxruntime drops a ReLU whose output is quantized from 0 on."""
    path = tmp_path / "plain.onnx"
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Conv", ["r", "v"], ["y"]),
    ]
    onnx.save(model(nodes, arrays={"w": rows(1, 4, 3, 3, 3), "v": rows(2, 5, 4, 1, 1)}), path)
    file = quantized(path, "qdq", 2, 3, 8, 8)
    made = import_onnx(file, dequantize=True)

    assert "Relu" not in {node.op_type for node in onnx.load(file).graph.node}
    assert body(made).count("ReLU") == 1
    assert made.quantized_apart is not None
    assert made.quantized_apart < 0.1


def test_without_the_flag_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = compiled(tmp_path, MODELS / "lenet.net", "LeNet5Dense")
    file, out = quantized(plain, "dynamic"), tmp_path / "back.net"

    assert execute(["import", str(file), "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert "--dequantize imports it in float32" in said
    assert said.count("\n") == 1
    assert not out.exists()
    assert execute(["import", str(file), "-o", str(out), "--dequantize"]) == 0
    told = capsys.readouterr()
    assert "the quantized file differs by " in told.err
    assert told.out.startswith("equal: ")
    assert execute(["check", str(out)]) == 0


def test_a_scale_that_is_computed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["s"], keepdims=0),
        helper.make_node("QuantizeLinear", ["x", "s"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s"], ["y"]),
    ]
    onnx.save(model(nodes), path)

    with pytest.raises(UserError, match="reads a scale or zero point, `s`, that is computed"):
        import_onnx(path, dequantize=True)


def test_what_computes_with_integers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    graph = helper.make_graph(
        [
            helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
            helper.make_node("BitShift", ["q", "z"], ["b"], direction="LEFT"),
            helper.make_node("DequantizeLinear", ["b", "s", "z"], ["y"]),
        ],
        "Bits",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4])],
        [
            numpy_helper.from_array(np.float32(0.1).reshape(()), "s"),
            numpy_helper.from_array(np.array(1, np.uint8), "z"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)

    with pytest.raises(UserError, match="the BitShift that makes `b` computes with quantized"):
        import_onnx(path, dequantize=True)
