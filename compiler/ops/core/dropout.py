"""Dropout."""

from __future__ import annotations

from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Shape
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import FLOAT, POSITIVE, arg, between, many, optional
from ..base.op import Example, Op, Refusal, example, op

RATE = between(FLOAT, 0, 1, "a number of at least 0 and below 1")

DRAWS = "draws anew in each step"


@op
class Dropout(Op):
    """In training, sets a share of the elements to 0 and scales the others (Hinton et al. 2012).

    A trained net passes its input on unchanged.
    """

    rate: float = arg(RATE, doc="the share that becomes 0")
    noise_shape: tuple[int | None, ...] | None = arg(
        optional(many(optional(POSITIVE), "a size or none for each axis, such as (none, 1, 8)")),
        default=None,
        doc="sizes of what is drawn, 1 where an axis is dropped as a whole; none: the input's",
    )

    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), rate=0.5),
        example(("N", "H", 4, 3), rate=0),
        example(("N", 4, 3), rate=0.5, noise_shape=(None, 1, 3)),
    )

    def shape(self, *shapes: Shape) -> Shape:
        (x,) = shapes
        if self.noise_shape is not None and len(self.noise_shape) != len(x):
            raise Refusal(
                Code.RANK,
                f"`noise_shape` of `Dropout` has {len(self.noise_shape)} sizes for {len(x)} axes",
                help="give one for each axis, `none` for the input's own",
            )
        return x

    def in_training(self) -> str:
        return DRAWS if self.rate else ""

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return call.x
