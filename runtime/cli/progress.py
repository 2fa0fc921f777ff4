"""How a run shows itself: a bar on a terminal, else one line an epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ...dsl.text.escape import terminal
from ..runs.history import STOPPED, Ending, Epoch
from ..train.watch import Results, Stretch, Watch
from .say import say

if TYPE_CHECKING:
    from rich.progress import Progress

DUE = 0.2
"""Seconds between two looks at the figures of a running epoch."""


@contextmanager
def progress(stream: TextIO, quiet: bool) -> Iterator[Watch]:
    """What to watch a run with."""
    if quiet:
        yield Notes()
        return
    if not stream.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as bars:
        yield Bars(bars)


class Notes(Watch):
    """Says only what must be known."""

    def note(self, text: str) -> None:
        """Prints it to standard error."""
        self._say(f"note: {text}")

    def _say(self, text: str) -> None:
        say(terminal(text), err=True)


class Lines(Notes):
    """One line an epoch, on standard error."""

    def __init__(self) -> None:
        self._stretch: Stretch | None = None
        self._loaded: Sequence[str] = ()

    def fold(self, fold: int, count: int) -> None:
        """Says which fold begins."""
        self._say(f"fold {fold} of {count}")

    def loading(self, lines: Sequence[str]) -> None:
        """Prints which tensors load where, for several folds once."""
        if lines != self._loaded:
            for line in lines:
                self._say(line)
        self._loaded = lines

    def features(self, line: str) -> None:
        """Prints what is kept of the frozen layers, or why nothing is."""
        self._say(line)

    def phase(self, stretch: Stretch) -> None:
        """Names the phase and the restart, where there are several."""
        self._stretch = stretch
        title = _title(stretch)
        if title:
            self._say(title)

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        """Prints the epoch's figures."""
        assert self._stretch is not None
        last = self._stretch.first + self._stretch.epochs - 1
        shown = f"epoch {epoch.epoch}/{last}  {figures(epoch.values)}"
        self._say(f"{shown}  {epoch.seconds:.1f} s{'  *' * kept}")

    def ending(self, ending: Ending) -> None:
        """Says that a phase stopped early, and which weights go on."""
        assert self._stretch is not None
        text = _ending(ending, self._stretch)
        if text:
            self._say(text)


class Bars(Lines):
    """A bar over the steps of the phase, and above it one line for each epoch that is done."""

    def __init__(self, bars: Progress) -> None:
        super().__init__()
        self._bars = bars
        self._task = bars.add_task("getting ready", total=1, figures="")
        self._next = 0.0

    def phase(self, stretch: Stretch) -> None:
        """Begins a new bar."""
        super().phase(stretch)
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(
            f"epoch {stretch.first + stretch.done}",
            total=stretch.epochs * stretch.steps,
            completed=stretch.done * stretch.steps,
            figures="",
        )

    def extracting(self, done: int, total: int) -> None:
        """Moves a bar of its own over the samples."""
        self._bars.update(
            self._task, description="frozen layers", completed=done, total=total, figures=""
        )

    def step(self, epoch: int, step: int, results: Results) -> None:
        """Moves the bar; asks for the figures a few times a second."""
        now = time.monotonic()
        if now < self._next or self._stretch is None:
            return
        self._next = now + DUE
        stretch = self._stretch
        self._bars.update(
            self._task,
            description=f"epoch {epoch}/{stretch.first + stretch.epochs - 1}",
            completed=(epoch - stretch.first) * stretch.steps + step,
            figures=figures(results()),
        )

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        """Prints the epoch's figures and moves the bar to its end."""
        super().epoch(epoch, kept)
        assert self._stretch is not None
        done = epoch.epoch - self._stretch.first + 1
        self._bars.update(self._task, completed=done * self._stretch.steps)

    def closing(self) -> None:
        """Says what it is that still takes time."""
        self._bars.update(self._task, description="writing models and the report", figures="")

    def _say(self, text: str) -> None:
        self._bars.console.print(terminal(text), highlight=False, markup=False)


def figures(values: Mapping[str, float]) -> str:
    """`loss 0.1234  accuracy 0.9876`."""
    return "  ".join(f"{terminal(name)} {value:.4g}" for name, value in values.items())


def _title(stretch: Stretch) -> str:
    parts = []
    if stretch.restarts > 1:
        parts.append(f"restart {stretch.restart} of {stretch.restarts}")
    if stretch.phase:
        parts.append(f"phase {stretch.phase}")
    return ", ".join(parts)


def _ending(ending: Ending, stretch: Stretch) -> str:
    if ending.reason == STOPPED:
        return (
            f"stopped early after epoch {ending.epoch}; "
            f"kept epoch {ending.kept} ({ending.monitor} {ending.value:.4g})"
        )
    if 0 < ending.kept < stretch.first:
        return f"no epoch was better than epoch {ending.kept} ({ending.monitor} {ending.value:.4g})"
    return ""
