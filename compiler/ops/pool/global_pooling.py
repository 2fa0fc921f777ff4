"""Global pooling: over all spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, arg
from ..base.masked import call_masked, check_mask
from ..base.op import Example, Input, Window, elements, example, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, Spatial


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
        pooled = (self.onnx_global, self.onnx_reduce)
        return whole(g, pooled, call.x, call.outputs[0], self.keepdims)


def whole(
    g: OnnxGraph, kinds: tuple[str, str], x: OnnxValue, out: TensorType, keepdims: bool
) -> OnnxValue:
    """All spatial axes pooled by ONNX's global pool, or by its reduction: whichever fits."""
    pool, reduction = kinds
    if not x.first:
        return reduced(g, reduction, x, range(1, x.rank - 1), out, keepdims)
    pooled = TensorType(out.dtype, (out.shape[0], *(1,) * (x.rank - 2), out.shape[-1]))
    y = g.node(pool, x, type=pooled)
    return y if keepdims else g.node("Flatten", y, type=out, axis=1)


def reduced(
    g: OnnxGraph,
    kind: str,
    x: OnnxValue,
    axes: Sequence[int],
    out: TensorType,
    keepdims: bool = False,
) -> OnnxValue:
    """A channels-last value reduced over some axes, as every opset writes it."""
    if g.opset < 18 and kind != "ReduceSum":
        return g.node(kind, x, type=out, axes=list(axes), keepdims=int(keepdims))
    return g.node(kind, x, g.const(list(axes), "int64"), type=out, keepdims=int(keepdims))


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
