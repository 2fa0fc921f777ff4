"""Activations: their names, their numbers far from zero, their layouts and what they refuse."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.activation.activations import ACTIVATION, ACTIVATION_CLASSES, ACTIVATIONS
from netc.compiler.ops.activation.rectifiers import CELU, GELU, LeakyReLU, ReLU
from netc.compiler.ops.activation.softmaxes import GLU, LogSoftmax, Softmax, Sparsemax
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.core.dense import Dense
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.dims import symbol

from .lowered import chain, kinds, onnx_of, run

FUSED = sorted(set(ACTIVATIONS) - {"glu", "sparsemax"})
EXTREME = np.array([[-1e4, -100, -30, -8, -1, -0.0, 0, 1, 8, 30, 100, 1e4]], np.float32)


@pytest.mark.parametrize("name", FUSED)
def test_a_name_means_what_it_means_in_keras(name: str) -> None:
    x = np.linspace(-6, 6, 97, dtype=np.float32).reshape(1, 97)
    ours = run(onnx_of(chain((1, 97), ACTIVATIONS[name])), x)
    theirs = np.asarray(keras.activations.get(name)(x))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(FUSED) - {"exponential"}))
def test_large_inputs_overflow_nowhere(name: str) -> None:
    ours = run(onnx_of(chain(EXTREME.shape, ACTIVATIONS[name])), EXTREME)
    assert np.isfinite(ours).all()
    theirs = np.asarray(keras.activations.get(name)(EXTREME))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize("cls", ACTIVATION_CLASSES, ids=lambda cls: cls.__name__)
def test_every_opset_gives_the_same_numbers(cls: type[Op], opset: int) -> None:
    for example in cls.examples:
        layer = construct(cls, example.args)
        if example.inputs[0].shape[1:] != (4, "W", 3) and len(example.inputs[0].shape) != 2:
            continue
        shape = (2, *(6 if d == "W" else int(d) for d in example.inputs[0].shape[1:]))
        x = np.random.default_rng(5).uniform(-4, 4, shape).astype(np.float32)
        old = run(onnx_of(chain(shape, layer), opset), x)
        np.testing.assert_allclose(old, run(onnx_of(chain(shape, layer)), x), atol=2e-6)


@pytest.mark.parametrize("name", FUSED)
def test_fused_and_separate_are_the_same(name: str) -> None:
    x = np.random.default_rng(2).normal(size=(3, 5)).astype(np.float32)
    fused = chain((3, 5), construct(Dense, {"units": 4, "activation": Word(name)}))
    separate = chain((3, 5), Dense(4), ACTIVATIONS[name])
    np.testing.assert_array_equal(run(onnx_of(fused), x), run(onnx_of(separate), x))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "activation",
    [
        Word("relu"),
        "leaky_relu",
        LeakyReLU(0.1),
        Softmax(temperature=2.0),
        ReLU(max_value=1.0),
        GELU(approximate=True),
    ],
    ids=str,
)
def test_activation_objects_fuse_as_in_keras(activation: object, tmp_path: Path) -> None:
    x = np.random.default_rng(2).normal(size=(3, 5)).astype(np.float32)
    net = chain((3, 5), construct(Dense, {"units": 4, "activation": activation}))
    model = lower_keras(net, SeededWeights(1))
    np.testing.assert_allclose(run(onnx_of(net), x), np.asarray(model(x)), rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.array(again(x)), np.array(model(x)))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Word("glu"), "`GLU` halves an axis, so it is a layer of its own: `-> glu`"),
        (Softmax(axis=1), "write `-> Softmax(axis=1)` behind the layer"),
        (Sparsemax(), "write `-> sparsemax` behind it"),
        (Word("rleu"), "there is none called `rleu`"),
        (Dense(3), "a dense is not an activation"),
    ],
    ids=str,
)
def test_what_activation_refuses(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        ACTIVATION.convert(value)
    assert reason in str(caught.value)


def test_the_layer_activation_is_the_layer_it_names() -> None:
    assert construct(OPS["Activation"], {"activation": Word("leaky_relu")}) == LeakyReLU(0.2)
    assert construct(OPS["Activation"], {"activation": LeakyReLU(0.4)}) == LeakyReLU(0.4)


def test_the_defaults_of_layers_are_keras_s() -> None:
    assert construct(LeakyReLU, {}) == LeakyReLU(0.3)
    for name in ("ReLU", "LeakyReLU", "ELU", "Softmax"):
        ours = construct(OPS[name], {})
        theirs = getattr(keras.layers, name)().get_config()
        for argument in set(theirs) & {"max_value", "negative_slope", "threshold", "alpha", "axis"}:
            assert (getattr(ours, argument) or 0) == (theirs[argument] or 0)


@pytest.mark.parametrize("layer", [*(ACTIVATIONS[n] for n in FUSED), Softmax(2), LogSoftmax(1)])
def test_no_transpose_between_convolutions(layer: Op) -> None:
    net = chain((2, 6, 5, 3), Conv2D(4, (3, 3)), layer, Conv2D(2, (2, 2)))
    assert kinds(onnx_of(net)).count("Transpose") == 2, "one in, one out"
    x = np.random.default_rng(2).normal(size=(2, 6, 5, 3)).astype(np.float32)
    theirs = np.asarray(lower_keras(net, SeededWeights(1))(x))
    np.testing.assert_allclose(run(onnx_of(net), x), theirs, rtol=1e-5, atol=1e-5)


def test_softmax_sharpens_and_flattens() -> None:
    x = np.array([[0.0, 1.0, 3.0]], np.float32)
    flat = run(onnx_of(chain((1, 3), Softmax(temperature=10.0))), x)
    sharp = run(onnx_of(chain((1, 3), Softmax(temperature=0.1))), x)
    np.testing.assert_allclose(flat, np.exp(x / 10) / np.exp(x / 10).sum(), rtol=1e-6)
    assert flat.max() < 0.4 < 0.999 < sharp.max()


def test_sparsemax_is_the_projection_on_the_simplex() -> None:
    x = np.array([[0.5, 0.4], [3.0, 0.0], [-1.0, -1.0]], np.float32)
    y = run(onnx_of(chain((3, 2), Sparsemax())), x)
    np.testing.assert_allclose(y, [[0.55, 0.45], [1.0, 0.0], [0.5, 0.5]], atol=1e-6)


def test_glu_halves_symbols_too() -> None:
    size = symbol("C") * 2
    net = chain((3, size), GLU())
    assert net.graph.node("layer0").outputs[0].shape == (3, symbol("C"))
    with pytest.raises(Refusal, match="`GLU` halves axis -1, but that is 5 long") as caught:
        chain((3, 5), GLU())
    assert caught.value.help == "make the layer before it 6 wide"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_layer_after_glu_gets_half_in_keras_too() -> None:
    net = chain((3, 4), GLU(), Dense(2))
    x = np.random.default_rng(2).normal(size=(3, 4)).astype(np.float32)
    theirs = np.asarray(lower_keras(net, SeededWeights(1))(x))
    np.testing.assert_allclose(run(onnx_of(net), x), theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_is_not_there(axis: int) -> None:
    with pytest.raises(Refusal, match=f"along axis {axis}, which a tensor of rank 2") as caught:
        chain((3, 5), Softmax(axis))
    assert caught.value.argument == "axis"


@pytest.mark.parametrize(
    ("cls", "args"),
    [(Softmax, {"temperature": 0}), (Softmax, {"temperature": -1}), (CELU, {"alpha": 0})],
)
def test_no_division_by_zero(cls: type[Op], args: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="takes a number above 0"):
        construct(cls, args)


def test_integers_are_refused() -> None:
    with pytest.raises(Refusal, match="`ReLU` takes a float tensor, got int32"):
        chain((3, 5), ReLU(), dtype="int32")


def test_celu_in_half_precision_is_celu() -> None:
    x = np.linspace(-3, 3, 24, dtype=np.float16).reshape(1, 24)
    half = run(onnx_of(chain((1, 24), CELU(0.5), dtype="float16")), x)
    single = run(onnx_of(chain((1, 24), CELU(0.5))), x.astype(np.float32))
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, single, rtol=2e-3, atol=2e-3)
