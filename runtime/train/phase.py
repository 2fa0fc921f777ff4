"""What belongs to one phase of one restart while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Phase, Recipe
from ..errors import UserError
from .averages import Averages
from .evaluation import Evaluation
from .feed import Feed
from .keras_types import Keras, Variable
from .net import TrainingNet
from .trainer import Trainer
from .watchers import Watchers

PACE = 0.2
"""Seconds that TensorFlow computes without coming back, for a Ctrl-C to be answered soon."""
MOST_STEPS = 1000


class PhaseRun:
    """A phase: its model, compiled, and all that counts and moves with it."""

    def __init__(
        self,
        net: TrainingNet,
        phase: Phase,
        trainer: Trainer,
        watchers: Watchers,
        evaluation: Evaluation,
        feed: Feed,
        upper: CheckedGraph | None = None,
    ) -> None:
        """`upper` is the part of the net that is trained, where its frozen layers have run."""
        self.net, self.phase, self.trainer, self.watchers = net, phase, trainer, watchers
        self.evaluation, self.feed = evaluation, feed
        self.checked = upper or net.recipe.trained
        self.averages = Averages(trainer.optimizer, trainer.variables)
        drawn = [] if trainer.augment is None else list(trainer.augment.variables)
        self.moving: list[Variable] = [*trainer.model.optimizer.variables, *drawn]
        """The variables that last for the phase: the optimizer's and the augmentation's."""
        self._calls = 0
        self._seconds = PACE

    def pace(self, given: int | None) -> int:
        """How many steps to run at once."""
        if given is not None:
            return given
        return max(1, min(MOST_STEPS, int(PACE / max(self._seconds, 1e-6))))

    def took(self, steps: int, seconds: float) -> None:
        """Learns from how long some steps took; the first call also traced them."""
        self._calls += 1
        if self._calls > 1 and steps:
            self._seconds = seconds / steps


def seed(keras: Keras, recipe: Recipe, restart: int, phase: int) -> None:
    """Seeds all that draws in a phase (from 0) of a restart: dropout, and what Keras shuffles."""
    entropy = [recipe.seed % 2**32, restart, phase]
    keras.utils.set_random_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))


def assign(variables: Sequence[Variable], arrays: Mapping[str, Array]) -> None:
    """Sets variables to the arrays of a state. Raises UserError where they are not as many."""
    if len(variables) != len(arrays):
        raise UserError("the state of the run does not fit its recipe")
    for index, variable in enumerate(variables):
        variable.assign(arrays[str(index)])
