"""How a sweep shows itself: a line a trial."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.text.escape import terminal
from ..runs.sweeps import COMPLETE, PRUNED, Choice, Trial, as_text
from ..sweep.run import SweepWatch
from .say import say


class SweepLines(SweepWatch):
    """A line for each trial that ended, on standard error."""

    def __init__(self, metric: str) -> None:
        self._metric = metric

    def begins(self, number: int, values: Mapping[str, Choice], again: bool) -> None:
        """Says which trials go on."""
        if again:
            self._say(f"trial {number} goes on: {self._shown(values)}")

    def ended(self, trial: Trial, best: Trial | None, done: int, planned: int) -> None:
        """Says what came of it, and what is best so far."""
        if trial.state == COMPLETE:
            came = f"{self._metric} {trial.value:.4g}"
        elif trial.state == PRUNED:
            came = f"pruned after epoch {max(trial.steps, default=0)}"
        else:
            came = f"failed: {trial.why}"
        so_far = (
            ""
            if best is None or best == trial
            else (f" (best {best.value:.4g}, trial {best.number})")
        )
        which = f"{done}/{planned} trial {trial.number}: {self._shown(trial.values)}"
        self._say(f"{which}: {came}{so_far}")

    def note(self, text: str) -> None:
        """Says it."""
        self._say(f"note: {text}")

    def _shown(self, values: Mapping[str, Choice]) -> str:
        return ", ".join(
            f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={as_text(value)}"
            for name, value in values.items()
        )

    def _say(self, text: str) -> None:
        say(terminal(text), err=True)
