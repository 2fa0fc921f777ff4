"""Bidirectional: a recurrent layer over a sequence in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import TensorType, show_shape
from ..activation.activations import ACTIVATIONS
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import arg, choice, optional, show
from ..base.masked import without_mask
from ..base.op import Example, Input, Op, Refusal, Weight, Window, arguments, example, op
from ..base.wrapped import below, layer_kind, prefixed
from .conv_lstm import ConvLSTM, ConvLSTM1D, ConvLSTM2D
from .recurrent import GRU, LSTM, SimpleRNN
from .recurrent_base import Recurrent
from .recurrent_mask import Packed
from .recurrent_onnx import Pass, Result, apart, batch_first, flip, knows, prepared, side_by_side
from .recurrent_scan import run
from .stepping import Stepping, check_states

RECURRENT = layer_kind(Stepping, "a recurrent layer such as LSTM(8)", "is not recurrent")
FORWARD, BACKWARD = "forward_layer/", "backward_layer/"


@op
class Bidirectional(Op):
    """A recurrent layer twice, over the sequence forwards and backwards.

    `merge_mode` says how the two outputs become one; with `none` there are two results. Initial
    and returned states are those of the forward layer, then those of the backward layer.
    """

    layer: Stepping = arg(RECURRENT, doc="the layer, with its arguments")
    merge_mode: str | None = arg(
        optional(choice("concat", "sum", "mul", "ave")),
        default="concat",
        doc="what becomes of the two outputs",
    )
    backward_layer: Stepping | None = arg(
        optional(RECURRENT),
        default=None,
        doc="what goes backwards, with go_backwards=true; else a second `layer`",
    )

    arity = (1, None)
    rank = (3, 6)
    axes = "[batch, time, …, features]"
    takes_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3), layer=LSTM(4)),
        example(("N", "T", 3), layer=LSTM(4, return_sequences=True)),
        example(("N", 4, 3), layer=GRU(2, return_sequences=True), merge_mode="sum"),
        example(("N", "T", 3), layer=GRU(2), merge_mode="sum"),
        example(("N", "T", 3), layer=SimpleRNN(1, return_sequences=True), merge_mode="mul"),
        example(("N", "T", 3), layer=SimpleRNN(3, use_bias=False), merge_mode="mul"),
        example(
            ("N", "T", 3),
            layer=GRU(3, return_sequences=True, reset_after=False),
            merge_mode="ave",
        ),
        example(("N", "T", 3), layer=LSTM(2, dropout=0.5), merge_mode="ave"),
        example(("N", "T", 3), layer=GRU(3, return_sequences=True), merge_mode=None),
        example(("N", 5, 3), layer=LSTM(3), merge_mode=None),
        example(
            ("N", "T", 3),
            *[("N", 2)] * 4,
            layer=LSTM(2, return_sequences=True, return_state=True),
        ),
        example(("N", "T", 3), layer=GRU(2, return_state=True), merge_mode=None),
        example(
            ("N", "T", 3),
            layer=LSTM(3, return_sequences=True),
            backward_layer=LSTM(
                3, ACTIVATIONS["softsign"], return_sequences=True, go_backwards=True
            ),
        ),
        example(
            ("N", "T", 3),
            layer=GRU(3, return_sequences=True, go_backwards=True),
            backward_layer=SimpleRNN(3, return_sequences=True),
            merge_mode="sum",
        ),
        example(
            ("N", "T", 3),
            layer=GRU(3, reset_after=False),
            backward_layer=GRU(3, go_backwards=True),
        ),
        example(("N", "T", 3), Input(("N", "T"), "bool"), layer=LSTM(3, return_sequences=True)),
        example(("N", "T", 3), Input(("N", "T"), "bool"), layer=GRU(3), merge_mode="sum"),
        example(
            ("N", "T", 3),
            Input(("N", "T"), "bool"),
            layer=LSTM(3, ACTIVATIONS["silu"], return_sequences=True),
        ),
        example(
            ("N", "T", 3),
            ("N", 2),
            ("N", 2),
            Input(("N", "T"), "bool"),
            layer=GRU(2, return_sequences=True, return_state=True, go_backwards=True),
            backward_layer=SimpleRNN(2, return_sequences=True, return_state=True),
            merge_mode=None,
        ),
        example(("N", "T", 4, 2), layer=ConvLSTM1D(2, (2,)), merge_mode="sum"),
        example(
            ("N", "T", 3, 4, 2),
            layer=ConvLSTM2D(2, (2, 2), padding="same", return_sequences=True),
        ),
        example(
            ("N", "T", 4, 2),
            *[("N", 3, 2)] * 4,
            Input(("N", "T"), "bool"),
            layer=ConvLSTM1D(2, (2,), return_sequences=True, return_state=True),
            merge_mode=None,
        ),
        example(
            ("N", "T", 4, 2),
            Input(("N", "T"), "bool"),
            layer=ConvLSTM1D(2, (2,), return_state=True, go_backwards=True),
            backward_layer=ConvLSTM1D(2, (2,), return_state=True),
        ),
    )

    def validate(self) -> None:
        """Raises Refusal where the two layers do not go opposite ways or differ in their output."""
        first, second = self.layer, self.backward_layer
        if second is None:
            if first.go_backwards:
                raise Refusal(
                    Code.BAD_VALUE,
                    "the layer of `Bidirectional` goes backwards already",
                    argument="layer",
                    help="leave `go_backwards` out, or give a `backward_layer` that goes forwards",
                )
            return
        if first.go_backwards == second.go_backwards:
            way = "backwards" if first.go_backwards else "forwards"
            raise Refusal(
                Code.BAD_VALUE,
                f"both layers of `Bidirectional` go {way}",
                argument="backward_layer",
                help="give `backward_layer` go_backwards=true",
            )
        if first.rank != second.rank:
            raise Refusal(
                Code.BAD_VALUE,
                f"the layers of `Bidirectional` must take tensors of one rank, and `{first.name}` "
                f"takes {first.rank} axes, `{second.name}` {second.rank}",
                argument="backward_layer",
            )
        for name in (first.width, "return_sequences", "return_state"):
            if getattr(first, name) != getattr(second, name):
                raise Refusal(
                    Code.BAD_VALUE,
                    f"the layers of `Bidirectional` must have the same `{name}`, "
                    f"got {_shown(first, name)} and {_shown(second, name)}",
                    argument="backward_layer",
                )

    def passes(self) -> tuple[Stepping, Stepping]:
        """The layer and the one that goes the other way."""
        if self.backward_layer is not None:
            return self.layer, self.backward_layer
        given = {name: getattr(self.layer, name) for name in arguments(type(self.layer))}
        return self.layer, type(self.layer)(**{**given, "go_backwards": True})

    def masked_outputs(self) -> int:
        if not self.layer.return_sequences:
            return 0
        return 2 if self.merge_mode is None else 1

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        if inputs and inputs[0].rank != self.layer.rank:
            self.layer.check_inputs(inputs[:1])
        super().check_inputs(inputs[:1])
        first, second = self.passes()
        names = (*first.state_names, *second.state_names)
        check_states(self.name, names, first.state(inputs[0]), inputs)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        first, second = (layer.infer(inputs[0]) for layer in self.passes())
        y, states = first[0], (*first[1:], *second[1:])
        if second[0].shape != y.shape:
            raise Refusal(
                Code.SHAPE,
                "the layers of `Bidirectional` must give tensors of one shape, got "
                f"{show_shape(y.shape)} and {show_shape(second[0].shape)}",
                argument="backward_layer",
                inputs=[0],
            )
        if self.merge_mode is None:
            return (y, y, *states)
        if self.merge_mode == "concat":
            y = TensorType(y.dtype, (*y.shape[:-1], 2 * y.shape[-1]))
        return (y, *states)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        first, second = self.passes()
        return (
            *prefixed(FORWARD, first.weights(inputs[0])),
            *prefixed(BACKWARD, second.weights(inputs[0])),
        )

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        first, second = self.passes()
        return first.macs(inputs, outputs) + second.macs(inputs, outputs)

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        first, second = self.passes()
        initial, mask = without_mask(call.inputs[1:], [v.type for v in call.inputs[1:]])
        count = len(first.state_names) if initial else 0
        starts = initial[:count], initial[count:]
        if isinstance(first, Recurrent) and isinstance(second, Recurrent):
            outputs, finals = self._of_vectors(g, call, first, second, starts, mask)
        else:
            outputs, finals = self._of_pictures(g, call, starts, mask)
        merged = self._merged(g, outputs)
        if self.layer.return_sequences and first.go_backwards:
            merged = [flip(g, y, 1) for y in merged]
        return [*merged, *finals] if self.layer.return_state else merged

    def _of_pictures(
        self,
        g: OnnxGraph,
        call: OnnxCall,
        starts: Sequence[tuple[OnnxValue, ...]],
        mask: OnnxValue | None,
    ) -> tuple[Sequence[OnnxValue], Sequence[OnnxValue]]:
        """The output of each layer, and the last states of both, for convolutional layers."""
        outputs: list[OnnxValue] = []
        finals: list[OnnxValue] = []
        steps = self.layer.return_sequences
        for layer, prefix, start in zip(self.passes(), (FORWARD, BACKWARD), starts, strict=True):
            assert isinstance(layer, ConvLSTM)
            weights = below(prefix, call.weights)
            y, states = layer.go(g, call.x, weights, start, mask, prefix=prefix, zeros=steps)
            outputs.append(y)
            finals += states
        return outputs, finals

    def _of_vectors(
        self,
        g: OnnxGraph,
        call: OnnxCall,
        first: Recurrent,
        second: Recurrent,
        starts: Sequence[tuple[OnnxValue, ...]],
        mask: OnnxValue | None,
    ) -> tuple[Sequence[OnnxValue], Sequence[OnnxValue]]:
        """The outputs of both layers, one or two, and their last states.

        One output is the two side by side.
        """
        ways = (
            Pass(first, below(FORWARD, call.weights), starts[0]),
            Pass(second, below(BACKWARD, call.weights), starts[1]),
        )
        x, packed = prepared(g, call.x, mask)
        steps = self.layer.return_sequences
        states = self.layer.return_state or not steps
        if _in_one_node(first, second):
            found = run(g, x, ways, steps=steps, states=states, packed=packed)
            both = _in_place(g, found, packed)
            pairs = [apart(g, state, 0) for state in found.states]
            finals = [*[one for one, _ in pairs], *[other for _, other in pairs]]
            if self.merge_mode == "concat" and both is not None:
                return (side_by_side(g, both),), finals
            outputs = apart(g, both, 2) if both is not None else ()
        else:
            parts = [
                run(g, x, [way], steps=steps, states=states, prefix=prefix, packed=packed)
                for way, prefix in zip(ways, (FORWARD, BACKWARD), strict=True)
            ]
            finals = [apart(g, state, 0)[0] for part in parts for state in part.states]
            outputs = tuple(
                side_by_side(g, y) for part in parts if (y := _in_place(g, part, packed))
            )
        if not outputs:
            outputs = (finals[0], finals[first.state_count])
            if packed is not None and starts[0]:
                outputs = tuple(packed.result(g, state) for state in outputs)
        return outputs, finals

    def _merged(self, g: OnnxGraph, outputs: Sequence[OnnxValue]) -> list[OnnxValue]:
        if len(outputs) == 1:
            return list(outputs)
        first, second = g.align(outputs)
        shape = (*first.type.shape[:-1], 2 * first.type.shape[-1])
        if self.merge_mode == "concat":
            type = TensorType(first.type.dtype, shape)
            return [g.node("Concat", first, second, type=type, axis=first.axis(-1))]
        if self.merge_mode == "sum":
            return [g.node("Add", first, second)]
        if self.merge_mode == "mul":
            return [g.node("Mul", first, second)]
        if self.merge_mode == "ave":
            return [g.node("Mul", g.node("Add", first, second), g.const(0.5, first.type.dtype))]
        return [first, second]

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        other = self.backward_layer
        kind = self.layer.keras_name
        return keras.layers.Bidirectional(
            self.layer.keras_layer(keras, kind),
            merge_mode=self.merge_mode,
            backward_layer=other and other.keras_layer(keras, f"backward_{other.keras_name}"),
            name=name,
        )

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return self.layer.keras_call(keras, layer, inputs)

    def calls_layer_alone(self) -> bool:
        return True


def _in_place(g: OnnxGraph, found: Result, packed: Packed | None) -> OnnxValue | None:
    """The steps `[batch, time, passes, units]`; zero where a step does not count."""
    if found.steps is None:
        return None
    y = batch_first(g, found.steps)
    return y if packed is None else packed.put_back(g, y, backwards=False, zeros=True)


def _in_one_node(first: Recurrent, second: Recurrent) -> bool:
    """Whether ONNX can do both passes at once: they differ in activations at most."""
    return (
        type(first) is type(second)
        and not first.go_backwards
        and knows(first)
        and knows(second)
        and first.use_bias == second.use_bias
        and first.onnx_attributes() == second.onnx_attributes()
    )


def _shown(layer: Stepping, argument: str) -> str:
    return f"{layer.name}({argument}={show(getattr(layer, argument))})"
