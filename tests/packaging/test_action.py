"""The action installs netc as its first step does, and what it installs is what the steps call."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ..action.project import copy_change, make_project
from ..action.runner import STEPS, github

pytestmark = pytest.mark.package


def test_the_first_step_installs_what_the_others_run(checkout: Path, tmp_path: Path) -> None:
    (install,) = [step for step in STEPS if step.get("id") == "install"]
    script, output, temp = tmp_path / "step.sh", tmp_path / "output", tmp_path / "temp"
    script.write_text(install["run"])
    temp.mkdir()
    # Whatever lies in the working folder, Python takes none of it for its own.
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in ("venv", "pip", "json", "sitecustomize"):
        (hostile / f"{name}.py").write_text("raise SystemExit('it runs')\n")
    made = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=hostile,
        env={
            **os.environ,
            "ACTION": str(checkout),
            "GITHUB_OUTPUT": str(output),
            "RUNNER_TEMP": str(temp),
            "PYTHONPATH": str(hostile),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    name, _, python = output.read_text().strip().partition("=")
    assert name == "python"
    project = make_project(tmp_path, copy_change)
    with github() as fake:
        runner = project.runner(tmp_path / "run", Path(python), fake)
        assert runner.run() == 1
    assert "NET0301" in runner.steps["check"].out
    assert len(fake.comments) == 1
