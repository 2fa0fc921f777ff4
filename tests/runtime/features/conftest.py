"""Each test has a folder of features of its own, and no run draws a report."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the features."""
    monkeypatch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
    monkeypatch.delenv("NETC_NO_CACHE")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"
