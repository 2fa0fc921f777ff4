"""SimpleRNN, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..activation.activations import ACTIVATION, Activation
from ..base.backend import Attribute
from ..base.initializers import Initializer
from ..base.kinds import BOOL, arg, optional
from ..base.op import Example, Input, example, op
from .forget_bias import ForgetBias, forget_bias
from .recurrent_base import Gated, Recurrent
from .stepping import TANH


@op
class SimpleRNN(Recurrent):
    """`h = activation(x @ kernel + h @ recurrent_kernel + bias)` at each step.

    Tensors after the sequence are initial states: `(x, h) -> SimpleRNN(8)`.
    """

    onnx_op = "RNN"
    keras_name = "simple_rnn"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3), units=4),
        example(("N", 6, 3), units=1, return_sequences=True, activation="relu", use_bias=False),
        example(("N", "T", 1), ("N", 5), units=5, return_state=True, dropout=0.5),
        example(("N", "T", 3), units=4, return_sequences=True, go_backwards=True),
        example(("N", "T", 3), units=2, activation=None, go_backwards=True),
        example(("N", "T", 3), Input(("N", "T"), "bool"), units=2, return_sequences=True),
        example(("N", "T", 3), ("N", 2), units=2, activation="gelu", go_backwards=True),
        example(("N", "T", 3), units=2, activation="softmax", return_sequences=True),
    )


@op
class LSTM(Gated):
    """Long short-term memory: gates decide what a cell state keeps (Hochreiter and Schmidhuber).

    Tensors after the sequence are initial states: `(x, h, c) -> LSTM(8)`. With `return_state`
    there are three results: `y, h, c = x -> LSTM(8, return_state=true)`.
    """

    activation: Activation | None = arg(
        optional(ACTIVATION), default=TANH, doc="of the candidate and of the cell state"
    )
    unit_forget_bias: bool = forget_bias()

    onnx_op = "LSTM"
    keras_name = "lstm"
    onnx_gates = (0, 3, 1, 2)
    state_names = ("h", "c")
    state_count = 2
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3), units=4),
        example(("N", "T", 3), units=4, return_sequences=True),
        example(("N", 6, 3), units=1, return_state=True, use_bias=False),
        example(
            ("N", "T", 3),
            ("N", 4),
            ("N", 4),
            units=4,
            return_sequences=True,
            return_state=True,
            go_backwards=True,
            recurrent_dropout=0.5,
        ),
        example(
            ("N", 1, 2),
            units=3,
            activation="softsign",
            recurrent_activation="hard_sigmoid",
            unit_forget_bias=False,
        ),
        example(Input(("N", "T", 2), low=-0.5, high=0.5), units=2, activation="relu"),
        example(("N", "T", 5), units=3, activation="elu", recurrent_activation="sparse_sigmoid"),
        example(("N", 3, 5), units=3, activation=None),
        example(("N", "T", 3), Input(("N", "T"), "bool"), units=4),
        example(
            ("N", "T", 3),
            Input(("N", "T"), "bool"),
            units=4,
            activation="hard_tanh",
            recurrent_activation="softmax",
            return_state=True,
        ),
        example(("N", 6, 3), Input(("N", 6), "bool"), units=2, return_sequences=True),
        example(
            ("N", "T", 3),
            ("N", 4),
            ("N", 4),
            Input(("N", "T"), "bool"),
            units=4,
            return_sequences=True,
            return_state=True,
            go_backwards=True,
        ),
    )

    def bias_start(self) -> Initializer:
        if not self.unit_forget_bias:
            return self.bias_initializer
        return ForgetBias(self.bias_initializer, self.units)

    def functions(self) -> tuple[Activation | None, ...]:
        return (self.recurrent_activation, self.activation, self.activation)


@op
class GRU(Gated):
    """A gated recurrent unit: an update gate and a reset gate on one state (Cho et al. 2014).

    Tensors after the sequence are initial states: `(x, h) -> GRU(8)`.
    """

    activation: Activation | None = arg(optional(ACTIVATION), default=TANH, doc="of the candidate")
    reset_after: bool = arg(
        BOOL, default=True, doc="whether the reset gate acts behind the recurrent kernel"
    )

    onnx_op = "GRU"
    keras_name = "gru"
    onnx_gates = (0, 1, 2)
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3), units=4),
        example(("N", "T", 3), units=4, reset_after=False, return_sequences=True),
        example(("N", 6, 3), units=1, return_state=True, use_bias=False),
        example(
            ("N", "T", 3), ("N", 4), units=4, return_state=True, go_backwards=True, dropout=0.1
        ),
        example(("N", "T", 3), units=3, go_backwards=True, return_sequences=True),
        example(
            ("N", 1, 2),
            units=3,
            activation="softplus",
            recurrent_activation="hard_sigmoid",
            reset_after=False,
            use_bias=False,
        ),
        example(Input(("N", "T", 2), low=-0.5, high=0.5), units=2, activation="relu"),
        example(("N", "T", 5), units=3, activation="leaky_relu", recurrent_activation="softsign"),
        example(("N", 3, 5), units=3, activation=None),
        example(("N", "T", 3), units=4, activation="mish", return_sequences=True),
        example(
            ("N", "T", 3),
            Input(("N", "T"), "bool"),
            units=4,
            activation="selu",
            reset_after=False,
            go_backwards=True,
            return_sequences=True,
        ),
        example(("N", "T", 3), Input(("N", "T"), "bool"), units=4, return_sequences=True),
        example(("N", "T", 3), ("N", 4), Input(("N", "T"), "bool"), units=4, go_backwards=True),
    )

    def bias_shape(self) -> tuple[int, ...]:
        width = 3 * self.units
        return (2, width) if self.reset_after else (width,)

    def functions(self) -> tuple[Activation | None, ...]:
        return (self.recurrent_activation, self.activation)

    def onnx_attributes(self) -> Mapping[str, Attribute]:
        return {"linear_before_reset": int(self.reset_after)}
