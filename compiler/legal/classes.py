"""Sizes of one name on one residue class: polynomials, exactly.

Let `x = r + L q`. Where L is a multiple of what `periods` asks for, every `floor(g / k)` in a size
has a `g` whose coefficients but the constant are divisible by k, so `floor(g / k)` is a polynomial
in q again: the constant is rounded down, the others are divided. `max` and `min` of polynomials are
polynomials between the places where the sign of their difference changes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, lcm
from typing import TypeAlias

from ..shapes.dims import Dim, ExtremeAtom, FloorAtom, NameAtom
from .polynomials import Poly, plus, scaled, signs, times
from .sets import Undecided

MAX_DEGREE = 6
"""The largest degree of a polynomial that is looked into."""
MAX_PIECES = 64
"""The most polynomials that a size with `max` and `min` is made of on one class."""
MAX_CLASSES = 4096
"""The most residue classes, or pairs of them, that a condition is looked at on."""

Pieces: TypeAlias = list[tuple[int, Poly]]
"""The starts of intervals of q, the first of them 0, and the polynomial on each."""


def periods(*dims: Dim) -> dict[str, int]:
    """For each name the modulus on whose residue classes some sizes are polynomials.

    Raises Undecided for a division by a named size, or where the modulus is too large.
    """
    found: dict[str, int] = {}
    for dim in dims:
        _collect(dim, 1, found)
    return found


def _collect(dim: Dim, divisible: int, found: dict[str, int]) -> None:
    """Makes every coefficient of a size but the constant divisible by a number."""
    if isinstance(dim, int):
        return
    for mono, coef in dim.terms:
        needed = divisible // gcd(divisible, coef)
        for atom, _ in mono:
            if isinstance(atom, NameAtom):
                found[atom.name] = lcm(found.get(atom.name, 1), needed)
                if found[atom.name] > MAX_CLASSES:
                    raise Undecided("a period that is too long")
            elif isinstance(atom, FloorAtom):
                if not isinstance(atom.denominator, int):
                    raise Undecided("a division by a named size")
                _collect(atom.numerator, needed * atom.denominator, found)
            else:
                for item in atom.items:
                    _collect(item, needed, found)


def pieces(dim: Dim, residue: int, period: int) -> Pieces:
    """A size of one name on the class of the numbers `residue + period * q`, from q = 0."""
    if isinstance(dim, int):
        return [(0, (dim,) if dim else ())]
    total: Pieces = [(0, ())]
    for mono, coef in dim.terms:
        term: Pieces = [(0, (coef,))]
        for atom, power in mono:
            factor = _atom(atom, residue, period)
            for _ in range(power):
                term = _joined(term, factor, times)
        total = _joined(total, term, plus)
    return total


def _atom(atom: NameAtom | FloorAtom | ExtremeAtom, residue: int, period: int) -> Pieces:
    if isinstance(atom, NameAtom):
        return [(0, (residue, period))]
    if isinstance(atom, FloorAtom):
        assert isinstance(atom.denominator, int)
        by = atom.denominator
        return [
            (start, divided(poly, by)) for start, poly in pieces(atom.numerator, residue, period)
        ]
    best, *others = [pieces(item, residue, period) for item in atom.items]
    for other in others:
        best = _extreme(best, other, 1 if atom.kind == "max" else -1)
    return best


def divided(poly: Poly, by: int) -> Poly:
    """floor(p / by) of a polynomial whose coefficients but the constant are divisible."""
    made = [coefficient // by for coefficient in poly]
    while made and not made[-1]:
        made.pop()
    return tuple(made)


def _joined(a: Pieces, b: Pieces, make: Callable[[Poly, Poly], Poly]) -> Pieces:
    if len(a) == len(b) == 1:
        poly = make(a[0][1], b[0][1])
        if len(poly) > MAX_DEGREE + 1:
            raise Undecided("a product of too many sizes")
        return [(0, poly)]
    return _simple([(start, make(x, y)) for start, _, x, y in _side_by_side(a, b)])


def _extreme(a: Pieces, b: Pieces, side: int) -> Pieces:
    """The larger of two on each interval, or the smaller where `side` is -1."""
    found: Pieces = []
    for start, end, x, y in _side_by_side(a, b):
        for begin, sign in signs(plus(x, scaled(y, -1)), start, end):
            found.append((begin, x if sign * side >= 0 else y))
    return _simple(found)


def _side_by_side(a: Pieces, b: Pieces) -> list[tuple[int, int | None, Poly, Poly]]:
    starts = sorted({start for start, _ in a} | {start for start, _ in b})
    rows: list[tuple[int, int | None, Poly, Poly]] = []
    i = j = 0
    for index, start in enumerate(starts):
        while i + 1 < len(a) and a[i + 1][0] <= start:
            i += 1
        while j + 1 < len(b) and b[j + 1][0] <= start:
            j += 1
        end = starts[index + 1] if index + 1 < len(starts) else None
        rows.append((start, end, a[i][1], b[j][1]))
    return rows


def _simple(found: Pieces) -> Pieces:
    kept: Pieces = []
    for start, poly in found:
        if len(poly) > MAX_DEGREE + 1:
            raise Undecided("a product of too many sizes")
        if not kept or kept[-1][1] != poly:
            kept.append((start, poly))
    if len(kept) > MAX_PIECES:
        raise Undecided("too many of `max` and `min`")
    return kept
