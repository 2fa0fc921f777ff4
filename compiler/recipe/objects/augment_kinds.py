"""The kinds of argument that random changes of pictures take."""

from __future__ import annotations

from typing import TypeAlias

from ...ops.base.kinds import INT, Kind, OutOfRange, choice, optional, show
from .number_kinds import NUMBER, within

Factor: TypeAlias = "float | tuple[float, float]"


def factor(low: float, high: float) -> Kind[Factor]:
    """A number from `low` to `high`, or two such as the ends of a range."""

    one = within(low, high).convert

    def convert(value: object) -> Factor:
        if not isinstance(value, tuple | list):
            return one(value)
        if len(value) != 2:
            raise OutOfRange(f"{show(value)} holds {len(value)} values, not 2")
        first, second = one(value[0]), one(value[1])
        return min(first, second), max(first, second)

    return Kind(f"a number from {show(low)} to {show(high)}, or two as a range", convert)


def _range(value: object) -> tuple[float, float]:
    if not isinstance(value, tuple | list):
        raise ValueError(f"{show(value)} is not two numbers")
    if len(value) != 2:
        raise OutOfRange(f"{show(value)} holds {len(value)} values, not 2")
    low, high = NUMBER.convert(value[0]), NUMBER.convert(value[1])
    if not low < high:
        raise OutOfRange(f"{show(low)} is not below {show(high)}")
    return low, high


SIGNED = factor(-1, 1)
SHARE = factor(0, 1)
VALUE_RANGE = Kind("two numbers, the values of black and white", _range)
SEED = optional(INT)
INTERPOLATION = choice("bilinear", "nearest")
FILL = choice("reflect", "wrap", "constant", "nearest")

RANGE_DOC = "the values of black and white in the pictures"
SEED_DOC = "what it draws from; none: the recipe's seed"
INTERPOLATION_DOC = "how values between pixels are found"
FILL_DOC = "what is seen beyond the edge"
FILL_VALUE_DOC = "the value beyond the edge, for `fill_mode=constant`"
