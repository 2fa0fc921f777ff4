"""The base of SimpleRNN, LSTM and GRU: arguments, shapes, weights, costs, both lowerings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..activation.activations import ACTIVATION, ACTIVATIONS, Activation
from ..base.backend import (
    Attribute,
    KerasLayer,
    KerasModule,
    KerasTensor,
    OnnxCall,
    OnnxGraph,
    OnnxValue,
)
from ..base.initializers import INITIALIZER, Initializer, Orthogonal, glorot_uniform, zeros
from ..base.kinds import BOOL, POSITIVE, arg, optional
from ..base.masked import call_masked, check_mask, without_mask
from ..base.op import Op, Refusal, Weight, Window, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..core.dropout import RATE
from .recurrent_onnx import Pass, apart, batch_first, flip, prepared, side_by_side
from .recurrent_scan import run

ORTHOGONAL = Orthogonal()
TANH, SIGMOID = ACTIVATIONS["tanh"], ACTIVATIONS["sigmoid"]


@op
class Recurrent(Op):
    """A layer that goes through a sequence step by step and keeps a state.

    Tensors after the sequence are the states it starts from; without them they are zero. A last
    one of bools, `[batch, time]`, is a mask: steps where it is false change nothing.
    """

    units: int = arg(POSITIVE, doc="size of the state")
    activation: Activation | None = arg(optional(ACTIVATION), default=TANH, doc="of the new state")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add a bias")
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernel starts"
    )
    recurrent_initializer: Initializer = arg(
        INITIALIZER, default=ORTHOGONAL, doc="how the recurrent kernel starts"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the bias starts")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel"
    )
    recurrent_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the recurrent kernel"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the bias"
    )
    dropout: float = arg(RATE, default=0.0, doc="in training, the share of inputs that become 0")
    recurrent_dropout: float = arg(
        RATE, default=0.0, doc="in training, the share of the state that becomes 0"
    )
    return_sequences: bool = arg(BOOL, default=False, doc="whether to return every step")
    return_state: bool = arg(BOOL, default=False, doc="whether to return its last state as well")
    go_backwards: bool = arg(BOOL, default=False, doc="whether to begin at the end")

    state_names: ClassVar[tuple[str, ...]] = ("h",)
    """The states it keeps; the first is its output."""
    onnx_op: ClassVar[str]
    onnx_gates: ClassVar[tuple[int, ...]] = (0,)
    state_count: ClassVar[int] = 1
    keras_name: ClassVar[str]
    """What Keras calls it inside a wrapper."""

    arity = (1, None)
    rank = 3
    axes = "[batch, time, features]"
    takes_mask = True

    def masked_outputs(self) -> int:
        return int(self.return_sequences)

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs[:1])
        check_states(self.name, self.state_names, self.units, inputs)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        batch, time, _ = inputs[0].shape
        state = TensorType(inputs[0].dtype, (batch, self.units))
        y = TensorType(state.dtype, (batch, time, self.units)) if self.return_sequences else state
        return (y, *([state] * len(self.state_names) if self.return_state else ()))

    def bias_start(self) -> Initializer:
        """How the bias starts."""
        return self.bias_initializer

    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias."""
        return (len(self.onnx_gates) * self.units,)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        features = known(inputs[0].shape[-1], self.name, "how many features come in")
        width = len(self.onnx_gates) * self.units
        kernel = Weight(
            "kernel",
            (features, width),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        recurrent = Weight(
            "recurrent_kernel",
            (self.units, width),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
        )
        if not self.use_bias:
            return (kernel, recurrent)
        bias = Weight(
            "bias", self.bias_shape(), self.bias_start(), regularizer=self.bias_regularizer
        )
        return (kernel, recurrent, bias)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        batch, time, features = inputs[0].shape
        return batch * time * ((features + self.units) * (len(self.onnx_gates) * self.units))

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def functions(self) -> tuple[Activation | None, ...]:
        """The activations in ONNX's order."""
        return (self.activation,)

    def onnx_attributes(self) -> Mapping[str, Attribute]:
        return {}

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        initial, mask = without_mask(call.inputs[1:], [v.type for v in call.inputs[1:]])
        x, packed = prepared(g, call.x, mask)
        found = run(
            g,
            x,
            [Pass(self, call.weights, initial)],
            steps=self.return_sequences,
            states=self.return_state or not self.return_sequences,
            packed=packed,
        )
        states = [apart(g, state, 0)[0] for state in found.states]
        if found.steps is None:
            y = states[0] if packed is None or not initial else packed.result(g, states[0])
        else:
            y = batch_first(g, found.steps)
            if packed is not None:
                y = packed.put_back(g, y, backwards=self.go_backwards, zeros=False)
            y = side_by_side(g, y)
            y = flip(g, y, 1) if self.go_backwards else y
        return [y, *states] if self.return_state else [y]

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        states, _ = without_mask(inputs[1:], inputs[1:])
        more = {"initial_state": list(states)} if states else {}
        return call_masked(layer, inputs, **more)

    def calls_layer_alone(self) -> bool:
        return True


@op
class Gated(Recurrent):
    """A recurrent layer with gates, which say what of its state changes."""

    recurrent_activation: Activation | None = arg(
        optional(ACTIVATION), default=SIGMOID, doc="of the gates", before="use_bias"
    )


def check_states(who: str, names: Sequence[str], units: int, inputs: Sequence[TensorType]) -> None:
    """Raises Refusal unless the tensors after the sequence are all of its initial states."""
    x, *rest = inputs
    states, mask = without_mask(rest, rest)
    if states and len(states) != len(names):
        what = f"{len(names)} initial states" if len(names) > 1 else "one initial state"
        raise Refusal(
            Code.INPUT_COUNT,
            f"`{who}` takes a sequence, or a sequence and {what} ({', '.join(names)}), "
            f"got {len(inputs)} tensors",
        )
    if mask is not None:
        check_mask(who, x, rest)
    for index, state in enumerate(states, 1):
        fits: Shape = (x.shape[0], units)
        if state.shape != fits:
            raise Refusal(
                Code.SHAPE,
                f"the initial state of `{who}` must be {show_shape(fits)}, "
                f"got {show_shape(state.shape)}",
                inputs=[index],
                help=f"`-> Dense({units})` makes a state of any vector",
            )
        if state.dtype != x.dtype:
            raise Refusal(
                Code.DTYPE,
                f"the initial state of `{who}` must be {x.dtype} as the sequence is, "
                f"got {state.dtype}",
                inputs=[index],
            )
