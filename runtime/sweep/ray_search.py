"""Ray Tune's searcher and scheduler that ask the study of a sweep: imported only with Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from ..errors import UserError
from ..runs.folder import RunFolder
from .ray_words import VALUE, figure_of, result_of

if TYPE_CHECKING:
    from .run import Sweeping


class Search(Searcher):
    """Gives Ray the trials that the study asks for, and tells the study what came of them."""

    def __init__(self, running: Sweeping) -> None:
        super().__init__(metric=VALUE, mode="min")
        self._running: Sweeping | None = running
        self._numbers: dict[str, int] = {}
        self._given_up: set[str] = set()
        self.error: UserError | None = None

    def __getstate__(self) -> dict[str, object]:
        # Ray keeps a copy, of which nothing is read: the study is its own memory.
        return {**self.__dict__, "_running": None, "error": None}

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The next trial."""
        running = self._running
        if running is None or self.error is not None or running.left() <= len(self._numbers):
            return str(Searcher.FINISHED)
        number, values = running.next()
        self._numbers[trial_id] = number
        folder = running.place(number).absolute()
        return {"settings": running.plan.space.settings(values), "folder": str(folder)}

    def figure(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Keeps what a worker reports; whether the trial is given up."""
        found = figure_of(result)
        if self._running is None or found is None or trial_id not in self._numbers:
            return False
        enough = self._running.study.report(self._numbers[trial_id], *found)
        if enough:
            self._given_up.add(trial_id)
        return enough

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """The scheduler has seen it."""

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Tells the study."""
        if self._running is None or trial_id not in self._numbers:
            return
        number = self._numbers.pop(trial_id)
        folder = RunFolder(self._running.place(number))
        came = result_of(None if error else result, folder, trial_id in self._given_up)
        try:
            self._running.tell(number, came)
        except UserError as fault:
            # Ray would wrap it; it is said when Ray is done.
            self.error = fault


class Scheduler(FIFOScheduler):
    """Ends the trials that the study's pruner gives up."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self._search: Search | None = search

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_search": None}

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Whether a trial goes on."""
        if self._search is not None and self._search.figure(trial.trial_id, result):
            return str(TrialScheduler.STOP)
        return str(TrialScheduler.CONTINUE)
