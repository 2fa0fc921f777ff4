"""Layers paired so far, and ways to pair more: within gaps, as the only ones, by neighbours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from .align import Keys, common, rising
from .layers import Layer, Layers
from .names import Counting, Shifts, counts_of
from .words import exchanged, in_any


@dataclass
class Pairing:
    """Which old place is which new one so far, and what can be paired next."""

    old: Layers
    new: Layers
    there: dict[int, int] = field(default_factory=dict)
    back: dict[int, int] = field(default_factory=dict)
    held_firmly: set[int] = field(default_factory=set)
    """Places of new layers that an author's own name tells."""
    doubts: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def counting(self) -> tuple[Counting, Counting]:
        """Which names of both nets only count."""
        return Counting(self.old.place), Counting(self.new.place)

    @cached_property
    def exchanged(self) -> frozenset[str]:
        """The blocks whose names other blocks have now."""
        return exchanged(self.old, self.new)

    def pair(self, old: int, new: int) -> None:
        """Says that an old layer became a new one."""
        self.there[old] = new
        self.back[new] = old

    def shifts(self, without: Set[int] = frozenset()) -> Shifts:
        """What matched layers say of names; those of new places in `without` are not asked."""
        found = Shifts()
        for old, new in self.there.items():
            if new not in self.doubts and new not in without:
                found.add(self.old.layers[old].path, self.new.layers[new].path)
        return found

    def gaps(self, weighs: bool) -> Iterator[tuple[range, range]]:
        """What lies between two matched layers that come in one order in both nets.

        For layers with weights only such are asked.
        """
        layers = self.old.layers
        pairs = sorted(pair for pair in self.there.items() if layers[pair[0]].weighs >= weighs)
        kept = [pairs[at] for at in rising([new for _, new in pairs])]
        ends = [(-1, -1), *kept, (len(self.old.layers), len(self.new.layers))]
        for (old, new), (next_old, next_new) in pairwise(ends):
            if next_old - old > 1 and next_new - new > 1:
                yield range(old + 1, next_old), range(new + 1, next_new)

    def align(self, olds: Keys, news: Keys, weighs: bool = True) -> None:
        """Pairs layers of equal keys within each gap, in their order."""
        for ours, theirs in list(self.open_gaps(weighs)):
            for a, b in common([olds[at] for at in ours], [news[at] for at in theirs]):
                self.pair(ours[a], theirs[b])

    def open_gaps(self, weighs: bool) -> Iterator[tuple[list[int], list[int]]]:
        """The layers of each gap that are left, with weights or without."""
        for old, new in self.gaps(weighs):
            yield (
                [at for at in old if self.is_open(self.old, self.there, at, weighs)],
                [at for at in new if self.is_open(self.new, self.back, at, weighs)],
            )

    def is_open(self, layers: Layers, known: Mapping[int, int], at: int, weighs: bool) -> bool:
        """Whether a layer is left, and has weights as asked for."""
        return at not in known and layers.layers[at].weighs == weighs

    def left(
        self, layers: Layers, known: Mapping[int, int], keys: Keys
    ) -> dict[Hashable, list[int]]:
        """Layers with weights that are left, by their keys."""
        found: dict[Hashable, list[int]] = {}
        for at, layer in enumerate(layers.layers):
            if layer.weighs and at not in known:
                found.setdefault(keys[at], []).append(at)
        return found

    def unique(self, olds: Keys, news: Keys) -> None:
        """Pairs what is left once on both sides, wherever it is."""
        theirs = self.left(self.new, self.back, news)
        for key, places in self.left(self.old, self.there, olds).items():
            others = theirs.get(key, [])
            if len(places) == len(others) == 1:
                self.pair(places[0], others[0])

    @cached_property
    def unsteady(self) -> frozenset[tuple[str, str]]:
        """What both nets do not count as far."""
        one, other = self.counting
        return one.unsteady(other)

    def is_steady(self, path: str) -> bool:
        """Whether both nets have as many of all that is counted in a path."""
        return not self.unsteady or self.unsteady.isdisjoint(counts_of(path))

    def by_path(self, what: str, steady: bool = False) -> tuple[Keys, Keys]:
        """Keys that are equal for equal names which nothing speaks against.

        Of those that are `steady` both nets have as many.
        """
        shifts = self.shifts()
        olds, news = (
            [
                (getattr(layer, what), layer.path)
                if at not in known
                and shifts.trusts(layer.path)
                and not in_any(layer.path, self.exchanged)
                and (not steady or self.is_steady(layer.path))
                else (side, at)
                for at, layer in enumerate(layers.layers)
            ]
            for side, layers, known in ((0, self.old, self.there), (1, self.new, self.back))
        )
        return olds, news

    def behind_matched(self, key: Callable[[Layer], Hashable], both_sides: bool = False) -> None:
        """Pairs layers of equal keys that work on what is matched."""
        waiting: dict[Hashable, list[int]] = {}
        for at, layer in enumerate(self.new.layers):
            if at not in self.back and not layer.weighs:
                around = (self.new.before[at], self.new.behind[at] if both_sides else ())
                waiting.setdefault((key(layer), *around), []).append(at)
        for at, layer in enumerate(self.old.layers):
            if at in self.there or layer.weighs or not waiting:
                continue
            before = tuple([self.there.get(i, -1) for i in self.old.before[at]])
            behind = tuple([self.there.get(i, -1) for i in self.old.behind[at]])
            found = waiting.get((key(layer), before, behind if both_sides else ()), [])
            found = [other for other in found if other not in self.back]
            if len(found) == 1:
                self.pair(at, found[0])


def keys_of(layers: Layers, what: str) -> Keys:
    """One of the keys of each layer."""
    return [getattr(layer, what) for layer in layers.layers]
