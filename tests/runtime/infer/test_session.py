"""Sessions: what a model takes and gives, and a line for everything that it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session
from netc.runtime.weights import load_weights, save_safetensors

from ..nets import dense_net, net

TWO = """
net Two(a: float32[N, 3], b: float32[N, 3]) -> (total: [N, 3], difference: [N, 3]) {
  return a + b, a - b
}
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session.from_checked(net(tmp_path, TWO), SeededWeights(), {"author": "me"})


def ones(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.ones(shape, dtype)


def test_what_a_model_declares(session: Session) -> None:
    assert [str(spec) for spec in session.inputs] == ["float32[N, 3]", "float32[N, 3]"]
    assert session.inputs[0].shape == (None, 3)
    assert [spec.name for spec in session.outputs] == ["total", "difference"]
    assert session.metadata["author"] == "me"


def test_run_gives_outputs_by_name(session: Session) -> None:
    made = session.run({"a": ones(2, 3), "b": 2 * ones(2, 3)})
    np.testing.assert_array_equal(made["total"], 3 * ones(2, 3))
    np.testing.assert_array_equal(made["difference"], -ones(2, 3))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"a": ones(2, 3)}, "the input `b` float32[N, 3] is missing"),
        ({"a": ones(2, 3), "c": ones(2, 3)}, "no input `c`; it takes `a` float32[N, 3], `b`"),
        ({"a": ones(2, 4), "b": ones(2, 3)}, "`a` is float32[N, 3], got float32[2, 4]"),
        ({"a": ones(3), "b": ones(2, 3)}, "`a` is float32[N, 3], got float32[3]"),
        (
            {"a": ones(2, 3, dtype="float64"), "b": ones(2, 3)},
            "`a` is float32[N, 3], got float64[2, 3]",
        ),
        (
            {"a": ones(2, 3), "b": ones(5, 3)},
            "`N` is 2 in the input `a` float32[2, 3] and 5 in `b` float32[5, 3]",
        ),
    ],
)
def test_refused_inputs_are_named(
    session: Session, inputs: dict[str, np.ndarray], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError) as caught:
        session.run(inputs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", ""), "onnxruntime prints nothing of its own"


def test_a_net_in_memory_runs_as_its_file_does(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(64, activation=relu)", "Dense(5)", size=32)
    path = tmp_path / "m.onnx"
    onnx.save(compile_onnx(checked, SeededWeights(3)).model(), str(path))
    x = np.random.default_rng(0).normal(size=(3, 32)).astype(np.float32)
    from_file = Session(path).run({"x": x})
    in_memory = Session.from_checked(checked, SeededWeights(3)).run({"x": x})
    assert from_file.keys() == in_memory.keys()
    for name, array in from_file.items():
        np.testing.assert_array_equal(in_memory[name], array)


def test_loaded_weights_run(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(64)", size=32)
    save_safetensors(tmp_path / "w.safetensors", checked, SeededWeights(9))
    loaded = load_weights(tmp_path / "w.safetensors", checked)
    x = ones(1, 32)
    (made,) = Session.from_checked(checked, loaded).run({"x": x}).values()
    (expected,) = Session.from_checked(checked, SeededWeights(9)).run({"x": x}).values()
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("raw", [b"hello", b"\xff" * 200, b"\0" * 50])
def test_what_is_no_model(tmp_path: Path, raw: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(raw)
    for model in (path, raw):
        with pytest.raises(UserError, match="cannot be loaded as an ONNX model"):
            Session(model)
    assert capfd.readouterr() == ("", "")


def test_a_truncated_model(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(64)", size=32)
    raw = compile_onnx(checked, SeededWeights(3)).model().SerializeToString()
    for kept in (10, len(raw) // 2, len(raw) - 1):
        with pytest.raises(UserError, match="cannot be loaded"):
            Session(raw[:kept])


def test_missing_empty_and_folders(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        Session(tmp_path / "none.onnx")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(UserError, match="is empty"):
        Session(tmp_path / "empty.onnx")
    with pytest.raises(UserError, match="is a folder, not a model"):
        Session(tmp_path)
