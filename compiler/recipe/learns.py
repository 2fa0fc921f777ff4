"""How many parameters learn in each phase of a recipe, and how many are frozen."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from ...dsl.record import record

if TYPE_CHECKING:
    from .recipe import Phase, Recipe


@record
class Learns:
    """One phase; `phase` is empty where the recipe has no `phase` blocks."""

    phase: str
    trainable: int
    """Parameters that learn."""
    frozen: int
    """Parameters that would learn, were their layers not frozen."""


def phases_learn(recipe: Recipe) -> tuple[Learns, ...]:
    """What each phase trains, in the order in which they run."""
    return tuple(learns(recipe, phase) for phase in recipe.phases)


def learns(recipe: Recipe, phase: Phase) -> Learns:
    """What one phase trains; parameters are those of the net as it is trained."""
    trainable = frozen = 0
    for path, node in recipe.trained.layers().items():
        size = sum(prod(weight.shape) for weight in node.weights if weight.trainable)
        if path in phase.frozen:
            frozen += size
        else:
            trainable += size
    return Learns(phase.name, trainable, frozen)


def learning_lines(recipe: Recipe) -> list[tuple[str, str]]:
    """Lines below a summary; none where all that can learn does, in one phase."""
    found = phases_learn(recipe)
    if len(found) == 1 and not found[0].frozen:
        return []
    return [
        (
            f"Recipe {recipe.name}" + f", phase {one.phase}" * bool(one.phase),
            f"{one.trainable:,} params learn, {one.frozen:,} are frozen",
        )
        for one in found
    ]
