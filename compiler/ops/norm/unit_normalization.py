"""Normalizations without a mean: RMSNormalization and UnitNormalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import ones
from ..base.kinds import AXES, EPSILON, arg
from ..base.op import POINT, Example, Input, Op, Weight, Window, elements, example, op
from ..reduce.reductions import reduce
from .normalization import (
    axes_over,
    brought_last,
    check_axes,
    permuted,
    put_back,
    sizes_of,
)

SMALLEST = 1e-12
"""The least length that is divided by, as in Keras."""


@op
class RMSNormalization(Op):
    """`scale * x / sqrt(mean(x^2) + epsilon)` (Zhang and Sennrich 2019)."""

    axis: int | tuple[int, ...] = arg(AXES, default=-1, doc="the axis or axes of the mean")
    epsilon: float = arg(EPSILON, default=1e-6, doc="added to the mean square")

    rank = (2, 8)
    axes = "[batch, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", "T", 6), epsilon=1e-3),
        example(("N", "T", 4, 3), axis=(-1, -2)),
        example(("N", 4, 5, 3), axis=[3, 1, 2]),
        example(("N", "H", 5, 3)),
        example(("N", 4, "T"), axis=1),
        example(("N", 5, "W", 3), axis=[3, 1]),
        example(("N", 1, 7, 3), axis=[3, 1, -2]),
    )

    def validate(self) -> None:
        check_axes(self.name, self.axis)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        axes_over(self, self.axis, inputs[0])
        return inputs

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = sizes_of(self, inputs[0], axes_over(self, self.axis, inputs[0]))
        return (Weight("scale", shape, ones),)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 4 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        last = (inputs[0].rank - 1,)
        return POINT if axes_over(self, self.axis, inputs[0]) == last else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        axes = axes_over(self, self.axis, x.type)
        order = brought_last(x.rank, axes)
        x = permuted(g, x, order)
        scale, dtype = g.weight(call.weights["scale"], "scale"), x.type.dtype
        # onnxruntime makes one node of these (SimplifiedLayerNormalization).
        square = g.node("Pow", x, g.const(2.0, dtype))
        mean = reduce(
            g, "ReduceMean", square, tuple(range(x.rank - len(axes), x.rank)), keepdims=True
        )
        root = g.node("Sqrt", g.node("Add", mean, g.const(self.epsilon, dtype)))
        return put_back(g, g.node("Mul", g.node("Div", x, root), scale), order)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        # Keras multiplies by the scale along the last axes, whichever the mean is over.
        count = 1 if isinstance(self.axis, int) else len(self.axis)
        axis = -1 if count == 1 else list(range(-count, 0))
        return keras.layers.RMSNormalization(axis=axis, epsilon=self.epsilon, name=name)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,) = inputs
        rank = len(x.shape)
        given = (self.axis,) if isinstance(self.axis, int) else self.axis
        order = brought_last(rank, sorted(axis % rank for axis in given))
        if order == tuple(range(rank)):
            return layer(x)
        y = layer(keras.ops.transpose(x, order))
        return keras.ops.transpose(y, tuple(order.index(axis) for axis in range(rank)))


@op
class UnitNormalization(Op):
    """`x / sqrt(sum(x^2))`: each vector along the axis gets the length 1."""

    axis: int | tuple[int, ...] = arg(AXES, default=-1, doc="the axis or axes of a vector")

    rank = (1, 8)
    axes = "[batch, …, features]"
    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", "T", 4)),
        example(("N", "H", 5, 3), axis=1),
        example(("N", 4, 5, 3), axis=[1, -1]),
        example(Input(("N", 5), low=0, high=1e-20)),
    )

    def validate(self) -> None:
        check_axes(self.name, self.axis)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        axes_over(self, self.axis, inputs[0])
        return inputs

    def _axes(self) -> tuple[int, ...]:
        return (self.axis,) if isinstance(self.axis, int) else self.axis

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 3 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        rank = inputs[0].rank
        return POINT if {axis % rank for axis in self._axes()} == {rank - 1} else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = call.x
        length = reduce(g, "ReduceL2", x, self._axes(), keepdims=True)
        return g.node("Div", x, g.node("Max", length, g.const(SMALLEST, x.type.dtype)))
