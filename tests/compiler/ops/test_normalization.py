"""BatchNormalization and LayerNormalization: layouts, opsets, folding, and what they refuse."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.activation.rectifiers import ReLU
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.core.dense import Dense
from netc.compiler.ops.core.preprocessing import Normalization
from netc.compiler.ops.norm.normalization import BatchNormalization, LayerNormalization
from netc.compiler.shapes.dims import symbol
from netc.compiler.shapes.types import TensorType

from .lowered import chain, kinds, onnx_of, run
from .test_contract import Shaken

LAYERS = [
    (BatchNormalization(), (2, 5)),
    (BatchNormalization(), (2, 4, 5, 3)),
    (BatchNormalization(axis=1, scale=False), (2, 4, 5, 3)),
    (BatchNormalization(center=False), (2, 4, 3)),
    (LayerNormalization(), (2, 4, 3)),
    (LayerNormalization(axis=(1, 2), scale=False), (2, 4, 3)),
    (Normalization(), (2, 4, 3)),
]


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_every_opset_gives_keras_s_numbers(layer: Op, shape: tuple[int, ...], opset: int) -> None:
    net = chain(shape, layer)
    x = np.random.default_rng(3).normal(1, 2, shape).astype(np.float32)
    theirs = np.asarray(lower_keras(net, Shaken())(x))
    ours = run(onnx_of(net, opset, Shaken()), x)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_between_convolutions_it_needs_no_transpose() -> None:
    net = chain((2, 6, 5, 3), Conv2D(4, (3, 3)), BatchNormalization(), ReLU(), Conv2D(2, (2, 2)))
    assert kinds(onnx_of(net)) == [
        "Transpose",
        "Conv",
        "BatchNormalization",
        "Relu",
        "Conv",
        "Transpose",
    ]


def test_between_dense_layers_on_sequences_it_needs_no_transpose() -> None:
    net = chain((2, 6, 3), Dense(4), BatchNormalization(), Dense(2))
    assert "Transpose" not in kinds(onnx_of(net))


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_scale_and_shift_are_the_whole_layer(center: bool, scale: bool) -> None:
    layer = BatchNormalization(center=center, scale=scale, epsilon=1e-2)
    weights = {
        w.name: Shaken().tensor("layer0", w) for w in layer.weights(TensorType("float32", (2, 5)))
    }
    a, b = layer.scale_and_shift(weights)
    assert a.shape == b.shape == (5,)
    x = np.random.default_rng(3).normal(size=(2, 5)).astype(np.float32)
    theirs = np.asarray(lower_keras(chain((2, 5), layer), Shaken())(x))
    np.testing.assert_allclose(a.read() * x + b.read(), theirs, rtol=1e-5, atol=1e-6)
    assert a.read().dtype == b.read().dtype == np.float32


def test_only_gamma_and_beta_are_trained() -> None:
    (node,) = [n for n in chain((2, 7, 7, 64), BatchNormalization()) if n.op is not None]
    assert {w.name: (w.size, w.trainable) for w in node.weights} == {
        "gamma": (64, True),
        "beta": (64, True),
        "moving_mean": (64, False),
        "moving_variance": (64, False),
    }
    assert BatchNormalization().flops([], node.outputs) == 2 * 2 * 7 * 7 * 64


@pytest.mark.parametrize("name", ["BatchNormalization", "LayerNormalization"])
def test_defaults_are_keras_s(name: str) -> None:
    ours = construct({"BatchNormalization": BatchNormalization}.get(name, LayerNormalization), {})
    theirs = getattr(keras.layers, name)().get_config()
    for argument in ("axis", "epsilon", "center", "scale", "momentum"):
        if argument in theirs:
            assert getattr(ours, argument) == theirs[argument]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (BatchNormalization(axis=4), "axis 4, which does not exist in float32[2, 4, 5, 3]"),
        (BatchNormalization(axis=0), "axis 0, which is the batch in float32[2, 4, 5, 3]"),
        (LayerNormalization(axis=-5), "axis -5, which does not exist"),
        (LayerNormalization(axis=(1, 0)), "axis 0, which is the batch in float32[2, 4, 5, 3]"),
        (LayerNormalization(axis=(1, -3)), "is given one axis of float32[2, 4, 5, 3] twice"),
    ],
    ids=str,
)
def test_wrong_axes(layer: Op, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        chain((2, 4, 5, 3), layer)
    assert message in caught.value.message
    assert caught.value.argument == "axis"
    assert caught.value.help


def test_a_symbolic_number_of_features_is_refused() -> None:
    with pytest.raises(Refusal, match="needs to know how many features come in, but it is `C`"):
        chain((2, symbol("C")), BatchNormalization())


@pytest.mark.parametrize("momentum", [-0.1, 1.5])
def test_momentum_is_a_share(momentum: float) -> None:
    with pytest.raises(Refusal, match="takes a number from 0 to 1"):
        construct(BatchNormalization, {"momentum": momentum})
