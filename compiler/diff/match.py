"""Which layer of the new net is which of the old one: by structure and weights, then by names.

Layers that are equal are aligned first, those with equal surroundings before others. Then come
those that changed in part. A name that counts (`conv2d_3`) decides only among equals, and only
where nothing shows that the counting shifted. What stays open is a doubt, not a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import pairwise

from .align import Keys, by_keys, common, rising
from .layers import INPUT, Layer, Layers
from .names import Counting, Shifts
from .sliding import Slide, slides


@dataclass(frozen=True)
class Matched:
    """Places of the new layers by those of the old ones.

    `doubts` are new layers with weights that could be several of the old ones as well, or of which
    one could be an old one as well as another could.
    """

    pairs: Mapping[int, int]
    doubts: Mapping[int, tuple[int, ...]]


def match(old: Layers, new: Layers) -> Matched:
    """Matches the layers of two nets."""
    matching = _Matching(old, new)
    matching.inputs()
    matching.firm(same=lambda a, b: a.whole == b.whole)
    matching.weighing()
    matching.changed()
    matching.weightless()
    doubts = {at: places for at, places in matching.doubts.items() if places}
    return Matched(matching.there, doubts)


@dataclass
class _Matching:
    old: Layers
    new: Layers
    there: dict[int, int] = field(default_factory=dict)
    back: dict[int, int] = field(default_factory=dict)
    held_firmly: set[int] = field(default_factory=set)
    """Places of new layers that an author's own name tells."""
    doubts: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def pair(self, old: int, new: int) -> None:
        self.there[old] = new
        self.back[new] = old

    def inputs(self) -> None:
        """The inputs of the net, by name, then in their order."""
        olds = [at for at, layer in enumerate(self.old.layers) if layer.kind == INPUT]
        news = [at for at, layer in enumerate(self.new.layers) if layer.kind == INPUT]
        by_name = {self.new.layers[at].path: at for at in news}
        for at in olds:
            other = by_name.get(self.old.layers[at].path)
            if other is not None:
                self.pair(at, other)
        left = (
            [at for at in olds if at not in self.there],
            [at for at in news if at not in self.back],
        )
        if len(left[0]) == len(left[1]):
            for at, other in zip(*left, strict=True):
                self.pair(at, other)

    def firm(self, same: Callable[[Layer, Layer], bool]) -> None:
        """What an author's own name tells in both nets, where both are the same otherwise."""
        counting = [Counting(layers.place) for layers in (self.old, self.new)]
        for path, at in self.old.place.items():
            other = self.new.place.get(path)
            if other is None or at in self.there or other in self.back:
                continue
            a, b = self.old.layers[at], self.new.layers[other]
            if same(a, b) and all(each.firm(path) for each in counting):
                self.pair(at, other)
                self.held_firmly.add(other)

    def weighing(self) -> None:
        """Equal layers with weights."""
        around = (self.old.nearby, self.new.nearby), (self.old.near, self.new.near)
        wholes = _keys(self.old, "whole"), _keys(self.new, "whole")
        by_name = (_with_path(self.old, wholes[0]), _with_path(self.new, wholes[1])), wholes
        for ours, theirs in list(self.open_gaps(weighs=True)):
            told, seen = (
                by_keys(
                    [[olds[at] for at in ours] for olds, _ in keys],
                    [[news[at] for at in theirs] for _, news in keys],
                )
                for keys in (by_name, (*around, wholes))
            )
            # Names decide only where they leave no layer without a counterpart.
            for a, b in told if len(told) >= len(seen) else seen:
                self.pair(ours[a], theirs[b])
        self.slide(*wholes)
        for olds, news in around:
            self.unique(olds, news)
        self.elsewhere(*wholes)

    def changed(self) -> None:
        """Layers with weights whose arguments or shapes changed."""
        self.firm(same=lambda a, b: a.kind == b.kind)
        olds, news = _keys(self.old, "held"), _keys(self.new, "held")
        self.align(olds, news)
        self.slide(olds, news)
        olds, news = _keys(self.old, "call"), _keys(self.new, "call")
        self.align(self.old.around(olds), self.new.around(news))
        self.align(olds, news)
        self.align(*self.by_path("kind"))
        self.align(_keys(self.old, "kind"), _keys(self.new, "kind"))
        self.same_names(weighs=True)

    def weightless(self) -> None:
        """The others: beside what is matched."""
        self.align(*self.by_path("whole"), weighs=False)
        self.align(self.old.near, self.new.near, weighs=False)
        self.align(_keys(self.old, "whole"), _keys(self.new, "whole"), weighs=False)
        self.behind_matched(lambda layer: layer.whole)
        self.align(*self.by_path("kind"), weighs=False)
        self.align(_keys(self.old, "kind"), _keys(self.new, "kind"), weighs=False)
        self.behind_matched(lambda layer: layer.weighs, both_sides=True)
        self.same_names(weighs=False)

    def same_names(self, weighs: bool) -> None:
        """Pairs what kept its name wherever it is now: of those without weights what is equal."""
        shifts = self.shifts()
        what = "kind" if weighs else "whole"
        olds, news = _keys(self.old, what), _keys(self.new, what)
        for at, layer in enumerate(self.old.layers):
            if not self.is_open(self.old, self.there, at, weighs) or not shifts.trusts(layer.path):
                continue
            other = self.new.place.get(layer.path)
            if other is None or not self.is_open(self.new, self.back, other, weighs):
                continue
            if news[other] == olds[at]:
                self.pair(at, other)

    def by_path(self, what: str) -> tuple[Keys, Keys]:
        """Keys that are equal for equal names which nothing speaks against."""
        shifts = self.shifts()
        olds, news = (
            [
                (getattr(layer, what), layer.path) if shifts.trusts(layer.path) else (side, at)
                for at, layer in enumerate(layers.layers)
            ]
            for side, layers in enumerate((self.old, self.new))
        )
        return olds, news

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

    def slide(self, olds: Keys, news: Keys) -> None:
        """Where equal layers came into a row of equal ones, or left it: by names, or a doubt."""
        ours = [at for at, layer in enumerate(self.old.layers) if layer.weighs]
        theirs = [at for at, layer in enumerate(self.new.layers) if layer.weighs]
        firm = {self.back[at] for at in self.held_firmly}
        fixed = (firm, self.held_firmly)
        found = list(slides(ours, theirs, self.there, olds, news, fixed))
        shifts = self.shifts({new for each in found for _, new in each.pairs_now})
        for each in found:
            self.settle(each, shifts)

    def settle(self, slide: Slide, shifts: Shifts) -> None:
        """Takes the one way that names agree with most; else all that could be are in doubt."""
        scores = slide.scores(lambda old, new: self.agree(old, new, shifts))
        best = max(scores)
        if any(best) and scores.count(best) == 1:
            for old, _ in slide.pairs_now:
                del self.back[self.there.pop(old)]
            for old, new in slide.pairs(scores.index(best)):
                self.pair(old, new)
            return
        for old, new in slide.all_pairs():
            self.doubts[new] = (*self.doubts.get(new, ()), old)

    def agree(self, old: int, new: int, shifts: Shifts) -> tuple[int, int]:
        """Whether names say that two layers are one: the same name, or the one to be expected."""
        a, b = self.old.layers[old].path, self.new.layers[new].path
        return int(a == b and shifts.trusts(a)), int(b == shifts.expected(a))

    def elsewhere(self, olds: Keys, news: Keys) -> None:
        """Equal layers at other places: by names, by being the only ones, or a doubt."""
        shifts = self.shifts()
        theirs = self.left(self.new, self.back, news)
        for key, places in self.left(self.old, self.there, olds).items():
            others = theirs.get(key, [])
            for told in (
                lambda a, b: a == b and shifts.trusts(a),
                lambda a, b: b == shifts.expected(a),
                lambda a, b: a.rpartition("/")[2] == b.rpartition("/")[2],
            ):
                places, others = self.told(places, others, told)
            if len(places) == len(others) and (len(places) == 1 or self.in_rows(places, others)):
                for a, b in zip(places, others, strict=True):
                    self.pair(a, b)
            elif places and others:
                self.doubts.update((other, tuple(places)) for other in others)

    def told(
        self, places: list[int], others: list[int], same: Callable[[str, str], bool]
    ) -> tuple[list[int], list[int]]:
        """Pairs those that have one counterpart each by their names; gives what is left."""
        for at in list(places):
            path = self.old.layers[at].path
            found = [other for other in others if same(path, self.new.layers[other].path)]
            if len(found) == 1:
                rivals = [
                    a
                    for a in places
                    if same(self.old.layers[a].path, self.new.layers[found[0]].path)
                ]
                if len(rivals) == 1:
                    self.pair(at, found[0])
                    places = [place for place in places if place != at]
                    others = [other for other in others if other != found[0]]
        return places, others

    def in_rows(self, places: list[int], others: list[int]) -> bool:
        """Whether both are rows of layers with weights that follow one another."""
        return all(
            not any(layers.layers[at].weighs for a, b in pairwise(row) for at in range(a + 1, b))
            for layers, row in ((self.old, places), (self.new, others))
        )

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


def _keys(layers: Layers, what: str) -> Keys:
    return [getattr(layer, what) for layer in layers.layers]


def _with_path(layers: Layers, keys: Keys) -> Keys:
    return list(zip(layers.place, keys, strict=True))
