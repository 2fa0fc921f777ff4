"""Conditions on several names: decided name by name where they do not meet, or said to be open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...dsl.record import record
from ..shapes.assume import Assumed, Clause, Condition
from ..shapes.dims import Dim, DimTooComplex, Sym, names, symbol
from .boxes import Box, either, everywhere, joined, meet
from .equals import eliminated, possible
from .numbers import Work, number
from .one import holds_for
from .sets import EVERY, NONE, SizeSet, Undecided
from .several import holds_together
from .shown import clause_text
from .split import split
from .ties import Group, denied, groups, is_linear, is_simple, tied_names


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

    ties: tuple[Clause, ...] = ()
    """Clauses on several names that must hold, too, and can in each of `boxes`. None says what
    `boxes` and the others say anyway."""

    def of(self, name: str) -> SizeSet | None:
        """The numbers a name may take, the others chosen to suit; None where not decided."""
        dim = self.equals.get(name)
        held = {name} if dim is None else names(dim)
        tied = [group for group in groups(self.ties) if not held.isdisjoint(group.names)]
        held = held.union(*(group.names for group in tied))
        if any(not held.isdisjoint(condition.names) for condition in self.undecided):
            return None
        found, work = NONE, Work()
        try:
            if dim is not None and not is_linear(dim):
                return None
            clauses = [clause for group in tied for clause in group.clauses]
            if dim is not None:
                clauses.append((Condition(symbol(name) - dim, equal=True),))
            joint = Group(tuple(sorted({*held, name})), tuple(clauses))
            for box in self.boxes:
                part = joint.reach(name, box, work) if clauses else box.get(name, EVERY)
                found = either(found, part, work)
        except (Undecided, DimTooComplex):
            return None
        return found

    def breaking(self, condition: Condition) -> dict[str, int] | None:
        """Legal numbers that do not meet a condition; None where all do. Raises Undecided."""
        clauses = [*self.ties, *denied((condition,))]
        clauses += [
            (Condition(symbol(name) - dim, equal=True),) for name, dim in self.equals.items()
        ]
        held = frozenset[str]().union(*map(tied_names, clauses))
        is_open = any(not held.isdisjoint(one.names) for one in self.undecided)
        if is_open or not all(is_linear(one.dim) for clause in clauses for one in clause):
            raise Undecided("names that meet in products")
        joint, work = Group(tuple(sorted(held)), tuple(clauses)), Work()
        found = (joint.first(box, work) for box in self.boxes)
        return next((sizes for sizes in found if sizes is not None), None)

    def first(self) -> dict[str, int] | None:
        """Small numbers for all names that are legal; None where there are none, or not decided."""
        if self.undecided or not self.boxes:
            return None
        box, work = self.boxes[0], Work()
        found = {name: box.get(name, EVERY).first() for name in self.names}
        sizes = {name: size for name, size in found.items() if size is not None}
        try:
            for group in groups(self.ties):
                sizes.update(group.first(box, work) or {})
            sizes.update({name: number(dim, sizes) for name, dim in self.equals.items()})
        except Undecided:
            return None
        return sizes

    def whole(self) -> bool:
        """Whether every number is legal for every name."""
        return not (self.undecided or self.equals or self.ties or any(self.boxes))


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
    clauses = possible(_strongest(assumed.clauses))
    everyone.update(name for clause in clauses for name in tied_names(clause))
    clauses, equals = eliminated(clauses)
    ways: list[Box] = everywhere()
    ties: list[Clause] = []
    for clause in sorted(clauses, key=lambda clause: len(tied_names(clause))):
        for part in possible(split(clause)):
            try:
                ways = meet(ways, _holds(part, work), work)
            except Undecided:
                if len(tied_names(part)) > 1 and all(is_linear(one.dim) for one in part):
                    ties.append(part)
                else:
                    undecided[_open(clause)] = None
    kept: list[Clause] = []
    for group in groups(ties):
        try:
            ways, group = _tied(ways, group)
            kept += group.clauses
        except Undecided:
            undecided.update(dict.fromkeys(map(_open, group.clauses)))
    return Legal(
        tuple(sorted(everyone)), tuple(joined(ways)), equals, tuple(undecided), tuple(kept)
    )


def _open(clause: Clause) -> Open:
    return Open(clause_text(clause), tied_names(clause))


def _tied(ways: list[Box], group: Group) -> tuple[list[Box], Group]:
    """The boxes made as small as a group of ties asks, and what else it asks. Raises Undecided."""
    work, found = Work(), list[Box]()
    for box in ways:
        narrow = {name: group.reach(name, box, work) for name in group.names}
        if all(narrow.values()):
            found.append({**box, **{n: some for n, some in narrow.items() if is_simple(some)}})
    try:
        return joined(found), group.without_idle(found, work)
    except DimTooComplex:
        return joined(found), group


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
