"""Sizes as numbers, and the work that may be spent on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..shapes.dims import Dim, FloorAtom, NameAtom
from .sets import Undecided

MAX_WORK = 50_000
"""The most names, operations and terms that are looked at for one net."""


@dataclass
class Work:
    """What is left of the work that may be spent on one net."""

    left: int = MAX_WORK

    def spend(self, dim: Dim, times: int = 1) -> None:
        """Counts looks at a size. Raises Undecided where too many were taken."""
        self.look(times * (1 if isinstance(dim, int) else dim.size))

    def look(self, count: int) -> None:
        """Counts looks at names, operations and terms. Raises Undecided past the limit."""
        self.left -= count
        if self.left < 0:
            raise Undecided("a question that takes too much work")


def number(dim: Dim, sizes: Mapping[str, int]) -> int:
    """A size for numbers of its names. Raises Undecided where that divides by zero."""
    if isinstance(dim, int):
        return dim
    total = 0
    for mono, coef in dim.terms:
        product = coef
        for atom, power in mono:
            if isinstance(atom, NameAtom):
                made = sizes[atom.name]
            elif isinstance(atom, FloorAtom):
                by = number(atom.denominator, sizes)
                if by == 0:
                    raise Undecided("a division by zero")
                made = number(atom.numerator, sizes) // by
            else:
                items = [number(item, sizes) for item in atom.items]
                made = max(items) if atom.kind == "max" else min(items)
            product *= made if power == 1 else made**power
        total += product
    return total
