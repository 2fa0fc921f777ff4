"""Learned and constant tensors in every lowering of one net, at several sizes."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.ops.base.backend import Array
from netc.compiler.ops.base.op import Refusal
from netc.runtime.infer.samples import ShakenWeights

from ..ops.test_contract import onnxruntime_session
from .nets import net
from .test_keras_source import both, outputs, same_model

OWN = """
block Block(x: [N, T, C], reach: int) -> [N, T, C] {
  weight scale: [C] = 0.5
  y = x -> LayerNormalization
  y = y -> MultiHeadAttention(1, 2, attention_mask=band_mask(T, before=reach, after=0))
  return x + y * scale
}

net Own(x: float32[N, T, 3], y: int32[N, 2 * S - 1]) -> (a: [N, T + 1, 3], b: [S, T], c: [N, 3]) {
  weight token: [1, 1, 3] = RandomNormal(stddev=0.02)
  weight temperature: [] = 2, trainable=false
  layer both = Block(1)
  x = (x - [0.5, 0.25, 0]) / [2, 1, 0.5] -> Block(2) * 3 -> both -> both
  a = (token + zeros([N, 1, 1]), x) -> Concatenate(axis=1)
  b = full([S, T], 3) + arange(S)[:, none] * (y[0, 0] * 0 + 1)
  c = x[:, 0] @ (eye(3, k=1) + tensor([[1, 2, 3]] * 3, dtype=float32)) / temperature
  return a, b, c
}
"""

SIZES = [(2, 4, 3), (1, 1, 1), (3, 7, 5)]


@pytest.fixture(scope="module")
def own() -> CheckedGraph:
    return net(OWN)


def arrays(n: int, t: int, s: int) -> list[Array]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (n, t, 3)).astype(np.float32)
    return [x, rng.integers(0, 9, (n, 2 * s - 1)).astype(np.int32)]


@pytest.mark.parametrize("optimised", [False, True])
def test_onnxruntime_and_keras_agree_at_every_size(own: CheckedGraph, optimised: bool) -> None:
    lower = compile_onnx if optimised else lower_onnx
    session = onnxruntime_session(lower(own, ShakenWeights()).model())
    model = lower_keras(own, ShakenWeights())
    for sizes in SIZES:
        given = arrays(*sizes)
        ours = session.run(None, dict(zip(("x", "y"), given, strict=True)))
        for mine, theirs in zip(ours, outputs(model, given), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def test_the_source_is_the_model(own: CheckedGraph) -> None:
    ours, theirs = both(own)
    same_model(ours, theirs)
    for sizes in SIZES:
        given = arrays(*sizes)
        for mine, other in zip(outputs(ours, given), outputs(theirs, given), strict=True):
            np.testing.assert_array_equal(mine, other)


def test_a_saved_model_opens_where_there_is_no_netc(own: CheckedGraph, tmp_path: Path) -> None:
    model = lower_keras(own, ShakenWeights())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "own.keras")
    given = arrays(*SIZES[0])
    np.savez(tmp_path / "given.npz", *given)
    code = (
        "import sys, numpy as np, keras\n"
        "model = keras.saving.load_model('own.keras', safe_mode=True)\n"
        "given = np.load('given.npz')\n"
        "made = model([given['arr_0'], given['arr_1']])\n"
        "np.savez('made.npz', *map(np.asarray, made))\n"
        "assert not any(name.split('.')[0] == 'netc' for name in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made = np.load(tmp_path / "made.npz")
    for index, theirs in enumerate(outputs(model, given)):
        np.testing.assert_allclose(made[f"arr_{index}"], theirs, rtol=1e-6)


def test_in_float64_no_number_was_ever_float32() -> None:
    checked = net(
        "net Fine(x: float32[N, 3]) -> [N, 3] {\n"
        "  weight scale: [3] = 0.3\n"
        "  y = (x - [0.485, 0.456, 0.406]) * arange(0.1, 0.35, 0.1) + full([3], 0.7)\n"
        "  return y * tensor([0.1, 0.2, 0.3]) / scale\n"
        "}\n"
    )
    lowered = compile_onnx(checked, ShakenWeights(), precision="float64")
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    (ours,) = onnxruntime_session(lowered.model()).run(None, {"x": x})
    (theirs,) = outputs(lower_keras(checked, ShakenWeights(), precision="float64"), [x])
    assert ours.dtype == theirs.dtype == np.float64
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_a_learned_tensor_is_an_initializer_by_its_path(own: CheckedGraph) -> None:
    model = lower_onnx(own, ShakenWeights()).model()
    stored = {item.name: list(item.dims) for item in model.graph.initializer}
    assert stored["token/value"] == [1, 1, 3]
    assert stored["temperature/value"] == []
    shared = [name for name in stored if name.endswith("scale/value")]
    assert shared == [
        "x_1/block/scale/value",
        "x_1/block_1/scale/value",
        "x_1/block_2/scale/value",
        "both/scale/value",
    ]


def test_what_is_fixed_is_no_trainable_variable_in_keras(own: CheckedGraph) -> None:
    model = lower_keras(own, ShakenWeights())
    assert [v.path for v in model.non_trainable_variables] == ["temperature/alpha"]
    assert model.get_layer("token").trainable_variables


def test_a_size_that_keras_cannot_count_is_named() -> None:
    checked = net(
        "net Apart(x: float32[N, S, 2], y: float32[N, T, 2]) -> [N, S + T, max(S, T)] {\n"
        "  return ((x, y) -> Concatenate(axis=1))[..., :1] + zeros([1, 1, max(S, T)])\n"
        "}\n",
    )
    assert lower_onnx(checked, ShakenWeights())
    with pytest.raises(Refusal, match=r"cannot count `max\(S, T\)`"):
        lower_keras(checked, ShakenWeights())
