"""Which weights are kept: of the epochs of a phase, of its end, of the restarts."""

from __future__ import annotations

from ...compiler.recipe.objects.callbacks import Best as KeepBest
from ...compiler.recipe.recipe import Recipe
from ..runs.history import COMPLETE, NOT_FINITE, Ending, Epoch
from .keras_types import Keras
from .phase import PhaseRun
from .position import Best
from .state import RunState
from .watchers import improves, monitored


class Selection:
    """Chooses by what the recipe's `keep` says."""

    def __init__(self, keras: Keras, recipe: Recipe, state: RunState) -> None:
        self._keras, self._recipe, self._state = keras, recipe, state

    def after_epoch(self, run: PhaseRun, epoch: Epoch) -> bool:
        """Shows an epoch to the watchers; keeps its weights where they are better, and says so."""
        state, position = self._state, self._state.position
        kept = run.watchers.epoch_end(position.epoch, epoch.values)
        position.epoch += 1
        position.epochs.append(epoch)
        position.stopped = run.watchers.stopped
        position.watchers = run.watchers.counters()
        if kept:
            value = epoch.values.get(monitored(run.phase, epoch.values), float("nan"))
            position.kept = Best(epoch.restart, epoch.epoch, value)
            state.kept = run.net.weights.take()
        return kept

    def after_phase(self, run: PhaseRun, reason: str) -> Ending:
        """Ends a phase: its kept weights are what goes on."""
        state, position, phase = self._state, self._state.position, run.phase
        whole = reason in COMPLETE
        if whole and not isinstance(phase.keep, KeepBest):
            # The optimizer's moving average of the weights takes their place, where it keeps one.
            run.trainer.model.optimizer.finalize_variable_values(run.trainer.variables)
            state.kept = run.net.weights.take()
        if position.kept is None and reason != NOT_FINITE:
            state.kept = run.net.weights.take()
        if whole and state.kept is not None:
            run.net.weights.put(state.kept)
        epochs, kept = position.epochs_of(position.restart), position.kept
        last = epochs[-1] if epochs else None
        ending = Ending(
            position.restart,
            phase.name,
            last.epoch if last is not None else 0,
            reason,
            kept.epoch if kept is not None else 0,
            monitored(phase, last.values if last is not None else {}),
            kept.value if kept is not None else float("nan"),
        )
        position.endings.append(ending)
        return ending

    def after_restart(self, run: PhaseRun, reason: str) -> None:
        """Makes the restart that just ended the winner where it is better than the one before."""
        state, position = self._state, self._state.position
        keep = self._recipe.phases[-1].keep
        kept, winner = position.kept, position.winner
        better = winner is None or state.winner is None
        if winner is not None and kept is not None and reason in COMPLETE:
            judge = keep if isinstance(keep, KeepBest) else KeepBest("loss", "min")
            model = run.trainer.model
            better = better or improves(self._keras, model, judge, kept.value, winner.value)
        if better:
            position.winner, position.winner_measured = kept, list(state.norms.steps)
            state.winner, state.winner_norms = state.kept, state.norms
