"""TimeDistributed: a layer at every step of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import arg
from ..base.op import ANY, POINT, Example, Input, Op, Refusal, Weight, Window, example, op
from ..base.wrapped import layer_kind
from ..conv.conv import Conv1D, Conv2D
from ..core.dense import Dense
from ..core.embedding import Embedding
from ..norm.normalization import BatchNormalization
from ..pool.pooling import MaxPooling1D
from ..recurrent.bidirectional import Bidirectional
from ..recurrent.recurrent import GRU, LSTM
from ..tensor.reshape import Flatten

LAYER = layer_kind(Op, "a layer such as Dense(8)", "is not a layer")


@op
class TimeDistributed(Op):
    """A layer at every step of a sequence, with the same weights each time."""

    layer: Op = arg(LAYER, doc="the layer, with its arguments")

    rank = (3, 8)
    axes = "[batch, time, …]"
    dtypes = ANY
    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3), layer=Dense(4)),
        example(("N", 4, 7, 5), layer=Conv1D(2, (3,), padding="same")),
        example(("N", 3, 6, 7, 2), layer=Conv2D(3, (2, 2), (2, 2), "same")),
        example(("N", "T", 6, 3), layer=Flatten()),
        example(("N", 4, "H", "W", 3), layer=BatchNormalization()),
        example(("N", 3, "H", 2), layer=GRU(4)),
        example(("N", 2, 5, 2), layer=Bidirectional(LSTM(2, return_sequences=True))),
        example(("N", 3, 7, 2), layer=MaxPooling1D((2,))),
        example(Input(("N", "T", 4), "int32", high=5), layer=Embedding(5, 2)),
    )

    def validate(self) -> None:
        """Raises Refusal for a layer of several tensors."""
        if self.layer.arity[0] > 1:
            raise Refusal(
                Code.BAD_VALUE,
                f"`TimeDistributed` gives its layer one tensor, and `{self.layer.name}` takes "
                f"{self.layer.arity[0]}",
                argument="layer",
            )

    def refuses_mask(self) -> str:
        if self.layer.takes_mask or self.layer.refuses_mask():
            return f"the `{self.layer.name}` in it would use it for its own steps"
        return ""

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        try:
            self.layer.check_inputs([_step(inputs[0])])
        except Refusal as fault:
            raise self._inside(fault, inputs[0]) from None

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        try:
            outputs = self.layer.infer(_step(x))
        except Refusal as fault:
            raise self._inside(fault, x) from None
        if len(outputs) > 1:
            raise Refusal(
                Code.BAD_VALUE,
                f"`TimeDistributed` needs a layer of one result, and this `{self.layer.name}` "
                f"has {len(outputs)}",
                argument="layer",
            )
        (y,) = outputs
        return (TensorType(y.dtype, (y.shape[0], x.shape[1], *y.shape[1:])),)

    def _inside(self, fault: Refusal, x: TensorType) -> Refusal:
        message = f"{fault.message}, as one step of {show_shape(x.shape)}"
        # How to reach a rank is said of the step, and would be done to the whole.
        help = "" if fault.code is Code.RANK else fault.help
        return Refusal(fault.code, message, inputs=fault.inputs, help=help)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self.layer.weights(_step(inputs[0]))

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return self.layer.macs([_flat(inputs[0])], [_flat(outputs[0])])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return self.layer.flops([_flat(inputs[0])], [_flat(outputs[0])])

    def window(self, *inputs: TensorType) -> Window | None:
        step = _step(inputs[0])
        if step.rank < 3:
            return POINT
        seen = self.layer.window(step)
        if seen is None or not seen.kernel:
            return seen
        scale = (1, *seen.scale) if seen.scale else ()
        return Window((1, *seen.kernel), (1, *seen.strides), (1, *seen.dilation), scale)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        x = g.channels_last(call.x)
        flat = _flat(x.type)
        merged = g.node("Reshape", x, _sizes(g, flat.shape), type=flat, first=False)
        y = self.layer.onnx(g, OnnxCall((merged,), call.weights, (_flat(out),)))
        y = g.channels_last(y if isinstance(y, OnnxValue) else y[0])
        return g.node("Reshape", y, _sizes(g, out.shape), type=out, first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        inner = self.layer.keras_layer(keras, "layer")
        if inner is None or not self.layer.calls_layer_alone():
            raise Refusal(
                Code.NO_KERAS,
                f"Keras has no single layer for `{self.layer.name}` that `TimeDistributed` "
                "could hold",
                argument="layer",
                help="compile to ONNX",
            )
        return keras.layers.TimeDistributed(inner, name=name)


def _step(x: TensorType) -> TensorType:
    return TensorType(x.dtype, (x.shape[0], *x.shape[2:]))


def _flat(x: TensorType) -> TensorType:
    """Batch and time as one axis."""
    return TensorType(x.dtype, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _sizes(g: OnnxGraph, shape: Shape) -> OnnxValue:
    """What Reshape takes for a shape; one unknown size is left to it."""
    if sum(not isinstance(dim, int) for dim in shape) <= 1:
        return g.const([dim if isinstance(dim, int) else -1 for dim in shape], "int64")
    return g.shape(shape)
