"""One sample of a batch run, groups of them, and what tells the file of some from others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ..errors import require_file
from ..files.tensors import TensorSpec


@dataclass(frozen=True)
class Sample:
    """One sample, or why it cannot be read."""

    name: str
    """Its file, or the line of its row."""
    values: Array | None
    """What the net gets, without the axis of the batch."""
    fault: str = ""


@dataclass(frozen=True)
class FileSamples:
    """What samples have that are a file each."""

    paths: tuple[Path, ...]
    spec: TensorSpec
    made: Preprocessing | None
    key: str = "file"

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.paths)

    @property
    def marks(self) -> Iterator[str]:
        """Their paths."""
        return map(str, self.paths)


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
