"""Which layer of the new net is which of the old one: by structure and weights, then by names.

Layers that are equal are aligned first, those with equal surroundings before others. Then come
those that changed in part. A name that counts (`conv2d_3`) decides only among equals, and only
where nothing shows that the counting shifted. What stays open is a doubt, not a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from .align import Keys, by_keys
from .flow import Flow
from .layers import INPUT, Layer, Layers
from .lifting import wiring_of
from .names import Shifts
from .pairing import Pairing, keys_of
from .sliding import Slide, slides
from .words import in_any, is_worded, kept_words, label

MOST_OPTIONS = 20
"""The most old layers that are named for one that could be any of them."""

_Name: TypeAlias = "Callable[[Layer], str | None]"


@dataclass(frozen=True)
class Matched:
    """Places of the new layers by those of the old ones.

    `doubts` are new layers with weights that could be several of the old ones as well, or of which
    one could be an old one as well as another could.
    """

    pairs: Mapping[int, int]
    doubts: Mapping[int, tuple[int, ...]]


def match(old: Layers, new: Layers) -> Matched:
    """Matches the layers of two nets.

    Where equal layers changed places for what they work on, that must leave less to be said.
    """
    found, exchanged = _matched(old, new, flow=True)
    if exchanged:
        plain, _ = _matched(old, new, flow=False)
        if _words_needed(old, new, plain) < _words_needed(old, new, found):
            return plain
    return found


def _words_needed(old: Layers, new: Layers, matched: Matched) -> tuple[int, int]:
    """How many layers changed, came, went or moved, and how many have other names."""
    pairs = matched.pairs
    wiring = wiring_of(old, new, pairs)
    changed = wiring.count(pairs.values()) + len(wiring.groups())
    alone = len(old.layers) + len(new.layers) - 2 * len(pairs)
    return changed + alone, sum(old.layers[a].path != new.layers[b].path for a, b in pairs.items())


def _matched(old: Layers, new: Layers, flow: bool) -> tuple[Matched, bool]:
    """A way to match two nets, and whether equal layers were exchanged for what they work on."""
    matching = _Matching(old, new, flow=flow)
    matching.inputs()
    matching.firm(same=lambda a, b: a.whole == b.whole)
    matching.anchors()
    matching.weighing()
    matching.changed()
    matching.weightless()
    doubts = {at: places for at, places in matching.doubts.items() if places}
    return Matched(matching.there, doubts), matching.was_exchanged


@dataclass
class _Matching(Pairing):
    """The steps of matching, each with what the ones before left."""

    flow: bool = True
    was_exchanged: bool = False

    def inputs(self) -> None:
        """The inputs of the net, by name, then by type, then in their order."""
        olds = [at for at, layer in enumerate(self.old.layers) if layer.kind == INPUT]
        news = [at for at, layer in enumerate(self.new.layers) if layer.kind == INPUT]
        by_name = {self.new.layers[at].path: at for at in news}
        for at in olds:
            other = by_name.get(self.old.layers[at].path)
            if other is not None:
                self.pair(at, other)
        types = [
            {at: layers.layers[at].node.outputs[0] for at in places}
            for layers, places in ((self.old, olds), (self.new, news))
        ]
        for key in (lambda type: type, lambda type: (type.dtype, type.rank)):
            self.one_by_one(
                {at: key(type) for at, type in types[0].items() if at not in self.there},
                {at: key(type) for at, type in types[1].items() if at not in self.back},
            )
        left = (
            [at for at in olds if at not in self.there],
            [at for at in news if at not in self.back],
        )
        if len(left[0]) == len(left[1]):
            for at, other in zip(*left, strict=True):
                self.pair(at, other)

    def one_by_one(self, olds: Mapping[int, Hashable], news: Mapping[int, Hashable]) -> None:
        """Pairs places of equal keys in their order, where both sides have as many of a key."""
        for key in dict.fromkeys(olds.values()):
            ours, theirs = ([at for at, k in side.items() if k == key] for side in (olds, news))
            if len(ours) == len(theirs):
                for at, other in zip(ours, theirs, strict=True):
                    self.pair(at, other)

    def firm(self, same: Callable[[Layer, Layer], bool]) -> None:
        """What an author's own name tells in both nets, where both are the same otherwise."""
        counting = self.counting
        for path, at in self.old.place.items():
            other = self.new.place.get(path)
            if other is None or at in self.there or other in self.back:
                continue
            a, b = self.old.layers[at], self.new.layers[other]
            if in_any(path, self.exchanged):
                continue
            if same(a, b) and all(each.firm(path) for each in counting):
                self.pair(at, other)
                self.held_firmly.add(other)

    def anchors(self) -> None:
        """What an author's word tells though it is counted, as both nets count it as far."""
        for at, other in kept_words(self.old, self.new, self.exchanged):
            path = self.old.layers[at].path
            if at in self.there or other in self.back or not self.is_steady(path):
                continue
            if not all(each.firm(path) for each in self.counting):
                self.pair(at, other)

    def weighing(self) -> None:
        """Equal layers with weights."""
        around = (self.old.nearby, self.new.nearby), (self.old.near, self.new.near)
        wholes = keys_of(self.old, "whole"), keys_of(self.new, "whole")
        by_name = _with_path(self.old, wholes[0]), _with_path(self.new, wholes[1])
        for ours, theirs in list(self.open_gaps(weighs=True)):
            apart = self.apart(ours, theirs)
            rest = _without(wholes[0], apart), _without(wholes[1], apart.values())
            told, seen = (
                by_keys(
                    [[olds[at] for at in ours] for olds, _ in keys],
                    [[news[at] for at in theirs] for _, news in keys],
                )
                for keys in ((by_name, rest), (*around, wholes))
            )
            pairs = {ours[a]: theirs[b] for a, b in told}
            pairs = {**{a: b for a, b in apart.items() if a not in pairs}, **pairs}
            # Names decide only where they leave no layer without a counterpart.
            if len(pairs) < len(seen):
                pairs = {ours[a]: theirs[b] for a, b in seen}
            for a, b in pairs.items():
                self.pair(a, b)
        self.slide(*wholes)
        for olds, news in around:
            self.unique(olds, news)
        self.same_names(weighs=True)
        self.elsewhere(*wholes)
        if self.flow:
            before = dict(self.there)
            Flow(self, self.held_firmly | self.doubts.keys()).repair()
            self.was_exchanged = before != self.there

    def apart(self, ours: Sequence[int], theirs: Sequence[int]) -> Mapping[int, int]:
        """Equal layers of one path by an author's word, which both nets count as far."""
        news = {self.new.layers[at].path: at for at in theirs}
        found: dict[int, int] = {}
        for at in ours:
            layer = self.old.layers[at]
            other = news.get(layer.path)
            if other is None or self.new.layers[other].whole != layer.whole:
                continue
            if is_worded(layer) and self.is_steady(layer.path):
                found[at] = other
        return found

    def changed(self) -> None:
        """Layers with weights whose arguments or shapes changed."""
        self.firm(same=lambda a, b: a.kind == b.kind)
        self.align(*self.by_path("kind", steady=True))
        olds, news = keys_of(self.old, "held"), keys_of(self.new, "held")
        self.align(olds, news)
        self.slide(olds, news)
        olds, news = keys_of(self.old, "call"), keys_of(self.new, "call")
        self.align(self.old.around(olds), self.new.around(news))
        self.align(olds, news)
        self.align(*self.by_path("kind"))
        self.align(keys_of(self.old, "kind"), keys_of(self.new, "kind"))
        self.same_names(weighs=True)
        self.other_classes()

    def other_classes(self) -> None:
        """Layers of other classes that have the label of the ones they came for."""
        for at, layer in enumerate(self.old.layers):
            other = self.new.place.get(layer.path)
            if other is None or at in self.there or other in self.back:
                continue
            later = self.new.layers[other]
            named = layer.weighs and later.weighs and label(layer) and label(later)
            if named and self.is_steady(layer.path) and not in_any(layer.path, self.exchanged):
                self.pair(at, other)

    def weightless(self) -> None:
        """The others: beside what is matched."""
        self.align(*self.by_path("whole"), weighs=False)
        self.align(self.old.near, self.new.near, weighs=False)
        self.align(keys_of(self.old, "whole"), keys_of(self.new, "whole"), weighs=False)
        self.behind_matched(lambda layer: layer.whole)
        self.align(*self.by_path("kind"), weighs=False)
        self.align(keys_of(self.old, "kind"), keys_of(self.new, "kind"), weighs=False)
        self.behind_matched(lambda layer: layer.weighs, both_sides=True)
        self.same_names(weighs=False)

    def same_names(self, weighs: bool) -> None:
        """Pairs what kept its name wherever it is now: of those without weights what is equal."""
        shifts = self.shifts()
        what = "kind" if weighs else "whole"
        olds, news = keys_of(self.old, what), keys_of(self.new, what)
        for at, layer in enumerate(self.old.layers):
            if not self.is_open(self.old, self.there, at, weighs) or not shifts.trusts(layer.path):
                continue
            if in_any(layer.path, self.exchanged):
                continue
            if weighs and not self.is_steady(layer.path):
                continue
            other = self.new.place.get(layer.path)
            if other is None or not self.is_open(self.new, self.back, other, weighs):
                continue
            if news[other] == olds[at]:
                self.pair(at, other)

    def slide(self, olds: Keys, news: Keys) -> None:
        """Where equal layers came into a row of equal ones, or left it: by names, or a doubt."""
        ours = [at for at, layer in enumerate(self.old.layers) if layer.weighs]
        theirs = [at for at, layer in enumerate(self.new.layers) if layer.weighs]
        # What an author names, and what is equal in more than is asked here, stays.
        kept = {new for new, old in self.back.items() if self.is_kept(old, new, olds, news)}
        fixed = ({self.back[at] for at in kept}, kept)
        found = list(slides(ours, theirs, self.there, olds, news, fixed))
        shifts = self.shifts({new for each in found for _, new in each.pairs_now})
        for each in found:
            self.settle(each, shifts)

    def is_kept(self, old: int, new: int, olds: Keys, news: Keys) -> bool:
        a, b = self.old.layers[old].whole, self.new.layers[new].whole
        return new in self.held_firmly or (a == b and (a, b) != (olds[old], news[new]))

    def settle(self, slide: Slide, shifts: Shifts) -> None:
        """Takes the way that names agree with most; of several, what they differ in is open."""
        scores = slide.scores(lambda old, new: self.agree(old, new, shifts))
        best = max(scores)
        first = scores.index(best)
        last = len(scores) - 1 - scores[::-1].index(best)
        for old, _ in slide.pairs_now:
            del self.back[self.there.pop(old)]
        for old, new in slide.pairs(first):
            self.pair(old, new)
        for old, new in slide.open_pairs(first, last):
            self.doubts[new] = (*self.doubts.get(new, ()), old)

    def agree(self, old: int, new: int, shifts: Shifts) -> tuple[int, int]:
        """Whether names say that two layers are one: the same name, or the one to be expected."""
        a, b = self.old.layers[old].path, self.new.layers[new].path
        return int(a == b and shifts.trusts(a)), int(b == shifts.expected(a))

    def elsewhere(self, olds: Keys, news: Keys) -> None:
        """Equal layers at other places: by names, by being the only ones, or a doubt."""
        shifts = self.shifts()
        theirs = self.left(self.new, self.back, news)
        ways: tuple[tuple[_Name, _Name], ...] = (
            (lambda layer: layer.path if shifts.trusts(layer.path) else None, _path),
            (lambda layer: shifts.expected(layer.path), _path),
            (label, label),
            (
                lambda layer: shifts.within(layer.path),
                lambda layer: shifts.within_back(layer.path),
            ),
        )
        for key, places in self.left(self.old, self.there, olds).items():
            others = theirs.get(key, [])
            for ours, name in ways:
                places, others = self.told(places, others, ours, name)
            if len(places) == len(others) and (len(places) == 1 or self.in_rows(places, others)):
                for a, b in zip(places, others, strict=True):
                    self.pair(a, b)
            elif places and others:
                self.doubts.update(dict.fromkeys(others, tuple(places[:MOST_OPTIONS])))

    def told(
        self, places: list[int], others: list[int], ours: _Name, theirs: _Name
    ) -> tuple[list[int], list[int]]:
        """Pairs those that alone have a name on both sides; gives what is left."""
        by_name = _named(self.new, others, theirs)
        for name, found in _named(self.old, places, ours).items():
            if len(found) == len(by_name.get(name, ())) == 1:
                self.pair(found[0], by_name[name][0])
        return (
            [at for at in places if at not in self.there],
            [at for at in others if at not in self.back],
        )

    def in_rows(self, places: list[int], others: list[int]) -> bool:
        """Whether both are rows of layers with weights that follow one another."""
        return all(
            not any(layers.layers[at].weighs for a, b in pairwise(row) for at in range(a + 1, b))
            for layers, row in ((self.old, places), (self.new, others))
        )


def _named(layers: Layers, places: list[int], name: _Name) -> dict[str, list[int]]:
    """Places by what their layers are called; those that have no such name are left out."""
    found: dict[str, list[int]] = {}
    for at in places:
        told = name(layers.layers[at])
        if told is not None:
            found.setdefault(told, []).append(at)
    return found


def _without(keys: Keys, places: Collection[int]) -> Keys:
    """The keys, with one of its own for each of some places."""
    if not places:
        return keys
    found = list(keys)
    for at in places:
        found[at] = object()
    return found


def _path(layer: Layer) -> str:
    return layer.path


def _with_path(layers: Layers, keys: Keys) -> Keys:
    return list(zip(layers.place, keys, strict=True))
