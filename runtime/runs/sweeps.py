"""A sweep as its folder holds it: what was tried, and what came of each trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...compiler.ops.base.kinds import show

Choice: TypeAlias = "str | int | float | bool | None"
"""What a study keeps of a value: a list of a setting is kept as its text."""

COMPLETE, PRUNED, FAILED, WAITING, RUNNING = "complete", "pruned", "failed", "waiting", "running"
"""What can be said of a trial. One that was cut off waits, and its run goes on."""
ENDED = (COMPLETE, PRUNED, FAILED)


def as_text(value: object) -> str:
    """A value as `--set` takes it back."""
    return value if isinstance(value, str) else show(value)


@dataclass(frozen=True)
class Parameter:
    """A setting that a sweep tries values of: choices, or a range of numbers with both its ends."""

    name: str
    text: str
    """As it was written."""
    choices: tuple[Choice, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a range of whole numbers."""
        return not self.choices and isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def ends(self) -> tuple[Choice, ...]:
        """The values that must be legal: all choices, or both ends."""
        return self.choices or (self.low, self.high)

    @property
    def size(self) -> int | None:
        """How many values there are; None where that has no number."""
        if self.choices:
            return len(self.choices)
        if self.step is not None:
            return int((self.high - self.low) / self.step + 1e-9) + 1
        return int(self.high) - int(self.low) + 1 if self.whole and not self.log else None


@dataclass(frozen=True)
class Trial:
    """One trial. Numbers are Optuna's, which count from 0."""

    number: int
    state: str
    values: Mapping[str, Choice]
    value: float | None = None
    """The figure that the sweep goes by, of the weights that the run kept."""
    why: str = ""
    """Why it failed."""
    steps: Mapping[int, float] = field(default_factory=dict)
    """The figure after epochs, of the first restart or fold."""
    seconds: float | None = None


@dataclass(frozen=True)
class Sweep:
    """A sweep as a report shows it."""

    name: str
    """Of the recipe."""
    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, object]
    metric: str
    larger: bool
    """Whether larger values of the metric are better."""
    planned: int
    sampler: str
    pruner: str
    trials: tuple[Trial, ...]
    importance: Mapping[str, float] = field(default_factory=dict)
    """The share of each parameter in how much the metric differs; empty where it is not known."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """When, by which command, with what."""

    @property
    def complete(self) -> list[Trial]:
        """The trials that came to their end, and have a figure."""
        return [trial for trial in self.trials if trial.state == COMPLETE]

    @property
    def best(self) -> Trial | None:
        """The trial with the best figure; of equals the first."""
        return best_of(self.complete, larger=self.larger)

    def count(self, state: str) -> int:
        """How many trials are in a state."""
        return sum(trial.state == state for trial in self.trials)


def best_of(trials: Sequence[Trial], *, larger: bool) -> Trial | None:
    """The trial with the best value; None where none has one."""
    found = [(trial.value, trial) for trial in trials if trial.value is not None]
    if not found:
        return None
    side = -1 if larger else 1
    return min(found, key=lambda each: (side * each[0], each[1].number))[1]


def count_ended(trials: Iterable[Trial]) -> int:
    """How many trials will not go on."""
    return sum(trial.state in ENDED for trial in trials)


def trial_name(number: int) -> str:
    """The folder of a trial inside that of its sweep."""
    return f"trial-{number}"
