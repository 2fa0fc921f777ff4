"""One sample of a batch run, groups of them, and what tells the file of some from others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...compiler.ops.base.backend import Array
from ..errors import require_file


@dataclass(frozen=True)
class Sample:
    """One sample, or why it cannot be read."""

    name: str
    """Its file, or the line of its row."""
    values: Array | None
    """What the net gets, without the axis of the batch."""
    fault: str = ""


def grouped(samples: Iterator[Sample], start: int, size: int) -> Iterator[list[Sample]]:
    """Samples from a number on, by `size`."""
    left = islice(samples, start, None)
    while group := [*islice(left, size)]:
        yield group


def file_marks(path: Path, what: str) -> Iterator[str]:
    """Which file it is, and of when. Raises UserError where there is none."""
    require_file(path, what)
    facts = path.stat()
    yield f"{path} {facts.st_size} {facts.st_mtime_ns}"
