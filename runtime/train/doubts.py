"""What a recipe and its data together make doubtful, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...compiler.ir.graph import Output
from ...compiler.recipe.momentum import slow_momentum
from ...compiler.recipe.outputs import Values, ending
from ...compiler.recipe.recipe import Recipe
from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic
from ..data.dataset import Dataset, Part
from ..data.targets import Copied, Masks, Targets

INFINITE = float("inf")
RANGES: Mapping[Values, tuple[float, float]] = {
    Values.DISTRIBUTION: (0.0, 1.0),
    Values.UNITS: (0.0, 1.0),
    Values.SIGNED: (-1.0, 1.0),
    Values.POSITIVE: (0.0, INFINITE),
}
"""What outputs can be, by how they end."""
SLACK = 1e-6
"""What rounding may put a target outside by."""
SCALELESS = ("CosineSimilarity",)
"""Losses that compare directions, so that the size of a target does not matter."""


def doubts(recipe: Recipe, dataset: Dataset) -> list[Diagnostic]:
    """Warnings about a run: targets out of reach, and too few batches for moving statistics."""
    return [*_targets(recipe, dataset), *_momentum(recipe, dataset)]


def _targets(recipe: Recipe, dataset: Dataset) -> Iterator[Diagnostic]:
    graph = recipe.trained.graph
    outputs = {output.name: output for output in graph.outputs}
    seen: set[str] = set()
    for phase in recipe.phases:
        for head in phase.heads:
            measured = any(
                term.loss.form == "values" and type(term.loss).__name__ not in SCALELESS
                for term in head.loss.terms
            )
            targets = dataset.train.targets.get(head.source)
            if not measured or targets is None or head.output in seen:
                continue
            ends = _ends(targets, dataset.train)
            if ends is None:
                continue
            seen.add(head.output)
            low, high = ends
            found = _out_of_reach(recipe, outputs[head.output], low, high)
            if found is not None:
                yield found


def _ends(targets: Targets, part: Part) -> tuple[float, float] | None:
    """The least and the greatest target, as far as they are known without reading files."""
    if isinstance(targets, Copied):
        made = part.preprocessing
        return (0.0, 255.0) if made is None else made.reach(0.0, 255.0)
    if isinstance(targets, Masks) or not targets.size:
        return None
    return float(targets.min()), float(targets.max())


def _out_of_reach(recipe: Recipe, output: Output, low: float, high: float) -> Diagnostic | None:
    """The warning where targets from `low` to `high` are past what an output can be."""
    end = ending(recipe.trained.graph, output)
    least, most = RANGES.get(end.values, (-INFINITE, INFINITE))
    if low >= least - SLACK and high <= most + SLACK:
        return None
    positive = most == INFINITE
    reach = "at least 0" if positive else f"from {least:g} to {most:g}"
    return Diagnostic(
        Code.TARGET_RANGE,
        f"the targets of `{output.name}` are from {low:g} to {high:g}, and {end.activation} makes "
        f"what is {reach}",
        end.span,
        f"ends in {end.activation}",
        help=f"end `{output.name}` without {end.activation}"
        + ("" if positive else f", or scale the targets to {reach.removeprefix('from ')}"),
    )


def _momentum(recipe: Recipe, dataset: Dataset) -> Iterator[Diagnostic]:
    if recipe.loads:
        return
    samples = len(dataset.train)
    if recipe.folds is not None:
        samples -= samples // recipe.folds
    batches = [
        (phase.epochs * -(-samples // (phase.batch or samples)), phase.frozen)
        for phase in recipe.phases
    ]
    yield from slow_momentum(recipe.trained, batches)
