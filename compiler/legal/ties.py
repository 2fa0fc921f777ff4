"""Conditions that tie names to one another, decided together: `H + W = 2*K`, `H <= 2*W`.

A condition whose parts are names and floors of such sums is linear in the names and one integer f
for each floor, with `0 <= g - k*f < k` for `f = floor(g / k)`. So are the numbers of a set, which
are runs `first + step*q`. What some conditions leave to one name is then a question that
`linear.py` answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from typing import TypeAlias

from ...dsl.record import record
from ..shapes.assume import Clause, Condition
from ..shapes.dims import Dim, FloorAtom, NameAtom, names
from .boxes import Box
from .linear import CLASSES_A_LOOK, Progression, union, values
from .numbers import Work
from .sets import EVERY, SizeSet, between

Key: TypeAlias = str | FloorAtom
Sum: TypeAlias = dict[Key, int]
"""The coefficients of names, floors and, for the empty name, 1."""
FEW_RUNS = 3
"""The most runs of a set that is kept beside the ties that it follows from."""


@record
class Group:
    """Names that conditions tie to one another, and those conditions."""

    names: tuple[str, ...]
    clauses: tuple[Clause, ...]

    def reach(self, name: str, box: Box, work: Work) -> SizeSet:
        """The numbers in a box that a name may take, the others chosen to suit."""
        return _reach(self.clauses, name, {n: box.get(n, EVERY) for n in self.names}, work)

    def first(self, box: Box, work: Work) -> dict[str, int] | None:
        """The numbers in a box that suit one another: the least of each name, one by one."""
        left, found = dict(box), dict[str, int]()
        for name in self.names:
            least = self.reach(name, left, work).first()
            if least is None:
                return None
            found[name] = least
            left[name] = between(least, least)
        return found

    def without_idle(self, boxes: Sequence[Box], work: Work) -> Group:
        """The group without the conditions that the others and the boxes say anyway."""
        kept = list(self.clauses)
        for clause in self.clauses:
            others = [other for other in kept if other != clause]
            broken = Group(self.names, (*others, *denied(clause)))
            if not any(broken.reach(self.names[0], box, work) for box in boxes):
                kept = others
        return Group(self.names, tuple(kept))


def tied_names(clause: Clause) -> frozenset[str]:
    """The names that a clause is on."""
    return frozenset(name for condition in clause for name in names(condition.dim))


def groups(clauses: Iterable[Clause]) -> list[Group]:
    """The clauses by the names that they tie to one another."""
    found: list[tuple[frozenset[str], list[Clause]]] = []
    for clause in clauses:
        held = tied_names(clause)
        mine = [group for group in found if group[0] & held]
        found = [group for group in found if group not in mine]
        joined = held.union(*(group[0] for group in mine))
        found.append((joined, [*chain.from_iterable(group[1] for group in mine), clause]))
    return [Group(tuple(sorted(held)), tuple(mine)) for held, mine in found]


def is_linear(dim: Dim) -> bool:
    """Whether a size is a sum of names and of floors of such sums by numbers."""
    for mono, _ in () if isinstance(dim, int) else dim.terms:
        if not mono:
            continue
        atom, power = mono[0]
        if len(mono) > 1 or power > 1:
            return False
        if isinstance(atom, FloorAtom):
            if not isinstance(atom.denominator, int) or not is_linear(atom.numerator):
                return False
        elif not isinstance(atom, NameAtom):
            return False
    return True


def is_simple(numbers: SizeSet) -> bool:
    """Whether a set is made of a few runs."""
    return len(_runs(numbers)) <= FEW_RUNS


def denied(clause: Clause) -> list[Clause]:
    """Clauses that hold together where a clause does not."""
    return [
        (Condition(one.dim - 1, equal=False), Condition(-one.dim - 1, equal=False))
        if one.equal
        else (Condition(-one.dim - 1, equal=False),)
        for one in clause
    ]


def _reach(clauses: Sequence[Clause], name: str, box: Box, work: Work) -> SizeSet:
    found: set[Progression] = set()
    work.look(sum(numbers.period for numbers in box.values()) // CLASSES_A_LOOK)
    for chosen in product(*clauses):
        for runs in product(*map(_runs, box.values())):
            work.look(len(chosen) + len(runs))
            found |= _taken(chosen, name, dict(zip(box, runs, strict=True)), work)
    return union(found, work)


Run: TypeAlias = tuple[int, int, int | None]
"""The first number, the step, and the last number, if there is one."""


def _runs(numbers: SizeSet) -> list[Run]:
    """Runs that a set is made of."""
    exact = numbers.canonical()
    endless: list[Run] = [(first, exact.period, None) for first in exact.firsts]
    return [*exact.runs, *endless]


def _taken(
    conditions: Sequence[Condition], name: str, runs: dict[str, Run], work: Work
) -> set[Progression]:
    """The numbers of a name within runs, where all conditions hold."""
    floors: dict[FloorAtom, Sum] = {}
    least: list[Sum] = []
    equal: list[Sum] = []
    for condition in conditions:
        (equal if condition.equal else least).append(_sum(condition.dim, floors))
    for floor, inner in floors.items():
        assert isinstance(floor.denominator, int)
        by = floor.denominator
        rest = {**inner, floor: inner.get(floor, 0) - by}
        least += [rest, {**_negated(rest), "": by - 1 - rest.get("", 0)}]
    for held, (first, step, last) in runs.items():
        # A name cannot end so: it is the q of `first + step*q`.
        number = held if step == 1 else f"{held}*"
        if step > 1:
            equal.append({held: 1, number: -step, "": -first})
            first, last = 0, None if last is None else (last - first) // step
        least.append({number: 1, "": -first})
        if last is not None:
            least.append({number: -1, "": last})
    keys = list(dict.fromkeys(key for row in (*least, *equal) for key in row if key != ""))
    columns = [*keys, ""]

    def rows(sums: Iterable[Sum]) -> Iterator[list[int]]:
        return ([one.get(key, 0) for key in columns] for one in sums)

    work.look(len(columns) * (len(least) + len(equal)))
    return values(rows(least), rows(equal), next(rows([{name: 1}])), work)


def _sum(dim: Dim, floors: dict[FloorAtom, Sum]) -> Sum:
    """A linear size; the floors in it are kept with what they are floors of."""
    if isinstance(dim, int):
        return {"": dim}
    found: Sum = {}
    for mono, coef in dim.terms:
        atom = mono[0][0] if mono else None
        if isinstance(atom, FloorAtom):
            found[atom] = coef
            if atom not in floors:
                floors[atom] = _sum(atom.numerator, floors)
        else:
            assert atom is None or isinstance(atom, NameAtom)
            found[atom.name if atom is not None else ""] = coef
    return found


def _negated(one: Sum) -> Sum:
    return {key: -coef for key, coef in one.items()}
