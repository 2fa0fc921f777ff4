"""Names that a condition says to be equal to a size of others, replaced by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import gcd

from ..shapes.assume import Clause, Condition
from ..shapes.dims import Dim, DimTooComplex, NameAtom, Sym, compare, names, substitute, symbol
from .one import certain
from .ties import is_linear, tied_names

MAX_EQUALS = 32
"""The most names that are replaced by what they are equal to."""


def eliminated(clauses: list[Clause]) -> tuple[list[Clause], dict[str, Dim]]:
    """The clauses without the names that one of them says to be equal to a size of others.

    Not replaced is what may be below 1 for some numbers of several names, such as `W` in
    `H + W = 2*K`, where all that is asked of it is linear: `ties.py` decides that as it is written.
    """
    equals: dict[str, Dim] = {}
    for _ in range(min(len(clauses), MAX_EQUALS)):
        found = next((pair for clause in clauses if (pair := _solved(clause, clauses))), None)
        if found is None:
            break
        name, dim = found
        try:
            replaced = [
                tuple([Condition(substitute(c.dim, {name: dim}), c.equal) for c in clause])
                if name in tied_names(clause)
                else clause
                for clause in clauses
            ]
            moved = {other: substitute(size, {name: dim}) for other, size in equals.items()}
            replaced.append((Condition(dim - 1, equal=False),))
        except (DimTooComplex, ZeroDivisionError):
            break
        equals = {**moved, name: dim}
        clauses = possible(replaced)
    return clauses, equals


def possible(clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses that do not hold anyway, each with the conditions that can hold."""
    kept: dict[Clause, None] = {}
    for clause in clauses:
        truths = [certain(condition) for condition in clause]
        if True not in truths:
            left = [divided(c) for c, truth in zip(clause, truths, strict=True) if truth is None]
            kept[tuple(left)] = None
    return list(kept)


def divided(condition: Condition) -> Condition:
    """A condition that can hold, divided by what divides its coefficients."""
    dim = condition.dim
    terms = dim.terms if isinstance(dim, Sym) else ()
    divisor = gcd(*(coef for mono, coef in terms if mono))
    if divisor <= 1:
        return condition
    # An equality that can hold has a constant that is divisible, too; a bound is rounded down.
    return Condition(
        Sym(tuple((m, c // divisor) for m, c in terms if c // divisor)), condition.equal
    )


def _solved(clause: Clause, clauses: Sequence[Clause]) -> tuple[str, Dim] | None:
    """The name that a clause says to be equal to a size of other names, and that size."""
    if len(clause) != 1 or not clause[0].equal or len(tied_names(clause)) < 2:
        return None
    ways = list(solutions(clause[0].dim))
    for name, dim in ways:
        if len(names(dim)) == 1 or compare(">=", dim, 1):
            return name, dim
    for name, dim in ways:
        asked = [other for other in clauses if name in tied_names(other)]
        if not all(is_linear(one.dim) for other in asked for one in other):
            return name, dim
    return None


def solutions(dim: Dim) -> Iterator[tuple[str, Dim]]:
    """Each name that a sum is 0 for just one number of, and that number."""
    for mono, coef in reversed(dim.terms if isinstance(dim, Sym) else ()):
        if abs(coef) == 1 and len(mono) == 1 and mono[0][1] == 1:
            atom = mono[0][0]
            if isinstance(atom, NameAtom):
                rest = dim - coef * symbol(atom.name)
                if atom.name not in names(rest):
                    yield atom.name, -coef * rest
