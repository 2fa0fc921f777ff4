"""Figures are kept in the file that is asked for, and two files are compared row by row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def run_of(path: Path, commit: str, **rows: float) -> str:
    figures = [
        {"table": "check", "row": row, "unit": "s", "value": value} for row, value in rows.items()
    ]
    path.write_text(json.dumps({"commit": commit, "python": "3.12.1", "figures": figures}))
    return str(path)


def compare(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "compare.py"), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_ratio_for_each_figure_and_what_differs_above(tmp_path: Path) -> None:
    old = run_of(tmp_path / "old.json", "a1", resnet=0.5, vgg=0.25, gone=1.0)
    new = run_of(tmp_path / "new.json", "b2", resnet=0.25, vgg=0.5)
    lines = compare(old, new).stdout.splitlines()
    assert lines[0] == "commit: a1 -> b2"
    assert [line.split() for line in lines[1:]] == [
        ["check:", "resnet", "0.500", "s", "0.250", "s", "0.50"],
        ["check:", "vgg", "0.250", "s", "0.500", "s", "2.00"],
        ["check:", "gone", "1.000", "s", "-"],
    ]


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    other = tmp_path / "package.json"
    other.write_text("{}")
    found = compare(str(other), str(other))
    assert found.returncode == 1
    assert found.stderr.splitlines() == [
        f"{other} is not a file of `make bench` (KeyError: 'figures')"
    ]


def test_figures_are_kept_only_where_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "figures"
    keep = "from figures import keep; keep('check', 'resnet', 's', 0.5)"
    for variable in ({}, {"NETC_BENCH_FIGURES": str(file)}):
        for name, value in variable.items():
            monkeypatch.setenv(name, value)
        subprocess.run([sys.executable, "-c", keep], cwd=BENCH, check=True)
        assert file.exists() == bool(variable)
    assert json.loads(file.read_text(encoding="utf-8"))["value"] == 0.5
