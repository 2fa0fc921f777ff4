"""Padding with zeros and cropping, over one, two and three spatial axes."""

from __future__ import annotations

from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import refuted
from ...shapes.dims import Shape
from ...shapes.types import show_shape
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import arg
from ..base.op import ANY, Example, Refusal, example, op
from ..base.sides import DOC_1D, DOC_2D, DOC_3D, ENDS, SIDES_2D, SIDES_3D, Ends, Sides
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, Spatial, pad

WORDS = {1: ("steps",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}
"""What the cells of each axis are called, by how many axes there are."""


class Padding(Spatial):
    """What the paddings share: more cells, and no arithmetic."""

    __slots__ = ()

    dtypes = ANY

    @property
    def sides(self) -> Sides:
        """The cells before and after, for each axis."""
        raise NotImplementedError

    def shape(self, *shapes: Shape) -> Shape:
        batch, *spatial, channels = shapes[0]
        padded = (size + sum(ends) for size, ends in zip(spatial, self.sides, strict=True))
        return batch, *padded, channels


@op
class Padding1D(Padding):
    """What the paddings of sequences share."""

    padding: Ends = arg(ENDS, default=(1, 1), doc=DOC_1D)

    rank = 3
    axes = CHANNELS_1D

    @property
    def sides(self) -> Sides:
        return (self.padding,)


@op
class Padding2D(Padding):
    """What the paddings of pictures share."""

    padding: Sides = arg(SIDES_2D, default=((1, 1),) * 2, doc=DOC_2D)

    rank = 4
    axes = CHANNELS_2D

    @property
    def sides(self) -> Sides:
        return self.padding


@op
class Padding3D(Padding):
    """What the paddings of volumes share."""

    padding: Sides = arg(SIDES_3D, default=((1, 1),) * 3, doc=DOC_3D)

    rank = 5
    axes = CHANNELS_3D

    @property
    def sides(self) -> Sides:
        return self.padding


class ZeroPadding(Padding):
    """What the paddings with zeros share."""

    __slots__ = ()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return pad(g, call.x, self.sides) if any(map(any, self.sides)) else call.x


@op
class ZeroPadding1D(Padding1D, ZeroPadding):
    """Steps of zeros at the ends of a sequence."""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 2)),
        example(("N", 4, 2), padding=2),
        example(("N", 1, 2), padding=(0, 3)),
        example(("N", 4, 2), padding=0),
        example(("N", "T", 2), padding=(2, 1)),
    )


@op
class ZeroPadding2D(Padding2D, ZeroPadding):
    """Rows and columns of zeros around a picture."""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 3, 4, 2), padding=2),
        example(("N", 1, 1, 2), padding=(0, 3)),
        example(("N", 3, 4, 2), padding=((1, 2), (0, 3))),
        example(("N", 3, 4, 2), padding=(1, (2, 0))),
        example(("N", 3, 4, 2), padding=0),
        example(("N", "H", "W", 2), padding=((0, 1), (2, 0))),
    )


@op
class ZeroPadding3D(Padding3D, ZeroPadding):
    """Planes, rows and columns of zeros around a volume."""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2, 2)),
        example(("N", 1, 1, 1, 2), padding=(0, 3, 1)),
        example(("N", 3, 4, 2, 2), padding=((1, 2), (0, 3), (2, 0))),
        example(("N", 3, 4, 2, 2), padding=0),
        example(("N", "D", "H", "W", 2), padding=((0, 1), (2, 0), (1, 1))),
    )


class Cropping(Spatial):
    """What the croppings share."""

    __slots__ = ()

    dtypes = ANY

    @property
    def sides(self) -> Sides:
        """The cells cut off before and after, for each axis."""
        raise NotImplementedError

    def shape(self, *shapes: Shape) -> Shape:
        batch, *spatial, channels = shapes[0]
        cuts = list(map(sum, self.sides))
        for axis, (size, cut) in enumerate(zip(spatial, cuts, strict=True), start=1):
            if refuted(">", size, cut):
                word = WORDS[len(cuts)][axis - 1]
                raise Refusal(
                    Code.EMPTY_DIM,
                    f"`{self.name}` cannot cut {cut} {word} from {show_shape(shapes[0])}: "
                    f"axis {axis} is {size} long",
                    argument="cropping",
                    inputs=[0],
                    help=f"cut fewer {word} than there are",
                )
        return batch, *(size - cut for size, cut in zip(spatial, cuts, strict=True)), channels

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        if not any(map(any, self.sides)):
            return call.x
        first = 2 if call.x.first else 1
        starts = [before for before, _ in self.sides]
        # The largest int64 stands for "to the end".
        ends = [-after if after else 2**63 - 1 for _, after in self.sides]
        return g.node(
            "Slice",
            call.x,
            g.const(starts, "int64"),
            g.const(ends, "int64"),
            g.const(list(range(first, first + len(starts))), "int64"),
            type=call.outputs[0],
        )


@op
class Cropping1D(Cropping):
    """Steps cut off a sequence's ends."""

    cropping: Ends = arg(ENDS, default=(1, 1), doc=DOC_1D)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 2)),
        example(("N", 6, 2), cropping=2),
        example(("N", 4, 2), cropping=(3, 0)),
        example(("N", 4, 2), cropping=0),
        example(("N", "T", 2), cropping=(1, 2)),
    )

    @property
    def sides(self) -> Sides:
        return (self.cropping,)


@op
class Cropping2D(Cropping):
    """Rows and columns cut off a picture's sides."""

    cropping: Sides = arg(SIDES_2D, default=((0, 0),) * 2, doc=DOC_2D)

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

    @property
    def sides(self) -> Sides:
        return self.cropping


@op
class Cropping3D(Cropping):
    """Planes, rows and columns cut off a volume's sides."""

    cropping: Sides = arg(SIDES_3D, default=((1, 1),) * 3, doc=DOC_3D)

    rank = 5
    axes = CHANNELS_3D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 5, 2)),
        example(("N", 5, 4, 3, 2), cropping=(2, 0, 1)),
        example(("N", 3, 6, 7, 2), cropping=((1, 0), (0, 5), (6, 0))),
        example(("N", 3, 4, 5, 2), cropping=0),
        example(("N", "D", "H", "W", 2), cropping=((1, 0), (2, 1), (0, 3))),
    )

    @property
    def sides(self) -> Sides:
        return self.cropping
