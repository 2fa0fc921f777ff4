"""Layers that merge several tensors into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape
from ...shapes.types import FLOATS, INTS, TensorType, normal_axis, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import align_ranks, merge_shapes
from ..base.kinds import INT, arg
from ..base.op import ANY, Example, Input, Op, Refusal, elements, example, op

NUMBERS = (*FLOATS, *INTS)


def same_dtypes(who: str, inputs: Sequence[TensorType]) -> None:
    """Raises Refusal (DTYPE) naming both where two inputs differ in dtype."""
    for index, x in enumerate(inputs):
        if x.dtype != inputs[0].dtype:
            pair = {x.dtype, inputs[0].dtype}
            cast = "float32" in pair and pair & set(INTS)
            raise Refusal(
                Code.DTYPE,
                f"`{who}` needs tensors of one dtype, got {inputs[0].dtype} and {x.dtype}",
                inputs=[0, index],
                help="`-> Rescaling(1)` turns integers into float32"
                if cast
                else f"declare both as {inputs[0].dtype} in the net's signature",
            )


class Merging(Op):
    """A layer of several tensors of one dtype, which Keras takes as a list."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (2, None)
    rank: ClassVar[int | tuple[int, int] | None] = (1, 8)

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        same_dtypes(self.name, inputs)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        return layer(list(inputs))


class Merge(Merging):
    """Two or more tensors, element by element."""

    __slots__ = ()

    dtypes: ClassVar[tuple[str, ...]] = NUMBERS
    keeps_mask = True
    joins_masks = True
    onnx_op: ClassVar[str] = ""

    @property
    def any_order(self) -> bool:
        return True

    def shape(self, *shapes: Shape) -> Shape:
        return merge_shapes(self.name, *shapes)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * (len(inputs) - 1)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values = align_ranks(g, call.inputs, behind_batch=True)
        total = values[0]
        for value in values[1:]:
            out = merge_shapes(self.name, total.type.shape, value.type.shape)
            type = TensorType(total.type.dtype, out)
            total = g.node(self.onnx_op, total, value, type=type, first=total.first)
        return total


@op
class Add(Merge):
    """The sum of its inputs."""

    onnx_op = "Add"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 5)),
        example(("N", 4, 6, 3), ("N", 1, 6, 1), ("N", 3)),
        example(("N", "H", "W", 3), ("N", "H", "W", 3)),
        example(Input(("N", 5), "int32", 0, 9), Input(("N", 1), "int32", 0, 9)),
    )


@op
class Subtract(Merge):
    """The first input less the second."""

    arity = (2, 2)
    onnx_op = "Sub"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 5)),
        example(("N", 5), ("N", 4, 5)),
    )

    @property
    def any_order(self) -> bool:
        return False


@op
class Average(Merge):
    """The mean of its inputs, element by element."""

    dtypes = FLOATS
    onnx_op = "Add"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 5)),
        example(("N", 4, 3), ("N", 4, 3), ("N", 3)),
    )

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * len(inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        total = super().onnx(g, call)
        return g.node("Div", total, g.const(len(call.inputs), total.type.dtype))


@op
class Concatenate(Merging):
    """Its inputs one after the other, along one axis."""

    axis: int = arg(INT, default=-1, doc="the axis along which to join")

    keeps_mask = True
    joins_masks = True
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 3)),
        example(("N", 4, 6, 3), ("N", 4, 6, 1), ("N", 4, 6, 2)),
        example(("N", "T", 3), ("N", 2, 3), axis=1),
        example(("N", "H", 2, 3), ("N", "H", 4, 3), axis=-2),
        example(("N", 3), ("M", 3), axis=0),
    )

    def refuses_mask(self) -> str:
        return "" if self.axis == -1 else "joins along another axis than the last, -1"

    def shape(self, *shapes: Shape) -> Shape:
        like, rank = shapes[0], len(shapes[0])
        axis = normal_axis(self.axis, rank)
        if axis is None:
            raise Refusal(
                Code.BAD_VALUE,
                f"`Concatenate` has no axis {self.axis} in {show_shape(like)}",
                argument="axis",
                help=f"axis must be from {-rank} to {rank - 1}",
            )
        for index, shape in enumerate(shapes):
            pair = f"{show_shape(like)} and {show_shape(shape)}"
            if len(shape) != rank:
                raise Refusal(
                    Code.SHAPE,
                    f"`Concatenate` needs tensors of one rank, got {rank} and {len(shape)}: {pair}",
                    inputs=[0, index],
                )
            for other, (a, b) in enumerate(zip(like, shape, strict=True)):
                if other != axis and not same(a, b):
                    fits = [i for i, (x, y) in enumerate(zip(like, shape, strict=True)) if x != y]
                    raise Refusal(
                        Code.SHAPE,
                        f"`Concatenate` along axis {axis} needs equal sizes on axis {other}, "
                        f"got {a} and {b}: {pair}",
                        inputs=[0, index],
                        help=f"axis={other} joins them" if fits == [other] else "",
                    )
        size = shapes[0][axis]
        for shape in shapes[1:]:
            size = size + shape[axis]
        return (*like[:axis], size, *like[axis + 1 :])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values = g.align(call.inputs)
        (out,) = call.outputs
        axis = normal_axis(self.axis, out.rank)
        assert axis is not None
        if values[0].first:
            axis = stored_axis(axis, out.rank)
        return g.node("Concat", *values, type=out, axis=axis)


def stored_axis(axis: int, rank: int) -> int:
    """Where an axis of a channels-last type lies in a channels-first tensor."""
    if axis == 0:
        return 0
    return 1 if axis == rank - 1 else axis + 1
