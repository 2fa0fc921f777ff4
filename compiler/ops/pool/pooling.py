"""Pooling: over windows, and over everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, PADDING, arg, ints, optional
from ..base.masked import call_masked, check_mask
from ..base.op import Example, Input, Window, elements, example, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, Sliding, Spatial


@op
class Pooling(Spatial):
    """What the pools over windows share; the subclasses say over how many axes."""

    pool_size: tuple[int, ...] = arg(ints(2), default=(2, 2), doc="size of the window")
    strides: tuple[int, ...] | None = arg(
        optional(ints(2)), default=None, doc="step of the window; none is `pool_size`"
    )
    padding: str = arg(PADDING, default="valid", doc="`same` pads, `valid` does not")

    onnx_name: ClassVar[str]

    @property
    def sliding(self) -> Sliding:
        """The window on its way over the input."""
        return Sliding(self.pool_size, self.strides or self.pool_size, self.padding)

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        self.sliding.require_fit(self.name, "pool_size", "window", shape)
        return (shape[0], *self.sliding.output(shape[1:-1]), shape[-1])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * self.sliding.cells

    def window(self, *inputs: TensorType) -> Window | None:
        return self.sliding.look()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = g.channels_first(call.x), call.outputs
        fill = float("-inf") if self.onnx_name == "MaxPool" else 0.0
        padded, attributes = self.sliding.lower(g, x, fill)
        pooled = g.node(self.onnx_name, padded, type=out, **attributes)
        if padded is x or self.onnx_name == "MaxPool":
            return pooled
        # The mean took the zeros of a Pad for cells; that of ones says how many were none.
        shape, dtype = x.type.shape, x.type.dtype
        cells = TensorType(dtype, (1, *shape[1:-1], 1))
        ones = g.node(
            "Expand", g.const(1.0, dtype), g.shape((1, 1, *shape[1:-1])), type=cells, first=True
        )
        ones, _ = self.sliding.lower(g, ones)
        part = TensorType(dtype, (1, *out.shape[1:-1], 1))
        return g.node("Div", pooled, g.node(self.onnx_name, ones, type=part, **attributes))


EXAMPLES_2D = (
    example(("N", 6, 8, 3)),
    example(("N", 7, 5, 2), pool_size=3, strides=2),
    example(("N", 6, 8, 2), pool_size=3, strides=2, padding="same"),
    example(("N", 7, 5, 2), pool_size=(2, 4), strides=1, padding="same"),
    example(("N", 6, 5, 2), pool_size=(1, 3), strides=(2, 1), padding="same"),
    example(("N", 7, 6, 2), pool_size=1, strides=3, padding="same"),
    example(("N", 2, 3, 2), pool_size=5, padding="same"),
    example(("N", 2, 3, 2), pool_size=4, strides=1, padding="same"),
    example(("N", "H", "W", 2), pool_size=2),
    example(("N", "H", "W", 2), pool_size=3, strides=2, padding="same"),
    example(("N", "H", "W", 2), pool_size=2, strides=1, padding="same"),
    example(("N", "H", "W", 2), pool_size=1, strides=3, padding="same"),
    example(("N", "H", "W", 2), pool_size=(1, 3), strides=2, padding="same"),
    example(("N", "H", "W", 2), pool_size=(2, 3), strides=(3, 5), padding="same"),
    example(("N", "H", 1, 2), pool_size=2, strides=4, padding="same"),
)

EXAMPLES_1D = (
    example(("N", 6, 3)),
    example(("N", 7, 3), pool_size=3, strides=2),
    example(("N", 8, 3), pool_size=3, strides=2, padding="same"),
    example(("N", 7, 3), pool_size=1, strides=2),
    example(("N", 2, 3), pool_size=5, strides=1, padding="same"),
    example(("N", "T", 3), pool_size=4, strides=3, padding="same"),
    example(("N", "T", 3), pool_size=3),
    example(("N", "T", 3), pool_size=1, strides=3, padding="same"),
    example(("N", "T", 3), pool_size=3, strides=4, padding="same"),
    example(("N", 1, 3), pool_size=1, strides=2, padding="same"),
)


@op
class MaxPooling2D(Pooling):
    """The largest value of each window, over height and width."""

    rank = 4
    axes = CHANNELS_2D
    onnx_name = "MaxPool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_2D


@op
class AveragePooling2D(Pooling):
    """The mean of each window, over height and width; padded cells do not count."""

    rank = 4
    axes = CHANNELS_2D
    onnx_name = "AveragePool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_2D


@op
class Pooling1D(Pooling):
    """What the pools over one axis share."""

    pool_size: tuple[int, ...] = arg(ints(1), default=(2,), doc="size of the window")
    strides: tuple[int, ...] | None = arg(
        optional(ints(1)), default=None, doc="step of the window; none is `pool_size`"
    )

    rank = 3
    axes = CHANNELS_1D


@op
class MaxPooling1D(Pooling1D):
    """The largest value of each window, over time."""

    onnx_name = "MaxPool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_1D


@op
class AveragePooling1D(Pooling1D):
    """The mean of each window, over time; padded cells do not count."""

    onnx_name = "AveragePool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_1D


@op
class Pooling3D(Pooling):
    """What the pools over three axes share."""

    pool_size: tuple[int, ...] = arg(ints(3), default=(2, 2, 2), doc="size of the window")
    strides: tuple[int, ...] | None = arg(
        optional(ints(3)), default=None, doc="step of the window; none is `pool_size`"
    )

    rank = 5
    axes = CHANNELS_3D
    keras_floats = ("bfloat16", "float32")


EXAMPLES_3D = (
    example(("N", 4, 6, 8, 3)),
    example(("N", 5, 3, 7, 2), pool_size=3, strides=2),
    example(("N", 4, 6, 5, 2), pool_size=3, strides=2, padding="same"),
    example(("N", 5, 4, 3, 2), pool_size=(2, 4, 1), strides=(1, 2, 1), padding="same"),
    example(("N", 4, 7, 6, 2), pool_size=1, strides=3, padding="same"),
    example(("N", 1, 2, 3, 2), pool_size=4, strides=1, padding="same"),
    example(("N", "D", "H", "W", 2)),
    example(("N", "D", "H", "W", 2), pool_size=3, strides=2, padding="same"),
    example(("N", "D", 5, "W", 2), pool_size=2, strides=1, padding="same"),
    example(("N", "D", "H", "W", 2), pool_size=(1, 2, 3), strides=3, padding="same"),
)


@op
class MaxPooling3D(Pooling3D):
    """The largest value of each window, over depth, height and width."""

    onnx_name = "MaxPool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_3D


@op
class AveragePooling3D(Pooling3D):
    """The mean of each window, over depth, height and width; padded cells do not count."""

    onnx_name = "AveragePool"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_3D


@op
class GlobalPooling(Spatial):
    """What the pools over all spatial axes share."""

    keepdims: bool = arg(BOOL, default=False, doc="whether the pooled axes stay, 1 long")

    onnx_global: ClassVar[str]
    onnx_reduce: ClassVar[str]

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        ones = (1,) * (len(shape) - 2) if self.keepdims else ()
        return (shape[0], *ones, shape[-1])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = call.x, call.outputs
        if not x.first:
            return self._reduce(g, x, out)
        pooled = TensorType(out.dtype, (out.shape[0], *(1,) * (x.rank - 2), out.shape[-1]))
        y = g.node(self.onnx_global, x, type=pooled)
        return y if self.keepdims else g.node("Flatten", y, type=out, axis=1)

    def _reduce(self, g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
        axes = list(range(1, x.rank - 1))
        keepdims = int(self.keepdims)
        if g.opset < 18:
            return g.node(self.onnx_reduce, x, type=out, axes=axes, keepdims=keepdims)
        return g.node(self.onnx_reduce, x, g.const(axes, "int64"), type=out, keepdims=keepdims)


GLOBAL_2D = (
    example(("N", 5, 4, 3)),
    example(("N", 1, 4, 3), keepdims=True),
    example(("N", "H", "W", 3)),
    example(("N", "H", "W", 3), keepdims=True),
)

GLOBAL_1D = (
    example(("N", 5, 3)),
    example(("N", 1, 3), keepdims=True),
    example(("N", "T", 3)),
    example(("N", "T", 3), keepdims=True),
)

GLOBAL_3D = (
    example(("N", 3, 5, 4, 3)),
    example(("N", 1, 4, 1, 3), keepdims=True),
    example(("N", "D", "H", "W", 3)),
    example(("N", "D", "H", "W", 3), keepdims=True),
)


@op
class GlobalAveragePooling2D(GlobalPooling):
    """The mean over height and width."""

    rank = 4
    axes = CHANNELS_2D
    onnx_global = "GlobalAveragePool"
    onnx_reduce = "ReduceMean"
    examples: ClassVar[tuple[Example, ...]] = GLOBAL_2D


@op
class GlobalAveragePooling1D(GlobalPooling):
    """The mean over time.

    A second tensor of bools, `[batch, time]`, is a mask: the mean is over the steps where it is
    true.
    """

    arity = (1, 2)
    rank = 3
    axes = CHANNELS_1D
    takes_mask = True
    onnx_global = "GlobalAveragePool"
    onnx_reduce = "ReduceMean"
    examples: ClassVar[tuple[Example, ...]] = (
        *GLOBAL_1D,
        example(("N", "T", 3), Input(("N", "T"), "bool")),
        example(("N", 9, 2), Input(("N", 9), "bool"), keepdims=True),
    )

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs[:1])
        if len(inputs) > 1:
            check_mask(self.name, inputs[0], inputs[1:])

    def shape(self, *shapes: Shape) -> Shape:
        return super().shape(shapes[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        if len(call.inputs) == 1:
            return super().onnx(g, call)
        x, mask = (g.channels_last(value) for value in call.inputs)
        (batch, time, _), dtype, (out,) = x.type.shape, x.type.dtype, call.outputs
        axis, keepdims = g.const([1], "int64"), int(self.keepdims)
        wide = TensorType("bool", (batch, time, 1))
        mask = g.node("Unsqueeze", mask, g.const([2], "int64"), type=wide, first=False)
        zero, one = g.const(0.0, dtype), g.const(1.0, dtype)
        kept = g.node("Where", mask, x, zero, type=x.type, first=False)
        total = g.node("ReduceSum", kept, axis, type=out, first=False, keepdims=keepdims)
        ones = g.node("Where", mask, one, zero, type=TensorType(dtype, wide.shape), first=False)
        type = TensorType(dtype, (*out.shape[:-1], 1))
        count = g.node("ReduceSum", ones, axis, type=type, first=False, keepdims=keepdims)
        return g.node("Div", total, count)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return call_masked(layer, inputs)


@op
class GlobalMaxPooling2D(GlobalPooling):
    """The largest value over height and width."""

    rank = 4
    axes = CHANNELS_2D
    onnx_global = "GlobalMaxPool"
    onnx_reduce = "ReduceMax"
    examples: ClassVar[tuple[Example, ...]] = GLOBAL_2D


@op
class GlobalMaxPooling1D(GlobalPooling):
    """The largest value over time."""

    rank = 3
    axes = CHANNELS_1D
    onnx_global = "GlobalMaxPool"
    onnx_reduce = "ReduceMax"
    examples: ClassVar[tuple[Example, ...]] = GLOBAL_1D


@op
class GlobalAveragePooling3D(GlobalPooling):
    """The mean over depth, height and width."""

    rank = 5
    axes = CHANNELS_3D
    onnx_global = "GlobalAveragePool"
    onnx_reduce = "ReduceMean"
    examples: ClassVar[tuple[Example, ...]] = GLOBAL_3D


@op
class GlobalMaxPooling3D(GlobalPooling):
    """The largest value over depth, height and width."""

    rank = 5
    axes = CHANNELS_3D
    onnx_global = "GlobalMaxPool"
    onnx_reduce = "ReduceMax"
    examples: ClassVar[tuple[Example, ...]] = GLOBAL_3D
