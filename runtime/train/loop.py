"""The loop over restarts, phases and epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.callbacks import Best as KeepBest
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..runs.folder import RunFolder
from ..runs.history import (
    COMPLETE,
    FINISHED,
    INTERRUPTED,
    NOT_FINITE,
    STOPPED,
    Ending,
    Epoch,
    History,
)
from .feed import Feed
from .finite import first_not_finite
from .interrupt import Interrupt
from .net import TrainingNet
from .norms import Norms, learning_layers, restored, until_measured
from .phase import PhaseRun, assign, seed
from .save import Saver
from .snapshot import Snapshot
from .state import Best, Position, RunState
from .trainer import Trainer
from .watch import Stretch, Watch
from .watchers import Watchers, improves, monitored
from .workers import Workers


class Loop:
    """Trains; what came of it is in its attributes when `run` returns."""

    def __init__(
        self,
        keras: Any,
        recipe: Recipe,
        feed: Feed,
        folder: RunFolder,
        watch: Watch,
        source: Callable[[int], WeightSource],
        interrupt: Interrupt,
        state: RunState | None = None,
        workers: Workers | None = None,
    ) -> None:
        """`source` gives the initial weights of a restart (from 1)."""
        self.keras, self.recipe, self.feed, self.folder = keras, recipe, feed, folder
        self.watch, self.source, self.interrupt = watch, source, interrupt
        self.position = state.position if state is not None else Position()
        self.kept: Snapshot | None = None
        self.winner: Snapshot | None = None
        self._layers = learning_layers(recipe)
        self.norms = self.winner_norms = Norms(self._layers)
        self.notes: list[str] = []
        self.reason = FINISHED
        self.marks: dict[str, float] = {}
        self._state, self._workers = state, workers
        self._model: Any = None
        self._saver = Saver(folder, recipe.checked)
        self._total = sum(phase.epochs * feed.steps(phase) for phase in recipe.phases)
        if state is not None:
            self._restore(state)

    def run(self) -> None:
        """Runs what is left of the recipe. Raises UserError where the disk is full."""
        for restart in range(self.position.restart, self.recipe.restarts + 1):
            self.reason = self._restart(restart)
            self._choose()
            if self.reason not in COMPLETE:
                return
            if restart < self.recipe.restarts:
                self.position = Position(
                    restart=restart + 1,
                    winner=self.position.winner,
                    epochs=self.position.epochs,
                    endings=self.position.endings,
                    winner_measured=self.position.winner_measured,
                    seconds=self.position.seconds,
                )
                self.kept, self._state = None, None
                self.norms = Norms(self._layers)

    @property
    def history(self) -> History:
        """What was seen; gradients are those of the restart that is kept."""
        position = self.position
        return History(tuple(position.epochs), tuple(position.endings), self.winner_norms.gradients)

    def _restart(self, restart: int) -> str:
        seed(self.keras, self.recipe, restart, 0)
        net = TrainingNet(self.keras, self.recipe, self.source(restart))
        if self._state is not None:
            assign(net.variables, self._state.group("model"))
        if self._workers is not None:
            self._workers.apart(net.variables)
            self._workers.normalize_together(net.plain.layers)
        if self.kept is None:
            self.kept = net.weights.take()
        reason = FINISHED
        for index in range(self.position.phase, len(self.recipe.phases)):
            if index != self.position.phase:
                self.position.phase, self.position.epoch = index, 0
                self.position.stopped, self.position.watchers = False, {}
            reason = self._phase(net, restart, index)
            self._state = None
            if reason not in COMPLETE:
                break
        return reason

    def _phase(self, net: TrainingNet, restart: int, index: int) -> str:
        position, phase = self.position, self.recipe.phases[index]
        seed(self.keras, self.recipe, restart, index)
        augmenter = self.feed.augmenter(phase, restart)
        model = self._model = net.compile(phase)
        if not model.trainable_variables:
            raise UserError(f"nothing of `{self.recipe.net}` is left to train: all is frozen")
        watchers = Watchers(self.keras, phase, model)
        trainer = _trainer(self._workers)(
            model,
            inputs=self.recipe.checked.graph.inputs,
            outputs=[head.output for head in phase.heads],
            layers=net.trainable(),
            augment=augmenter,
            jit=self.recipe.jit,
        )
        run = PhaseRun(net, phase, trainer, watchers, augmenter)
        if self._state is not None and position.epoch:
            assign(run.moving, self._state.group("phase"))
            watchers.restore(position.watchers, position.stopped)
        if self._workers is not None:
            self._workers.apart(run.moving)
        done = sum(epoch.restart == restart for epoch in position.epochs)
        steps = self.feed.steps(phase)
        first = done - position.epoch + 1
        self.watch.phase(
            Stretch(
                restart,
                self.recipe.restarts,
                phase.name,
                phase.epochs,
                steps,
                position.epoch,
                first,
            )
        )
        reason = FINISHED
        if position.epoch < phase.epochs and not watchers.stopped:
            reason = self._epochs(run, restart, done, steps)
        if reason == FINISHED and watchers.stopped and position.epoch < phase.epochs:
            reason = STOPPED
        self._close(run, restart, reason)
        return reason

    def _epochs(self, run: PhaseRun, restart: int, done: int, steps: int) -> str:
        position, phase = self.position, run.phase
        batches = iter(self.feed.training(phase, restart, done + 1))
        part = self.feed.dataset.validation
        validation = None if part is None else self.feed.evaluation(phase, part)
        while position.epoch < phase.epochs and not run.watchers.stopped:
            began = time.monotonic()
            done += 1
            trainer = run.trainer
            trainer.model.reset_metrics()
            reason = self._steps(run, batches, done, steps)
            if reason != FINISHED:
                return reason
            values = trainer.results()
            rate = trainer.learning_rate
            if validation is not None:
                found = trainer.evaluate(validation)
                values |= {f"val_{name}": value for name, value in found.items()}
            epoch = Epoch(restart, phase.name, done, rate, time.monotonic() - began, values)
            self._end_epoch(run, epoch)
            if self.interrupt.wanted:
                self._save(run, force=True)
                return INTERRUPTED
        return FINISHED

    def _steps(self, run: PhaseRun, batches: Any, number: int, steps: int) -> str:
        """Runs an epoch's steps."""
        position, trainer, done = self.position, run.trainer, 0
        while done < steps:
            ahead = until_measured(position.step, self._total)
            count = min(run.pace(self.recipe.steps_per_execution), steps - done, ahead)
            measure = count == ahead
            began = time.monotonic()
            ran, good = trainer.run(batches, count, measure)
            run.took(ran, time.monotonic() - began)
            self.marks.setdefault("first_step", time.time())
            done += ran
            position.step += ran
            if not good:
                self._not_finite(run, number, done)
                return NOT_FINITE
            if measure:
                norms = dict(zip(trainer.layers, trainer.norms.tolist(), strict=True))
                self.norms.add(position.step, norms)
            self.watch.step(number, done, trainer.so_far)
            if self.interrupt.wanted and done < steps:
                return INTERRUPTED
        return FINISHED

    def _end_epoch(self, run: PhaseRun, epoch: Epoch) -> None:
        position = self.position
        kept = run.watchers.epoch_end(position.epoch, epoch.values)
        position.epoch += 1
        position.epochs.append(epoch)
        position.stopped = run.watchers.stopped
        position.watchers = run.watchers.state()
        position.measured = self.norms.steps
        position.seconds += epoch.seconds
        if kept:
            monitor = monitored(run.phase, epoch.values)
            value = epoch.values.get(monitor, float("nan"))
            position.kept = Best(epoch.restart, epoch.epoch, value)
            self.kept = run.net.weights.take()
        self._save(run)
        self.watch.epoch(epoch, kept)

    def _close(self, run: PhaseRun, restart: int, reason: str) -> None:
        """Ends a phase: its kept weights are what goes on."""
        position, phase = self.position, run.phase
        whole = reason in COMPLETE
        if whole and not isinstance(phase.keep, KeepBest):
            # The optimizer's moving average of the weights takes their place, where it keeps one.
            run.trainer.model.optimizer.finalize_variable_values(run.trainer.variables)
            self.kept = run.net.weights.take()
        if position.kept is None and reason != NOT_FINITE:
            self.kept = run.net.weights.take()
        if whole and self.kept is not None:
            run.net.weights.put(self.kept)
        epochs = [epoch for epoch in position.epochs if epoch.restart == restart]
        last = epochs[-1] if epochs else None
        kept = position.kept
        ending = Ending(
            restart,
            phase.name,
            last.epoch if last is not None else 0,
            reason,
            kept.epoch if kept is not None else 0,
            monitored(phase, last.values if last is not None else {}),
            kept.value if kept is not None else float("nan"),
        )
        position.endings.append(ending)
        self.watch.ending(ending)

    def _choose(self) -> None:
        """Makes the restart that just ended the winner where it is better than the one before."""
        position, keep = self.position, self.recipe.phases[-1].keep
        kept, winner = position.kept, position.winner
        better = winner is None or self.winner is None
        if winner is not None and kept is not None and self.reason in COMPLETE:
            judge = keep if isinstance(keep, KeepBest) else KeepBest("loss", "min")
            better = better or improves(self.keras, self._model, judge, kept.value, winner.value)
        if better:
            position.winner, position.winner_measured = kept, list(self.norms.steps)
            self.winner, self.winner_norms = self.kept, self.norms

    def _not_finite(self, run: PhaseRun, number: int, step: int) -> None:
        trainer = run.trainer
        where = first_not_finite(
            self.keras, self.recipe.checked, run.net.weights.take(), trainer.bad_inputs
        )
        self.notes.append(f"the loss of step {step} of epoch {number} is not finite: {where}")

    def _save(self, run: PhaseRun, *, force: bool = False) -> None:
        assert self.kept is not None
        self._saver.save(self.position, self.kept, lambda: self._arrays(run), force=force)

    def _arrays(self, run: PhaseRun) -> Mapping[str, Array]:
        found: dict[str, Array] = {}
        for prefix, variables in (("model", run.net.variables), ("phase", run.moving)):
            found |= {f"{prefix}/{i}": np.asarray(v) for i, v in enumerate(variables)}
        for prefix, snapshot in (("kept", self.kept), ("winner", self.winner)):
            if snapshot is not None:
                found |= {f"{prefix}/{name}": array for name, array in snapshot.arrays.items()}
        found["norms"], found["winner_norms"] = self.norms.array, self.winner_norms.array
        return found

    def _restore(self, state: RunState) -> None:
        kept, winner = state.group("kept"), state.group("winner")
        self.kept = Snapshot(kept) if kept else None
        self.winner = Snapshot(winner) if winner else None
        position, arrays = state.position, state.arrays
        self.norms = restored(self._layers, position.measured, arrays["norms"])
        self.winner_norms = restored(self._layers, position.winner_measured, arrays["winner_norms"])


def _trainer(workers: Workers | None) -> Callable[..., Trainer]:
    if workers is None:
        return Trainer
    from .shared_trainer import SharedTrainer

    return partial(SharedTrainer, workers)
