"""Dense, Maxout, Embedding, OneHot, Dropout, Rescaling, Normalization: costs and refusals."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from netc.compiler.ir.graph import Node
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.activation.rectifiers import ReLU
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.ops.core.dense import Dense, Maxout
from netc.compiler.ops.core.dropout import Dropout
from netc.compiler.ops.core.embedding import Embedding, OneHot
from netc.compiler.ops.core.preprocessing import Normalization, Rescaling
from netc.compiler.shapes.dims import Dim, symbol
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .lowered import chain, kinds, onnx_of, run
from .one_op import SIZES, array_for


def node_of(shape: tuple[Dim, ...], layer: Op, dtype: str = "float32") -> Node:
    return chain(shape, layer, dtype=dtype).graph.node("layer0")


def costs(node: Node, shape: tuple[Dim, ...], layer: Op) -> tuple[int, Dim]:
    inputs = [TensorType("float32", shape)]
    return sum(w.size for w in node.weights), layer.flops(inputs, node.outputs)


def test_the_costs_of_dense() -> None:
    layer, shape = Dense(10), (1, 7, 20)
    assert costs(node_of(shape, layer), shape, layer) == (20 * 10 + 10, 2 * 7 * 20 * 10)


def test_the_costs_of_maxout() -> None:
    layer, shape = Maxout(10, 3), (1, 20)
    assert costs(node_of(shape, layer), shape, layer) == (20 * 30 + 30, 2 * 20 * 30)


def test_maxout_is_the_greatest_of_its_pieces() -> None:
    net = chain((4, 6), Maxout(3, 2))
    x = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    (kernel, bias) = (
        SeededWeights(1).tensor("layer0", w).read() for w in net.layers()["layer0"].weights
    )
    by_hand = np.maximum(x @ kernel[:, :3] + bias[:3], x @ kernel[:, 3:] + bias[3:])
    np.testing.assert_allclose(run(onnx_of(net), x), by_hand, atol=1e-6)


def test_dense_works_on_the_last_axis_of_images() -> None:
    assert node_of((2, 5, 4, 3), Dense(7)).outputs[0].shape == (2, 5, 4, 7)


@pytest.mark.parametrize(
    ("args", "argument", "message"),
    [
        ({}, "", "`Dense` needs `units`, size of the output's last axis"),
        ({"units": 0}, "units", "`units` of `Dense` takes an int of at least 1; 0 is less than 1"),
        ({"units": 2.5}, "units", "2.5 is not an int"),
        ({"units": 2, "unit": 3}, "unit", "`Dense` has no argument `unit`"),
        ({"units": 2, "activation": "reul"}, "activation", "there is none called `reul`"),
    ],
)
def test_arguments_dense_refuses(args: dict[str, object], argument: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        construct(Dense, args)
    assert message in caught.value.message
    assert caught.value.argument == argument


def test_dense_needs_a_known_number_of_features() -> None:
    with pytest.raises(Refusal, match="`Dense` needs to know how many features come in"):
        node_of((2, symbol("F")), Dense(3))


def test_dropout_is_gone_in_onnx() -> None:
    net = chain((2, 3), Dense(4), Dropout(0.5), ReLU())
    assert kinds(onnx_of(net)) == ["Gemm", "Relu"]
    layer = lower_keras(net).layers[2]
    assert isinstance(layer, keras.layers.Dropout)
    assert layer.rate == 0.5


@pytest.mark.parametrize("rate", [-0.1, 1, 50])
def test_a_dropout_rate_is_a_share(rate: float) -> None:
    with pytest.raises(Refusal, match=r"takes a number of at least 0 and below 1") as caught:
        construct(Dropout, {"rate": rate})
    assert caught.value.argument == "rate"


@pytest.mark.parametrize("layer", [Embedding(5, 3), OneHot(4)])
def test_floats_cannot_be_looked_up(layer: Op) -> None:
    with pytest.raises(Refusal, match="takes an int tensor, got float32") as caught:
        node_of((2, 3), layer)
    assert caught.value.help == "declare the net's input as int32"


def test_embedding_starts_as_in_keras() -> None:
    (weight,) = node_of((2, 3), Embedding(5, 4), "int32").weights
    assert weight.shape == (5, 4)
    theirs = keras.layers.Embedding(5, 4).embeddings_initializer
    assert type(weight.initializer.keras_object(keras)) is type(theirs)


def test_a_class_out_of_range_is_all_zeros() -> None:
    net = chain((4,), OneHot(3), dtype="int32")
    y = run(onnx_of(net), np.array([0, 2, 3, -1], np.int32))
    np.testing.assert_array_equal(y, [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]])


def test_rescaling_by_one_only_casts() -> None:
    assert kinds(onnx_of(chain((2, 3), Rescaling(1), dtype="uint8"))) == ["Cast"]
    assert node_of((2, 3), Rescaling(1), "uint8").outputs[0].dtype == "float32"


def test_a_scale_for_each_channel_must_fit() -> None:
    with pytest.raises(Refusal) as caught:
        node_of((2, 4, 3), Rescaling((1.0, 2.0)))
    assert caught.value.message == (
        "`scale` of `Rescaling` holds 2 numbers, but axis -1 of float32[2, 4, 3] is 3 long"
    )
    assert (caught.value.code, caught.value.argument) == (Code.SHAPE, "scale")


@pytest.mark.parametrize(
    ("args", "argument", "message"),
    [
        ({"mean": 1}, "mean", "`Normalization` is given `mean` without `variance`"),
        ({"variance": [1, 2]}, "variance", "is given `variance` without `mean`"),
        ({"mean": [1, 2], "variance": 3}, "variance", "`mean` holds 2 numbers"),
        ({"mean": 0, "variance": -1}, "variance", "a number of at least 0"),
    ],
)
def test_what_normalization_refuses(args: dict[str, object], argument: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        construct(Normalization, args)
    assert message in caught.value.message
    assert caught.value.argument == argument


def test_normalization_owns_what_is_not_given() -> None:
    weights = node_of((2, 4, 3), Normalization()).weights
    assert [(w.name, w.shape, w.trainable) for w in weights] == [
        ("mean", (3,), False),
        ("variance", (3,), False),
        ("count", (), False),
    ]
    given = Normalization(mean=(0.0, 1.0, 2.0), variance=(1.0, 1.0, 1.0))
    assert node_of((2, 4, 3), given).weights == ()
    scalar = Normalization(mean=0.0, variance=1.0)
    assert node_of((2, symbol("C")), scalar).weights == ()


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize(
    "cls", [Dense, Maxout, Embedding, OneHot, Dropout, Rescaling, Normalization]
)
def test_every_opset_gives_the_same_numbers(cls: type[Op], opset: int) -> None:
    for example in cls.examples:
        given = example.inputs[0]
        shape = tuple(SIZES[d] if isinstance(d, str) else d for d in given.shape)
        net = chain(shape, construct(cls, example.args), dtype=given.dtype)
        x = array_for(given, np.random.default_rng(4))
        np.testing.assert_allclose(run(onnx_of(net, opset), x), run(onnx_of(net), x), atol=1e-6)
