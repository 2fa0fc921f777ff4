"""SimpleRNN, LSTM and GRU beyond their contract: formulas, refusals, graphs and states."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.ops.recurrent.recurrent import GRU, LSTM, SimpleRNN
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output
from .chain import run as run_one
from .graphs import Net, refused, run, typed


@pytest.mark.parametrize(
    ("cls", "args", "params"),
    [
        (SimpleRNN, {}, 8 * (5 + 8 + 1)),
        (SimpleRNN, {"use_bias": False}, 8 * (5 + 8)),
        (LSTM, {}, 4 * 8 * (5 + 8 + 1)),
        (LSTM, {"use_bias": False}, 4 * 8 * (5 + 8)),
        (GRU, {}, 3 * 8 * (5 + 8 + 2)),
        (GRU, {"reset_after": False}, 3 * 8 * (5 + 8 + 1)),
    ],
)
def test_parameters(cls: type[Op], args: dict[str, object], params: int) -> None:
    assert costs(chain((2, 7, 5), made(cls, units=8, **args)))[0] == params


@pytest.mark.parametrize(("cls", "gates"), [(SimpleRNN, 1), (LSTM, 4), (GRU, 3)])
def test_cost_is_that_of_two_matrix_products_for_each_gate_and_step(
    cls: type[Op], gates: int
) -> None:
    macs = 2 * 7 * gates * (5 * 8 + 8 * 8)
    assert costs(chain((2, 7, 5), made(cls, units=8)))[1:] == (macs, 2 * macs)


@pytest.mark.parametrize("cls", [SimpleRNN, LSTM, GRU])
def test_one_onnx_node_and_only_the_output_asked_for(cls: type[Op]) -> None:
    last = model(chain(("N", "T", 3), made(cls, units=4)))
    assert node_types(last)[cls.onnx_op] == 1
    (node,) = [node for node in last.graph.node if node.op_type == cls.onnx_op]
    assert node.output[0] == "", "the steps are not computed where only the last one is used"
    every = model(chain(("N", "T", 3), made(cls, units=4, return_sequences=True)))
    (node,) = [node for node in every.graph.node if node.op_type == cls.onnx_op]
    assert len(node.output) == 1
    assert not node_types(every)["Slice"]


@pytest.mark.parametrize("cls", [SimpleRNN, LSTM, GRU])
def test_softplus_of_large_numbers_is_finite(cls: type[Op]) -> None:
    checked = chain((2, 4, 6), made(cls, units=2, activation="softplus"))
    x = np.random.default_rng(0).uniform(-300, 300, (2, 4, 6)).astype("float32")
    weights = SeededWeights(3)
    ours = run_one(lower_onnx(checked, weights).model(), x)
    theirs = np.asarray(lower_keras(checked, weights)(x, training=False))
    assert np.isfinite(theirs).all()
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_the_forget_gate_starts_open() -> None:
    def bias(**args: object) -> np.ndarray:
        (node,) = (n for n in chain((1, 2, 3), made(LSTM, units=4, **args)) if n.op is not None)
        return SeededWeights().tensor("layer0", node.weights[-1]).read()

    np.testing.assert_array_equal(bias(), [0] * 4 + [1] * 4 + [0] * 8)
    np.testing.assert_array_equal(bias(unit_forget_bias=False), [0] * 16)
    own = bias(bias_initializer="random_normal")
    np.testing.assert_array_equal(own[4:8], [1] * 4)
    assert np.all(own[8:] != 0)


@pytest.mark.parametrize("cls", [SimpleRNN, LSTM, GRU])
def test_dropout_acts_in_training_only(cls: type[Op]) -> None:
    checked = chain((2, 6, 3), made(cls, units=4, dropout=0.5, recurrent_dropout=0.25))
    theirs = lower_keras(checked, SeededWeights())
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(theirs(x), theirs(x, training=False))
    assert not np.allclose(theirs(x, training=True), theirs(x, training=False))


def test_states_go_from_one_layer_to_another() -> None:
    net = Net()
    source, target = net.input("N", "T", 3), net.input("N", "S", 2)
    first = net.add(construct(LSTM, {"units": 4, "return_state": True}), source)
    h, c = (type(first)(first.node, index) for index in (1, 2))
    last = net.add(construct(LSTM, {"units": 4, "return_sequences": True}), target, h, c)
    checked = net.checked(last)
    lowered = lower_onnx(checked, SeededWeights()).model()
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s).astype(np.float32) for s in ((2, 5, 3), (2, 3, 2))]
    (ours,) = run(lowered, *arrays)
    np.testing.assert_allclose(ours, lower_keras(checked, SeededWeights())(arrays), atol=1e-5)


def test_results() -> None:
    assert str(output(chain(("N", "T", 3), made(GRU, units=4)))) == "float32[N, 4]"
    every = chain(("N", "T", 3), made(GRU, units=4, return_sequences=True))
    assert str(output(every)) == "float32[N, T, 4]"
    states = made(LSTM, units=4, return_state=True).infer(typed("N", "T", 3))
    assert [str(type) for type in states] == ["float32[N, 4]"] * 3


@pytest.mark.parametrize(
    ("inputs", "code", "message"),
    [
        (
            [typed("N", 3)],
            Code.RANK,
            "`LSTM` needs a tensor of rank 3 [batch, time, features], got rank 2 [N, 3]",
        ),
        (
            [typed("N", "T", 3), typed("N", 4)],
            Code.INPUT_COUNT,
            "`LSTM` takes a sequence, or a sequence and 2 initial states (h, c), got 2 tensors",
        ),
        (
            [typed("N", "T", 3), typed("N", 4), typed("N", 5)],
            Code.SHAPE,
            "the initial state of `LSTM` must be [N, 4], got [N, 5]",
        ),
        (
            [typed("N", "T", 3), typed("M", 4), typed("N", 4)],
            Code.SHAPE,
            "the initial state of `LSTM` must be [N, 4], got [M, 4]",
        ),
        (
            [typed("N", "T", 3), typed("N", 4, dtype="int32"), typed("N", 4)],
            Code.DTYPE,
            "the initial state of `LSTM` must be float32 as the sequence is, got int32",
        ),
        ([typed("N", "T", 3, dtype="int32")], Code.DTYPE, "`LSTM` takes a float tensor, got int32"),
    ],
)
def test_refused_inputs(inputs: list, code: Code, message: str) -> None:
    fault = refused(made(LSTM, units=4), inputs)
    assert (fault.code, fault.message) == (code, message)


def test_an_unknown_number_of_features_is_refused() -> None:
    with pytest.raises(Refusal, match="needs to know how many features come in, but it is `C`"):
        chain(("N", "T", "C"), made(GRU, units=4))


@pytest.mark.parametrize(
    ("cls", "args"),
    [
        (LSTM, {"activation": "gelu"}),
        (LSTM, {"recurrent_activation": "softmax"}),
        (GRU, {"activation": "selu"}),
        (SimpleRNN, {"activation": "relu6"}),
    ],
)
def test_an_activation_that_the_operator_lacks_takes_a_loop(
    cls: type[Op], args: dict[str, object]
) -> None:
    types = node_types(model(chain(("N", "T", 3), made(cls, units=4, **args))))
    assert types["Scan"] == 1
    assert not types[cls.onnx_op]
    plain = node_types(model(chain(("N", "T", 3), made(cls, units=4))))
    assert not plain["Scan"]
    assert plain[cls.onnx_op] == 1


def test_two_layers_in_loops() -> None:
    first = made(LSTM, units=4, activation="gelu", return_sequences=True)
    checked = chain(("N", "T", 3), first, made(GRU, units=2, activation="gelu"))
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    theirs = lower_keras(checked, SeededWeights(3))(x)
    np.testing.assert_allclose(run_one(model(checked), x), theirs, atol=1e-5)


@pytest.mark.parametrize("opset", [17, 20, 23])
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_opsets(opset: int, activation: str) -> None:
    layer = made(LSTM, units=4, return_sequences=True, activation=activation)
    checked = chain(("N", "T", 3), layer)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    theirs = lower_keras(checked, SeededWeights(3))(x)
    np.testing.assert_allclose(run_one(model(checked, opset), x), theirs, atol=1e-5)
