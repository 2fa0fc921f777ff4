"""Kinds of number that recipes take: all are float32 where training computes with them."""

from __future__ import annotations

from collections.abc import Callable

from ...ops.base.kinds import FLOAT, Kind, OutOfRange, at_least, show

GREATEST = 3.4028234663852886e38
"""The greatest number of float32."""


def _number(value: object) -> float:
    result = FLOAT.convert(value)
    if abs(result) > GREATEST:
        raise OutOfRange(f"{show(result)} is past {GREATEST:.3g}, the greatest number of float32")
    return result


NUMBER = Kind("a number", _number)
EPSILON = at_least(NUMBER, 0, "a number of at least 0")
RATE = EPSILON


def _range(text: str, holds: Callable[[float], bool], where: str) -> Kind[float]:
    """A number for which something holds; `where` completes "… is not …"."""

    def convert(value: object) -> float:
        result = NUMBER.convert(value)
        if not holds(result):
            raise OutOfRange(f"{show(result)} is not {where}")
        return result

    return Kind(text, convert)


def above(low: float) -> Kind[float]:
    """A number greater than `low`."""
    text = f"above {show(low)}"
    return _range(f"a number {text}", lambda value: value > low, text)


def within(low: float, high: float) -> Kind[float]:
    """A number from `low` to `high`, both allowed."""
    ends = f"{show(low)} to {show(high)}"
    return _range(
        f"a number from {ends}", lambda value: low <= value <= high, f"in the range {ends}"
    )


def inside(low: float, high: float) -> Kind[float]:
    """A number between `low` and `high`, neither allowed."""
    text = f"above {show(low)} and below {show(high)}"
    return _range(f"a number {text}", lambda value: low < value < high, text)


def above_to(low: float, high: float) -> Kind[float]:
    """A number greater than `low`, and at most `high`."""

    def convert(value: object) -> float:
        result = above(low).convert(value)
        if result > high:
            raise OutOfRange(f"{show(result)} is greater than {show(high)}")
        return result

    return Kind(f"a number above {show(low)}, at most {show(high)}", convert)


PART = within(0, 1)
