"""Chains of numbered modules: `branch.0`, `branch.3` and `branch.5`, or `road_1` and `road_2`.

Numbers alone do not say that one module works on another: branches have numbers, too. But where the
modules of a series that are certain work on one another in the order of their numbers, the others
of the series do. Numbers such as those of `conv1` and `conv2` count all that a module has, and say
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from .order import Could, Flow, Orders

NUMBER = re.compile(r"(?:^|(?<=[._]))[0-9]+(?=[.]|$)")
"""A number that is a part of a name, or ends one behind `_`."""
SURE = 2
"""How many layers of a series must be certain before it says anything of the others."""

Chain = tuple[int, ...]


def chains_of(names: Sequence[str]) -> list[Chain]:
    """The places of modules whose names differ in one number, in the order of the number."""
    parts = {part for name in names for part in _heads(name)}
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        for match in NUMBER.finditer(name):
            key = name[: match.start()], name[match.end() :]
            # Beside `dense` the number of `dense_1` counts all of a class.
            if not (key[0].endswith("_") and key[0][:-1] in parts):
                found.setdefault(key, []).append((int(match[0]), place))
    return [
        tuple(place for _, place in sorted(numbered))
        for numbered in found.values()
        if len(numbered) > SURE
    ]


def _heads(name: str) -> list[str]:
    """`a`, `a.b` and `a.b.c` of `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def in_chains(found: Orders, flow: Flow, chains: Sequence[Chain]) -> Could:
    """The places that layers could have, less those that would break a chain."""
    at = {place: path for path, place in found.places.items()}
    options = dict(found.doubts)
    for chain in chains:
        sure = [(index, at[place]) for index, place in enumerate(chain) if place in at]
        if len(sure) < SURE or not _runs([path for _, path in sure], flow):
            continue
        takers = {
            place: [
                path
                for path, places in options.items()
                if place in places and _fits(path, index, sure, flow)
            ]
            for index, place in enumerate(chain)
            if place not in at
        }
        if not _all_taken(takers):
            continue
        options = {
            path: frozenset(p for p in places if path in takers.get(p, (path,))) or places
            for path, places in options.items()
        }
    return options


def _runs(paths: Sequence[str], flow: Flow) -> bool:
    """Whether each of some layers works on the one before."""
    return all(a in flow.before[b] for a, b in pairwise(paths))


def _fits(path: str, index: int, sure: Sequence[tuple[int, str]], flow: Flow) -> bool:
    """Whether a layer works on what is before a place of a chain, and what is behind on it."""
    return all(
        other in flow.before[path] if place < index else path in flow.before[other]
        for place, other in sure
    )


def _all_taken(takers: Mapping[int, Sequence[str]]) -> bool:
    """Whether each place can get a layer of its own."""
    taken: dict[str, int] = {}

    def give(place: int, tried: set[str]) -> bool:
        for path in takers[place]:
            if path not in tried:
                tried.add(path)
                if path not in taken or give(taken[path], tried):
                    taken[path] = place
                    return True
        return False

    return all(give(place, set()) for place in takers)
