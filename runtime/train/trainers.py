"""The trainer of a phase: on one machine, or with workers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...compiler.ir.graph import CheckedGraph
from ...compiler.recipe.recipe import Phase, Recipe
from ..data.encode import untaught
from ..data.taught_steps import outputs_with_steps
from ..errors import UserError
from .feed import Feed
from .keras_types import Augmentation
from .net import TrainingNet
from .trainer import Trainer
from .workers import Workers


def make_trainer(
    recipe: Recipe,
    phase: Phase,
    feed: Feed,
    net: TrainingNet,
    augmenter: Augmentation | None,
    workers: Workers | None = None,
    upper: CheckedGraph | None = None,
) -> Trainer:
    """Compiles a phase, of the part of the net behind its frozen layers where `upper` is given.

    Raises UserError where nothing of the net is left to train, and Refusal as `compile` does.
    """
    model = net.compile(phase, upper)
    if not model.trainable_variables:
        raise UserError(f"nothing of `{recipe.net}` is left to train: all is frozen")
    return _kind(workers)(
        model,
        inputs=(upper or recipe.checked).graph.inputs,
        outputs=[head.output for head in phase.heads],
        layers=net.trainable(model),
        variables=net.learning(model),
        augment=augmenter,
        jit=recipe.jit,
        accumulate=phase.accumulate,
        batches=feed.batches(phase),
        steps=outputs_with_steps(recipe, phase, feed.dataset.train),
        untaught=untaught(phase.heads),
    )


def _kind(workers: Workers | None) -> Callable[..., Trainer]:
    if workers is None:
        return Trainer
    from .shared_trainer import SharedTrainer

    return partial(SharedTrainer, workers)
