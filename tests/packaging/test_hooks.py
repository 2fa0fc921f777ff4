"""`pre-commit` installs our hooks and runs them on what a person commits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..places import ROOT
from .places import run

pytestmark = pytest.mark.package


def _commit(folder: Path) -> None:
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", "-f", cwd=folder)
    names = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    run("git", *names, "commit", "-q", "-m", "files", cwd=folder)


def _hook(name: str, hooks: Path, project: Path, home: Path) -> tuple[int, str]:
    made = subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), name, "--all-files"],
        cwd=project,
        env={**os.environ, "PRE_COMMIT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return made.returncode, made.stdout


def test_hooks_check_and_format(checkout: Path, tmp_path: Path) -> None:
    hooks, project, home = tmp_path / "hooks", tmp_path / "project", tmp_path / "home"
    shutil.copytree(checkout, hooks)
    _commit(hooks)
    shutil.copytree(ROOT / "tests" / "action" / "demo", project)
    _commit(project)
    for name in ("netc-check", "netc-fmt"):
        status, said = _hook(name, hooks, project, home)
        assert status == 0, said
        assert "Passed" in said
    net = project / "nets" / "digits.net"
    net.write_text(net.read_text().replace("deep = wide ->", "deep = wide->Flatten->"))
    status, said = _hook("netc-check", hooks, project, home)
    assert status == 1
    assert "error[NET" in said
    status, said = _hook("netc-fmt", hooks, project, home)
    assert status == 1
    assert "files were modified by this hook" in said
