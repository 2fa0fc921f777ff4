"""The numbers of one name for which a condition holds."""

from __future__ import annotations

from ..shapes.assume import Condition
from ..shapes.dims import Dim, ExtremeAtom, FloorAtom, NameAtom, compare
from .classes import Pieces, periods, pieces
from .numbers import Work, number
from .polynomials import Poly, signs
from .sets import EVERY, NONE, Interval, SizeSet, between, united

LOOKS = 4
"""How many looks at a size its polynomials on one class take."""
FARTHEST = 1 << 64
"""How far a threshold is looked for by doubling."""


def holds_for(condition: Condition, name: str, work: Work) -> SizeSet:
    """The numbers for which a condition on one name holds. Raises Undecided."""
    dim = condition.dim
    known = certain(condition)
    if known is not None:
        return EVERY if known else NONE
    if not condition.equal:
        way = direction(dim)
        found = _threshold(dim, name, way, work) if way else None
        if found is not None:
            return found
    period = periods(dim).get(name, 1)
    plain = _is_plain(dim)
    slope = number(dim, {name: 1 + period}) - number(dim, {name: 1}) if plain else 0
    classes: dict[int, tuple[Interval, ...]] = {}
    for residue in range(1, period + 1):
        if plain:
            work.spend(dim)
            first = number(dim, {name: residue})
            line: Poly = (first, slope) if slope else (first,) if first else ()
            parts: Pieces = [(0, line)]
        else:
            work.spend(dim, LOOKS)
            parts = pieces(dim, residue, period)
        ranges = intervals(parts, condition.equal, residue, period)
        if ranges:
            classes[residue % period] = united(ranges)
    return SizeSet(period, classes)


def certain(condition: Condition) -> bool | None:
    """Whether a condition holds for all numbers, or for none; None where that is not plain."""
    return compare("==" if condition.equal else ">=", condition.dim, 0)


def direction(dim: Dim) -> int:
    """1 for a size that never falls, -1 for one that never rises, as its names grow; else 0."""
    if isinstance(dim, int):
        return 1
    ways = set[int]()
    for mono, coef in dim.terms:
        if not mono:
            continue
        if len(mono) > 1 or mono[0][1] > 1 or not _rises(mono[0][0]):
            return 0
        ways.add(1 if coef > 0 else -1)
    return ways.pop() if len(ways) == 1 else 0


def _is_plain(dim: Dim) -> bool:
    """Whether a size is a sum of names and floors of such sums, with `f(x + L) = f(x) + s`."""
    if isinstance(dim, int):
        return True
    for mono, _ in dim.terms:
        if not mono:
            continue
        atom, power = mono[0]
        if len(mono) > 1 or power > 1 or isinstance(atom, ExtremeAtom):
            return False
        if isinstance(atom, FloorAtom) and not _is_plain(atom.numerator):
            return False
    return True


def _rises(atom: NameAtom | FloorAtom | ExtremeAtom) -> bool:
    if isinstance(atom, NameAtom):
        return True
    if isinstance(atom, FloorAtom):
        return isinstance(atom.denominator, int) and direction(atom.numerator) == 1
    return all(direction(item) == 1 for item in atom.items)


def _threshold(dim: Dim, name: str, way: int, work: Work) -> SizeSet | None:
    """Where a size that moves one way is at least 0; None where no end of it is in sight."""
    start = _at_least_0(dim, name, 1, work)
    if start == (way > 0):
        # Rising from 0 or more; falling from below.
        return EVERY if start else NONE
    step = 2
    while _at_least_0(dim, name, step, work) == start:
        step *= 2
        if step > FARTHEST:
            return None
    below, above = step // 2, step
    while above - below > 1:
        middle = (below + above) // 2
        if _at_least_0(dim, name, middle, work) == start:
            below = middle
        else:
            above = middle
    return between(above, None) if way > 0 else between(1, below)


def _at_least_0(dim: Dim, name: str, size: int, work: Work) -> bool:
    work.spend(dim)
    return number(dim, {name: size}) >= 0


def intervals(parts: Pieces, equal: bool, residue: int, period: int) -> list[Interval]:
    """Where polynomials in q are 0, or at least 0, as numbers `residue + period * q`."""
    found: list[Interval] = []
    for index, (start, poly) in enumerate(parts):
        end = parts[index + 1][0] if index + 1 < len(parts) else None
        runs = signs(poly, start, end)
        for place, (low, sign) in enumerate(runs):
            high = runs[place + 1][0] if place + 1 < len(runs) else end
            if sign == 0 or (sign > 0 and not equal):
                last = None if high is None else residue + period * (high - 1)
                found.append((residue + period * low, last))
    return found
