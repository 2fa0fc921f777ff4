"""Which layers changed places with others, which are compared as if those were not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .align import rising
from .layers import Layers, reach
from .wiring import Wiring


def wiring_of(old: Layers, new: Layers, pairs: Mapping[int, int]) -> Wiring:
    """What layers took and take, with those that changed places out of the way.

    That some layers moved is said where it takes fewer words than what they and others take now.
    """
    wiring = Wiring(old, new, pairs, _Order(old, new, pairs).lift())
    for group in wiring.groups():
        calmer = Wiring(old, new, pairs, wiring.lifted - group)
        beside = wiring.beside(group)
        if calmer.count(beside | group) <= 1 + wiring.count(beside):
            wiring = calmer
    return wiring


@dataclass
class _Order:
    """Looks for layers that changed places with others in the flow of tensors."""

    old: Layers
    new: Layers
    pairs: Mapping[int, int]
    back: dict[int, int] = field(default_factory=dict)
    lifted: set[int] = field(default_factory=set)
    """Places of new layers that moved: others are compared as if these were not there."""

    def lift(self) -> frozenset[int]:
        """Places of the new layers that changed places."""
        self.back = {b: a for a, b in self.pairs.items()}
        olds = sorted(self.pairs)
        news = [self.pairs[at] for at in olds]
        kept = {news[at] for at in rising(news)}
        out = [at for at in news if at not in kept]
        self.lifted = set(out)
        self.lifted = {at for at in out if self._rewired(at)}
        return frozenset(self.lifted)

    def _rewired(self, at: int) -> bool:
        """Whether what a layer works on is another than before."""
        return self._sources(at) != self._old_sources(at)

    def _sources(self, at: int) -> frozenset[int]:
        """The matched layers whose results reach a new layer with none of them in between."""
        return reach(at, self.new.before, lambda i: i in self.back and i not in self.lifted)

    def _old_sources(self, at: int) -> frozenset[int]:
        found = reach(
            self.back[at],
            self.old.before,
            lambda i: i in self.pairs and self.pairs[i] not in self.lifted,
        )
        return frozenset(self.pairs[i] for i in found)
