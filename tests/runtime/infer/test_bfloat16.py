"""bfloat16 in and out of onnxruntime, and from the command line."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from netc.runtime.cli import execute
from netc.runtime.infer.ort_values import from_ort, to_ort


def test_numbers_go_in_and_come_out() -> None:
    array = np.array([[1.5, -2.0, 0.0], [3.0, np.inf, 256.0]], ml_dtypes.bfloat16)
    np.testing.assert_array_equal(from_ort(to_ort(array)), array)
    np.testing.assert_array_equal(from_ort(to_ort(array.T)), array.T)


def test_a_net_runs_on_an_array(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, given, made = tmp_path / "a.net", tmp_path / "x.npy", tmp_path / "y.npz"
    net.write_text("net A(x: bfloat16[N, 5]) -> [N, 5] {\n  return x -> ReLU\n}\n")
    np.save(given, np.linspace(-1, 1, 10, dtype="float32").reshape(2, 5))
    assert execute(["run", str(net), str(given), "-o", str(made)]) == 0
    assert "bfloat16[2, 5]" in capsys.readouterr().out
    (values,) = np.load(made).values()
    assert values.dtype == np.float32
    expected = np.maximum(np.linspace(-1, 1, 10).reshape(2, 5), 0)
    np.testing.assert_allclose(values, expected, atol=1e-2)
