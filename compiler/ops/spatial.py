"""Padding, cropping and enlarging pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from ...dsl.codes import Code
from ..dims import Dim, Shape, compare
from ..types import TensorType, show_shape
from .backend import OnnxCall, OnnxGraph, Value
from .base import Example, Fault, Window, elements, example, op
from .kinds import Kind, OutOfRange, arg, choice, either, ints, show
from .windows import CHANNELS_2D, Spatial, pad

Sides: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""`((top, bottom), (left, right))`."""

_PAIR = ints(2, low=0)


def _sides(value: object) -> Sides:
    if isinstance(value, tuple | list) and len(value) != 2:
        raise OutOfRange(f"{show(value)} holds {len(value)} values, not 2")
    axes = value if isinstance(value, tuple | list) else (value, value)
    (top, bottom), (left, right) = (_PAIR.convert(axis) for axis in axes)
    return (top, bottom), (left, right)


SIDES = Kind(
    "an int of at least 0, (rows, columns), or ((top, bottom), (left, right))",
    _sides,
)


@op
class ZeroPadding2D(Spatial):
    """Rows and columns of zeros around a picture."""

    padding: Sides = arg(
        SIDES,
        default=((1, 1), (1, 1)),
        doc="cells for all sides, (rows, columns), or ((top, bottom), (left, right))",
    )

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 3, 4, 2), padding=2),
        example(("N", 1, 1, 2), padding=(0, 3)),
        example(("N", 3, 4, 2), padding=((1, 2), (0, 3))),
        example(("N", 3, 4, 2), padding=(1, (2, 0))),
        example(("N", 3, 4, 2), padding=0),
        example(("N", "H", "W", 2), padding=((0, 1), (2, 0))),
    )

    def shape(self, *shapes: Shape) -> Shape:
        n, height, width, channels = shapes[0]
        rows, columns = map(sum, self.padding)
        return n, height + rows, width + columns, channels

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Value:
        return pad(g, call.x, self.padding) if any(map(any, self.padding)) else call.x


@op
class Cropping2D(Spatial):
    """Rows and columns cut off a picture's sides."""

    cropping: Sides = arg(
        SIDES,
        default=((0, 0), (0, 0)),
        doc="cells for all sides, (rows, columns), or ((top, bottom), (left, right))",
    )

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 3, 4, 2), cropping=1),
        example(("N", 5, 4, 2), cropping=(2, 0)),
        example(("N", 6, 7, 2), cropping=((1, 2), (0, 3))),
        example(("N", 6, 7, 2), cropping=((0, 5), (6, 0))),
        example(("N", "H", "W", 2), cropping=((1, 0), (2, 1))),
    )

    def shape(self, *shapes: Shape) -> Shape:
        n, height, width, channels = shapes[0]
        rows, columns = map(sum, self.cropping)
        for axis, (size, cut, word) in enumerate(
            ((height, rows, "rows"), (width, columns, "columns")), start=1
        ):
            if compare("<=", size, cut):
                raise Fault(
                    Code.EMPTY_DIM,
                    f"`{self.name}` cannot cut {cut} {word} from {show_shape(shapes[0])}: "
                    f"axis {axis} is {size} long",
                    argument="cropping",
                    inputs=[0],
                    help=f"cut fewer {word} than there are",
                )
        return n, height - rows, width - columns, channels

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Value:
        if not any(map(any, self.cropping)):
            return call.x
        first = 2 if call.x.first else 1
        starts = [before for before, _ in self.cropping]
        # The largest int64 stands for "to the end".
        ends = [-after if after else 2**63 - 1 for _, after in self.cropping]
        return g.node(
            "Slice",
            call.x,
            g.const(starts, "int64"),
            g.const(ends, "int64"),
            g.const([first, first + 1], "int64"),
            type=call.outputs[0],
        )


_UNSUPPORTED = ("bicubic", "lanczos3", "lanczos5")

INTERPOLATION = either(choice(*_UNSUPPORTED), choice("nearest", "bilinear"), "nearest or bilinear")


@op
class UpSampling2D(Spatial):
    """A picture enlarged by whole factors: cells repeated, or blended between their centres."""

    size: tuple[int, ...] = arg(ints(2), default=(2, 2), doc="factors for height and width")
    interpolation: str = arg(
        INTERPOLATION, default="nearest", doc="whether cells are repeated or blended"
    )

    rank = 4
    axes = CHANNELS_2D
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

    def validate(self) -> None:
        if self.interpolation in _UNSUPPORTED:
            raise Fault(
                Code.BAD_VALUE,
                f"`UpSampling2D` cannot interpolate by {self.interpolation}: ONNX's Resize does "
                "not give Keras's numbers for it",
                argument="interpolation",
                help="give it `interpolation=bilinear`",
            )

    def shape(self, *shapes: Shape) -> Shape:
        n, height, width, channels = shapes[0]
        rows, columns = self.size
        return n, height * rows, width * columns, channels

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        # Bilinear: a weighted sum of four cells.
        return 0 if self.interpolation == "nearest" else 8 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        blended = 1 if self.interpolation == "nearest" else 2
        kernel = tuple(blended if factor > 1 else 1 for factor in self.size)
        return Window(kernel, (1, 1), (1, 1), scale=self.size)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Value:
        x, (out,) = g.channels_first(call.x), call.outputs
        scales = g.const([1.0, 1.0, *map(float, self.size)])
        if self.interpolation == "nearest":
            return g.node(
                "Resize",
                x,
                None,
                scales,
                type=out,
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        return g.node(
            "Resize",
            x,
            None,
            scales,
            type=out,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )
