"""Numbers written in a net as tensors: a number, or lists of them inside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

from ....dsl.record import record
from ...shapes.types import FLOATS
from .kinds import Kind, OutOfRange, describe

Number: TypeAlias = bool | int | float

LARGEST = {"float16": 65504.0, "bfloat16": 3.38e38, "float32": 3.4e38, "float64": 1.79e308}
"""The largest number of each float dtype."""


@record
class Literal:
    """Numbers in the order they are written, and the sizes of the lists around them."""

    sizes: tuple[int, ...]
    numbers: tuple[Number, ...]

    @property
    def dtype(self) -> str:
        """The dtype that such numbers have by themselves."""
        kinds = set(map(type, self.numbers))
        return "bool" if kinds == {bool} else "float32" if float in kinds else "int32"

    def nested(self) -> object:
        """The numbers as lists inside each other, or alone where there is no list."""
        items: list[object] = list(self.numbers)
        for size in reversed(self.sizes):
            items = [items[at : at + size] for at in range(0, len(items), size)]
        return items[0]

    def misfit(self, dtype: str) -> Number | None:
        """The first number that a dtype does not hold; None where it holds all."""
        kinds = set(map(type, self.numbers))
        ordered = kinds == {int} or (kinds <= {int, float} and dtype in FLOATS)
        if ordered and all(holds(dtype, end(self.numbers)) for end in (min, max)):
            return None
        return next((number for number in self.numbers if not holds(dtype, number)), None)


def holds(dtype: str, number: Number) -> bool:
    """Whether a dtype has a number: floats but for rounding, integers exactly."""
    if dtype == "bool" or isinstance(number, bool):
        return isinstance(number, bool) and dtype == "bool"
    if dtype in FLOATS:
        return abs(number) <= LARGEST[dtype]
    if isinstance(number, float) and not number.is_integer():
        return False
    bits = int(dtype.removeprefix("u").removeprefix("int"))
    low, high = (0, 1 << bits) if dtype[0] == "u" else (-(1 << (bits - 1)), 1 << (bits - 1))
    return low <= number < high


def literal(value: object) -> Literal:
    """A value of the program as numbers. Raises ValueError, and OutOfRange for uneven lists."""
    sizes: list[int] = []
    row: list[object] = [value]
    while set(map(type, row)) & {list, tuple}:
        lists = [item for item in row if isinstance(item, list | tuple)]
        lengths = {len(item) for item in lists}
        if len(lists) < len(row) or len(lengths) > 1:
            raise OutOfRange("its lists are not all of one length")
        if 0 in lengths:
            raise OutOfRange("it holds an empty list")
        sizes.append(lengths.pop())
        row = [item for each in lists for item in each]
    kinds = set(map(type, row))
    if not kinds <= {bool, int, float}:
        other = next(item for item in row if type(item) not in (bool, int, float))
        raise ValueError(f"{describe(other)} is not a number")
    if bool in kinds and len(kinds) > 1:
        raise ValueError("it holds bools and numbers")
    return Literal(tuple(sizes), cast("tuple[Number, ...]", tuple(row)))


def whole(numbers: Sequence[Number], dtype: str) -> Iterator[Number]:
    """Numbers as Python's of the kind that a dtype holds."""
    for number in numbers:
        yield float(number) if dtype in FLOATS else number if dtype == "bool" else int(number)


LITERAL: Kind[Literal] = Kind("a number, or lists of numbers", literal)
