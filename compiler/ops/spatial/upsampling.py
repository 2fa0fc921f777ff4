"""Sequences, pictures and volumes enlarged by whole factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import FLOATS, TensorType
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import POSITIVE, arg, ints
from ..base.op import ANY, Example, Refusal, Window, elements, example, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, Spatial
from .resizing import BLENDED, INTERPOLATION, ResizeAttributes, refuse_interpolation

REPEATED: ResizeAttributes = {
    "mode": "nearest",
    "coordinate_transformation_mode": "asymmetric",
    "nearest_mode": "floor",
}
"""How ONNX's Resize repeats cells."""


class Repeating(Spatial):
    """What the layers that enlarge by whole factors share."""

    __slots__ = ()

    dtypes = ANY

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        if self.blends and inputs[0].dtype not in FLOATS:
            raise Refusal(
                Code.DTYPE,
                f"`{self.name}` blends floats, got {inputs[0].dtype}",
                argument="interpolation",
                inputs=[0],
                help="`-> Rescaling(1)` turns integers into float32",
            )

    @property
    def factors(self) -> tuple[int, ...]:
        """The factor for each axis."""
        raise NotImplementedError

    @property
    def blends(self) -> bool:
        """Whether it blends cells; else it repeats them."""
        return False

    def shape(self, *shapes: Shape) -> Shape:
        batch, *spatial, channels = shapes[0]
        sizes = (size * factor for size, factor in zip(spatial, self.factors, strict=True))
        return batch, *sizes, channels

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        # A weighted sum of four cells.
        return 8 * elements(outputs[0]) if self.blends else 0

    def window(self, *inputs: TensorType) -> Window | None:
        ones = (1,) * len(self.factors)
        kernel = tuple(2 if self.blends and factor > 1 else 1 for factor in self.factors)
        return Window(kernel, ones, ones, scale=self.factors)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = g.channels_first(call.x), call.outputs
        scales = g.const([1.0, 1.0, *map(float, self.factors)])
        mode = BLENDED if self.blends else REPEATED
        return g.node("Resize", x, None, scales, type=out, **mode)


@op
class UpSampling1D(Repeating):
    """A sequence enlarged by a whole factor: steps repeated."""

    size: int = arg(POSITIVE, default=2, doc="how often each step is repeated")

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 2)),
        example(("N", 1, 3), size=3),
        example(("N", 4, 2), size=1),
        example(("N", "T", 2), size=3),
    )

    @property
    def factors(self) -> tuple[int, ...]:
        return (self.size,)


@op
class UpSampling2D(Repeating):
    """A picture enlarged by whole factors: cells repeated, or blended between their centres."""

    size: tuple[int, ...] = arg(ints(2), default=(2, 2), doc="factors for height and width")
    interpolation: str = arg(
        INTERPOLATION, default="nearest", doc="whether cells are repeated or blended"
    )

    rank = 4
    axes = CHANNELS_2D
    keras_floats = ("float16", "bfloat16", "float32")
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 3, 4, 2), size=(1, 3)),
        example(("N", 1, 2, 3), size=3, interpolation="bilinear"),
        example(("N", 3, 4, 2), size=2, interpolation="bilinear"),
        example(("N", 4, 3, 1), size=(3, 1), interpolation="bilinear"),
        example(("N", 3, 4, 2), size=1),
        example(("N", "H", "W", 2), size=(2, 3)),
        example(("N", "H", "W", 2), size=(2, 3), interpolation="bilinear"),
    )

    @property
    def factors(self) -> tuple[int, ...]:
        return self.size

    @property
    def blends(self) -> bool:
        return self.interpolation == "bilinear"

    def validate(self) -> None:
        refuse_interpolation(self.name, self.interpolation)


@op
class UpSampling3D(Repeating):
    """A volume enlarged by whole factors: cells repeated."""

    size: tuple[int, ...] = arg(ints(3), default=(2,) * 3, doc="factors for the three axes")

    rank = 5
    axes = CHANNELS_3D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 2, 4, 2)),
        example(("N", 1, 3, 2, 2), size=(1, 3, 2)),
        example(("N", 3, 2, 4, 2), size=1),
        example(("N", "D", "H", "W", 2), size=(2, 1, 3)),
    )

    @property
    def factors(self) -> tuple[int, ...]:
        return self.size
