"""Runs `netc` as a person does: a process of its own, with its output and exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from ...places import MODELS as MODELS
from ...warm import Result as Result
from ...warm import Started, run_warm, start_warm

RUN = "import runpy\nrunpy.run_module('netc', run_name='__main__', alter_sys=True)"
"""What `python -m netc` does."""


def netc(
    *args: str | Path,
    cwd: Path | None = None,
    stdin: str | None = None,
    cold: bool = False,
    **environment: str,
) -> Result:
    """Runs the command line; one that is `cold` imports all it needs, as for a person."""
    words = [*map(str, args)]
    variables = {**os.environ, "NO_COLOR": "", **environment}
    warm = None
    if not cold and stdin is None:
        warm = run_warm(words, cwd or Path.cwd(), variables)
    ended = warm or _start(words, cwd, stdin, variables)
    assert "Traceback" not in ended.err, ended.err
    return ended


def _start(
    words: list[str], folder: Path | None, stdin: str | None, variables: dict[str, str]
) -> Result:
    made = subprocess.run(
        [sys.executable, "-m", "netc", *words],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        input=stdin,
        cwd=folder,
        env=variables,
        check=False,
    )
    return Result(made.returncode, made.stdout, made.stderr)


def start_netc(
    *args: str | Path, cwd: Path, out: IO[str], err: IO[str], before: str = ""
) -> subprocess.Popen[str] | Started:
    """Starts the command line, which prints into files; the lines of `before` run first."""
    words = [*map(str, args)]
    warm = start_warm(words, cwd, os.environ, out, err, before)
    command = [sys.executable, "-c", f"{before}\n{RUN}", *words]
    return warm or subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err, text=True)
