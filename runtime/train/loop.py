"""The loop over restarts, phases and epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...compiler.lower.weights import WeightSource
from ...compiler.ops.backend import Array
from ...compiler.recipe.callbacks import Best as KeepBest
from ...compiler.recipe.recipe import Phase, Recipe
from ..errors import UserError
from ..weights import save_safetensors
from .feed import Feed
from .finite import first_not_finite
from .folder import BEST, GRADIENTS, HISTORY, STATE, RunFolder
from .history import Ending, Epoch, Gradients, History, write_gradients, write_history
from .interrupt import Interrupt
from .net import TrainingNet
from .snapshot import Snapshot
from .state import Best, Position, RunState, save_state
from .trainer import Trainer
from .watch import Stretch, Watch
from .watchers import Watchers, improves

PACE = 0.2
"""Seconds that TensorFlow computes without coming back, for a Ctrl-C to be answered soon."""
MOST_STEPS = 1000
POINTS = 200
"""At how many steps of a restart the gradients are measured."""
SAVING = 0.05
"""The share of the time that may go into saving."""

FINISHED, STOPPED, INTERRUPTED, NOT_FINITE = "finished", "stopped", "interrupted", "not finite"


@dataclass
class Norms:
    """Gradient norms of one restart: at which steps, and `[layers]` for each."""

    steps: list[int] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)

    def array(self, layers: int) -> Array:
        """All rows as `[points, layers]`."""
        if not self.rows:
            return np.zeros((0, layers), np.float32)
        return np.stack(self.rows).astype(np.float32)


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
    ) -> None:
        """`source` gives the initial weights of a restart (from 1)."""
        self.keras, self.recipe, self.feed, self.folder = keras, recipe, feed, folder
        self.watch, self.source, self.interrupt = watch, source, interrupt
        self.position = state.position if state is not None else Position()
        self.kept: Snapshot | None = None
        self.winner: Snapshot | None = None
        self.norms, self.winner_norms = Norms(), Norms()
        self.notes: list[str] = []
        self.reason = FINISHED
        self.marks: dict[str, float] = {}
        self._state = state
        self._model: Any = None
        self._saved = time.monotonic()
        self._saving = 0.0
        self._written: Best | None = None
        self._layers = self._measured_layers()
        if state is not None:
            self._restore(state)

    def run(self) -> None:
        """Runs what is left of the recipe. Raises UserError where the disk is full."""
        for restart in range(self.position.restart, self.recipe.restarts + 1):
            self.reason = self._restart(restart)
            self._choose()
            if self.reason in (INTERRUPTED, NOT_FINITE):
                return
            following = Position(
                restart=restart + 1,
                winner=self.position.winner,
                epochs=self.position.epochs,
                endings=self.position.endings,
                winner_measured=self.position.winner_measured,
                seconds=self.position.seconds,
            )
            if restart < self.recipe.restarts:
                self.position, self.kept, self.norms, self._state = following, None, Norms(), None

    @property
    def history(self) -> History:
        """What was seen; gradients are those of the restart that is kept."""
        gradients = None
        if self._layers:
            norms = self.winner_norms
            gradients = Gradients(self._layers, tuple(norms.steps), norms.array(len(self._layers)))
        return History(tuple(self.position.epochs), tuple(self.position.endings), gradients)

    def _restart(self, restart: int) -> str:
        self._seed(restart, 0)
        net = TrainingNet(self.keras, self.recipe, self.source(restart))
        if self._state is not None:
            _assign(net.variables, self._state.group("model"))
        if self.kept is None:
            self.kept = net.weights.take()
        reason = FINISHED
        for index in range(self.position.phase, len(self.recipe.phases)):
            if index != self.position.phase:
                self.position.phase, self.position.epoch = index, 0
                self.position.stopped, self.position.watchers = False, {}
            reason = self._phase(net, restart, index)
            self._state = None
            if reason in (INTERRUPTED, NOT_FINITE):
                break
        return reason

    def _phase(self, net: TrainingNet, restart: int, index: int) -> str:
        position, phase = self.position, self.recipe.phases[index]
        self._seed(restart, index)
        augmenter = self.feed.augmenter(phase, restart)
        model = self._model = net.compile(phase)
        if not model.trainable_variables:
            raise UserError(f"nothing of `{self.recipe.net}` is left to train: all is frozen")
        watchers = Watchers(self.keras, phase, model)
        trainer = Trainer(
            model,
            inputs=self.recipe.checked.graph.inputs,
            outputs=[head.output for head in phase.heads],
            layers=net.trainable(),
            augment=augmenter,
            jit=self.recipe.jit,
        )
        stretch = _Stretch(net, phase, trainer, watchers, augmenter)
        if self._state is not None and position.epoch:
            _assign(stretch.moving, self._state.group("phase"))
            watchers.restore(position.watchers, position.stopped)
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
            reason = self._epochs(stretch, restart, done, steps)
        if reason == FINISHED and watchers.stopped and position.epoch < phase.epochs:
            reason = STOPPED
        self._close(stretch, restart, reason)
        return reason

    def _epochs(self, stretch: _Stretch, restart: int, done: int, steps: int) -> str:
        position, phase = self.position, stretch.phase
        batches = iter(self.feed.training(phase, restart, done + 1))
        part = self.feed.dataset.validation
        validation = None if part is None else self.feed.evaluation(phase, part)
        while position.epoch < phase.epochs and not stretch.watchers.stopped:
            began = time.monotonic()
            done += 1
            trainer = stretch.trainer
            trainer.model.reset_metrics()
            reason = self._steps(stretch, batches, done, steps)
            if reason != FINISHED:
                return reason
            values = trainer.results()
            rate = trainer.learning_rate
            if validation is not None:
                found = trainer.evaluate(validation)
                values |= {f"val_{name}": value for name, value in found.items()}
            epoch = Epoch(restart, phase.name, done, rate, time.monotonic() - began, values)
            self._end_epoch(stretch, epoch)
            if self.interrupt.wanted:
                self._save(stretch, force=True)
                return INTERRUPTED
        return FINISHED

    def _steps(self, stretch: _Stretch, batches: Any, number: int, steps: int) -> str:
        """Runs an epoch's steps."""
        position, trainer, done = self.position, stretch.trainer, 0
        stride = self._stride()
        while done < steps:
            # The first step of each restart is measured, then every stride-th.
            ahead = stride - (position.step % stride) if position.step else 1
            count = min(stretch.pace(self.recipe.steps_per_execution), steps - done, ahead)
            measure = count == ahead
            began = time.monotonic()
            ran, good = trainer.run(batches, count, measure)
            stretch.took(ran, time.monotonic() - began)
            self.marks.setdefault("first_step", time.time())
            done += ran
            position.step += ran
            if not good:
                self._not_finite(stretch, number, done)
                return NOT_FINITE
            if measure:
                self._measure(stretch)
            self.watch.step(number, done, trainer.results)
            if self.interrupt.wanted and done < steps:
                return INTERRUPTED
        return FINISHED

    def _end_epoch(self, stretch: _Stretch, epoch: Epoch) -> None:
        position, last = self.position, None
        kept = stretch.watchers.epoch_end(position.epoch, epoch.values)
        position.epoch += 1
        position.epochs.append(epoch)
        position.stopped = stretch.watchers.stopped
        position.watchers = stretch.watchers.state()
        if kept:
            monitor = _monitor(stretch.phase, epoch.values)
            last = Best(epoch.restart, epoch.epoch, epoch.values.get(monitor, float("nan")))
            position.kept = last
            self.kept = stretch.net.weights.take()
        self._save(stretch)
        self.watch.epoch(epoch, kept)

    def _close(self, stretch: _Stretch, restart: int, reason: str) -> None:
        """Ends a phase: its kept weights are what goes on."""
        position, phase = self.position, stretch.phase
        if reason == NOT_FINITE or (reason == INTERRUPTED and position.kept is not None):
            pass
        elif position.kept is None:
            self.kept = stretch.net.weights.take()
        if isinstance(phase.keep, KeepBest) and self.kept is not None and reason != NOT_FINITE:
            stretch.net.weights.put(self.kept)
        epochs = [epoch for epoch in position.epochs if epoch.restart == restart]
        last = epochs[-1] if epochs else None
        kept = position.kept
        ending = Ending(
            restart,
            phase.name,
            last.epoch if last is not None else 0,
            reason,
            kept.epoch if kept is not None else 0,
            _monitor(phase, last.values if last is not None else {}),
            kept.value if kept is not None else float("nan"),
        )
        position.endings.append(ending)
        self.watch.ending(ending)

    def _choose(self) -> None:
        """Makes the restart that just ended the winner where it is better than the one before."""
        position, keep = self.position, self.recipe.phases[-1].keep
        kept, winner = position.kept, position.winner
        better = winner is None or self.winner is None
        if winner is not None and kept is not None and self.reason not in (INTERRUPTED, NOT_FINITE):
            judge = keep if isinstance(keep, KeepBest) else KeepBest("loss", "min")
            better = better or improves(self.keras, self._model, judge, kept.value, winner.value)
        if better:
            position.winner, position.winner_measured = kept, list(self.norms.steps)
            self.winner, self.winner_norms = self.kept, self.norms

    def _measure(self, stretch: _Stretch) -> None:
        norms = dict(zip(stretch.trainer.layers, stretch.trainer.norms.tolist(), strict=True))
        self.norms.steps.append(self.position.step)
        self.norms.rows.append(np.array([norms.get(p, 0.0) for p in self._layers], np.float32))
        self.position.measured = self.norms.steps

    def _not_finite(self, stretch: _Stretch, number: int, step: int) -> None:
        trainer = stretch.trainer
        where = first_not_finite(
            self.keras, self.recipe.checked, stretch.net.weights.take(), trainer.bad_inputs
        )
        note = f"the loss of step {step} of epoch {number} is not finite: {where}"
        self.notes.append(note)
        self.watch.note(note)

    def _save(self, stretch: _Stretch, *, force: bool = False) -> None:
        """Writes all files of an epoch's end, unless that would take too much of the time.

        What is skipped is lost by a kill, and computed again just the same by the run's resuming.
        """
        began = time.monotonic()
        if not force and self._saving > SAVING * (began - self._saved):
            return
        position = self.position
        try:
            if position.winner is None and position.kept != self._written:
                assert self.kept is not None
                save_safetensors(self.folder / BEST, self.recipe.checked, self.kept)
                self._written = position.kept
            write_history(self.folder / HISTORY, position.epochs)
            save_state(self.folder / STATE, RunState(position, self._arrays(stretch)))
        except (OSError, UserError) as error:
            raise full(error, self.folder) from error
        self._saved = time.monotonic()
        self._saving = self._saved - began

    def _arrays(self, stretch: _Stretch) -> Mapping[str, Array]:
        found: dict[str, Array] = {}
        for prefix, variables in (("model", stretch.net.variables), ("phase", stretch.moving)):
            found |= {f"{prefix}/{i}": np.asarray(v) for i, v in enumerate(variables)}
        for prefix, snapshot in (("kept", self.kept), ("winner", self.winner)):
            if snapshot is not None:
                found |= {f"{prefix}/{name}": array for name, array in snapshot.arrays.items()}
        found["norms"] = self.norms.array(len(self._layers))
        found["winner_norms"] = self.winner_norms.array(len(self._layers))
        return found

    def _restore(self, state: RunState) -> None:
        kept, winner = state.group("kept"), state.group("winner")
        self.kept = Snapshot(kept) if kept else None
        self.winner = Snapshot(winner) if winner else None
        self.norms = Norms(state.position.measured, list(state.arrays["norms"]))
        self.winner_norms = Norms(
            state.position.winner_measured, list(state.arrays["winner_norms"])
        )

    def write_figures(self) -> None:
        """Writes `history.csv` and `gradients.csv` as they are now."""
        history = self.history
        write_history(self.folder / HISTORY, history.epochs)
        if history.gradients is not None:
            write_gradients(self.folder / GRADIENTS, history.gradients)

    def _seed(self, restart: int, phase: int) -> None:
        entropy = [self.recipe.seed, restart, phase]
        self.keras.utils.set_random_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))

    def _stride(self) -> int:
        steps = sum(phase.epochs * self.feed.steps(phase) for phase in self.recipe.phases)
        return max(1, steps // POINTS)

    def _measured_layers(self) -> tuple[str, ...]:
        """The layers that some phase trains, in the net's order."""
        frozen = frozenset.intersection(*(phase.frozen for phase in self.recipe.phases))
        return tuple(
            path
            for path, node in self.recipe.checked.layers().items()
            if path not in frozen and any(weight.trainable for weight in node.weights)
        )


class _Stretch:
    """What belongs to one phase of one restart."""

    def __init__(
        self, net: TrainingNet, phase: Phase, trainer: Trainer, watchers: Watchers, augmenter: Any
    ) -> None:
        self.net, self.phase, self.trainer, self.watchers = net, phase, trainer, watchers
        drawn = [] if augmenter is None else list(augmenter.variables)
        self.moving = [*trainer.model.optimizer.variables, *drawn]
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


def full(error: Exception, folder: RunFolder) -> UserError:
    """The error of a run whose files cannot be written."""
    reason = str(error)
    if isinstance(error, OSError):
        reason = f"{error.filename or folder.path}: {(error.strerror or str(error)).lower()}"
    return UserError(
        f"{reason}. What was saved before is intact; make room, then go on with --resume"
    )


def _monitor(phase: Phase, values: Mapping[str, float]) -> str:
    if isinstance(phase.keep, KeepBest):
        return phase.keep.monitor
    return "val_loss" if "val_loss" in values else "loss"


def _assign(variables: list[Any], arrays: Mapping[str, Array]) -> None:
    if len(variables) != len(arrays):
        raise UserError("the state of the run does not fit its recipe")
    for index, variable in enumerate(variables):
        variable.assign(arrays[str(index)])
