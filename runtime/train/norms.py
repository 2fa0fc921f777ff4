"""Gradient norms of a restart, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ..runs.history import Gradients

POINTS = 100
"""At how many steps of a restart the gradients are measured, about."""


@dataclass
class Norms:
    """At which steps the gradients of which layers were measured, and what was found."""

    layers: tuple[str, ...]
    steps: list[int] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)

    def add(self, step: int, norms: Mapping[str, float]) -> None:
        """Adds a step; layers that were frozen in it count 0."""
        self.steps.append(step)
        self.rows.append(np.array([norms.get(layer, 0.0) for layer in self.layers], np.float32))

    @property
    def array(self) -> Array:
        """`[points, layers]`."""
        if not self.rows:
            return np.zeros((0, len(self.layers)), np.float32)
        return np.stack(self.rows).astype(np.float32)

    @property
    def gradients(self) -> Gradients | None:
        """As a history keeps them; None where no layer learns."""
        return Gradients(self.layers, tuple(self.steps), self.array) if self.layers else None


def restored(layers: tuple[str, ...], steps: Sequence[int], array: Array) -> Norms:
    """The norms that a state holds."""
    return Norms(layers, list(steps), list(array))


def learning_layers(recipe: Recipe) -> tuple[str, ...]:
    """The layers that some phase trains, in the net's order."""
    frozen = frozenset.intersection(*(phase.frozen for phase in recipe.phases))
    return tuple(
        path
        for path, node in recipe.trained.layers().items()
        if path not in frozen and any(weight.trainable for weight in node.weights)
    )


def until_measured(step: int, total: int) -> int:
    """How many steps from here the next is measured: the first one, then every so-manieth."""
    stride = max(1, total // POINTS)
    return stride - step % stride if step else 1
