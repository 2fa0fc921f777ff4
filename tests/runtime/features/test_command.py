"""`netc train` says what it keeps; `--no-cache` keeps nothing, `netc cache clear` removes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.history import read_history

from ..train.small import IGNORED
from .small import HEAD, NET, pictures

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)


def test_a_run_says_what_it_keeps(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = HEAD.replace("cache ", 'data = npz("data.npz", validation_split=0.2)\n  cache ')
    (tmp_path / "small.net").write_text(NET + data)
    x, y = pictures(40)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    command = ["train", str(tmp_path / "small.net"), "--out"]
    assert execute([*command, str(tmp_path / "a")]) == 0
    said = capsys.readouterr().err
    assert "features of 40 samples at `base/pooled` computed in" in said
    assert f"; kept in {cache} (" in said
    assert execute([*command, str(tmp_path / "b"), "--no-cache"]) == 0
    assert "features" not in capsys.readouterr().err
    assert execute([*command, str(tmp_path / "c"), "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    histories = [read_history(tmp_path / name / "history.csv") for name in "abc"]
    for one, other in zip(histories[0], histories[1], strict=True):
        assert one.values == pytest.approx(other.values, rel=1e-4)
    assert [epoch.values for epoch in histories[0]] == [epoch.values for epoch in histories[2]]
    assert execute(["cache", "clear"]) == 0
    assert capsys.readouterr().err == "removed 2 files\n"
    assert not cache.exists()
