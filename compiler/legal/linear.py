"""Integers under linear conditions: which values a sum of them takes, exactly.

A row holds the coefficients of the integers, the constant last. Equalities are solved by changes of
the integers that lose none (Euclid's algorithm on columns). What is left are inequalities, and one
integer after the other is eliminated as in W. Pugh, "The Omega Test" (1991): where of every
lower and upper bound on it one has the coefficient 1, by adding the two; else what holds with
room to spare is the dark shadow, and what is close to a bound is looked at number by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import TypeAlias

from .numbers import Work
from .sets import MAX_PERIOD, Interval, SizeSet, Undecided, united

Row: TypeAlias = list[int]

Progression: TypeAlias = tuple[int, int, Interval]
"""The numbers of a residue class that lie in an interval: the period, the residue, the interval."""

CLASSES_A_LOOK = 4
"""How many residue classes of a set are made in the time that a look takes."""
WIDEST = 256
"""The most bits of a coefficient."""


def values(
    least: Iterable[Sequence[int]],
    equal: Iterable[Sequence[int]],
    wanted: Sequence[int],
    work: Work,
) -> set[Progression]:
    """The numbers from 1 that `wanted` takes where all rows of `least` are at least 0.

    The rows of `equal` are 0 there. Raises Undecided past the work.
    """
    rows, zeros, sought = [list(row) for row in least], [list(row) for row in equal], list(wanted)
    while zeros:
        row = zeros.pop()
        everything = [*rows, *zeros, sought, row]
        place = _gathered(row, everything, work)
        if place is None:
            if row[-1]:
                return set()
            continue
        solved, rest = divmod(-row[-1], row[place])
        if rest:
            return set()
        for other in everything:
            other[-1] += solved * other[place]
            other[place] = 0
    return _shadow(rows, sought, work)


def _gathered(pivot: Row, rows: Sequence[Row], work: Work) -> int | None:
    """Changes the integers, one to one, so that the pivot holds at most one of them; its place.

    The pivot is one of the rows, which all change with it.
    """
    while True:
        held = [i for i in range(len(pivot) - 1) if pivot[i]]
        if len(held) <= 1:
            return held[0] if held else None
        smallest = min(held, key=lambda i: abs(pivot[i]))
        work.look(len(held) * len(rows))
        for i in held:
            if i != smallest:
                factor = pivot[i] // pivot[smallest]
                for row in rows:
                    row[i] -= factor * row[smallest]


def _shadow(rows: list[Row], wanted: Row, work: Work) -> set[Progression]:
    """The values of `wanted` under inequalities alone."""
    place = _gathered(wanted, [*rows, wanted], work)
    while True:
        tight = _tight(rows, work)
        if tight is None:
            return set()
        rows, pinned = tight
        if pinned is not None:
            return values(rows, [pinned], wanted, work)
        bounds = {
            i: _bounds(rows, i) for i in range(len(wanted) - 1) if i != place and _holds(rows, i)
        }
        if not bounds:
            return _ends(rows, wanted, place)
        chosen = min(bounds, key=lambda i: _cost(*bounds[i], i))
        lows, highs = bounds[chosen]
        kept = [row for row in rows if not row[chosen]]
        work.look((len(kept) + len(lows) * len(highs) + 1) * len(wanted))
        if _is_exact(lows, highs, chosen):
            rows = kept + [_pair(low, high, chosen, 0) for low in lows for high in highs]
            continue
        most = max(-high[chosen] for high in highs)
        dark = [
            _pair(low, high, chosen, (low[chosen] - 1) * (-high[chosen] - 1))
            for low in lows
            for high in highs
        ]
        found = _shadow(kept + dark, list(wanted), work)
        for low in lows:
            room = [(most * low[chosen] - most - low[chosen]) // most]
            for high in highs:
                # The two may be so close, whatever the others are: those of one floor are.
                *others, apart = _pair(low, high, chosen, 0)
                if not any(others):
                    room.append(apart // -high[chosen])
            for more in range(min(room) + 1):
                close = [*low[:-1], low[-1] - more]
                found |= values(rows, [close], wanted, work)
        return found


def _holds(rows: list[Row], place: int) -> bool:
    return any(row[place] for row in rows)


def _bounds(rows: list[Row], place: int) -> tuple[list[Row], list[Row]]:
    """The rows that an integer must be large for, and those that it must be small for."""
    return [row for row in rows if row[place] > 0], [row for row in rows if row[place] < 0]


def _is_exact(lows: list[Row], highs: list[Row], place: int) -> bool:
    """Whether an integer lies between every two bounds on it where a number does.

    So it is where one has the coefficient 1, and between the two bounds of a floor.
    """
    return all(_has_room(low, high, place) for low in lows for high in highs)


def _has_room(low: Row, high: Row, place: int) -> bool:
    needed = (low[place] - 1) * (-high[place] - 1)
    if not needed:
        return True
    *others, apart = _pair(low, high, place, 0)
    return not any(others) and apart >= needed


def _cost(lows: list[Row], highs: list[Row], place: int) -> tuple[bool, int]:
    return not _is_exact(lows, highs, place), len(lows) * len(highs)


def _pair(low: Row, high: Row, place: int, less: int) -> Row:
    """What two bounds on an integer say of the others."""
    up, down = -high[place], low[place]
    made = [up * a + down * b for a, b in zip(low, high, strict=True)]
    made[-1] -= less
    if abs(made[-1]).bit_length() > WIDEST:
        raise Undecided("numbers that are too large")
    return made


def _tight(rows: list[Row], work: Work) -> tuple[list[Row], Row | None] | None:
    """The rows divided by what divides their coefficients, each once, with the least constant.

    With them a row that must be 0, where two say so. None where they contradict each other.
    """
    tightest: dict[tuple[int, ...], int] = {}
    work.look(len(rows))
    for row in rows:
        divisor = gcd(*row[:-1])
        if not divisor:
            if row[-1] < 0:
                return None
            continue
        key, constant = tuple([a // divisor for a in row[:-1]]), row[-1] // divisor
        tightest[key] = min(tightest.get(key, constant), constant)
    made = [[*key, constant] for key, constant in tightest.items()]
    for key, constant in tightest.items():
        against = tightest.get(tuple([-a for a in key]))
        if against is not None and against + constant < 0:
            return None
        if against is not None and against + constant == 0:
            del tightest[tuple([-a for a in key])]
            del tightest[key]
            return [[*k, c] for k, c in tightest.items()], [*key, constant]
    return made, None


def _ends(rows: list[Row], wanted: Row, place: int | None) -> set[Progression]:
    """The values where one integer is left at most: an end of it, or two, in each row."""
    constant = wanted[-1]
    if place is None:
        return {(1, 0, (constant, constant))} if constant >= 1 else set()
    low: int | None = None
    high: int | None = None
    for row in rows:
        by, at = row[place], row[-1]
        if by > 0:
            low = -(at // by) if low is None else max(low, -(at // by))
        else:
            high = at // -by if high is None else min(high, at // -by)
    step = wanted[place]
    if step < 0:
        low, high = None if high is None else -high, None if low is None else -low
        step = -step
    if low is not None and high is not None and high < low:
        return set()
    if step > MAX_PERIOD:
        raise Undecided("a period that is too long")
    first = 1 if low is None else max(1, constant + step * low)
    numbers: Interval = (first, None if high is None else constant + step * high)
    if numbers[1] is not None and numbers[1] < 1:
        return set()
    return {(step, constant % step, numbers)}


def union(progressions: Iterable[Progression], work: Work) -> SizeSet:
    """The numbers of some progressions. Raises Undecided where the period is too long."""
    parts: dict[tuple[int, int], list[Interval]] = {}
    for step, residue, interval in progressions:
        parts.setdefault((step, residue), []).append(interval)
    period = lcm(*(step for step, _ in parts))
    if period > MAX_PERIOD:
        raise Undecided("a period that is too long")
    classes: dict[int, list[Interval]] = {}
    for (step, residue), intervals in parts.items():
        work.look(period // step // CLASSES_A_LOOK + 1)
        for place in range(residue, period, step):
            classes.setdefault(place, []).extend(intervals)
    return SizeSet(period, {residue: united(held) for residue, held in classes.items()})
