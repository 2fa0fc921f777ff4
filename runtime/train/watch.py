"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..runs.history import Ending, Epoch

Results = Callable[[], Mapping[str, float]]


@dataclass(frozen=True)
class Stretch:
    """A phase of a restart that begins."""

    restart: int
    restarts: int
    phase: str
    epochs: int
    steps: int
    """Steps of each epoch."""
    done: int
    """Epochs of the phase that are done already, by an earlier process."""
    first: int
    """The number of the phase's first epoch in the restart."""


class Enough(Exception):
    """Whoever watches a run ends it after an epoch; what it has so far is saved."""


class Watch:
    """Is told what happens in a run, and says nothing of it: whoever does overrides a method."""

    def fold(self, fold: int, count: int) -> None:
        """A fold of a cross-validation begins; they count from 1."""

    def loading(self, lines: Sequence[str]) -> None:
        """The weights that files give, as a table; no lines where there are none."""

    def features(self, line: str) -> None:
        """What is kept of the frozen layers, or why nothing is."""

    def extracting(self, done: int, total: int) -> None:
        """So many samples have gone through the frozen layers."""

    def phase(self, stretch: Stretch) -> None:
        """A phase begins."""

    def step(self, epoch: int, step: int, results: Results) -> None:
        """So many steps of an epoch are done; `results` gives the figures so far."""

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        """An epoch is done; whether its weights are the ones kept now."""

    def enough(self) -> bool:
        """Whether the run ends here, by `Enough`; asked after each epoch."""
        return False

    def ending(self, ending: Ending) -> None:
        """A phase is done."""

    def closing(self) -> None:
        """All training is done; models and the report are written now."""

    def note(self, text: str) -> None:
        """Something a person should know."""


class Passing(Watch):
    """Tells another watch everything."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def fold(self, fold: int, count: int) -> None:
        """Passes it on."""
        self._watch.fold(fold, count)

    def loading(self, lines: Sequence[str]) -> None:
        """Passes it on."""
        self._watch.loading(lines)

    def features(self, line: str) -> None:
        """Passes it on."""
        self._watch.features(line)

    def extracting(self, done: int, total: int) -> None:
        """Passes it on."""
        self._watch.extracting(done, total)

    def phase(self, stretch: Stretch) -> None:
        """Passes it on."""
        self._watch.phase(stretch)

    def step(self, epoch: int, step: int, results: Results) -> None:
        """Passes it on."""
        self._watch.step(epoch, step, results)

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        """Passes it on."""
        self._watch.epoch(epoch, kept)

    def enough(self) -> bool:
        """Asks the other watch."""
        return self._watch.enough()

    def ending(self, ending: Ending) -> None:
        """Passes it on."""
        self._watch.ending(ending)

    def closing(self) -> None:
        """Passes it on."""
        self._watch.closing()

    def note(self, text: str) -> None:
        """Passes it on."""
        self._watch.note(text)
