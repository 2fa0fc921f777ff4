"""Boxes: numbers for each of some names, which are chosen independently of one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm
from typing import TypeAlias

from .linear import CLASSES_A_LOOK
from .numbers import Work
from .sets import EVERY, SizeSet, Undecided

Box: TypeAlias = Mapping[str, SizeSet]
"""The numbers of each name; a name that is left out may be every number."""

MAX_BOXES = 256
"""The most boxes that the legal sizes of a net are made of."""


def everywhere() -> list[Box]:
    """All numbers of all names."""
    return [{}]


def either(a: SizeSet, b: SizeSet, work: Work) -> SizeSet:
    """The numbers of one set and of another. Raises Undecided past the work."""
    if a.classes and b.classes:
        work.look(lcm(a.period, b.period) // CLASSES_A_LOOK + 1)
    return a | b


def meet(a: Sequence[Box], b: Sequence[Box], work: Work) -> list[Box]:
    """What lies in a box of one and in a box of the other. Raises Undecided past the work."""
    found: list[Box] = []
    for one in a:
        for other in b:
            both = dict(one)
            for name, numbers in other.items():
                if name in both:
                    work.look(lcm(both[name].period, numbers.period) // CLASSES_A_LOOK + 1)
                both[name] = both[name] & numbers if name in both else numbers
            if all(both.values()):
                found.append(both)
    return joined(found)


def joined(boxes: Sequence[Box]) -> list[Box]:
    """The same numbers in few boxes: those that differ in one name alone become one."""
    left = [_plain(box) for box in boxes]
    if {} in left:
        return everywhere()
    merged = True
    while merged and len(left) > 1:
        merged = False
        if len(left) > 4 * MAX_BOXES:
            break
        for name in sorted({name for box in left for name in box}):
            groups: dict[tuple[tuple[str, object], ...], SizeSet] = {}
            rests: dict[tuple[tuple[str, object], ...], Box] = {}
            for box in left:
                rest = {other: numbers for other, numbers in box.items() if other != name}
                key = tuple((other, _key(rest[other])) for other in sorted(rest))
                numbers = box.get(name, EVERY)
                groups[key] = groups[key] | numbers if key in groups else numbers
                rests[key] = rest
            if len(groups) < len(left):
                merged = True
                left = [_plain({**rests[key], name: groups[key]}) for key in groups]
    if len(left) > MAX_BOXES:
        raise Undecided("too many different ways")
    return left


def _plain(box: Box) -> Box:
    return {name: numbers for name, numbers in box.items() if not numbers.everything}


def _key(numbers: SizeSet) -> object:
    return numbers.period, tuple(sorted(numbers.classes.items()))
