"""The processes that train trials, as the one that has the study sees them."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ...compiler.expand.values import Value
from .one import Result, Task

WORKER = f"{__package__}.worker"
"""The module that a process runs."""


@dataclass(frozen=True)
class Told:
    """What a process says: a figure after an epoch, or what came of its trial."""

    trial: int
    epoch: int = 0
    value: float = 0.0
    result: Result | None = None


class Crew:
    """So many processes, each with one trial at a time."""

    def __init__(
        self, task: Task, jobs: int, log: Path, program: Sequence[str] = ("-m", WORKER)
    ) -> None:
        """Nothing is started before there is a trial for it; what processes print goes to `log`.

        `program` are the words behind Python's name.
        """
        self._jobs = jobs
        self._start = partial(_Process, task, jobs, log, program)
        self._told: queue.Queue[Told] = queue.Queue()
        self._free: list[_Process] = []
        self._busy: dict[int, _Process] = {}

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in (*self._free, *self._busy.values()):
            process.end()

    @property
    def idle(self) -> bool:
        """Whether a process has no trial."""
        return len(self._busy) < self._jobs

    @property
    def busy(self) -> list[int]:
        """The trials that are trained."""
        return list(self._busy)

    def train(self, trial: int, settings: Mapping[str, Value], folder: Path) -> None:
        """Gives a trial to an idle process. Raises OSError where none can be started."""
        process = self._free.pop() if self._free else self._start()
        self._busy[trial] = process
        process.say({"settings": dict(settings), "folder": str(folder)})
        threading.Thread(target=self._listen, args=(trial, process), daemon=True).start()

    def answer(self, trial: int, enough: bool) -> None:
        """Answers a figure: whether the trial is given up."""
        self._busy[trial].say({"enough": enough})

    def next(self) -> Told:
        """What is said next, which is waited for."""
        while True:
            # A wait without end could not be interrupted on Windows.
            with suppress(queue.Empty):
                told = self._told.get(timeout=0.5)
                break
        if told.result is not None:
            process = self._busy.pop(told.trial)
            if process.alive:
                self._free.append(process)
            else:
                process.end()
        return told

    def _listen(self, trial: int, process: _Process) -> None:
        """Passes on what a process says of a trial, up to its result."""
        while True:
            message = process.hear()
            if message is None:
                self._told.put(Told(trial, result=Result(why=process.last_words())))
                return
            if "result" in message:
                self._told.put(Told(trial, result=Result(**message["result"])))
                return
            self._told.put(Told(trial, message["epoch"], message["value"]))


class _Process:
    def __init__(self, task: Task, jobs: int, log: Path, program: Sequence[str]) -> None:
        # Two that take all cores for each step are slower than two that share them.
        share = str(max(1, (os.cpu_count() or 1) // jobs))
        threads = {} if jobs == 1 else {"TF_NUM_INTRAOP_THREADS": share, "OMP_NUM_THREADS": share}
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **threads},
                text=True,
                encoding="utf-8",
            )
        self.say(asdict(task) | {"file": str(task.file), "data": _text(task.data)})

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def say(self, message: Mapping[str, object]) -> None:
        """Sends a line; what the process cannot take any more, it says itself by its end."""
        with suppress(OSError):
            _open(self._process.stdin).write(json.dumps(message) + "\n")
            _open(self._process.stdin).flush()

    def hear(self) -> dict[str, Any] | None:
        """The next line; None where the process has ended."""
        try:
            line = _open(self._process.stdout).readline()
        except ValueError:
            # `end` closed it while another thread was about to read.
            return None
        if not line.endswith("\n"):
            return None
        found: dict[str, Any] = json.loads(line)
        return found

    def last_words(self) -> str:
        """How it ended."""
        status = self._process.wait()
        if status < 0:
            return f"its process was ended by signal {-status}; there may be too little memory"
        return f"its process ended with status {status}"

    def end(self) -> None:
        """Ends it now: what its run has saved is there."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                _open(pipe).close()


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
