"""A sweep: trials asked of the study, trained by processes, told to the study, and reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import AGAIN, UserError, unreadable
from ..runs.files import STUDY, WORKERS_LOG
from ..runs.folder import RunFolder
from ..runs.sweeps import Choice, Sweep, Trial, count_ended, trial_name
from .crew import Crew
from .one import Result
from .plan import Plan, begin_sweep, check_same, write_sweep
from .study import Study

PATIENCE, PAUSE = 20.0, 0.05
"""Seconds that a process is waited for whose sweep was killed, and between two looks at it."""


class SweepWatch:
    """Is told what happens in a sweep, and says nothing of it: whoever does overrides a method."""

    def begins(self, number: int, values: Mapping[str, Choice], again: bool) -> None:
        """A trial begins, or goes on."""

    def ended(self, trial: Trial, best: Trial | None, done: int, planned: int) -> None:
        """A trial ended; so many have, of how many."""

    def note(self, text: str) -> None:
        """Something a person should know."""


@dataclass(frozen=True)
class Sweeping:
    """A sweep that runs: what it is to do, its study, where it lies, and who is told of it."""

    plan: Plan
    study: Study
    folder: Path
    watch: SweepWatch

    def next(self) -> tuple[int, dict[str, Choice]]:
        """Asks for a trial, and says that it begins."""
        number, values = self.study.ask()
        again = RunFolder(self.place(number)).is_run
        self.watch.begins(number, values, again)
        return number, values

    def place(self, number: int) -> Path:
        """The folder of a trial."""
        return self.folder / trial_name(number)

    def left(self) -> int:
        """How many trials are still to end."""
        return self.plan.trials - count_ended(self.study.trials())

    def tell(self, number: int, result: Result) -> None:
        """Keeps what came of a trial, and says it. Raises UserError where none can go on."""
        if result.fatal:
            raise UserError(
                f"trial {number}: {result.why.removesuffix(AGAIN)}. Go on with --resume"
            )
        if result.value is not None:
            self.study.complete(number, result.value, result.seconds)
        elif result.pruned:
            self.study.prune(number, result.seconds)
        else:
            self.study.fail(number, result.why, result.seconds)
        found = self.sweep()
        done = count_ended(found.trials)
        self.watch.ended(found.trials[number], found.best, done, self.plan.trials)

    def sweep(self, facts: Mapping[str, str] | None = None, *, importance: bool = False) -> Sweep:
        """The sweep as it is now."""
        plan = self.plan
        return Sweep(
            plan.recipe.name,
            plan.space.parameters,
            plan.space.fixed,
            plan.goal.metric,
            plan.goal.larger,
            plan.trials,
            plan.sampler,
            plan.pruner,
            self.study.trials(),
            self.study.importance() if importance else {},
            facts or {},
        )


Engine = Callable[[Sweeping, int], None]
"""Trains the trials that are left, so many at a time."""


def run_sweep(
    plan: Plan,
    folder: RunFolder,
    *,
    jobs: int = 1,
    resume: bool = False,
    watch: SweepWatch | None = None,
    engine: Engine | None = None,
) -> Sweep:
    """Trains the trials that are left of a sweep; the report is written however it ends.

    What one process has open, no other takes. Trials that are cut off, by Ctrl-C as by a kill,
    wait in the study, and their runs go on. Raises UserError where the folder holds another sweep,
    the disk is full, or no trial can be trained; KeyboardInterrupt after Ctrl-C.
    """
    with folder.locked(), _faults(folder):
        started = check_same(folder, plan) if resume else begin_sweep(folder, plan)
        study = Study(
            folder / STUDY,
            plan.recipe.name,
            plan.space.parameters,
            larger=plan.goal.larger,
            seed=plan.seed,
            sampler=plan.sampler,
            pruner=plan.pruner,
        )
        running = Sweeping(plan, study, folder.path, watch or SweepWatch())
        for number in study.set_aside():
            _wait_for(RunFolder(running.place(number)))
        if running.left() <= 0:
            raise UserError(
                f"{folder.path}: the sweep is complete: {plan.trials} trials ended; ask for more "
                "with --trials"
            )
        try:
            (engine or train_here)(running, jobs)
        except BaseException:
            # What went wrong is to be said, and no second thing that goes wrong with it.
            with suppress(UserError, OSError):
                study.set_aside()
                _report(running, folder, started)
            raise
        return _report(running, folder, started)


def _wait_for(folder: RunFolder) -> None:
    """Waits until nobody writes into a folder: processes end a moment after what started them."""
    for _ in range(int(PATIENCE / PAUSE)):
        try:
            with folder.locked():
                return
        except UserError:
            time.sleep(PAUSE)


@contextmanager
def _faults(folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unreadable(Path(error.filename or folder.path), error) from error


def train_here(running: Sweeping, jobs: int) -> None:
    """Trains in processes of this machine."""
    plan = running.plan
    with Crew(plan.task, jobs, running.folder / WORKERS_LOG) as crew:
        while True:
            while crew.idle and running.left() > len(crew.busy):
                number, values = running.next()
                crew.train(number, plan.space.settings(values), running.place(number))
            if not crew.busy:
                return
            told = crew.next()
            if told.result is not None:
                running.tell(told.trial, told.result)
            else:
                enough = running.study.report(told.trial, told.epoch, told.value)
                crew.answer(told.trial, enough)


def _report(running: Sweeping, folder: RunFolder, started: str) -> Sweep:
    from ..report.sweep import write_sweep_report, write_trials

    plan = running.plan
    made = running.sweep({"started": started, "command": " ".join(plan.command)}, importance=True)
    write_trials(folder.path, made)
    best = made.best
    write_sweep(
        folder,
        plan,
        started,
        {
            "ended": count_ended(made.trials),
            "best": None
            if best is None
            else {
                "trial": best.number,
                "value": best.value,
                "set": plan.space.settings(best.values),
            },
            "importance": dict(made.importance),
        },
    )
    for note in write_sweep_report(folder.path, made):
        running.watch.note(note)
    return made
