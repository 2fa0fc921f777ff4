"""Cells before and after each spatial axis, as padding, cropping and pooling take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from .kinds import Kind, OutOfRange, ints, show

Ends: TypeAlias = tuple[int, int]
"""`(before, after)`."""
Sides: TypeAlias = tuple[Ends, ...]
"""`((top, bottom), (left, right))`, and the like for one and three axes."""

_PAIR = ints(2, low=0)


def _ends(value: object) -> Ends:
    before, after = _PAIR.convert(value)
    return before, after


def _sides(count: int, text: str) -> Kind[Sides]:
    def convert(value: object) -> Sides:
        if isinstance(value, tuple | list) and len(value) != count:
            raise OutOfRange(f"{show(value)} holds {len(value)} values, not {count}")
        axes = value if isinstance(value, tuple | list) else (value,) * count
        return tuple(map(_ends, axes))

    return Kind(text, convert)


ENDS = Kind("an int of at least 0, or (before, after)", _ends)
SIDES_2D = _sides(2, "an int of at least 0, (rows, columns), or ((top, bottom), (left, right))")
SIDES_3D = _sides(
    3,
    "an int of at least 0, (planes, rows, columns), or "
    "((front, back), (top, bottom), (left, right))",
)
SIDES: Mapping[int, Kind[Sides]] = {
    1: Kind(ENDS.text, lambda value: (_ends(value),)),
    2: SIDES_2D,
    3: SIDES_3D,
}
"""The cells at the sides, by the number of axes."""

DOC_1D = "cells for both ends, or (before, after)"
DOC_2D = "cells for all sides, (rows, columns), or ((top, bottom), (left, right))"
DOC_3D = "cells for all sides, (planes, rows, columns), or a pair for each of the three"
