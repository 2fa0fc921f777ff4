"""The loop over restarts, phases and epochs."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.declare import Refusal
from ...compiler.recipe.recipe import Phase, Recipe
from ..data.kept import run_metadata
from ..features.keep import Keeper
from ..runs.folder import RunFolder
from ..runs.history import COMPLETE, FINISHED, INTERRUPTED, NOT_FINITE, STOPPED, Epoch, History
from .checkpoint import Checkpoint
from .evaluation import Evaluation
from .feed import FeatureFeed, Feed
from .finite import first_not_finite
from .interrupt import CLOSING, Interrupt
from .keras_types import Keras
from .net import TrainingNet
from .phase import PhaseRun, assign, seed
from .position import Position
from .save import Saver
from .selection import Selection
from .snapshot import Snapshot
from .state import RunState
from .steps import Steps
from .trainer import Trainer
from .trainers import make_trainer
from .watch import Enough, Stretch, Watch
from .watchers import Watchers, watches_training
from .workers import Workers


class Loop:
    """Trains; what came of it can be asked when `run` returns."""

    def __init__(
        self,
        keras: Keras,
        recipe: Recipe,
        feed: Feed,
        folder: RunFolder,
        watch: Watch,
        source: Callable[[int], WeightSource],
        interrupt: Interrupt,
        checkpoint: Checkpoint | None = None,
        workers: Workers | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """`source` gives the initial weights of a restart (from 1); `keeper` keeps features."""
        self._keras, self._recipe, self._feed = keras, recipe, feed
        self._watch, self._source, self._interrupt = watch, source, interrupt
        self._checkpoint, self._workers, self._keeper = checkpoint, workers, keeper
        self._state = RunState(recipe, checkpoint)
        self._selection = Selection(keras, recipe, self._state)
        self._saver = Saver(folder, recipe.checked, run_metadata(recipe, feed.dataset))
        total = sum(phase.epochs * feed.steps(phase) for phase in recipe.phases)
        self._steps = Steps(recipe, total, watch, interrupt)
        self.reason = FINISHED
        self.notes: list[str] = []

    @property
    def position(self) -> Position:
        """How far the run has come."""
        return self._state.position

    @property
    def winner(self) -> Snapshot | None:
        """The weights that the run keeps."""
        return self._state.winner

    @property
    def history(self) -> History:
        """What was seen."""
        return self._state.history

    @property
    def first_step(self) -> float | None:
        """When the first steps were done, in seconds since the epoch."""
        return self._steps.first

    def run(self) -> None:
        """Runs what is left of the recipe. Raises UserError where the disk is full."""
        for restart in range(self.position.restart, self._recipe.restarts + 1):
            self.reason = self._restart(restart)
            self._selection.after_restart(self.reason)
            if self.reason not in COMPLETE:
                return
            if restart < self._recipe.restarts:
                self._state.next_restart()

    def _restart(self, restart: int) -> str:
        """Trains the phases that are left of a restart."""
        keras, recipe, checkpoint = self._keras, self._recipe, self._checkpoint
        seed(keras, recipe, restart, 0)
        net = TrainingNet(keras, recipe, self._source(restart))
        if checkpoint is not None:
            assign(net.variables, checkpoint.group("model"))
        if self._workers is not None:
            self._workers.apart(net.variables)
            self._workers.normalize_together(net.plain.layers)
        if self._state.kept is None:
            self._state.kept = net.weights.take()
        while True:
            run = self._begin_phase(net)
            reason = self._phase(run)
            if reason == INTERRUPTED:
                self._watch.note(CLOSING)
            elif reason in COMPLETE and self._last:
                # From here the run goes on where the recipe asks for more one day.
                self._save(run, force=True)
            ending = self._selection.after_phase(run, reason)
            self._watch.ending(ending)
            given_up = self._selection.given_up(run.phase, ending)
            if given_up is not None:
                self.notes.append(given_up)
                self._watch.note(given_up)
            following = self.position.phase + 1
            if reason not in COMPLETE or following == len(recipe.phases):
                return reason
            self.position.enter(following)

    @property
    def _last(self) -> bool:
        """Whether this is the last phase of the last restart."""
        position, recipe = self.position, self._recipe
        return position.restart == recipe.restarts and position.phase + 1 == len(recipe.phases)

    def _begin_phase(self, net: TrainingNet) -> PhaseRun:
        """Compiles the phase of the position, with the counters of a checkpoint within it."""
        position, recipe, checkpoint = self.position, self._recipe, self._checkpoint
        phase = recipe.phases[position.phase]
        seed(self._keras, recipe, position.restart, position.phase)
        feed, upper, trainer = self._trainer(net, phase)
        watchers = Watchers(self._keras, phase, trainer.model)
        evaluation = Evaluation(feed, phase, trainer)
        run = PhaseRun(net, phase, trainer, watchers, evaluation, feed, upper)
        if checkpoint is not None and position.epoch:
            assign(run.moving, checkpoint.group("phase"))
            watchers.restore(position.watchers, position.stopped)
        else:
            self._selection.before_phase(run)
        self._checkpoint = None
        if self._workers is not None:
            self._workers.apart(run.moving)
        return run

    def _trainer(self, net: TrainingNet, phase: Phase) -> tuple[Feed, CheckedGraph | None, Trainer]:
        """The trainer of a phase and its data, with features where they are kept."""
        recipe, restart = self._recipe, self.position.restart
        kept = None
        if self._keeper is not None:
            kept = self._keeper.of(phase, net.weights.take)
        if kept is not None:
            feed, upper = FeatureFeed(self._feed, kept), kept.cut.upper
            try:
                trainer = make_trainer(recipe, phase, feed, net, None, self._workers, upper)
                return feed, upper, trainer
            except Refusal as fault:
                self._watch.features(f"the features are of no use: {fault.message}")
        augmenter = self._feed.augmenter(phase, restart)
        trainer = make_trainer(recipe, phase, self._feed, net, augmenter, self._workers)
        return self._feed, None, trainer

    def _phase(self, run: PhaseRun) -> str:
        """Trains the epochs that are left of a phase; how it ended."""
        position, phase = self.position, run.phase
        done = len(position.epochs_of(position.restart))
        steps = self._feed.steps(phase)
        self._watch.phase(
            Stretch(
                position.restart,
                self._recipe.restarts,
                phase.name,
                phase.epochs,
                steps,
                position.epoch,
                done - position.epoch + 1,
            )
        )
        reason = FINISHED
        if position.epoch < phase.epochs and not run.watchers.stopped:
            reason = self._epochs(run, done, steps)
        if reason == FINISHED and run.watchers.stopped and position.epoch < phase.epochs:
            reason = STOPPED
        return reason

    def _epochs(self, run: PhaseRun, done: int, steps: int) -> str:
        position, phase, trainer = self.position, run.phase, run.trainer
        batches = iter(run.feed.training(phase, position.restart, done + 1))
        again = watches_training(phase)
        while position.epoch < phase.epochs and not run.watchers.stopped:
            began = time.monotonic()
            done += 1
            trainer.model.reset_metrics()
            reason = self._steps.run(run, self._state, batches, done, steps)
            if reason == NOT_FINITE:
                self._explain(run, done)
            if reason != FINISHED:
                return reason
            with run.averages.in_place():
                # On the way they were means over the epoch, while the weights moved.
                values = run.evaluation.training() if again else trainer.results()
                rate = trainer.learning_rate
                values |= run.evaluation.validation()
                seconds = time.monotonic() - began
                epoch = Epoch(position.restart, phase.name, done, rate, seconds, values)
                kept = self._selection.after_epoch(run, epoch)
            self._end_epoch(run, epoch, kept)
            if self._interrupt.wanted:
                self._save(run, force=True)
                return INTERRUPTED
            if self._watch.enough():
                self._save(run, force=True)
                raise Enough
        return FINISHED

    def _end_epoch(self, run: PhaseRun, epoch: Epoch, kept: bool) -> None:
        position = self.position
        position.measured = self._state.norms.steps
        position.seconds += epoch.seconds
        self._save(run)
        self._watch.epoch(epoch, kept)

    def _save(self, run: PhaseRun, *, force: bool = False) -> None:
        state = self._state
        assert state.kept is not None
        self._saver.save(state.position, state.kept, partial(state.arrays, run), force=force)

    def _explain(self, run: PhaseRun, epoch: int) -> None:
        """Notes why a loss is not finite."""
        weights, inputs = run.net.weights.take(), run.trainer.bad_inputs
        where = first_not_finite(self._keras, run.checked, weights, inputs)
        self.notes.append(
            f"the loss of step {self._steps.done} of epoch {epoch} is not finite: {where}"
        )
