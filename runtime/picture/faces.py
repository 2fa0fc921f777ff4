"""What stands on a box that is closed, and how large it is."""

from __future__ import annotations

from enum import Enum

from ...compiler.cost.scaled import BINARY, DECIMAL, scaled
from ...compiler.outline.box import Box, Kind
from ...compiler.shapes.dims import Dim
from ...compiler.shapes.types import show_shape
from ...dsl.record import record
from ...dsl.text.shorten import shortened

TITLE, CODE, SMALL = 13.0, 12.0, 11.0
"""Sizes of letters, in pixels."""
LONGEST = 36
"""How many characters a line of a box has at most."""
LEAST_WIDTH, LINE, PAD = 96.0, 15.0, 7.0
HEADER = 26.0
"""The height of the line above what an open box holds."""
MARGIN = 12.0
"""The space around what an open box holds."""

_NARROW, _WIDE = frozenset("iIjlrtf.,:;'|!()[]{} "), frozenset("mwMW@%")


class Colour(Enum):
    """What the colours of a picture say."""

    KIND = "kind"
    PARAMS = "params"
    FLOPS = "flops"
    MEMORY = "memory"

    def of(self, box: Box) -> Dim:
        """What a box has of it. Of kinds there is no amount: params stand for it."""
        if self is Colour.FLOPS:
            return box.cost.flops
        return box.cost.bytes if self is Colour.MEMORY else box.cost.params


@record
class Face:
    """The lines on a closed box; `count` stands beside the title where it is above 1."""

    title: str
    lines: tuple[str, ...]
    count: int = 1
    code: bool = False
    """Whether the title is written as in the file."""

    @property
    def text(self) -> str:
        """The lines with the count behind the title."""
        title = f"{self.title} ×{self.count}" if self.count > 1 else self.title
        return "\n".join([title, *self.lines])

    @property
    def width(self) -> float:
        """In pixels."""
        title = self.title_width
        if self.count > 1:
            title += 20 + text_width(f"×{self.count}", SMALL)
        widest = max([title, *(text_width(line, SMALL) for line in self.lines)])
        return max(LEAST_WIDTH, round(widest + 2 * PAD + 8))

    @property
    def title_width(self) -> float:
        """In pixels, without the count."""
        return title_width(self.title, code=self.code)

    @property
    def height(self) -> float:
        """In pixels."""
        return 2 * PAD + LINE + len(self.lines) * (LINE - 1)


def face(box: Box, colour: Colour) -> Face:
    """What a box shows while it is closed."""
    if box.kind in (Kind.INPUT, Kind.OUTPUT):
        return Face(box.name, (_short(str(box.outputs[0])),))
    lines = [_short(box.args)] if box.args else []
    amount = figure(box, colour)
    if amount:
        lines.append(amount)
    return Face(_short(box.name), tuple(lines), box.count, box.kind is Kind.LOOP)


def figure(box: Box, colour: Colour) -> str:
    """`2.36M params`; nothing where there is none."""
    amount = colour.of(box)
    if amount == 0:
        return ""
    if colour is Colour.MEMORY:
        return f"{bytes_text(amount)} of outputs"
    word = "FLOPs" if colour is Colour.FLOPS else "params"
    return f"{count_text(amount)} {word}"


def shape_text(shape: tuple[Dim, ...]) -> str:
    """`56×56×256`: a value's shape without its batch, short enough for a line in a picture."""
    if len(shape) < 2:
        return show_shape(shape)
    return _short("×".join(str(dim) for dim in shape[1:]))


def title_width(title: str, *, code: bool = False) -> float:
    """About how wide a title is; `code` has letters of one width."""
    return CODE * 0.61 * len(title) if code else text_width(title, TITLE) * 1.12


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a font without serifs; a picture may not ask a font."""
    units = 0.0
    for char in text:
        if char in _NARROW:
            units += 0.33
        elif char in _WIDE:
            units += 0.9
        elif ord(char) > 0x2000:
            units += 1.0
        else:
            units += 0.68 if char.isupper() else 0.58
    return units * size


def _short(text: str) -> str:
    return shortened(text, LONGEST)


def count_text(amount: Dim) -> str:
    """`2.36M`; an amount that depends on sizes as it is written."""
    if not isinstance(amount, int):
        return _short(str(amount))
    return "".join(scaled(amount, DECIMAL))


def bytes_text(amount: Dim) -> str:
    """`2.25 MiB`; an amount that depends on sizes as it is written."""
    if not isinstance(amount, int):
        return _short(f"{amount} bytes")
    number, unit = scaled(amount, BINARY)
    return f"{number} {unit or 'bytes'}"
