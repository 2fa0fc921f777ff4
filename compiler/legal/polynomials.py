"""Integer polynomials in one number q from 0: where they are negative, zero and positive.

A polynomial is the tuple of its coefficients, the constant first, without zeros at its end. All of
it is exact: where a polynomial rises and falls is read from the signs of its difference
p(q + 1) - p(q), which is of one degree less, and between two such places bisection finds the sign's
one change.
"""

from __future__ import annotations

from math import comb
from typing import TypeAlias

Poly: TypeAlias = tuple[int, ...]
Signs: TypeAlias = list[tuple[int, int]]
"""The starts of intervals, in order, and the sign of the polynomial on each."""


def plus(a: Poly, b: Poly) -> Poly:
    """a + b."""
    if len(a) < len(b):
        a, b = b, a
    return _trimmed([x + y for x, y in zip(a, b, strict=False)] + list(a[len(b) :]))


def times(a: Poly, b: Poly) -> Poly:
    """a * b."""
    if not a or not b:
        return ()
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return _trimmed(result)


def scaled(a: Poly, factor: int) -> Poly:
    """factor * a."""
    return tuple([factor * x for x in a]) if factor else ()


def value(a: Poly, q: int) -> int:
    """What the polynomial is at a number."""
    result = 0
    for coefficient in reversed(a):
        result = result * q + coefficient
    return result


def signs(a: Poly, start: int, end: int | None) -> Signs:
    """The sign on each interval from `start` up to, and without, `end`; neighbours differ."""
    if len(a) <= 1:
        return [(start, _sign(a[0]) if a else 0)]
    if len(a) == 2:
        return _linear(*a, start, end)
    rises = signs(_difference(a), start, end)
    found: Signs = []
    for index, (low, way) in enumerate(rises):
        high = rises[index + 1][0] if index + 1 < len(rises) else end
        # From low to high, both included where there is a high, it moves one way or not at all.
        for begin, sign in _monotone(a, low, high, way):
            if not found or found[-1][1] != sign:
                found.append((begin, sign))
    return found


def _linear(constant: int, slope: int, start: int, end: int | None) -> Signs:
    way = _sign(slope)
    # The first place where it is no longer on the side it comes from, and the first past 0.
    reaches, passes = -(way * constant // abs(slope)), -way * constant // abs(slope) + 1
    found: Signs = []
    for begin, stop, sign in ((0, reaches, -way), (reaches, passes, 0), (passes, None, way)):
        low = max(begin, start)
        high = stop if end is None else end if stop is None else min(stop, end)
        if high is None or low < high:
            found.append((low, sign))
    return found


def _monotone(a: Poly, low: int, high: int | None, way: int) -> Signs:
    found = [(low, _sign(value(a, low)))]
    while way and found[-1][1] != way:
        sign, begin = found[-1][1], found[-1][0]
        last = high - 1 if high is not None else None
        if last is None:
            step = 1
            while _sign(value(a, begin + step)) == sign:
                step *= 2
            last = begin + step
        if last <= begin or _sign(value(a, last)) == sign:
            break
        below, above = begin, last
        while above - below > 1:
            middle = (below + above) // 2
            if _sign(value(a, middle)) == sign:
                below = middle
            else:
                above = middle
        found.append((above, _sign(value(a, above))))
    return found


def _difference(a: Poly) -> Poly:
    """p(q + 1) - p(q)."""
    result = [0] * (len(a) - 1)
    for power, coefficient in enumerate(a):
        for lower in range(power):
            result[lower] += coefficient * comb(power, lower)
    return _trimmed(result)


def _trimmed(a: list[int]) -> Poly:
    while a and not a[-1]:
        a.pop()
    return tuple(a)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
