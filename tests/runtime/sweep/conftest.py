"""Runs of these tests draw no pictures, which takes longer than they train."""

from __future__ import annotations

from pathlib import Path

import pytest

from .small import write_small


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
    monkeypatch.setattr("netc.runtime.report.sweep._draw", lambda *_: None)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small recipe with its data, in the folder that the test is in."""
    monkeypatch.chdir(tmp_path)
    return write_small(tmp_path)
