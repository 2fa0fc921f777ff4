"""A condition on several names: decided on pairs of residue classes by the signs of coefficients.

On a tuple of classes `x = r + L p`, `y = s + M q`, … a size is a polynomial in p, q, … from 0. One
whose coefficients have one sign is never 0 where it has a constant, and else 0 only where each of
its products is. So `H*W = 4*floor(H/2)*floor(W/2)` holds where both are even, and nowhere else.
"""

from __future__ import annotations

from itertools import product
from math import gcd, prod
from typing import TypeAlias

from ..shapes.assume import Condition
from ..shapes.dims import Atom, Dim, ExtremeAtom, FloorAtom, Monomial, NameAtom, Sym
from .boxes import Box, everywhere, joined, meet
from .classes import MAX_CLASSES, MAX_DEGREE, periods
from .numbers import Work
from .one import intervals
from .polynomials import Poly
from .sets import SizeSet, Undecided, between, of_class

LOOKS = 8
"""How many looks at a size a polynomial in several numbers takes."""
Powers: TypeAlias = tuple[int, ...]
"""The power of each name in a product."""
Terms: TypeAlias = dict[Powers, int]
"""A polynomial in several numbers: the coefficient of each product."""


def holds_together(condition: Condition, names: list[str], work: Work) -> list[Box]:
    """The numbers of several names for which a condition holds. Raises Undecided."""
    dim = _without_names(condition.dim)
    found = periods(dim)
    moduli = [found.get(name, 1) for name in names]
    if prod(moduli) > MAX_CLASSES:
        raise Undecided("too many residue classes")
    boxes: list[Box] = []
    for residues in product(*(range(1, modulus + 1) for modulus in moduli)):
        work.spend(dim, LOOKS)
        classes = dict(zip(names, zip(residues, moduli, strict=True), strict=True))
        terms = _terms(dim, names, classes)
        inside: Box = {
            name: of_class(r, m, [(1, None)]) for name, (r, m) in classes.items() if m > 1
        }
        for way in _ways(terms, condition.equal, names, classes, work):
            boxes += meet([inside], [way], work)
    return joined(boxes)


def _without_names(dim: Dim) -> Dim:
    """A size divided by the names that every part of it has as a factor; these are at least 1."""
    if isinstance(dim, int) or not all(mono for mono, _ in dim.terms):
        return dim
    common: dict[Atom, int] = {a: p for a, p in dim.terms[0][0] if isinstance(a, NameAtom)}
    for mono, _ in dim.terms[1:]:
        powers = dict(mono)
        common = {a: min(p, powers[a]) for a, p in common.items() if a in powers}
    if not common:
        return dim
    left: list[tuple[Monomial, int]] = []
    for mono, coef in dim.terms:
        rest = tuple((a, p - common.get(a, 0)) for a, p in mono if p > common.get(a, 0))
        left.append((rest, coef))
    return sum((_product(mono, coef) for mono, coef in left), start=0)


def _product(mono: Monomial, coef: int) -> Dim:
    return Sym(((mono, coef),)) if mono else coef


def _terms(dim: Dim, names: list[str], classes: dict[str, tuple[int, int]]) -> Terms:
    """A size as a polynomial on a tuple of classes. Raises Undecided for `max` and `min`."""
    zero = (0,) * len(names)
    if isinstance(dim, int):
        return {zero: dim} if dim else {}
    total: Terms = {}
    for mono, coef in dim.terms:
        term: Terms = {zero: coef}
        for atom, power in mono:
            factor = _atom(atom, names, classes)
            for _ in range(power):
                term = _times(term, factor)
        for powers, value in term.items():
            total[powers] = total.get(powers, 0) + value
    return {powers: value for powers, value in total.items() if value}


def _atom(
    atom: NameAtom | FloorAtom | ExtremeAtom,
    names: list[str],
    classes: dict[str, tuple[int, int]],
) -> Terms:
    zero = (0,) * len(names)
    if isinstance(atom, NameAtom):
        residue, modulus = classes[atom.name]
        one = tuple(int(name == atom.name) for name in names)
        return {zero: residue, one: modulus}
    if isinstance(atom, FloorAtom):
        assert isinstance(atom.denominator, int)
        by = atom.denominator
        inner = _terms(atom.numerator, names, classes)
        return {powers: made for powers, value in inner.items() if (made := value // by)}
    raise Undecided("`max` or `min` of several names")


def _times(a: Terms, b: Terms) -> Terms:
    result: Terms = {}
    for left, x in a.items():
        for right, y in b.items():
            powers = tuple(map(sum, zip(left, right, strict=True)))
            if sum(powers) > MAX_DEGREE:
                raise Undecided("a product of too many sizes")
            result[powers] = result.get(powers, 0) + x * y
    return result


def _ways(
    terms: Terms,
    equal: bool,
    names: list[str],
    classes: dict[str, tuple[int, int]],
    work: Work,
) -> list[Box]:
    """Where a polynomial is 0, or at least 0, within a tuple of classes. Raises Undecided."""
    constant = terms.get((0,) * len(names), 0)
    others = {powers: value for powers, value in terms.items() if any(powers)}
    held = [i for i in range(len(names)) if any(powers[i] for powers in others)]
    if len(held) <= 1:
        return _one(terms, equal, names[held[0]] if held else names[0], held, classes)
    if not equal and constant >= 0 and min(others.values()) > 0:
        return everywhere()
    if not equal and constant < 0 and max(others.values()) < 0:
        return []
    if equal and constant % gcd(*others.values()):
        return []
    one_sign = min(others.values()) > 0 or max(others.values()) < 0
    if one_sign and constant * next(iter(others.values())) > 0:
        return []
    if one_sign and constant == 0:
        # 0 at last where it falls from 0, and where it may be 0 alone.
        return _vanishing(others, names, classes, work)
    raise Undecided("names that meet in one condition")


def _one(
    terms: Terms,
    equal: bool,
    name: str,
    held: list[int],
    classes: dict[str, tuple[int, int]],
) -> list[Box]:
    """Where a polynomial in one number at most is 0, or at least 0."""
    degrees = {sum(powers): value for powers, value in terms.items()}
    poly: Poly = tuple(degrees.get(power, 0) for power in range(max(degrees, default=-1) + 1))
    residue, modulus = classes[name]
    found = intervals([(0, poly)], equal, residue, modulus)
    if not held:
        return everywhere() if found else []
    numbers = of_class(residue, modulus, found)
    return [{name: numbers}] if numbers else []


def _vanishing(
    others: Terms, names: list[str], classes: dict[str, tuple[int, int]], work: Work
) -> list[Box]:
    """Where every one of some products is 0: where one of its numbers is the class's first."""
    ways = everywhere()
    for powers in others:
        firsts: list[Box] = []
        for name, power in zip(names, powers, strict=True):
            if power:
                firsts.append({name: _only(classes[name][0])})
        ways = meet(ways, firsts, work)
    return ways


def _only(number: int) -> SizeSet:
    return between(number, number)
