"""Conditions on several names without `max` and `min`: cases that are conditions of their own."""

from __future__ import annotations

from collections.abc import Iterable

from ..shapes.assume import Clause, Condition
from ..shapes.dims import Dim, DimTooComplex, ExtremeAtom, Monomial, Sym, bounds, names

MAX_CLAUSES = 64
"""The most clauses that one is split into."""


def split(clause: Clause) -> list[Clause]:
    """Clauses that hold together where a clause does.

    `max(a, b) + c >= 0` holds where `a + c >= 0` or `b + c >= 0` does, with `min` where both do,
    and `d = 0` where `d >= 0` and `-d >= 0` do. `a*b >= 1` holds where `a >= 1` and `b >= 1` do,
    where neither is ever below 0. What is on one name is left as it is, and so is
    what would become too much.
    """
    left, done = [clause], list[Clause]()
    while left:
        current = left.pop()
        if len(left) + len(done) > MAX_CLAUSES:
            return [clause]
        try:
            made = _once(current)
        except DimTooComplex:
            return [clause]
        if made is None:
            done.append(current)
        else:
            left += made
    return done


def _once(clause: Clause) -> list[Clause] | None:
    """The clauses that the first `max` or `min` of one makes of it; None where there is none."""
    for index, condition in enumerate(clause):
        if len(names(condition.dim)) < 2:
            continue
        rest = (*clause[:index], *clause[index + 1 :])
        factors = [] if condition.equal else _factors(condition.dim)
        if factors:
            return [(*rest, Condition(factor - 1, equal=False)) for factor in factors]
        found = _extreme(condition.dim)
        if found is None:
            continue
        if condition.equal:
            both = (condition.dim, -condition.dim)
            return [(*rest, Condition(dim, equal=False)) for dim in both]
        mono, coef, atom = found
        assert isinstance(condition.dim, Sym)
        other = condition.dim - Sym(((mono, coef),))
        cases = [Condition(other + coef * item, equal=False) for item in atom.items]
        if (atom.kind == "max") == (coef > 0):
            return [(*rest, *cases)]
        return [(*rest, case) for case in cases]
    return None


def _factors(dim: Dim) -> list[Dim]:
    """The factors of a product that must all be at least 1, where that is what is asked."""
    terms = dim.terms if isinstance(dim, Sym) else ()
    if (
        len(terms) != 2
        or len(terms[0][0]) < 2
        or terms[1][0]
        or not terms[0][1] >= -terms[1][1] > 0
    ):
        return []
    factors: list[Dim] = [Sym(((((atom, 1),), 1),)) for atom, _ in terms[0][0]]
    lows = [bounds(factor)[0] for factor in factors]
    return factors if all(low is not None and low >= 0 for low in lows) else []


def _extreme(dim: Dim) -> tuple[Monomial, int, ExtremeAtom] | None:
    """A `max` or `min` that is a part of a sum, by itself."""
    parts: Iterable[tuple[Monomial, int]] = () if isinstance(dim, int) else dim.terms
    for mono, coef in parts:
        if len(mono) == 1 and mono[0][1] == 1 and isinstance(mono[0][0], ExtremeAtom):
            return mono, coef, mono[0][0]
    return None
