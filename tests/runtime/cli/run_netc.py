"""Runs `netc` as a person does: a process of its own, with its output and exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ...places import MODELS as MODELS


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


def netc(
    *args: str | Path, cwd: Path | None = None, stdin: str | None = None, **environment: str
) -> Result:
    made = subprocess.run(
        [sys.executable, "-m", "netc", *map(str, args)],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        input=stdin,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "", **environment},
        check=False,
    )
    assert "Traceback" not in made.stderr, made.stderr
    return Result(made.returncode, made.stdout, made.stderr)
