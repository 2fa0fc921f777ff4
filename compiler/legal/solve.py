"""Conditions on several names: decided name by name where they do not meet, or said to be open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...dsl.record import record
from ..shapes.assume import Assumed, Clause, Condition
from ..shapes.dims import Dim, DimTooComplex, NameAtom, Sym, names, substitute, symbol
from .boxes import Box, everywhere, joined, meet
from .numbers import Work
from .one import certain, holds_for
from .sets import EVERY, NONE, SizeSet, Undecided
from .several import holds_together
from .split import split

MAX_EQUALS = 32
"""The most names that are replaced by what they are equal to."""


@record
class Open:
    """A condition, as text, that is not decided; the names it is on."""

    text: str
    names: frozenset[str]


@record
class Legal:
    """Which numbers some names may take."""

    names: tuple[str, ...]
    """The names, sorted."""
    boxes: tuple[Box, ...]
    """For each way the numbers that each name may take, whatever the others are; a name that is
    left out may take every number."""
    equals: Mapping[str, Dim]
    """Names that must be what others say; `boxes` leaves them out."""
    undecided: tuple[Open, ...]
    """Conditions that must hold, too: what they mean for single names is not decided."""

    def of(self, name: str) -> SizeSet | None:
        """The numbers a name may take, the others chosen to suit; None where not decided."""
        if any(name in condition.names for condition in self.undecided):
            return None
        if name not in self.equals:
            found = NONE
            try:
                for box in self.boxes:
                    found = found | box.get(name, EVERY)
            except Undecided:
                return None
            return found
        dim = self.equals[name]
        if isinstance(dim, Sym) and len(names(dim)) == 1:
            (other,) = names(dim)
            offset = dim - symbol(other)
            if isinstance(offset, int):
                of_other = self.of(other)
                return None if of_other is None else of_other.image(1, offset)
        return None

    def whole(self) -> bool:
        """Whether every number is legal for every name."""
        return not self.undecided and not self.equals and not any(self.boxes)


def solve(assumed: Assumed, wanted: Iterable[str] = (), work: Work | None = None) -> Legal:
    """The numbers for which all conditions hold; `wanted` are names that may be in none.

    `work` is what may be spent on it.
    """
    work = work or Work()
    undecided: dict[Open, None] = {}
    everyone = set(wanted)
    if not assumed.complete:
        undecided[
            Open("what a comparison or a size that is too complex comes to", frozenset(everyone))
        ] = None
    clauses = _plain(_strongest(assumed.clauses))
    everyone.update(name for clause in clauses for name in _names(clause))
    clauses, equals = _eliminated(clauses)
    ways: list[Box] = everywhere()
    for clause in sorted(clauses, key=lambda clause: len(_names(clause))):
        for part in _plain(split(clause)):
            try:
                ways = meet(ways, _holds(part, work), work)
            except Undecided:
                undecided[Open(" or ".join(map(shown, clause)), _names(clause))] = None
    return Legal(tuple(sorted(everyone)), tuple(joined(ways)), equals, tuple(undecided))


def shown(condition: Condition) -> str:
    """`2*floor(H/2) = W`, `H >= 5`."""
    dim = condition.dim
    if isinstance(dim, int):
        return f"{dim} {'=' if condition.equal else '>='} 0"
    right = Sym(tuple((mono, -coef) for mono, coef in dim.terms if coef < 0 or not mono))
    left = Sym(tuple((mono, coef) for mono, coef in dim.terms if coef > 0 and mono))
    if not left.terms:
        left, right = Sym(tuple((m, -c) for m, c in right.terms)), left
        sign = "=" if condition.equal else ">="
        return f"{left} {sign} 0"
    return f"{left} {'=' if condition.equal else '>='} {right if right.terms else 0}"


def _names(clause: Clause) -> frozenset[str]:
    return frozenset(name for condition in clause for name in names(condition.dim))


def _strongest(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """The clauses without those that another one says more than: of `T >= 3, T >= 5` the last."""
    least: dict[object, Condition] = {}
    for clause in clauses:
        if len(clause) > 1 or clause[0].equal or isinstance(clause[0].dim, int):
            yield clause
            continue
        (condition,) = clause
        terms = condition.dim.terms if isinstance(condition.dim, Sym) else ()
        key = tuple([term for term in terms if term[0]])
        if key not in least or _constant(condition.dim) < _constant(least[key].dim):
            least[key] = condition
    yield from ((condition,) for condition in least.values())


def _constant(dim: Dim) -> int:
    if isinstance(dim, int):
        return dim
    # A normal form has its constant at its end.
    mono, coef = dim.terms[-1]
    return 0 if mono else coef


def _plain(clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses that do not hold anyway, each with the conditions that can hold."""
    kept: dict[Clause, None] = {}
    for clause in clauses:
        truths = [certain(condition) for condition in clause]
        if True not in truths:
            left = [c for c, truth in zip(clause, truths, strict=True) if truth is None]
            kept[tuple(left)] = None
    return list(kept)


def _eliminated(clauses: list[Clause]) -> tuple[list[Clause], dict[str, Dim]]:
    """The clauses without the names that one of them says to be equal to a size of others."""
    equals: dict[str, Dim] = {}
    for _ in range(min(len(clauses), MAX_EQUALS)):
        found = next((pair for clause in clauses if (pair := _solved(clause))), None)
        if found is None:
            break
        name, dim = found
        try:
            replaced = [
                tuple([Condition(substitute(c.dim, {name: dim}), c.equal) for c in clause])
                if name in _names(clause)
                else clause
                for clause in clauses
            ]
            moved = {other: substitute(size, {name: dim}) for other, size in equals.items()}
            replaced.append((Condition(dim - 1, equal=False),))
        except (DimTooComplex, ZeroDivisionError):
            break
        equals = {**moved, name: dim}
        clauses = _plain(replaced)
    return clauses, equals


def _solved(clause: Clause) -> tuple[str, Dim] | None:
    """The name that a clause says to be equal to a size of other names, and that size."""
    if len(clause) != 1 or not clause[0].equal or len(_names(clause)) < 2:
        return None
    dim = clause[0].dim
    assert isinstance(dim, Sym)
    for mono, coef in reversed(dim.terms):
        if abs(coef) == 1 and len(mono) == 1 and mono[0][1] == 1:
            atom = mono[0][0]
            if isinstance(atom, NameAtom):
                rest = dim - coef * symbol(atom.name)
                if atom.name not in names(rest):
                    return atom.name, -coef * rest
    return None


def _holds(clause: Clause, work: Work) -> list[Box]:
    """The numbers for which one of some conditions holds. Raises Undecided."""
    found: list[Box] = []
    for condition in clause:
        held = names(condition.dim)
        if len(held) == 1:
            (name,) = held
            numbers = holds_for(condition, name, work)
            if numbers.everything:
                return everywhere()
            found += [{name: numbers}] if numbers else []
        else:
            found += holds_together(condition, sorted(held), work)
    return joined(found)
