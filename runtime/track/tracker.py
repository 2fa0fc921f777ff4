"""What a tracker is told of a run, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runs.resolved import Scalar


@dataclass(frozen=True)
class Started:
    """A run that begins, or goes on."""

    experiment: str
    """The recipe, whose runs lie together."""
    name: str
    group: str
    """The sweep that it is a trial of; empty where there is none."""
    settings: Mapping[str, Scalar]
    """All of them, by dotted path."""
    command: str
    id: str | None
    """What the tracker called it before, where it goes on."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended: how, its final figures, and the files to keep."""

    ending: str
    figures: Mapping[str, float]
    files: Sequence[tuple[Path, str]]
    """Each with the folder inside the run that it goes into; empty for none."""


class Tracker:
    """Keeps runs. Any of these may raise what its client does; a training outlives that."""

    title = ""

    def start(self, run: Started) -> str:
        """Begins a run, or goes on with one; what the tracker calls it."""
        raise NotImplementedError

    def figures(self, step: int, values: Mapping[str, float]) -> None:
        """Keeps figures of an epoch."""
        raise NotImplementedError

    def end(self, run: Ended) -> None:
        """Ends the run that was started."""
        raise NotImplementedError
