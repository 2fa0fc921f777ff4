"""The checks of many files, in processes of their own where that is faster."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ...compiler.alone import check_file
from ...compiler.together import FileFindings
from ...dsl.record import record
from ..cache.findings import decoded, encoded
from ..cache.records import Known
from .bugs import keeps_going

TRIAL = 0.1
"""Seconds of work in this process after which the rest is estimated."""
WORTH = 0.15
"""Seconds of work that are left, from which on processes are started for it."""
MOST_JOBS = 8
CHUNK = 32
"""The most files that a process is given at once."""


@record
class Checker:
    """Checks files that nothing is known of, and lets it be known."""

    known: Known
    alone: bool
    """Whether all files of the check are of one project."""
    max_layers: int

    def check(self, files: Sequence[Path], jobs: int | None) -> list[FileFindings]:
        """The findings of some files, in their order whatever finds them.

        `jobs` is the most processes; with None there are several where that is faster.
        """
        most = jobs or min(_processors(), MOST_JOBS)
        found: dict[int, FileFindings] = {}
        start = time.monotonic()
        for at in range(len(files)):
            if most > 1 and self._is_worth(jobs, time.monotonic() - start, at, len(files)):
                found.update(self._apart(files, range(at, len(files)), most))
                break
            found[at] = self._one(files[at])
        # What a process that came to its end early has left is checked here.
        for at in range(len(files)):
            if at not in found:
                found[at] = self._one(files[at])
        return [found[at] for at in range(len(files))]

    def _is_worth(self, jobs: int | None, seconds: float, done: int, count: int) -> bool:
        if jobs is not None:
            return done == 0 and count > 1
        return seconds > TRIAL and seconds / done * (count - done) > WORTH

    def _one(self, path: Path) -> FileFindings:
        found, facts = self._checked(path)
        if facts is not None:
            self.known.keep(path, facts)
        return found

    def _checked(self, path: Path) -> tuple[FileFindings, list[object] | None]:
        found, reads = check_file(
            path,
            alone=self.alone,
            max_layers=self.max_layers,
            keep_going=keeps_going(),
        )
        return found, self.known.record(path, found, reads)

    def _apart(
        self, files: Sequence[Path], left: range, most: int
    ) -> Iterator[tuple[int, FileFindings]]:
        """The findings that processes of their own find; some are missing where those end early."""
        import json

        from .processes import answers  # what one file alone does without

        size = max(1, min(CHUNK, len(left) // (most * 4)))
        chunks = [left[at : at + size] for at in range(0, len(left), size)]

        def answer(number: int) -> bytes:
            made = (self._checked(files[at]) for at in chunks[number])
            return json.dumps([[encoded(found, {}), facts] for found, facts in made]).encode()

        for number, made in answers(len(chunks), min(most, len(chunks)), answer):
            for at, (kept, facts) in zip(chunks[number], json.loads(made), strict=True):
                if facts is not None:
                    self.known.keep(files[at], facts)
                yield at, decoded(kept)


def _processors() -> int:
    """How many processors this process may run on."""
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
