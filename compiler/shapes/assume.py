"""What shape rules would need of named sizes: asked as always, collected where somebody wants it.

A rule asks `same(a, b)` where it needs two sizes to be equal. By default the answer is whether they
are for every number that a name may stand for. Inside `assuming()` the answer is yes wherever they
can be equal at all, and what was assumed is kept as a condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import TypeAlias

from ...dsl.record import record
from .dims import (
    Dim,
    DimTooComplex,
    Sym,
    compare,
    dim_max,
    exact_div,
    floor_div,
    line_of,
    never_equal,
    solve,
)


@record
class Condition:
    """`dim == 0` where `equal`, else `dim >= 0`."""

    dim: Dim
    equal: bool


Clause: TypeAlias = tuple[Condition, ...]
"""Conditions of which one must hold."""


@record(frozen=False)
class Assumed:
    """The conditions that were assumed, each once, in the order they came up; all must hold."""

    clauses: dict[Clause, None] = field(default_factory=dict)
    complete: bool = True
    """Whether no condition was left out: one that is too complex, or that is no condition here."""

    def equal(self, *pairs: tuple[Dim, Dim]) -> None:
        """Keeps that the sizes of one of some pairs must be equal."""
        try:
            self.clauses[tuple([Condition(a - b, equal=True) for a, b in pairs])] = None
        except DimTooComplex:
            self.complete = False

    def least(self, a: Dim, b: Dim) -> None:
        """Keeps that `a >= b`."""
        try:
            self.clauses[(Condition(a - b, equal=False),)] = None
        except DimTooComplex:
            self.complete = False


_assumed: ContextVar[Assumed | None] = ContextVar("assumed", default=None)


@contextmanager
def assuming() -> Iterator[Assumed]:
    """Makes rules assume what can be true, and collects it."""
    collected = Assumed()
    token = _assumed.set(collected)
    try:
        yield collected
    finally:
        _assumed.reset(token)


def is_assuming() -> bool:
    """Whether conditions are being collected."""
    return _assumed.get() is not None


def unsure() -> None:
    """Says that something was taken for false that holds for some sizes."""
    collected = _assumed.get()
    if collected is not None:
        collected.complete = False


def same(a: Dim, b: Dim) -> bool:
    """Whether two sizes are equal, or are assumed to be."""
    if a == b:
        return True
    collected = _assumed.get()
    if collected is None or never_equal(a, b):
        return False
    collected.equal((a, b))
    return True


def joined(a: Dim, b: Dim) -> Dim | None:
    """What two sizes broadcast to: they are equal, or one of them is 1; None where neither."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    collected = _assumed.get()
    if collected is None:
        return None
    pairs: list[tuple[Dim, Dim]] = [(a, b), (a, 1), (b, 1)]
    ways = [pair for pair in pairs if not never_equal(*pair)]
    if not ways:
        return None
    collected.equal(*ways)
    return a if ways == pairs[:1] else dim_max(a, b)


def divided(a: Dim, b: Dim) -> Dim | None:
    """a / b where b divides a, or is assumed to."""
    exact = exact_div(a, b)
    collected = _assumed.get()
    if exact is not None or collected is None or not isinstance(b, int) or b < 1:
        return exact
    quotient = floor_div(a, b)
    if never_equal(a, quotient * b):
        return None
    collected.equal((a, quotient * b))
    return quotient


def refuted(op: str, a: Dim, b: Dim) -> bool:
    """Whether `a op b`, for < <= > >=, is false for all sizes; else it is assumed to hold."""
    collected = _assumed.get()
    if collected is None and type(a) is Sym and type(b) is int and op[0] == ">":
        # What has no upper bound is not below any number.
        limits = a.limits
        if limits is not None and limits[1] is None:
            return False
    holds = compare(op, a, b)
    if holds is None and collected is not None:
        low, high = (b, a) if op in (">", ">=") else (a, b)
        collected.least(high, low + 1 if op in ("<", ">") else low)
    return holds is False


def solved(pattern: Dim, value: Dim) -> tuple[str, Dim] | None:
    """As `solve`: the name in `k * H + c` and its size, where `value` is, or is assumed, such."""
    found = solve(pattern, value)
    collected = _assumed.get()
    if found is not None or collected is None:
        return found
    line = line_of(pattern)
    if line is None or line[1] < 1:
        return None
    name, slope, offset = line
    size = divided(value - offset, slope)
    if size is None or refuted(">=", size, 1):
        return None
    return name, size
