"""The steps of an epoch: how many at once, whose gradients are measured, when they end."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...compiler.recipe.recipe import Recipe
from ..runs.history import FINISHED, INTERRUPTED, NOT_FINITE
from .interrupt import Interrupt
from .keras_types import Batch
from .norms import until_measured
from .phase import PhaseRun
from .state import RunState
from .watch import Watch


class Steps:
    """Runs the steps of one epoch after another; `total` is how many a restart has."""

    def __init__(self, recipe: Recipe, total: int, watch: Watch, interrupt: Interrupt) -> None:
        self._at_once, self._total = recipe.steps_per_execution, total
        self._watch, self._interrupt = watch, interrupt
        self.first: float | None = None
        """When the first steps were done, in seconds since the epoch."""
        self.done = 0
        """Steps of the epoch that are done."""

    def run(
        self, run: PhaseRun, state: RunState, batches: Iterator[Batch], epoch: int, count: int
    ) -> str:
        """Runs the `count` steps of an epoch.

        It is `finished`, `interrupted` between two steps, or `not finite`: the loss of the step
        `done` is not, and that step changed no weight.
        """
        position, trainer, self.done = state.position, run.trainer, 0
        while self.done < count:
            ahead = until_measured(position.step, self._total)
            now = min(run.pace(self._at_once), count - self.done, ahead)
            measure = now == ahead
            began = time.monotonic()
            ran, good = trainer.run(batches, now, measure, self.done)
            run.took(ran, time.monotonic() - began)
            if self.first is None:
                self.first = time.time()
            self.done += ran
            position.step += ran
            if not good:
                return NOT_FINITE
            if measure:
                norms = dict(zip(trainer.layers, trainer.norms.tolist(), strict=True))
                state.norms.add(position.step, norms)
            self._watch.step(epoch, self.done, trainer.so_far)
            if self._interrupt.wanted and self.done < count:
                return INTERRUPTED
        return FINISHED
