"""Where elements are, and elements at given places: ArgMax, ArgMin, TopK and Gather."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import refuted
from ...shapes.dims import Dim, Shape
from ...shapes.types import DTYPES, FLOATS, INTS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.kinds import BOOL, INT, POSITIVE, arg, optional
from ..base.op import POINT, Example, Input, Op, Refusal, Window, elements, example, op
from ..core.embedding import whole_indices
from ..reduce.reductions import place, reduced, settled
from .reshape import linear


@op
class ArgExtreme(Op):
    """What ArgMax and ArgMin share."""

    axis: int | None = arg(
        optional(INT), default=None, doc="the axis to search; none: all elements, the batch too"
    )
    keepdims: bool = arg(BOOL, default=False, doc="whether the axis stays, 1 long")

    rank = (1, 8)
    dtypes: ClassVar[tuple[str, ...]] = (*FLOATS, "int32")

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        shape = inputs[0].shape
        return (TensorType("int32", reduced(shape, self._over(shape), self.keepdims)),)

    def _over(self, shape: Shape) -> tuple[int, ...]:
        if self.axis is None:
            return tuple(range(len(shape)))
        return (place(self.name, self.axis, shape),)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        over = self._over(inputs[0].shape)
        return POINT if over == (inputs[0].rank - 1,) and self.keepdims else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,), shape = call.outputs, call.x.type.shape
        type = TensorType("int64", out.shape)
        if self.axis is None:
            vector = TensorType(call.x.type.dtype, (elements(call.x.type),))
            x = g.node("Reshape", linear(g, call.x), g.const([-1], "int64"), type=vector)
            found = g.node(self.name, x, type=TensorType("int64", ()), axis=0, keepdims=0)
            if self.keepdims:
                found = g.node("Reshape", found, g.const([1] * len(shape), "int64"), type=type)
            return cast(g, found, "int32")
        axes = self._over(shape)
        x = settled(g, call.x, axes, self.keepdims)
        first = x.first and (self.keepdims or x.rank - 1 not in axes)
        keepdims = int(self.keepdims)
        axis = x.axis(axes[0])
        found = g.node(self.name, x, type=type, first=first, axis=axis, keepdims=keepdims)
        return cast(g, found, "int32")

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        function = getattr(keras.ops, self.name.lower())
        return function(inputs[0], axis=self.axis, keepdims=self.keepdims)


EXTREMES = (
    example(("N", 7), axis=-1),
    example(("N", 7)),
    example(("N", "H", "W", 5), axis=-1),
    example(("N", "T", 4), axis=1, keepdims=True),
    example(("N", 4, 3), axis=0),
    example(("N", 4, 3), keepdims=True),
    example(Input(("N", 9), "int32", 0, 3), axis=1),
)


@op
class ArgMax(ArgExtreme):
    """Where the largest element along an axis is, the first of several: `keras.ops.argmax`."""

    examples: ClassVar[tuple[Example, ...]] = EXTREMES


@op
class ArgMin(ArgExtreme):
    """Where the smallest element along an axis is, the first of several: `keras.ops.argmin`."""

    examples: ClassVar[tuple[Example, ...]] = EXTREMES


@op
class TopK(Op):
    """The k largest elements of the last axis, the largest first, and where they are.

    Two outputs: `values, places = x -> TopK(5)`, as `keras.ops.top_k`.
    """

    k: int = arg(POSITIVE, doc="how many")

    rank = (1, 8)
    dtypes = (*FLOATS, "int32", "int64")
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7), k=3),
        example(("N", "H", "W", 5), k=5),
        example(("N", 4), k=1),
        example(Input(("N", 9), "int32", 0, 4), k=6),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        if refuted(">=", x.shape[-1], self.k):
            raise Refusal(
                Code.BAD_VALUE,
                f"`TopK` cannot take {self.k} elements of the last axis of "
                f"{show_shape(x.shape)}, which is {x.shape[-1]} long",
                argument="k",
                inputs=[0],
                help=f"give it `k` of at most {x.shape[-1]}",
            )
        shape = (*x.shape[:-1], self.k)
        return TensorType(x.dtype, shape), TensorType("int32", shape)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        x, (out, places) = call.x, call.outputs
        values, found = g.nodes(
            "TopK",
            x,
            g.const([self.k], "int64"),
            types=[out, TensorType("int64", places.shape)],
            first=x.first,
            axis=x.axis(-1),
        )
        return values, cast(g, found, "int32")

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.top_k(inputs[0], self.k)


@op
class Gather(Op):
    """Slices of a tensor at integer places: `x, places -> Gather(1)`, as `keras.ops.take`.

    The axis is replaced by the axes of the places; negative places count from the end.
    """

    axis: int = arg(INT, doc="the axis of the first tensor that the places are on")

    arity = (2, 2)
    rank = (0, 7)
    dtypes = DTYPES
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 3), Input((4,), "int32", 0, 7), axis=1),
        example((7, 3), Input(("N", "T"), "int64", 0, 7), axis=0),
        example(("N", 4, 6), Input((2, 3), "uint8", 0, 6), axis=-1),
        example(("N", 4, 6), Input((), "int32", 0, 4), axis=1),
        example(Input(("N", 4), "int32", 0, 9), Input(("M",), "int32", 0, 2), axis=0),
    )

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        if inputs[1].dtype not in INTS:
            raise Refusal(
                Code.DTYPE,
                f"`Gather` takes places as an int tensor, got {inputs[1].dtype}",
                inputs=[1],
                help="`-> Cast(int32)` makes integers of floats",
            )

    def shape(self, *shapes: Shape) -> Shape:
        x, places = shapes
        axis = place(self.name, self.axis, x)
        return (*x[:axis], *places, *x[axis + 1 :])

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, places = g.channels_last(call.x), whole_indices(g, call.inputs[1])
        axis = place(self.name, self.axis, x.type.shape)
        return g.node("Gather", x, places, type=call.outputs[0], first=False, axis=axis)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        x, places = inputs
        if str(places.dtype) not in ("int32", "int64"):
            wide = "int64" if str(places.dtype) in ("uint32", "uint64") else "int32"
            places = keras.ops.cast(places, wide)
        return keras.ops.take(x, places, axis=self.axis)
