"""What onnxruntime can run: the table in the repository, and the one that is installed."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime
import pytest
from netc.compiler.lower.onnx import kernels
from netc.compiler.lower.onnx.kernels import FILE, runs
from netc.compiler.lower.onnx.make_kernels import text
from netc.compiler.shapes.types import DTYPES
from netc.runtime.cli import execute
from onnx import TensorProto, helper

ONNX = {**{name: name for name in DTYPES}, "float32": "float", "float64": "double"}


def test_the_table_is_that_of_the_installed_onnxruntime() -> None:
    table = Path(kernels.__file__).with_name(FILE).read_text(encoding="utf-8")
    assert table == text(), "`make tables` writes it again"


def loads(op_type: str, dtype: str, inputs: int, opset: int) -> bool:
    """Whether onnxruntime opens a model of one node."""
    number = getattr(TensorProto, ONNX[dtype].upper())
    names = [f"x{index}" for index in range(inputs)]
    types = [helper.make_tensor_value_info(name, number, ["N"]) for name in names]
    graph = helper.make_graph(
        [helper.make_node(op_type, names, ["y"])],
        "net",
        types,
        [helper.make_tensor_value_info("y", number, ["N"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnx.checker.check_model(model, full_check=True)
        onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception:
        return False
    return True


ONE_TENSOR = (
    *("Abs", "Acos", "Ceil", "Erf", "Exp", "HardSigmoid", "Identity", "LeakyRelu", "Neg"),
    *("Relu", "Round", "Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh"),
)
TWO_TENSORS = ("Add", "Div", "Max", "Min", "Mul", "Sub")
KNOWN = [(name, 1) for name in ONE_TENSOR] + [(name, 2) for name in TWO_TENSORS]


@pytest.mark.parametrize("opset", [17, 20, 23])
@pytest.mark.parametrize(("op_type", "inputs"), KNOWN)
def test_it_says_what_loads(op_type: str, inputs: int, opset: int) -> None:
    said = {dtype for dtype in DTYPES if runs(op_type, opset, (dtype,) * inputs, (dtype,))}
    loaded = {dtype for dtype in DTYPES if loads(op_type, dtype, inputs, opset)}
    assert "float32" in said
    assert said <= loaded
    # ONNX's own functions may do in float64 and bfloat16 what netc's formulas do more exactly.
    assert loaded - said <= {"float64", "bfloat16"}


def test_what_cannot_be_computed_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wide.net").write_text("net Wide(x: float64[N, 3, 3]) {\n  return x -> onnx.Det\n}\n")
    assert execute(["compile", "wide.net", "-o", "wide.onnx"]) == 1
    assert not Path("wide.onnx").exists()
    error = capsys.readouterr().err
    assert "wide.net:2:15" in error
    assert "[NET0703]" in error
    assert "Cast(float32)" in error
