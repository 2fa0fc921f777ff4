"""Refuses a loop whose layers will be too many after two of its rounds, and not after all."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ...dsl.text.source import Span
from .body import Body
from .keys import key_of
from .values import TensorValue, Value


class Foresight:
    """Watches a `repeat` whose rounds may be alike.

    Rounds that begin with the same values and types make the same layers. So where the second
    round leaves what it began with, the rest can be counted.
    """

    def __init__(self, body: Body, rounds: int, span: Span) -> None:
        self._body = body
        self._rounds = rounds
        self._span = span
        self._layers = 0
        self._tapped = 0
        self._before: Mapping[str, Value] = {}

    def begin(self, done: int) -> None:
        """Looks at what there is after `done` rounds. Raises Stop where the rest is too much."""
        expansion = self._body.expansion
        if done == 1:
            self._layers = len(expansion.graph)
            self._tapped = len(expansion.log.tapped)
            self._before = dict(self._body.env)
            return
        made = len(expansion.graph) - self._layers
        if made * (self._rounds - done) + len(expansion.graph) <= expansion.max_layers:
            return
        if len(expansion.log.tapped) > self._tapped:
            # What labels hold is not compared.
            return
        before = self._key(self._before)
        if before is not None and before == self._key(self._body.env):
            expansion.too_much(
                self._span,
                self._body.trace,
                f"{made:,} layers in each of {self._rounds:,} repetitions",
            )

    def _key(self, env: Mapping[str, Value]) -> Hashable:
        """What the layers of a round depend on; None where that cannot be told."""
        graph = self._body.expansion.graph
        tensors = {name: value for name, value in env.items() if isinstance(value, TensorValue)}
        rest = key_of({name: value for name, value in env.items() if name not in tensors})
        if rest is None:
            return None
        masks = [graph.masks.get(value.ref) for value in tensors.values()]
        return (
            rest,
            *[(name, value.type) for name, value in tensors.items()],
            *[None if mask is None else graph.type(mask) for mask in masks],
        )
