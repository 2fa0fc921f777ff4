"""Runs `netc` in processes of their own, which do not wait for imports each time.

Keras takes some seconds to import, and what a check needs a third of one. `warm_process.py` does it
once, and each call gets a copy of that process. A new one is started where a copy would not be the
same: for variables that act on Python or on imports, and for text on standard input. A test asks
for a `cold` start itself where it is about that: copies agree on the order of sets.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from .warm_process import SIZE

PROGRAM = Path(__file__).with_name("warm_process.py")
ACTING = re.compile(r"(PYTHON|LANG|LC_|LD_|KERAS_|TF_(?!CPP_)|OMP_|MPL|TZ$)\w*")
"""Variables that act when Python starts or when something is imported."""

CHECKER = ("netc.dsl.", "netc.compiler.", "netc.runtime.cli.")
MODELS = ("numpy", "onnx", "onnxruntime", "h5py", "PIL.Image", *CHECKER, "netc.runtime.infer.")
KERAS = ("keras", "matplotlib.figure", *MODELS, "netc.runtime.train.", "netc.runtime.report.")
NEEDED = {
    **dict.fromkeys(("compile", "run", "import", "bench"), MODELS),
    **dict.fromkeys(("train", "eval", "verify", "sweep", "cam", "filters", "features"), KERAS),
}


_BEGUN = {**os.environ}


@dataclass(frozen=True)
class Result:
    """How a process ended, and what it printed."""

    status: int
    out: str
    err: str


def run_warm(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Result | None:
    """Runs `python -m netc` to its end; None where only a new process is the same."""
    with _printed() as out, _printed() as err:
        started = start_warm(arguments, folder, environment, out, err)
        if started is None:
            return None
        status = started.wait()
        out.seek(0)
        err.seek(0)
        return Result(status, out.read(), err.read())


def start_warm(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    out: IO[str],
    err: IO[str],
    before: str = "",
) -> Started | None:
    """Starts `python -m netc`, which prints into files; None where only a new one is the same.

    `before` are lines of Python that run first, so that something happens at one point of it.
    """
    if not hasattr(os, "fork") or _acting(environment) != _acting(_BEGUN):
        return None
    verb = arguments[0] if arguments else ""
    asked = {
        "arguments": arguments,
        "folder": str(folder),
        "environment": dict(environment),
        "before": before,
    }
    return _warm(NEEDED.get(verb, CHECKER)).start(asked, out, err)


class Started:
    """A process that was started, as `subprocess.Popen` has it."""

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self.pid = self._answer()
        self.returncode: int | None = None

    def _answer(self) -> int:
        found = self._answers.recv(SIZE)
        assert len(found) == SIZE, f"{PROGRAM} ended: what does it print?"
        return int.from_bytes(found, "big", signed=True)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, as soon as there is one. Raises TimeoutError."""
        if self.returncode is None:
            self._answers.settimeout(timeout)
            self.returncode = self._answer()
            self._answers.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit status, if there is one."""
        with suppress(BlockingIOError):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal, if the process still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _acting(environment: Mapping[str, str]) -> dict[str, str]:
    known = {"KERAS_BACKEND": "tensorflow", **environment}
    return {name: value for name, value in known.items() if ACTING.fullmatch(name)}


class _Warm:
    """A process with modules in it, which ends with this one."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            subprocess.run(
                [sys.executable, PROGRAM, str(theirs.fileno()), *modules],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**_BEGUN, "TF_CPP_MIN_LOG_LEVEL": "3"},
                pass_fds=[theirs.fileno()],
                check=True,
            )
        atexit.register(self._socket.close)

    def start(self, asked: Mapping[str, object], out: IO[str], err: IO[str]) -> Started:
        """Starts netc there, with nothing on standard input."""
        request = json.dumps(asked).encode()
        ours, theirs = socket.socketpair()
        with theirs, open(os.devnull) as nothing:
            given = [nothing.fileno(), out.fileno(), err.fileno(), theirs.fileno()]
            socket.send_fds(self._socket, [len(request).to_bytes(SIZE, "big")], given)
            self._socket.sendall(request)
        return Started(ours)


def _printed() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape")


_warm = cache(_Warm)
