"""A range test: steps at growing learning rates, to see at which the loss falls (Smith 2017)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ...compiler.lower.weights import WeightSource
from ...compiler.recipe.objects.schedules import ExponentialDecay
from ...compiler.recipe.recipe import Phase, Recipe
from ...compiler.recipe.show import show_value
from ..data.dataset import Dataset, prepare
from ..data.decode import picture_faults
from ..errors import UserError
from ..infer.keras_module import import_keras
from ..runs.rate_range import HIGH, LOW, STEPS
from ..runs.rate_test import DIVERGED, FINISHED, RateTest, diverges
from .keras_settings import keras_settings
from .keras_types import Keras
from .limits import tensorflow_limits
from .watch import Stretch, Watch

if TYPE_CHECKING:
    from .feed import Feed

RUNNING = 0.8
"""The share that a running loss, which says whether the test diverges, keeps of the one before."""


def find_rate(
    recipe: Recipe,
    dataset: Dataset,
    *,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    watch: Watch | None = None,
) -> RateTest:
    """Tries rates from `low` to `high`, each step's a constant times the one before.

    The net, its first weights, the data, augmentation and the optimizer with all its other
    arguments are those of the recipe's first phase. It ends early where the loss diverges. Nothing
    is written. Raises UserError where the rates are no range, and what training raises.
    """
    if not 0 < low < high or not math.isfinite(high):
        raise UserError(f"learning rates are tried from {low:g} to {high:g}: that is no range")
    if steps < 2:
        raise UserError("a range test makes 2 steps or more")
    from .feed import Feed
    from .initial import InitialWeights, loaded_layers

    watch, phase = watch or Watch(), recipe.phases[0]
    rising = ExponentialDecay(low, steps - 1, high / low)
    # Of the figures only the loss is looked at.
    heads = tuple(replace(head, metrics=()) for head in phase.heads)
    tried = replace(phase, optimizer=phase.optimizer.at_rate(rising), heads=heads)
    loaded = loaded_layers(recipe)
    prepare(dataset)
    keras: Keras = import_keras()
    with keras_settings(keras, recipe):
        feed = Feed(recipe, dataset)
        source = InitialWeights(recipe.seed, loaded.layers, feed.fitted())
        watch.phase(Stretch(1, 1, "", 1, steps, 0, 1))
        with tensorflow_limits(recipe), picture_faults():
            losses = _losses(keras, recipe, tried, feed, source, steps, watch)
    ending = DIVERGED if losses.diverged else FINISHED
    rates = tuple(rising.rate(step) for step in range(len(losses.values)))
    own = show_value(phase.optimizer, defaults=False)
    return RateTest(own, rates, tuple(losses.values), low, high, steps, ending)


class _Losses:
    """The losses so far, and whether they diverge by their running mean."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.diverged = False
        self._running, self._best = 0.0, math.inf

    def add(self, loss: float) -> None:
        """Looks at the loss of a step; one that is not finite is not kept."""
        if not math.isfinite(loss):
            self.diverged = True
            return
        self.values.append(loss)
        self._running = RUNNING * self._running + (1 - RUNNING) * loss
        # The mean began at 0, which weighs less and less (Kingma and Ba 2014).
        now = self._running / (1 - RUNNING ** len(self.values))
        self._best = min(self._best, now)
        self.diverged = diverges(self._best, self.values[0], now)


def _losses(
    keras: Keras,
    recipe: Recipe,
    phase: Phase,
    feed: Feed,
    source: WeightSource,
    steps: int,
    watch: Watch,
) -> _Losses:
    from .net import TrainingNet
    from .phase import seed
    from .trainers import make_trainer

    found = _Losses()
    seed(keras, recipe, 1, 0)
    net = TrainingNet(keras, recipe, source)
    trainer = make_trainer(recipe, phase, feed, net, feed.augmenter(phase, 1))
    batches = iter(feed.training(phase, 1, 1))
    each = feed.steps(phase)
    for step in range(steps):
        trainer.model.reset_metrics()
        _, good = trainer.run(batches, 1, False, step % each)
        found.add(trainer.results()["loss"] if good else math.nan)
        watch.step(1, step + 1, trainer.so_far)
        if found.diverged:
            break
    return found
