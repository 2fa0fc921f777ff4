"""Sizes that a file leaves open and that it has a number for: exporters trace them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, zip_longest

from ...compiler.shapes.dims import Dim, Shape, Sym, dim_prod, exact_div, names, symbol
from ..errors import UserError


class Traced(UserError):
    """A named size for which the file runs with one number alone."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"the size `{name}` is open and {number} at once")
        self.name = name
        self.number = number


def hold_reshape(shape: Shape, goal: Sequence[Dim]) -> None:
    """Raises Traced where a shape has as many elements as another for one number alone."""
    before, behind = dim_prod(shape), dim_prod(goal)
    if before == behind:
        return
    found: dict[str, int] = {}
    for name in names(before):
        rest = exact_div(before, symbol(name))
        number = None if rest is None else exact_div(behind, rest)
        if isinstance(number, int) and number > 0:
            found[name] = number
    if len(found) == 1:
        raise Traced(*found.popitem())


def hold_broadcast(shapes: Sequence[Shape]) -> None:
    """Raises Traced where shapes are broadcast for one number alone, or for 1."""
    for a, b in combinations(shapes, 2):
        for x, y in zip_longest(reversed(a), reversed(b), fillvalue=1):
            for open_, number in ((x, y), (y, x)):
                if isinstance(open_, Sym) and isinstance(number, int) and number > 1:
                    name = next(iter(names(open_)))
                    if open_ == symbol(name):
                        raise Traced(name, number)


def notes(numbers: Mapping[str, int]) -> list[str]:
    """What stands above a net for whose named sizes the file has numbers."""
    return [
        line
        for name, number in numbers.items()
        for line in (
            f"`{name}` is open in the file, but was traced into it as {number}, which it is here.",
            "torch.onnx.export(..., dynamo=True) keeps such a size open.",
        )
    ]
