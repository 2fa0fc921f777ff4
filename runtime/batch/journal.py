"""What a batch run has computed, kept line by line, so that a killed run goes on behind it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO

from filelock import FileLock, Timeout

from ..errors import UserError, unreadable
from .results import Value


@dataclass(frozen=True)
class Line:
    """One sample's values, or why it was skipped."""

    name: str
    values: Sequence[Value]
    fault: str = ""


class Journal:
    """The file `OUT.part`: what the run is, and then a line for each sample, in order.

    Raises UserError where another run left it, or one writes it now.
    """

    def __init__(self, out: Path, about: Mapping[str, object]) -> None:
        self.path = out.with_name(f"{out.name}.part")
        self._head = f"{json.dumps(about, sort_keys=True)}\n".encode()
        self._lock = FileLock(f"{self.path}.lock")
        self._file: IO[bytes] | None = None
        self._own = False
        self.done = 0
        """How many samples it holds."""

    def __enter__(self) -> Journal:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self.path}: another run writes it now") from None
        except OSError as error:
            raise unreadable(self.path, error) from error
        try:
            self._open()
        except BaseException:
            self._release()
            raise
        return self

    def _open(self) -> None:
        try:
            self._file = self.path.open("a+b")
            self._file.seek(0)
            whole = 0
            for number, line in enumerate(self._file):
                if not line.endswith(b"\n"):
                    # What a kill cut off is computed again.
                    break
                if number == 0 and line != self._head:
                    raise UserError(
                        f"{self.path}: is what a run of another model, or on other samples, left; "
                        "remove it, or give another -o"
                    )
                whole += len(line)
                self.done = number
            self._file.truncate(whole)
            if not whole:
                self._file.write(self._head)
                self._file.flush()
            self._own = True
        except OSError as error:
            raise unreadable(self.path, error) from error

    def add(self, lines: Sequence[Line]) -> None:
        """Appends samples, so that a kill does not lose them. Raises UserError for a full disk."""
        assert self._file is not None
        made = [json.dumps([one.name, one.fault, *one.values]) for one in lines]
        try:
            self._file.write("".join(f"{line}\n" for line in made).encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UserError(
                f"{unreadable(self.path, error)}; with more room the same command goes on behind "
                f"{self.done:,} samples"
            ) from error
        self.done += len(lines)

    def lines(self) -> Iterator[Line]:
        """All samples, in order."""
        with self.path.open("rb") as file:
            next(file)
            for text in file:
                name, fault, *values = json.loads(text)
                yield Line(name, values, fault)

    def remove(self) -> None:
        """Takes the file away, when what it holds is elsewhere."""
        self.path.unlink(missing_ok=True)

    def _release(self) -> None:
        if self._file is not None:
            # What a full disk did not take is tried once more, and computed again.
            with suppress(OSError):
                self._file.close()
        self._lock.release()
        with suppress(OSError):
            if not self.path.stat().st_size or (self._own and not self.done):
                self.path.unlink()  # nothing to go on behind
        with suppress(OSError):
            Path(self._lock.lock_file).unlink()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()


def marks_digest(marks: Iterator[str]) -> str:
    """A digest of what tells samples from others."""
    made = sha256()
    for mark in marks:
        made.update(mark.encode("utf-8", "surrogateescape") + b"\0")
    return made.hexdigest()
