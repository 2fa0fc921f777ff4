"""The base of SimpleRNN, LSTM and GRU: weights, costs, and how they go into ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..activation.activation import Activation
from ..base.backend import Attribute, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import POSITIVE, arg
from ..base.masked import without_mask
from ..base.op import Op, Weight, known, op
from .recurrent_onnx import Pass, apart, batch_first, flip, prepared, side_by_side
from .recurrent_scan import run
from .stepping import Stepping, gates


@op
class Units(Op):
    """A layer whose state is a vector."""

    units: int = arg(POSITIVE, doc="size of the state")


@op
class Recurrent(Stepping, Units):
    """A recurrent layer whose states are vectors.

    Tensors after the sequence are the states it starts from; without them they are zero. A last
    one of bools, `[batch, time]`, is a mask: steps where it is false change nothing.
    """

    onnx_op: ClassVar[str]
    onnx_gates: ClassVar[tuple[int, ...]] = (0,)
    state_count: ClassVar[int] = 1

    rank = 3
    axes = "[batch, time, features]"
    width = "units"

    def rank_help(self, x: TensorType) -> str:
        if x.rank != 2:
            return ""
        return f"add an axis of features: `-> Reshape(({x.shape[1]}, 1))`"

    def state(self, x: TensorType) -> TensorType:
        return TensorType(x.dtype, (x.shape[0], self.units))

    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias."""
        return (len(self.onnx_gates) * self.units,)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        features = known(inputs[0].shape[-1], self.name, "how many features come in")
        width = len(self.onnx_gates) * self.units
        return self.variables((features, width), (self.units, width), self.bias_shape())

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        batch, time, features = inputs[0].shape
        return batch * time * ((features + self.units) * (len(self.onnx_gates) * self.units))

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


@op
class Gated(Recurrent):
    """A recurrent layer with gates, which say what of its state changes."""

    recurrent_activation: Activation | None = gates()
