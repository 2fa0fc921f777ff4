"""Rounds in which every contender runs once, so that what else the machine does falls on all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..errors import UserError
from .case import Contender
from .lap import Lap, Running
from .timing import Missing

WARM = 3
"""Rounds that are not counted."""
LEAST = 5
"""Rounds that are counted however long they take, unless it is said otherwise."""
PAUSE = 0.005
"""Seconds before each run, in which the threads of the one before stop waiting for work."""


@dataclass(frozen=True)
class Effort:
    """How often runs are repeated."""

    rounds: int = 30
    seconds: float | None = None
    """After so many for each contender no further round begins, once `least` are counted."""
    least: int = LEAST


@dataclass
class Entrant:
    """A contender that is loaded, and its laps so far."""

    contender: Contender
    running: Running
    laps: list[Lap] = field(default_factory=list)
    memory: int | None = None


@dataclass
class Turns:
    """Contenders that run by turns, in an order that is drawn anew each round."""

    entrants: list[Entrant] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def enter(self, contender: Contender, start: Callable[[], Running]) -> None:
        """Loads a contender; one that cannot be is missing."""
        try:
            self.entrants.append(Entrant(contender, start()))
        except UserError as error:
            self.missing.append(Missing(str(contender), str(error)))

    def run(self, effort: Effort) -> None:
        """All rounds; a contender that fails in one is missing, and the others go on.

        The first `WARM` are not counted, unless they take all of the time that there is: each has
        run once when it was loaded.
        """
        drawn = np.random.default_rng(0)
        warm = min(WARM, effort.rounds)
        done = self._rounds(warm, 1, effort.seconds, drawn)
        if done == warm:
            done = 0
            for entrant in self.entrants:
                entrant.laps.clear()
        self._rounds(effort.rounds - done, effort.least - done, effort.seconds, drawn)

    def _rounds(
        self, rounds: int, least: int, seconds: float | None, drawn: np.random.Generator
    ) -> int:
        """So many rounds, or fewer where time is over; how many they were."""
        start = time.perf_counter()
        for number in range(rounds):
            passed = time.perf_counter() - start
            if seconds is not None and number >= least and passed > seconds * len(self.entrants):
                return number
            self._round(drawn)
        return max(rounds, 0)

    def _round(self, drawn: np.random.Generator) -> None:
        for index in drawn.permutation(len(self.entrants)).tolist():
            entrant = self.entrants[index]
            time.sleep(PAUSE)
            try:
                entrant.laps.append(entrant.running.lap())
            except UserError as error:
                self.missing.append(Missing(str(entrant.contender), str(error)))
                entrant.laps.clear()
        lost = {each.engine for each in self.missing}
        self.entrants = [each for each in self.entrants if str(each.contender) not in lost]

    def end(self) -> None:
        """Ends all, and keeps the most memory that each took."""
        for entrant in list(self.entrants):
            try:
                entrant.memory = entrant.running.end()
            except UserError as error:
                self.entrants.remove(entrant)
                self.missing.append(Missing(str(entrant.contender), str(error)))

    def stop(self) -> None:
        """Ends all, whatever they do."""
        for entrant in self.entrants:
            entrant.running.stop()
