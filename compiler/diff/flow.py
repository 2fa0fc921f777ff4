"""Equal layers that names paired, held against the flow of tensors: what works on what decides."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field

from .layers import INPUT, Layers, reach
from .pairing import Pairing

MOST_EQUAL = 200
"""Equal layers of which each is held against each."""


@dataclass
class Flow:
    """Exchanges layers that are equal, where each then works on what it did before.

    `kept` are places of new layers whose match stays.
    """

    pairing: Pairing
    kept: Set[int]
    groups: dict[Hashable, list[int]] = field(default_factory=dict)
    """Places of the new layers that are equal, where there are several."""

    def repair(self) -> None:
        """Looks at what layers work on, from the inputs on, then at what works on them."""
        new = self.pairing.new
        for at, layer in enumerate(new.layers):
            if layer.weighs and at not in self.kept:
                self.groups.setdefault(layer.whole, []).append(at)
        self.groups = {
            key: places for key, places in self.groups.items() if 1 < len(places) <= MOST_EQUAL
        }
        olds = [at for at, layer in enumerate(self.pairing.old.layers) if layer.weighs]
        self._pass(olds, forward=True)
        self._pass(reversed(olds), forward=False)
        self._beside(olds)

    def _beside(self, olds: Iterable[int]) -> None:
        """Exchanges layers that work on the same, where each then has its old neighbours."""
        pairing = self.pairing
        ours, theirs = pairing.old.near, pairing.new.near
        for old in olds:
            new = pairing.there.get(old)
            group = self.groups.get(pairing.old.layers[old].whole, ())
            if new is None or new in self.kept or not group or ours[old] == theirs[new]:
                continue
            others = [
                other
                for other in group
                if ours[old] == theirs[other]
                and self._fits(old, other, True)
                and (other not in pairing.back or ours[pairing.back[other]] != theirs[other])
            ]
            if len(others) == 1:
                self._exchange(old, new, others[0])

    def _pass(self, olds: Iterable[int], forward: bool) -> None:
        pairing = self.pairing
        for old in olds:
            new = pairing.there.get(old)
            group = self.groups.get(pairing.old.layers[old].whole, ())
            if new is None or new in self.kept or not group or self._fits(old, new, forward):
                continue
            others = [
                other
                for other in group
                if other != new
                and self._fits(old, other, forward)
                and (forward or self._fits(old, other, True))
                and not self._stays(other, forward)
            ]
            if len(others) == 1:
                self._exchange(old, new, others[0])

    def _stays(self, new: int, forward: bool) -> bool:
        """Whether a new layer is where its own old one was."""
        old = self.pairing.back.get(new)
        return old is not None and self._fits(old, new, forward)

    def _exchange(self, old: int, new: int, other: int) -> None:
        pairing = self.pairing
        rival = pairing.back.get(other)
        del pairing.back[new]
        pairing.pair(old, other)
        if rival is not None:
            pairing.pair(rival, new)

    def _fits(self, old: int, new: int, forward: bool) -> bool:
        pairing = self.pairing
        ours, theirs = (
            (layers.before if forward else layers.behind) for layers in (pairing.old, pairing.new)
        )
        before = _beside(pairing.old, old, ours, pairing.there.keys())
        after = _beside(pairing.new, new, theirs, pairing.back.keys())
        return {pairing.there[at] for at in before} == after


def _beside(
    layers: Layers, at: int, beside: Sequence[tuple[int, ...]], known: Set[int]
) -> frozenset[int]:
    """The next matched layers with weights, or inputs, on one side of a layer."""
    return reach(
        at,
        beside,
        lambda i: i in known and (layers.layers[i].weighs or layers.layers[i].kind == INPUT),
    )
