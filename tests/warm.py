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
    """Runs `python -m netc`; None where only a new process is the same."""
    if not hasattr(os, "fork") or _acting(environment) != _acting(_BEGUN):
        return None
    verb = arguments[0] if arguments else ""
    return _warm(NEEDED.get(verb, CHECKER)).run(arguments, folder, environment)


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

    def run(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Result:
        """Runs netc there, with nothing on standard input."""
        asked = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": dict(environment),
        }
        request = json.dumps(asked).encode()
        with _printed() as out, _printed() as err, open(os.devnull) as nothing:
            streams = [nothing.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(self._socket, [len(request).to_bytes(SIZE, "big")], streams)
            self._socket.sendall(request)
            answer = self._socket.recv(SIZE, socket.MSG_WAITALL)
            assert len(answer) == SIZE, f"{PROGRAM} ended: what does it print?"
            out.seek(0)
            err.seek(0)
            return Result(int.from_bytes(answer, "big", signed=True), out.read(), err.read())


def _printed() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape")


_warm = cache(_Warm)
