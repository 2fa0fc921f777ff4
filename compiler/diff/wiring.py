"""Which layers and outputs take other tensors than before, or the same ones in another order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..ir.graph import Ref
from .layers import MOST_STEPS, Layers

INPUTS = "inputs"
"""What a difference of the layers whose results one takes is called."""

OF_OLD = " of OLD"
"""Ends names of layers that are those of the old net."""

Tensor = tuple[int, int]
"""The place of a layer, and which of its results."""
Sources = frozenset[Tensor]


@dataclass(frozen=True)
class Wiring:
    """Holds what layers take against what they took.

    What is only in one of the nets is looked through, and so are new layers in `lifted`: they
    moved, and a layer that they left or came in front of takes what it did.
    """

    old: Layers
    new: Layers
    pairs: Mapping[int, int]
    lifted: frozenset[int] = frozenset()

    @cached_property
    def _back(self) -> Mapping[int, int]:
        return {b: a for a, b in self.pairs.items()}

    @cached_property
    def _stops(self) -> tuple[Collection[int], Collection[int]]:
        """Where a walk back ends, in the old net and in the new one."""
        kept = {a: b for a, b in self.pairs.items() if b not in self.lifted}
        return kept.keys(), {*kept.values()}

    def groups(self) -> list[frozenset[int]]:
        """The layers that moved, each with those it works on that moved, too."""
        found: list[frozenset[int]] = []
        left = set(self.lifted)
        while left:
            group: set[int] = set()
            waiting = [left.pop()]
            while waiting:
                at = waiting.pop()
                group.add(at)
                near = {*self.new.before[at], *self.new.behind[at]} & left
                left -= near
                waiting += near
            found.append(frozenset(group))
        return found

    def beside(self, group: Collection[int]) -> set[int]:
        """The matched new layers that work, or worked, on those of a group."""
        found = {at for each in group for at in self.new.behind[each] if at in self._back}
        for each in group:
            olds = self.old.behind[self._back[each]]
            found.update(self.pairs[at] for at in olds if at in self.pairs)
        return found - {*group}

    def count(self, places: Collection[int]) -> int:
        """How many new layers take other tensors."""
        return sum(self.changed(self._back[at], at) for at in places)

    def changed(self, a: int, b: int) -> bool:
        """Whether a new layer takes other tensors than the old one that it was.

        One that moved takes another tensor; that is told only of one that takes several.
        """
        before, after = self.old.layers[a].node, self.new.layers[b].node
        ours: Sequence[Ref] = before.inputs
        theirs: Sequence[Ref] = after.inputs
        if b in self.lifted and len(ours) == len(theirs) == 1:
            return False
        if after.op is not None and after.op.any_order:
            ours, theirs = self._sorted(ours, theirs)
        return self.differ(ours, theirs)

    def taken(self, a: int, b: int) -> tuple[str, str]:
        """What a layer took and takes; in the names of OLD alone, where else both were the same."""
        ours, theirs = (
            layers.layers[at].node.inputs for layers, at in ((self.old, a), (self.new, b))
        )
        was, now = taken(self.old, ours), taken(self.new, theirs)
        if was == now:
            now = ", ".join(named(self.new, ref, self._old_path(ref.node)) for ref in theirs)
            now += OF_OLD
        return was, now

    def _old_path(self, path: str) -> str:
        old = self._back.get(self.new.place[path])
        return path if old is None else self.old.layers[old].path

    def differ(self, ours: Sequence[Ref], theirs: Sequence[Ref]) -> bool:
        """Whether tensors of the new net are others than those of the old one, or reordered.

        A tensor that a layer which came made of the old one and others is told by that layer, and
        so is one that a layer which went had made.
        """
        if len(ours) != len(theirs):
            return True
        for one, other in zip(ours, theirs, strict=True):
            was, now = self._old_sources(one), self._sources(other)
            if was == now:
                continue
            came = self.new.place[other.node] not in self._back
            gone = self.old.place[one.node] not in self.pairs
            if not (came and was < now) and not (gone and now < was):
                return True
        return False

    def _sorted(
        self, ours: Sequence[Ref], theirs: Sequence[Ref]
    ) -> tuple[Sequence[Ref], Sequence[Ref]]:
        """The tensors of both, with those that are the same first and in one order."""
        waiting = [(ref, self._sources(ref)) for ref in theirs]
        found: list[tuple[Ref, Ref]] = []
        left: list[Ref] = []
        for ref in ours:
            sources = self._old_sources(ref)
            same = next((each for each in waiting if each[1] == sources), None)
            if same is None:
                left.append(ref)
            else:
                waiting.remove(same)
                found.append((ref, same[0]))
        return [*(a for a, _ in found), *left], [*(b for _, b in found), *(r for r, _ in waiting)]

    def _old_sources(self, ref: Ref) -> Sources:
        """The tensors of the new net that an old one was made of."""
        found = _walk(self.old, ref, self._stops[0])
        return frozenset((self.pairs[at], output) for at, output in found)

    def _sources(self, ref: Ref) -> Sources:
        return _walk(self.new, ref, self._stops[1])


def _walk(layers: Layers, ref: Ref, stops: Collection[int]) -> Sources:
    """The first tensors of the layers at `stops` on every way back from a tensor."""
    found: set[Tensor] = set()
    seen: set[int] = set()
    waiting = [ref]
    while waiting and len(seen) < MOST_STEPS:
        ref = waiting.pop()
        at = layers.place[ref.node]
        if at in stops:
            found.add((at, ref.output))
        elif at not in seen:
            seen.add(at)
            waiting.extend(layers.layers[at].node.inputs)
    return frozenset(found)


def taken(layers: Layers, refs: Sequence[Ref]) -> str:
    """Tensors for people: what made each, in order."""
    return ", ".join(named(layers, ref) for ref in refs)


def named(layers: Layers, ref: Ref, path: str = "") -> str:
    """The layer that made a tensor, and which of its results it is where it has several."""
    several = len(layers.layers[layers.place[ref.node]].node.outputs) > 1
    path = path or ref.node
    return f"result {ref.output + 1} of {path}" if several else path
