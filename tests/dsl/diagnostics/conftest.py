"""Every test here runs in an empty project folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own for each test, and the current folder."""
    (tmp_path / "netc.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path
