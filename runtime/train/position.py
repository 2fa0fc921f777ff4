"""How far a run has come: all of its state that is not an array."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..runs.history import Ending, Epoch
from .watchers import Counters


@dataclass(frozen=True)
class Best:
    """The weights that are kept so far, those of `epoch`, and the figure that says so."""

    restart: int
    epoch: int
    value: float
    monitor: str
    averaged: bool = False
    """Whether they are the running mean of the weights at that epoch's end."""


@dataclass
class Position:
    """How far a run has come. Restarts count from 1, phases from 0."""

    restart: int = 1
    phase: int = 0
    epoch: int = 0
    """Epochs of the phase that are done."""
    step: int = 0
    """Steps of the restart that are done."""
    stopped: bool = False
    watchers: dict[str, Counters] = field(default_factory=dict)
    kept: Best | None = None
    winner: Best | None = None
    epochs: list[Epoch] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    """The steps whose gradient norms are in the arrays."""
    winner_measured: list[int] = field(default_factory=list)
    seconds: float = 0.0
    """How long the run took before this process."""

    def epochs_of(self, restart: int) -> list[Epoch]:
        """The epochs of a restart that are done."""
        return [epoch for epoch in self.epochs if epoch.restart == restart]

    def enter(self, phase: int) -> None:
        """Goes to the start of a phase, unless it is in it already."""
        if phase != self.phase:
            self.phase, self.epoch, self.stopped, self.watchers = phase, 0, False, {}

    def next_restart(self) -> Position:
        """The start of the next restart, with what the run has seen and kept so far."""
        fresh = Position(restart=self.restart + 1, winner=self.winner, seconds=self.seconds)
        return replace(
            fresh,
            epochs=self.epochs,
            endings=self.endings,
            winner_measured=self.winner_measured,
        )
