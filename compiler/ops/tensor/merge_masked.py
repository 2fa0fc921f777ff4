"""Merges that fill the steps which a mask leaves out, as Keras's layers of these names do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import align_ranks, merge_shapes
from ..base.op import Example, example, op
from .merge import Merge


@op
class MaskedMerge(Merge):
    """What the merges share; the masks of `masked` tensors stand behind all tensors."""

    masked: tuple[int, ...] = ()

    fills_masked = True

    @property
    def any_order(self) -> bool:
        return not self.masked

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(self.unmasked(inputs))

    def shape(self, *shapes: Shape) -> Shape:
        return super().shape(*self.unmasked(shapes))

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return super().flops(self.unmasked(inputs), outputs)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        # Keras's tensors carry their masks themselves.
        return super().keras_call(keras, layer, self.unmasked(inputs))

    def aligned(
        self, g: OnnxGraph, call: OnnxCall
    ) -> tuple[list[OnnxValue], list[OnnxValue | None]]:
        """The tensors in one layout, and for each its mask with an axis for the features."""
        count = len(self.unmasked(call.inputs))
        tensors = align_ranks(g, call.inputs[:count], behind_batch=True)
        masks = [self._column(g, mask) for mask in call.inputs[count:]]
        values = g.align([*tensors, *masks])
        found: list[OnnxValue | None] = [None] * count
        for index, mask in zip(self.masked, values[count:], strict=True):
            found[index] = mask
        return values[:count], found

    def _column(self, g: OnnxGraph, mask: OnnxValue) -> OnnxValue:
        shape = mask.type.shape
        axis = g.const([len(shape)], "int64")
        kind = TensorType("bool", (*shape, 1))
        return g.node("Unsqueeze", g.channels_last(mask), axis, type=kind, first=False)

    def _apply(self, g: OnnxGraph, a: OnnxValue, b: OnnxValue) -> OnnxValue:
        shape = merge_shapes(self.name, a.type.shape, b.type.shape)
        return g.node(self.onnx_op, a, b, type=TensorType(a.type.dtype, shape), first=a.first)


def _where(g: OnnxGraph, mask: OnnxValue, yes: OnnxValue, no: OnnxValue) -> OnnxValue:
    shape = yes.type.shape
    for other in (mask, no):
        if other.type.shape:
            shape = merge_shapes("Where", shape, other.type.shape)
    return g.node("Where", mask, yes, no, type=TensorType(yes.type.dtype, shape), first=yes.first)


def _either(g: OnnxGraph, a: OnnxValue, b: OnnxValue) -> OnnxValue:
    shape = merge_shapes("Or", a.type.shape, b.type.shape)
    return g.node("Or", a, b, type=TensorType("bool", shape), first=a.first)


@op
class Multiply(MaskedMerge):
    """The product of its inputs, element by element.

    A masked step counts as 1, and is 0 where it is masked in all of them.
    """

    onnx_op = "Mul"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 6, 3), ("N", 3)),
        example(("N", "T", 3), ("N", "T", 1), ("N", 1, 3)),
    )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values, masks = self.aligned(g, call)
        total: OnnxValue | None = None
        for value, mask in zip(values, masks, strict=True):
            if mask is not None:
                value = _where(g, mask, value, g.const(1, value.type.dtype))
            total = value if total is None else self._apply(g, total, value)
        assert total is not None
        counting = [mask for mask in masks if mask is not None]
        if len(counting) < len(masks):
            return total
        counts = counting[0]
        for mask in counting[1:]:
            counts = _either(g, counts, mask)
        return _where(g, counts, total, g.const(0, total.type.dtype))


@op
class Extreme(MaskedMerge):
    """What Maximum and Minimum share: a masked step is that of the other tensors."""

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values, masks = self.aligned(g, call)
        total, counts = values[0], masks[0]
        for value, mask in zip(values[1:], masks[1:], strict=True):
            other = value if mask is None else _where(g, mask, value, total)
            if counts is not None:
                total = _where(g, counts, total, other)
            counts = _either(g, counts, mask) if counts and mask else None
            total = self._apply(g, total, other)
        return total


@op
class Maximum(Extreme):
    """The largest of its inputs, element by element."""

    onnx_op = "Max"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 3), ("N", 4, 3), ("N", 3)),
        example(("N", 5), ("N", 1)),
    )


@op
class Minimum(Extreme):
    """The smallest of its inputs, element by element."""

    onnx_op = "Min"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 3), ("N", 4, 3), ("N", 3)),
        example(("N", 5), ("N", 1)),
    )
