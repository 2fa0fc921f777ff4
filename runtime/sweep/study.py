"""The study of a sweep: Optuna's own journal in the folder, and what it says of each trial."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError, resumable, unreadable
from ..runs.sweeps import COMPLETE, FAILED, PRUNED, RUNNING, WAITING, Choice, Parameter, Trial
from .optuna_module import import_optuna
from .samplers import make_pruner, make_sampler

if TYPE_CHECKING:
    import optuna

_WHY, _SECONDS = "netc.why", "netc.seconds"


class Study:
    """A study that one process at a time has open, which the lock of the sweep's folder sees to.

    All but reading raises UserError where the disk does not take it.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        parameters: tuple[Parameter, ...],
        *,
        larger: bool,
        seed: int,
        sampler: str,
        pruner: str,
    ) -> None:
        """Opens the study of a file, or begins it. Raises UserError where the file is damaged."""
        self._optuna = import_optuna()
        self._path, self._parameters = path, parameters
        self._sampler, self._seed = sampler, seed
        self._distributions = {each.name: self._distribution(each) for each in parameters}
        with self._reading():
            mend(path)
            journal = self._optuna.storages.journal
            self._storage = self._optuna.storages.JournalStorage(
                journal.JournalFileBackend(str(path), lock_obj=_Held())
            )
            self._study: optuna.Study = self._optuna.create_study(
                study_name=name,
                storage=self._storage,
                direction="maximize" if larger else "minimize",
                sampler=make_sampler(sampler, seed, 0, parameters),
                pruner=make_pruner(pruner),
                load_if_exists=True,
            )

    def _distribution(self, parameter: Parameter) -> optuna.distributions.BaseDistribution:
        made = self._optuna.distributions
        found: optuna.distributions.BaseDistribution
        if parameter.choices:
            found = made.CategoricalDistribution(parameter.choices)
        elif parameter.whole:
            step = 1 if parameter.step is None else int(parameter.step)
            ends = int(parameter.low), int(parameter.high)
            found = made.IntDistribution(*ends, log=parameter.log, step=step)
        else:
            reach = parameter.low, parameter.high
            found = made.FloatDistribution(*reach, log=parameter.log, step=parameter.step)
        return found

    def set_aside(self) -> list[int]:
        """Lets trials wait that nobody trains any more, and gives their numbers."""
        state = self._optuna.trial.TrialState
        left = self._study.get_trials(deepcopy=False, states=(state.RUNNING,))
        with self._writing():
            for trial in left:
                self._storage.set_trial_state_values(trial._trial_id, state.WAITING)
        return [trial.number for trial in left]

    def ask(self) -> tuple[int, dict[str, Choice]]:
        """The number and the values of the next trial: one that waits, or a new one."""
        number = len(self._study.get_trials(deepcopy=False))
        self._study.sampler = make_sampler(self._sampler, self._seed, number, self._parameters)
        with self._writing():
            trial = self._study.ask(self._distributions)
        return trial.number, dict(trial.params)

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Keeps a trial's figure after an epoch; whether the pruner would end it."""
        trial = self._trial(number)
        with self._writing():
            if epoch not in self._frozen(number).intermediate_values:
                trial.report(value, epoch)
            return bool(trial.should_prune())

    def complete(self, number: int, value: float, seconds: float | None) -> None:
        """Ends a trial with its figure."""
        self._end(number, self._optuna.trial.TrialState.COMPLETE, value, "", seconds)

    def prune(self, number: int, seconds: float | None) -> None:
        """Ends a trial that the pruner gave up."""
        self._end(number, self._optuna.trial.TrialState.PRUNED, None, "", seconds)

    def fail(self, number: int, why: str, seconds: float | None = None) -> None:
        """Ends a trial that came to nothing."""
        self._end(number, self._optuna.trial.TrialState.FAIL, None, why, seconds)

    def _end(
        self,
        number: int,
        state: optuna.trial.TrialState,
        value: float | None,
        why: str,
        seconds: float | None,
    ) -> None:
        trial = self._trial(number)
        with self._writing():
            if why:
                trial.set_user_attr(_WHY, why)
            if seconds is not None and math.isfinite(seconds):
                trial.set_user_attr(_SECONDS, seconds)
            # A sampler that has been through all of a grid would end Optuna's own loop.
            with suppress(RuntimeError):
                self._study.tell(number, value, state=state)
        if not self._frozen(number).state.is_finished():
            raise UserError(f"{self._path}: trial {number} could not be ended")

    def _frozen(self, number: int) -> optuna.trial.FrozenTrial:
        """A trial as the study has it now, which is not copied."""
        return self._study.get_trials(deepcopy=False)[number]

    def _trial(self, number: int) -> optuna.trial.Trial:
        trial_id = self._frozen(number)._trial_id
        found: optuna.trial.Trial = self._optuna.trial.Trial(self._study, trial_id)
        return found

    def trials(self) -> tuple[Trial, ...]:
        """All trials."""
        state = self._optuna.trial.TrialState
        words = {
            state.COMPLETE: COMPLETE,
            state.PRUNED: PRUNED,
            state.FAIL: FAILED,
            state.WAITING: WAITING,
            state.RUNNING: RUNNING,
        }
        return tuple(
            Trial(
                each.number,
                words[each.state],
                dict(each.params),
                each.value if each.state == state.COMPLETE else None,
                str(each.user_attrs.get(_WHY, "")),
                dict(each.intermediate_values),
                _seconds(each.user_attrs),
            )
            for each in self._study.get_trials(deepcopy=False)
        )

    def importance(self) -> dict[str, float]:
        """Optuna's importance of each parameter (PED-ANOVA, Watanabe et al. 2023).

        Empty where there are too few trials, or all came to the same.
        """
        values = {trial.value for trial in self.trials() if trial.state == COMPLETE}
        if len(values) < 2:
            return {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self._optuna.importance.get_param_importances(self._study)
        except (ValueError, RuntimeError):
            return {}
        return {name: float(share) for name, share in found.items() if math.isfinite(share)}

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except OSError as error:
            raise unreadable(self._path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            raise UserError(f"{self._path}: is damaged, or no study of Optuna's") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except ImportError as error:
            needs = (error.name or str(error)).partition(".")[0]
            raise UserError(f"--sampler: {self._sampler} needs the package {needs}") from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise resumable(f"{self._path}: {reason}") from error


class _Held:
    """A lock that is held already: that of the sweep's folder."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return


def _seconds(attrs: Mapping[str, object]) -> float | None:
    found = attrs.get(_SECONDS)
    return found if isinstance(found, float) else None


def mend(path: Path) -> None:
    """Takes a last line off a journal that was cut while it was written. Raises OSError."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            file.truncate(len(whole))
