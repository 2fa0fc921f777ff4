"""mypy and pyright see netc's types in another project, however netc was installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .places import Environment, run

pytestmark = pytest.mark.package

USER = """
from pathlib import Path

import numpy as np

import netc


def parameters(path: str) -> int:
    net = netc.load(path, classes=10)
    return net.summary().params


def faults(path: str) -> list[str]:
    found = netc.check(path, settings={"classes": 3, "widths": [1, 2]})
    return [f"{one.severity} {one.span.line} {one.message}" for one in found.diagnostics]


def outputs(path: Path) -> float:
    try:
        net = netc.load(path, "Digits", seed=1)
    except netc.DiagnosticError as error:
        return len(error.diagnostics)
    except netc.NetcError:
        return -1
    net.to_onnx("digits.onnx", classes=["a", "b"])
    more = net.run({"image": np.zeros((1, 2), np.float32), "ids": [[1]]})
    print(net, net.summary(batch=3), len(net.graph), net.session.inputs[0].shape, more["y"].shape)
    return float(net.run([[1, 2], [3, 4]])["probs"].sum())


def smallest_loss(path: Path) -> float | None:
    outcome = netc.train(path, data=(np.zeros((3, 2)), [0, 1, 2]), epochs=2, out=path.parent)
    return None if outcome.kept is None else outcome.kept.value
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
