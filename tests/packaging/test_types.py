"""mypy and pyright see netc's types in another project, however netc was installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .places import Environment, run

pytestmark = pytest.mark.package

USER = """
import netc


def parameters(path: str) -> int:
    net = netc.load(path, classes=10)
    return net.summary().params


def faults(path: str) -> list[str]:
    return [found.message for found in netc.check(path).diagnostics]
"""
WRONG = USER.replace("-> int", "-> str")


@pytest.fixture(params=["from_wheel", "editable"])
def installed(request: pytest.FixtureRequest) -> Environment:
    made: Environment = request.getfixturevalue(request.param)
    return made


def checked(command: list[str], text: str, folder: Path, status: int) -> str:
    (folder / "user.py").write_text(text, encoding="utf-8")
    ended = f"import subprocess, sys; sys.exit(subprocess.call({command!r}) != {status})"
    return run(sys.executable, "-c", ended, cwd=folder)


def test_mypy(installed: Environment, tmp_path: Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable"]
    command = [*mypy, str(installed.python), "user.py"]
    checked(command, USER, tmp_path, 0)
    assert 'got "int", expected "str"' in checked(command, WRONG, tmp_path, 1)


def test_pyright(installed: Environment, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pyright", "--pythonpath", str(installed.python), "user.py"]
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    checked(command, USER, tmp_path, 0)
    assert "reportReturnType" in checked(command, WRONG, tmp_path, 1)
