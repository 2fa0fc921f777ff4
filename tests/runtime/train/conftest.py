"""Runs of these tests draw no pictures, which takes longer than they train."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_report(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "report" not in request.keywords:
        monkeypatch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
