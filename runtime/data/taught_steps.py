"""Which outputs are taught at each step, where sequences are of unequal lengths."""

from __future__ import annotations

from ...compiler.ir.sequences import sequences_of
from ...compiler.recipe.objects.base import NONE
from ...compiler.recipe.recipe import Phase, Recipe
from .dataset import Part


def outputs_with_steps(recipe: Recipe, phase: Phase, part: Part) -> list[str]:
    """The outputs of a phase that have a value for each step, where a part is of such sequences.

    Those that are a loss themselves may lie inside the net.
    """
    made = None if part.sequences is None else sequences_of(recipe.trained)
    own = () if made is None else made.steps
    return [
        head.output
        for head in phase.heads
        if (head.output in own if head.targets == NONE else head.source in part.with_steps)
    ]
