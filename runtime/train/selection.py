"""Which weights are kept: of the epochs of a phase, of its end, of the restarts."""

from __future__ import annotations

from dataclasses import replace

from ...compiler.recipe.logged import same_figure
from ...compiler.recipe.objects.callbacks import Best as KeepBest
from ...compiler.recipe.recipe import Phase, Recipe
from ..runs.history import COMPLETE, NOT_FINITE, VALIDATION, Ending, Epoch
from .keras_types import Keras
from .phase import PhaseRun
from .position import Best
from .state import RunState
from .watchers import improves, monitored, watches_training


class Selection:
    """Chooses by what the recipe's `keep` says.

    Every figure it compares, and gives out, was measured with the weights that it is a figure of.
    """

    def __init__(self, keras: Keras, recipe: Recipe, state: RunState) -> None:
        self._keras, self._recipe, self._state = keras, recipe, state

    def before_phase(self, run: PhaseRun) -> None:
        """Lets the weights that a phase begins with compete with those of its epochs.

        They can where the phase keeps the best by a figure that means the same in the one before.
        """
        position, keep = self._state.position, run.phase.keep
        before = self._before(run.phase)
        if before is None or not isinstance(keep, KeepBest):
            return
        phase, ending = before
        value = ending.values.get(keep.monitor)
        if value is not None and same_figure(self._recipe.trained, phase, run.phase, keep.monitor):
            run.watchers.begin_from(value)
            position.kept = Best(
                position.restart, ending.kept, value, keep.monitor, ending.averaged
            )

    def after_epoch(self, run: PhaseRun, epoch: Epoch) -> bool:
        """Shows an epoch to the watchers; keeps its weights where they are better, and says so."""
        state, position = self._state, self._state.position
        kept = run.watchers.epoch_end(position.epoch, epoch.values)
        position.epoch += 1
        position.epochs.append(epoch)
        position.stopped = run.watchers.stopped
        position.watchers = run.watchers.counters()
        if kept:
            monitor = monitored(run.phase, epoch.values)
            value = epoch.values.get(monitor, float("nan"))
            averaged = run.averages.kept
            position.kept = Best(epoch.restart, epoch.epoch, value, monitor, averaged)
            state.kept = run.net.weights.take()
        return kept

    def after_phase(self, run: PhaseRun, reason: str) -> Ending:
        """Ends a phase: its kept weights are what goes on, and are measured where they were not."""
        state, position, phase = self._state, self._state.position, run.phase
        last = not isinstance(phase.keep, KeepBest)
        averaged = False
        if position.kept is None and reason != NOT_FINITE:
            averaged = run.averages.kept
            with run.averages.in_place():
                state.kept = run.net.weights.take()
        if state.kept is not None:
            run.net.weights.put(state.kept)
        values = self._measured(run)
        kept = position.kept
        if kept is not None and last:
            monitor = monitored(phase, values)
            kept = position.kept = replace(kept, value=values[monitor], monitor=monitor)
        epochs = position.epochs_of(position.restart)
        ending = Ending(
            position.restart,
            phase.name,
            epochs[-1].epoch if epochs else 0,
            reason,
            kept.epoch if kept is not None else 0,
            kept.monitor if kept is not None else monitored(phase, values),
            kept.value if kept is not None else float("nan"),
            values,
            kept.averaged if kept is not None else averaged,
        )
        position.endings.append(ending)
        return ending

    def given_up(self, phase: Phase, ending: Ending) -> str | None:
        """What to say where a phase replaced weights that were better by the figure before it."""
        before = self._before(phase, ended=True)
        if before is None or ending.reason not in COMPLETE:
            return None
        earlier, was = before
        monitor = was.monitor
        now, then = ending.values.get(monitor), was.values.get(monitor)
        if now is None or then is None or ending.kept == was.kept:
            return None
        if not same_figure(self._recipe.trained, earlier, phase, monitor):
            return None
        judge = earlier.keep if isinstance(earlier.keep, KeepBest) else KeepBest(monitor, "min")
        if not improves(self._keras, judge, then, now):
            return None
        return (
            f"phase {phase.name} gave up better weights: {monitor} is {now:.4g}, and was "
            f"{then:.4g} after phase {earlier.name} (epoch {was.kept}); "
            f'`keep = best("{monitor}")` in phase {phase.name} would have kept those'
        )

    def after_restart(self, reason: str) -> None:
        """Makes the restart that just ended the winner where it is better than the one before."""
        state, position = self._state, self._state.position
        keep = self._recipe.phases[-1].keep
        kept, winner = position.kept, position.winner
        better = winner is None or state.winner is None
        if winner is not None and kept is not None and reason in COMPLETE:
            judge = keep if isinstance(keep, KeepBest) else KeepBest(kept.monitor, "min")
            better = better or improves(self._keras, judge, kept.value, winner.value)
        if better:
            position.winner, position.winner_measured = kept, list(state.norms.steps)
            state.winner, state.winner_norms = state.kept, state.norms

    def _measured(self, run: PhaseRun) -> dict[str, float]:
        """The figures of the kept weights, which the model has."""
        position = self._state.position
        kept, values = position.kept, {}
        epochs = position.epochs_of(position.restart)
        for epoch in epochs[len(epochs) - position.epoch :]:
            if kept is not None and epoch.epoch == kept.epoch:
                values = dict(epoch.values)
        known = {name: value for name, value in values.items() if name.startswith(VALIDATION)}
        training = values if values and watches_training(run.phase) else run.evaluation.training()
        return training | (known or run.evaluation.validation())

    def _before(self, phase: Phase, *, ended: bool = False) -> tuple[Phase, Ending] | None:
        """The phase before one of this restart, and how it ended; `ended`: the one has, too."""
        position = self._state.position
        endings = [e for e in position.endings if e.restart == position.restart]
        at = len(endings) - 1 - ended
        if position.phase == 0 or at < 0:
            return None
        return self._recipe.phases[position.phase - 1], endings[at]
