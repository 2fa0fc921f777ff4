"""Reductions over axes, following `keras.ops`: Mean, Sum, Max, Min and Prod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import DTYPES, FLOATS, TensorType, normal_axis, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.kinds import AXES, BOOL, arg, optional
from ..base.op import POINT, Example, Input, Op, Refusal, Window, elements, example, op

REDUCED = tuple(dtype for dtype in DTYPES if dtype != "uint64")
"""The dtypes of reductions: no kernel of onnxruntime takes uint64, and no wider one holds it."""
SUMMED = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
"""What Keras adds up and multiplies short integers in."""


def places(who: str, axes: int | tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """Axes counted from the front, in order. Raises Refusal where there is none, or one twice."""
    given = (axes,) if isinstance(axes, int) else axes
    found = sorted(place(who, axis, shape) for axis in given)
    if len(set(found)) < len(found):
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` is given one axis of {show_shape(shape)} twice",
            argument="axis",
            inputs=[0],
            help="negative axes count from the end: -1 is the last",
        )
    return tuple(found)


def place(who: str, axis: int, shape: Shape) -> int:
    """The axis counted from the front. Raises Refusal where there is none."""
    found = normal_axis(axis, len(shape))
    if found is None:
        ends = f"axis must be from {-len(shape)} to {len(shape) - 1}"
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` has no axis {axis} in {show_shape(shape)}",
            argument="axis",
            inputs=[0],
            help=ends if shape else "a scalar has no axes",
        )
    return found


def reduced(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """The shape without some axes (counted from the front), or with 1 in their place."""
    if keepdims:
        return tuple(1 if axis in axes else dim for axis, dim in enumerate(shape))
    return tuple(dim for axis, dim in enumerate(shape) if axis not in axes)


def reduce(
    g: OnnxGraph, op_type: str, x: OnnxValue, axes: Sequence[int], *, keepdims: bool = False
) -> OnnxValue:
    """A reduction over logical axes, in the layout the value has where that can be kept."""
    axes = sorted({axis % x.rank for axis in axes})
    if not axes:
        return x
    x = settled(g, x, axes, keepdims)
    type = TensorType(x.type.dtype, reduced(x.type.shape, axes, keepdims))
    first = x.first and (keepdims or x.rank - 1 not in axes)
    stored = [x.axis(axis) for axis in axes]
    if g.opset >= 18 or op_type == "ReduceSum":
        given = g.const(stored, "int64")
        return g.node(op_type, x, given, type=type, first=first, keepdims=int(keepdims))
    return g.node(op_type, x, type=type, first=first, axes=stored, keepdims=int(keepdims))


def settled(g: OnnxGraph, x: OnnxValue, axes: Sequence[int], keepdims: bool) -> OnnxValue:
    """The value in a layout from which axes (counted from the front) can be taken away.

    Channels on axis 1 stay there, unless the batch before them or all behind them goes.
    """
    return g.channels_last(x) if 0 in axes and not keepdims else x


@op
class Reduction(Op):
    """What the reductions share."""

    axis: int | tuple[int, ...] | None = arg(
        optional(AXES), default=None, doc="the axis or axes that go; none: all, the batch too"
    )
    keepdims: bool = arg(BOOL, default=False, doc="whether the axes stay, 1 long")

    dtypes: ClassVar[tuple[str, ...]] = REDUCED
    onnx_name: ClassVar[str]

    def over(self, shape: Shape) -> tuple[int, ...]:
        """The axes it reduces, counted from the front. Raises Refusal where one does not exist."""
        if self.axis is None:
            return tuple(range(len(shape)))
        return places(self.name, self.axis, shape)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        return (TensorType(self.result(x.dtype), self.shape(x.shape)),)

    def result(self, dtype: str) -> str:
        """The dtype of what it makes of one."""
        return dtype

    def shape(self, *shapes: Shape) -> Shape:
        return reduced(shapes[0], self.over(shapes[0]), self.keepdims)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        (x,) = inputs
        return POINT if self.over(x.shape) == (x.rank - 1,) and self.keepdims else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        axes = self.over(call.x.type.shape)
        x = cast(g, call.x, call.outputs[0].dtype)
        return reduce(g, self.onnx_name, x, axes, keepdims=self.keepdims)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        function = getattr(keras.ops, self.name.lower())
        return function(inputs[0], axis=self.axis, keepdims=self.keepdims)


EXAMPLES = (
    example(("N", 5)),
    example(("N", 5), axis=-1),
    example(("N", "T", 4), axis=1),
    example(("N", 4, 6, 3), axis=[1, 2]),
    example(("N", "H", "W", 3), axis=(-1, 1), keepdims=True),
    example(("N", 4, 3), axis=0),
    example(("N", 4, 3), keepdims=True),
    example(("N", 4, 3), axis=[]),
)

INTEGERS = example(Input(("N", 5), "int32", 0, 9), axis=1)


@op
class Mean(Reduction):
    """The mean over some axes, as `keras.ops.mean`."""

    dtypes = DTYPES
    onnx_name = "ReduceMean"
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES, INTEGERS)

    def result(self, dtype: str) -> str:
        return dtype if dtype in FLOATS else "float32"


@op
class Sum(Reduction):
    """The sum over some axes, as `keras.ops.sum`."""

    onnx_name = "ReduceSum"
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES, INTEGERS)

    def result(self, dtype: str) -> str:
        return SUMMED.get(dtype, dtype)


@op
class Prod(Reduction):
    """The product over some axes, as `keras.ops.prod`."""

    onnx_name = "ReduceProd"
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES, INTEGERS)

    def result(self, dtype: str) -> str:
        return SUMMED.get(dtype, dtype)


@op
class Max(Reduction):
    """The largest value over some axes, as `keras.ops.max`; `Maximum` compares tensors."""

    onnx_name = "ReduceMax"
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES, INTEGERS)


@op
class Min(Reduction):
    """The smallest value over some axes, as `keras.ops.min`; `Minimum` compares tensors."""

    onnx_name = "ReduceMin"
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES, INTEGERS)
