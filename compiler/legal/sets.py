"""Sets of numbers from 1 that repeat with a period: intervals on each residue class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import lcm
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int | None]
"""The first and the last number; None: there is no last."""

MAX_PERIOD = 1 << 14
"""The longest period of a set."""


class Undecided(Exception):
    """A question that is past what is decided, or past the work that may be spent on it."""


@dataclass(frozen=True, slots=True)
class SizeSet:
    """The numbers from 1 that lie, on their residue class modulo `period`, in an interval.

    Classes without numbers are left out; the intervals of one are sorted and lie apart.
    """

    period: int
    classes: Mapping[int, tuple[Interval, ...]]

    def __contains__(self, number: int) -> bool:
        intervals = self.classes.get(number % self.period, ())
        return number >= 1 and any(_inside(number, interval) for interval in intervals)

    def __bool__(self) -> bool:
        return any(first is not None for first in map(self._first, self.classes))

    @property
    def everything(self) -> bool:
        """Whether every number from 1 is in it."""
        return len(self.classes) == self.period and all(
            _clipped(intervals, residue, self.period)[:1] == ((residue or self.period, None),)
            for residue, intervals in self.classes.items()
        )

    def first(self) -> int | None:
        """Its least number; None where it has none."""
        firsts = [self._first(residue) for residue in self.classes]
        return min((first for first in firsts if first is not None), default=None)

    def first_missing(self) -> int | None:
        """The least number from 1 that is not in it; None where it has all."""
        return (~self).first()

    def _first(self, residue: int) -> int | None:
        clipped = _clipped(self.classes[residue], residue, self.period)
        return clipped[0][0] if clipped else None

    def __and__(self, other: SizeSet) -> SizeSet:
        period = _common(self, other)
        mine, theirs = self._spread(period), other._spread(period)
        both = {r: _both(mine[r], theirs[r]) for r in mine.keys() & theirs.keys()}
        return _made(period, both)

    def __or__(self, other: SizeSet) -> SizeSet:
        period = _common(self, other)
        mine, theirs = self._spread(period), other._spread(period)
        return _made(
            period,
            {r: united((*mine.get(r, ()), *theirs.get(r, ()))) for r in {**mine, **theirs}},
        )

    def __invert__(self) -> SizeSet:
        rest = {r: _others(self.classes.get(r, ())) for r in range(self.period)}
        return _made(self.period, rest)

    def image(self, slope: int, offset: int) -> SizeSet:
        """The numbers `slope * n + offset` from 1, for n in it; the slope is at least 1."""
        period = self.period * slope
        if period > MAX_PERIOD:
            raise Undecided("a period that is too long")
        classes: dict[int, tuple[Interval, ...]] = {}
        for residue, intervals in self.classes.items():
            moved = tuple(
                (slope * max(low, 1) + offset, None if high is None else slope * high + offset)
                for low, high in intervals
            )
            classes[(slope * residue + offset) % period] = moved
        return _made(period, classes)

    def canonical(self) -> Canonical:
        """The same set in the one form that equal sets share."""
        tight = {
            residue: clipped
            for residue, intervals in self.classes.items()
            if (clipped := _clipped(intervals, residue, self.period))
        }
        endless = {r for r, intervals in tight.items() if intervals[-1][1] is None}
        period = _shortest(self.period, endless)
        residues = frozenset(r % period for r in endless)
        start = 1
        for intervals in tight.values():
            low, high = intervals[-1]
            start = max(start, low - self.period + 1 if high is None else high + 1)
        before = []
        for residue, intervals in tight.items():
            for low, high in intervals:
                last = start - 1 if high is None else min(high, start - 1)
                last -= (last - residue) % self.period
                if low <= last:
                    before.append((low, self.period, last))
        return Canonical(start if endless else 1, period, residues, _runs(before))

    def _spread(self, period: int) -> dict[int, tuple[Interval, ...]]:
        if period == self.period:
            return dict(self.classes)
        return {
            residue + self.period * k: intervals
            for residue, intervals in self.classes.items()
            for k in range(period // self.period)
        }


Run: TypeAlias = tuple[int, int, int]
"""The first number, the step and the last number."""

MAX_LISTED = 2048
"""The most numbers that are looked at one by one to describe a set."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A set of numbers: some runs, then from `start` all of some residues modulo `period`."""

    start: int
    period: int
    residues: frozenset[int]
    runs: tuple[Run, ...]

    @property
    def firsts(self) -> list[int]:
        """For each residue the first number from `start`."""
        return sorted(self.start + (r - self.start) % self.period for r in self.residues)


EVERY = SizeSet(1, {0: ((1, None),)})
NONE = SizeSet(1, {})


def between(low: int, high: int | None) -> SizeSet:
    """The numbers from `low` to `high`, both included; without end where `high` is None."""
    low = max(low, 1)
    return NONE if high is not None and high < low else SizeSet(1, {0: ((low, high),)})


def of_class(residue: int, period: int, intervals: Iterable[Interval]) -> SizeSet:
    """The numbers of one residue class that lie in some intervals."""
    return _made(period, {residue % period: united(intervals)})


def _made(period: int, classes: Mapping[int, tuple[Interval, ...]]) -> SizeSet:
    return SizeSet(period, {r: intervals for r, intervals in classes.items() if intervals})


def _common(a: SizeSet, b: SizeSet) -> int:
    period = lcm(a.period, b.period)
    if period > MAX_PERIOD:
        raise Undecided("a period that is too long")
    return period


def _inside(number: int, interval: Interval) -> bool:
    low, high = interval
    return number >= low and (high is None or number <= high)


def _clipped(intervals: tuple[Interval, ...], residue: int, period: int) -> tuple[Interval, ...]:
    """The intervals with ends that lie on the class; those that hold none of it are left out."""
    found: list[Interval] = []
    for low, high in intervals:
        low = max(low, 1)
        low += (residue - low) % period
        if high is not None:
            high -= (high - residue) % period
        if high is not None and high < low:
            continue
        if found and found[-1][1] is not None and low <= found[-1][1] + period:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def _both(a: tuple[Interval, ...], b: tuple[Interval, ...]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for low, high in a:
        for start, end in b:
            first = max(low, start)
            last = high if end is None else end if high is None else min(high, end)
            if last is None or first <= last:
                found.append((first, last))
    return tuple(sorted(found, key=_by_start))


def united(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Intervals that hold the same numbers, sorted and apart."""
    found: list[Interval] = []
    for low, high in sorted(intervals, key=_by_start):
        if found and (found[-1][1] is None or low <= found[-1][1] + 1):
            before = found[-1][1]
            end = None if before is None or high is None else max(before, high)
            found[-1] = (found[-1][0], end)
        else:
            found.append((low, high))
    return tuple(found)


def _others(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    start = 1
    for low, high in intervals:
        if start < low:
            found.append((start, low - 1))
        if high is None:
            return tuple(found)
        start = max(start, high + 1)
    return (*found, (start, None))


def _by_start(interval: Interval) -> int:
    return interval[0]


def _shortest(period: int, residues: set[int]) -> int:
    """The least divisor of a period that some residues repeat with."""
    if not residues:
        return 1
    for divisor in range(1, period + 1):
        if period % divisor == 0 and all((r + divisor) % period in residues for r in residues):
            return divisor
    raise AssertionError("a period repeats with itself")


def _runs(parts: list[Run]) -> tuple[Run, ...]:
    """Runs that hold the same numbers, made of few where they are few."""
    if sum((last - first) // step + 1 for first, step, last in parts) > MAX_LISTED:
        return tuple(sorted(parts))
    numbers = sorted(n for first, step, last in parts for n in range(first, last + 1, step))
    runs: list[Run] = []
    for number in numbers:
        first, step, last = runs[-1] if runs else (number, 0, number)
        if runs and (first == last or number - last == step):
            runs[-1] = (first, number - last if first == last else step, number)
        else:
            runs.append((number, 1, number))
    # Two numbers are a run only where they are neighbours.
    split: list[Run] = []
    for first, step, last in runs:
        pair = step > 1 and last - first == step
        split += [(first, 1, first), (last, 1, last)] if pair else [(first, step, last)]
    return tuple(split)
