"""Activations along one axis: softmax, its logarithm, sparsemax, and the gated linear unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import divided
from ...shapes.dims import Dim
from ...shapes.types import TensorType, normal_axis
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import INT, arg
from ..base.op import POINT, Example, Refusal, Window, elements, example, known, op
from .activation import ABOVE_ZERO, Activation


class AxisActivation(Activation):
    """An activation along one axis, the argument `axis`."""

    __slots__ = ()

    axis: int

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        if normal_axis(self.axis, inputs[0].rank) is None:
            raise Refusal(
                Code.RANK,
                f"`{self.name}` works along axis {self.axis}, "
                f"which a tensor of rank {inputs[0].rank} does not have: {inputs[0]}",
                argument="axis",
                inputs=[0],
                help=f"give an axis from {-inputs[0].rank} to {inputs[0].rank - 1}",
            )
        return super().infer(*inputs)

    def window(self, *inputs: TensorType) -> Window | None:
        rank = inputs[0].rank
        return POINT if normal_axis(self.axis, rank) in (0, rank - 1) else None


@op
class Softmax(AxisActivation):
    """`exp(x / temperature)`, divided by its sum along `axis`.

    `temperature` is an addition to Keras's layer: above 1 it flattens the result, below 1 it
    sharpens it (Hinton et al. 2015).
    """

    axis: int = arg(INT, default=-1, doc="the axis whose values sum to 1")
    temperature: float = arg(ABOVE_ZERO, default=1.0, doc="what x is divided by first")

    function = "softmax"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", 4, "W", 3), axis=1),
        example(("N", "T", 3), temperature=2.5),
    )

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 3 * elements(outputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = call.x
        if self.temperature != 1:
            x = g.node("Div", x, g.const(self.temperature, x.type.dtype))
        return g.node("Softmax", x, axis=x.axis(self.axis))

    def refuses_mask(self) -> str:
        return "Keras's Softmax takes it for one of features: write `Dense(…, activation=softmax)`"

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return keras.layers.Softmax(self.axis, name=name)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        return super().keras_call(
            keras, layer, [x if self.temperature == 1 else x / self.temperature]
        )

    def keras_object(self, keras: KerasModule) -> object:
        if self.plain():
            return self.function
        layer = keras.layers.Softmax(self.axis)
        if self.temperature == 1:
            return layer
        return keras.Sequential([keras.layers.Rescaling(1 / self.temperature), layer])


@op
class LogSoftmax(AxisActivation):
    """The logarithm of softmax, computed without overflow."""

    axis: int = arg(INT, default=-1, doc="the axis whose exponentials sum to 1")

    function = "log_softmax"
    examples = (example(("N", 5)), example(("N", 4, "W", 3), axis=1))

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 3 * elements(outputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("LogSoftmax", call.x, axis=call.x.axis(self.axis))


@op
class Sparsemax(AxisActivation):
    """The nearest point of the probability simplex, often with zeros (Martins 2016)."""

    axis: int = arg(INT, default=-1, doc="the axis whose values sum to 1")

    function = "sparsemax"
    examples = (
        example(("N", 5)),
        example(("N", 4, "W", 3), axis=1),
        example(("N", 1)),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        outputs = super().infer(*inputs)
        known(inputs[0].shape[self.axis], self.name, f"how long axis {self.axis} is")
        return outputs

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        # The threshold is the largest (sum of the k greatest - 1) / k over all k.
        x, dtype, axis = call.x, call.x.type.dtype, call.x.axis(self.axis)
        size = known(x.type.shape[self.axis], self.name, "its axis")
        indices = TensorType("int64", x.type.shape)
        ordered, _ = g.nodes(
            "TopK", x, g.const([size], "int64"), types=[x.type, indices], first=x.first, axis=axis
        )
        sums = g.node("CumSum", ordered, g.const(axis, "int64"))
        counts: list[object] = [float(k) for k in range(1, size + 1)]
        for _ in range(axis + 1, x.rank):
            counts = _nest(counts)
        means = g.node("Div", g.node("Sub", sums, g.const(1.0, dtype)), g.const(counts, dtype))
        shape = tuple(1 if i == self.axis % x.rank else d for i, d in enumerate(x.type.shape))
        reduced = TensorType(dtype, shape)
        if g.opset >= 18:
            axes = g.const([axis], "int64")
            limit = g.node("ReduceMax", means, axes, type=reduced, first=x.first, keepdims=1)
        else:
            limit = g.node("ReduceMax", means, type=reduced, first=x.first, axes=[axis], keepdims=1)
        return g.node("Relu", g.node("Sub", x, limit))

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        # Keras 3.15's own function adds up the partial sums instead of taking the last one.
        (x,) = inputs
        ops, axis = keras.ops, self.axis
        counts = [1] * len(x.shape)
        counts[axis] = x.shape[axis]
        sums = ops.cumsum(ops.flip(ops.sort(x, axis=axis), axis=axis), axis=axis)
        steps = ops.reshape(ops.arange(1, x.shape[axis] + 1, dtype=x.dtype), counts)
        limit = ops.max((sums - 1.0) / steps, axis=axis, keepdims=True)
        return ops.relu(x - limit)


@op
class GLU(AxisActivation):
    """`a * sigmoid(b)`, where `a` and `b` are the halves of `x` along `axis` (Dauphin 2017)."""

    axis: int = arg(INT, default=-1, doc="the axis that is halved")

    function = "glu"
    examples = (
        example(("N", 6)),
        example(("N", 4, "W", 3), axis=1),
        example(("N", 3, "W", 2)),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = super().infer(*inputs)
        return (_half(x, self.axis),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = call.x
        half = _half(x.type, self.axis)
        parts = {"num_outputs": 2} if g.opset >= 18 else {}
        a, b = g.nodes(
            "Split", x, types=[half, half], first=x.first, axis=x.axis(self.axis), **parts
        )
        return g.node("Mul", a, g.node("Sigmoid", b))

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        # Keras's Activation layer says that its output is as large as its input.
        a, b = keras.ops.split(inputs[0], 2, axis=self.axis)
        return a * keras.ops.sigmoid(b)


def _half(x: TensorType, axis: int) -> TensorType:
    half = divided(x.shape[axis], 2)
    if half is None:
        raise Refusal(
            Code.SHAPE,
            f"`GLU` halves axis {axis}, but that is {x.shape[axis]} long: {x}",
            inputs=[0],
            help=f"make the layer before it {x.shape[axis] + 1} wide",
        )
    axis %= x.rank
    return TensorType(x.dtype, (*x.shape[:axis], half, *x.shape[axis + 1 :]))


def _nest(rows: list[object]) -> list[object]:
    return [_nest(row) if isinstance(row, list) else [row] for row in rows]
