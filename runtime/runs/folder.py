"""The folder of a run: its name, its lock, and what is written into it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from filelock import FileLock, Timeout

from ...compiler.link.settings import Setting, setting
from ..errors import UserError, unreadable
from ..files.write import write_text
from .files import (
    BEST,
    FACTS,
    FIRST_FOLD,
    FOLDS_TABLE,
    GRADIENTS,
    HISTORY,
    KERAS,
    LOCK,
    ONNX,
    PICTURES,
    RECIPE,
    RECIPE_TEXT,
    REPORT,
    SOURCE,
)

RUNS = Path("runs")
_MADE = (BEST, ONNX, KERAS, HISTORY, GRADIENTS, RECIPE, RECIPE_TEXT, REPORT, SOURCE)
WRITTEN = (*_MADE, *PICTURES, FOLDS_TABLE, FIRST_FOLD)
"""What a run writes, and would write over in a folder that holds something else."""


class RunFolder:
    """A folder that holds one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def is_run(self) -> bool:
        """Whether a run was begun in it."""
        return (self.path / FACTS).exists()

    @property
    def facts(self) -> dict[str, Any]:
        """What `run.json` says. Raises UserError where it cannot be read."""
        path = self.path / FACTS
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise unreadable(path, error) from error
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}: is not JSON ({error})") from error
        if not isinstance(found, dict):
            raise UserError(f"{path}: does not describe a run")
        return found

    @property
    def settings(self) -> dict[str, Setting]:
        """What `--set` gave the run. Raises UserError where `run.json` cannot be read."""
        found = self.facts.get("set", {})
        if not isinstance(found, dict):
            raise UserError(f"{self.path / FACTS}: `set` holds no settings")
        return {str(name): setting(str(name), value) for name, value in found.items()}

    def write_facts(self, facts: Mapping[str, object]) -> None:
        """Writes `run.json`."""
        write_text(self.path / FACTS, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder, which is made where it is missing, for this process alone.

        The lock goes with the process, however it ends. A folder in which no run was begun is
        removed again if it holds nothing else. Raises UserError where another process holds it.
        """
        place = self.path / LOCK
        lock = FileLock(place, timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise UserError(
                f"{self.path}: another netc train{_process(place)} is writing into this folder; "
                "wait for it, or choose another with --out"
            ) from error
        except OSError as error:
            raise unreadable(self.path, error) from error
        try:
            with suppress(OSError):
                # Windows lets nobody write into a locked file, its holder neither.
                place.write_text(f"{os.getpid()}\n", encoding="ascii")
            yield
        finally:
            self._leave_no_empty_folder()
            lock.release()

    @contextmanager
    def beginning(self, *names: str) -> Iterator[None]:
        """Takes away again what was written of some names, where nothing could be begun."""
        try:
            yield
        except BaseException:
            for name in names:
                with suppress(OSError):
                    path = self.path / name
                    rmtree(path) if path.is_dir() else path.unlink()
            raise

    def _leave_no_empty_folder(self) -> None:
        with suppress(OSError):
            if [path.name for path in self.path.iterdir()] == [LOCK]:
                (self.path / LOCK).unlink()
                self.path.rmdir()
                if self.path.parent == RUNS:
                    RUNS.rmdir()


def _process(lock: Path) -> str:
    """Which process holds a folder, as far as it has said so."""
    try:
        return f" (process {int(lock.read_text(encoding='ascii'))})"
    except (OSError, ValueError):
        return ""


def new_folder(name: str, out: Path | None = None, written: Sequence[str] = WRITTEN) -> RunFolder:
    """The folder of a new run: `out`, or the next of `runs/<name>`, `runs/<name>-2`, …

    `written` are the names of what it will hold. A numbered one is made at once, so that no other
    process takes it too. Raises UserError where `out` is no place for a new run, or no folder can
    be made.
    """
    if out is not None:
        folder = RunFolder(out)
        if out.exists() and not out.is_dir():
            raise UserError(f"{out} is not a folder")
        if folder.is_run:
            raise UserError(
                f"{out} holds a run; continue it with --resume, or choose another folder"
            )
        taken = [name for name in written if (folder / name).exists()]
        if taken:
            raise UserError(
                f"{out} holds {taken[0]}, which the run would write over; choose another folder"
            )
        return folder
    number = max((taken for taken, _ in numbered(name)), default=0) + 1
    while True:
        path = _folder(name, number)
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise unreadable(path, error) from error
        else:
            return RunFolder(path)


def last_folder(name: str, out: Path | None = None) -> RunFolder:
    """The folder of the run to go on with: `out`, or the last of `runs/<name>`, `runs/<name>-2`, …

    Raises UserError where there is no run.
    """
    if out is not None:
        if not RunFolder(out).is_run:
            raise UserError(f"{out} holds no run to resume")
        return RunFolder(out)
    runs = [path for _, path in numbered(name) if RunFolder(path).is_run]
    if not runs:
        raise UserError(f"there is no run of `{name}` to resume in {RUNS}/")
    return RunFolder(runs[-1])


def numbered(name: str) -> list[tuple[int, Path]]:
    """What there is of `runs/<name>`, `runs/<name>-2`, …, in the order of the numbers."""
    found = [(1, _folder(name, 1))] if _folder(name, 1).exists() else []
    for path in RUNS.glob("*"):
        number = path.name.removeprefix(f"{name}-")
        if number != path.name and number.isdecimal() and int(number) > 1:
            found.append((int(number), path))
    return sorted(found)


def _folder(name: str, number: int) -> Path:
    return RUNS / (name if number == 1 else f"{name}-{number}")
