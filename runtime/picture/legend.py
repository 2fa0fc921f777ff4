"""The legend of a picture: what its colours and lines mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from ...compiler.cost.scaled import BINARY, DECIMAL, scaled
from ...compiler.outline.box import Box
from . import look
from .elements import line, number, rect, text
from .faces import SMALL, Colour, text_width
from .place import Placed


class Paint(Protocol):
    """How boxes are filled."""

    @property
    def colour(self) -> Colour:
        """What the colours say."""

    @property
    def most(self) -> float:
        """The largest amount in the picture."""

    @property
    def marks(self) -> look.Marks | None:
        """What changed, where that is what the colours say."""


class Legend:
    """What colours and lines mean; only those that the picture has."""

    height = 20.0

    def __init__(self, paint: Paint, boxes: Collection[Box], placed: Iterable[Placed]) -> None:
        colour, most, marks = paint.colour, paint.most, paint.marks
        self._items: list[tuple[str, str]] = []
        if marks is not None:
            there = set(marks.values())
            self._items += [
                (look.change_class(name), "changed inside" if name == "touched" else name)
                for name in look.CHANGES
                if name in there
            ]
        elif colour is Colour.KIND:
            there = {look.group(box) for box in boxes}
            self._items += [
                (f"g{at}", name) for at, name in enumerate(look.GROUPS) if name in there
            ]
        elif most > 0:
            word = {"params": "params", "flops": "FLOPs", "memory": "of outputs"}
            units = BINARY if colour is Colour.MEMORY else DECIMAL
            for at in range(look.STEPS):
                amount = most / 10 ** ((look.STEPS - 1 - at) / 2)
                figure, unit = scaled(amount, units, digits=2)
                if colour is Colour.MEMORY:
                    unit = f" {unit or 'bytes'}"
                self._items.append((f"s{at}", f"{figure}{unit}"))
            self._items[-1] = (self._items[-1][0], f"{self._items[-1][1]} {word[colour.value]}")
        if (
            marks is None
            and colour is not Colour.KIND
            and any(not isinstance(colour.of(b), int) for b in boxes)
        ):
            self._items.append(("", "no colour: depends on a named size; give it by --set"))
        if any(map(_has_skip, placed)):
            self._items.append(("skip", "skip connection"))
        if any(box.shared for box in boxes):
            self._items.append(("shared", "shared weights"))

    @property
    def width(self) -> float:
        """In pixels."""
        return sum(text_width(name, SMALL) + 34 for _, name in self._items)

    def draw(self, x: float, y: float) -> Iterator[str]:
        """The elements, from a corner on."""
        yield '<g class="legend">'
        for mark, name in self._items:
            if mark == "skip":
                yield line("wire skip", f"M{number(x)} {number(y + 6)}h14")
            elif mark == "shared":
                yield f'<g class="shared">{rect("", x, y, 14, 12, 2)}</g>'
            elif mark:
                yield rect(mark, x, y, 14, 12, 2)
            yield text("left small", x + 19, y + 10, name)
            x += text_width(name, SMALL) + 34
        yield "</g>\n"


def _has_skip(placed: Placed) -> bool:
    return any(way.link.skip for way in placed.lines) or any(
        _has_skip(spot.inside) for spot in placed.spots if spot.inside is not None
    )
