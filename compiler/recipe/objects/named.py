"""Kinds of number, and objects of classes that need no arguments."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

from ...ops.base.declare import Refusal, construct
from ...ops.base.kinds import FLOAT, Kind, OutOfRange, at_least, show

T = TypeVar("T")


def bare(classes: Mapping[str, type[T]]) -> dict[str, T]:
    """An object with the defaults of each class that can do with them, by the class's name."""
    made = {}
    for name, cls in classes.items():
        with suppress(Refusal):
            made[name] = construct(cls, {})
    return made


def above(low: float) -> Kind[float]:
    """A number greater than `low`."""

    def convert(value: object) -> float:
        result = FLOAT.convert(value)
        if not result > low:
            raise OutOfRange(f"{show(result)} is not above {show(low)}")
        return result

    return Kind(f"a number above {show(low)}", convert)


def within(low: float, high: float) -> Kind[float]:
    """A number from `low` to `high`, both allowed."""

    def convert(value: object) -> float:
        result = FLOAT.convert(value)
        if not low <= result <= high:
            raise OutOfRange(f"{show(result)} is not in the range {show(low)} to {show(high)}")
        return result

    return Kind(f"a number from {show(low)} to {show(high)}", convert)


PART = within(0, 1)
RATE = at_least(FLOAT, 0, "a number of at least 0")
