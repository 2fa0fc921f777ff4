"""What a recipe would do, without training: steps, and parameters trained and frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from ...compiler.recipe.learns import learns
from ...compiler.recipe.objects.base import NONE
from ...compiler.recipe.objects.callbacks import Best, Last
from ...compiler.recipe.recipe import Phase, Recipe
from ..data.dataset import Dataset
from ..data.folds import Folds


@dataclass(frozen=True)
class PhasePlan:
    """One phase: its steps an epoch (None without data), and how many parameters learn."""

    phase: str
    epochs: int
    batch: int | None
    accumulate: int
    """Batches that make a step."""
    steps: int | None
    trainable: int
    frozen: int
    """Parameters that would learn, were their layers not frozen."""


def plan(recipe: Recipe, dataset: Dataset | None) -> tuple[PhasePlan, ...]:
    """The phases of a recipe, with what they would do."""
    return tuple(_plan(recipe, phase, dataset) for phase in recipe.phases)


def _plan(recipe: Recipe, phase: Phase, dataset: Dataset | None) -> PhasePlan:
    counted = learns(recipe, phase)
    steps = None
    if dataset is not None:
        samples = len(dataset.train)
        steps = -(-samples // ((phase.batch or samples) * phase.accumulate))
    return PhasePlan(
        phase.name,
        phase.epochs,
        phase.batch,
        phase.accumulate,
        steps,
        counted.trainable,
        counted.frozen,
    )


def plan_lines(recipe: Recipe, dataset: Dataset | None) -> list[str]:
    """The plan as lines of text. Raises UserError where the samples are too few for the folds."""
    lines = []
    if dataset is not None:
        parts = [f"{len(part):,} for {part.name}" for part in dataset.parts]
        lines.append(f"samples: {', '.join(parts)}")
        if dataset.classes:
            names = ", ".join(dataset.classes[:8]) + ", …" * (len(dataset.classes) > 8)
            lines.append(f"classes: {len(dataset.classes)} ({names})")
        if dataset.train.weights is not None:
            low, high = dataset.train.weights.min(), dataset.train.weights.max()
            lines.append(f"sample weights: {low:g} to {high:g}")
    if recipe.folds is not None and dataset is not None:
        dataset = Folds(recipe, dataset, recipe.folds).dataset(1)
        own = 0 if dataset.validation is None else len(dataset.validation)
        lines.append(
            f"{recipe.folds} folds, a run each: it trains on about {len(dataset.train):,} samples "
            f"and validates on the other {own:,}"
        )
    elif recipe.folds is not None:
        lines.append(f"{recipe.folds} folds, a run each")
    for each in plan(recipe, dataset):
        title = f"phase {each.phase}: " if each.phase else ""
        steps = "" if each.steps is None else f" of {each.steps} step{'s' * (each.steps != 1)}"
        size = "all samples" if each.batch is None else str(each.batch)
        if each.accumulate > 1:
            size += f", {each.accumulate} a step"
        lines.append(
            f"{title}{each.epochs} epoch{'s' * (each.epochs != 1)}{steps}, batch {size}; "
            f"{each.trainable:,} parameters learn, {each.frozen:,} are frozen"
        )
    lines += _inner_lines(recipe)
    if recipe.restarts > 1:
        lines.append(f"{recipe.restarts} restarts; the best one is kept")
    return lines


def _inner_lines(recipe: Recipe) -> list[str]:
    """Which tensors inside the net learn which targets, and what the model lacks of what learns."""
    learns = {
        head.output: f" learns the targets of `{head.source}`" if head.targets != NONE else ""
        for phase in recipe.phases
        for head in phase.heads
        if head.inner
    }
    if not learns:
        return []
    lines = [f"`{name}`{what or ' is made small'}, inside the net" for name, what in learns.items()]
    kept = recipe.checked.layers()
    only = sum(
        prod(weight.shape)
        for path, node in recipe.trained.layers().items()
        if path not in kept
        for weight in node.weights
    )
    return [*lines, f"{only:,} parameters are for training alone"] if only else lines


def keep_best(recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe with its default for `keep`, when arrays from Python have a validation part.

    What `keep` says without a word depends on the data, which the file then does not name.
    """
    if dataset.validation is None:
        return recipe
    phases = tuple(
        replace(phase, keep=Best("val_loss", "min"))
        if isinstance(phase.keep, Last) and not phase.keep_given
        else phase
        for phase in recipe.phases
    )
    return replace(recipe, phases=phases)
