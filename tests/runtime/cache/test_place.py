"""The folder of the cache is the user's own and lies in no project."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from netc.runtime.cache import store
from netc.runtime.cache.place import folder, why_unusable
from netc.runtime.cache.store import Store
from netc.runtime.cli import execute


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "project"
    (made / ".git").mkdir(parents=True)
    (made / "net.net").write_text("net A(x: float32[N, 3]) { return x -> Dense(4) }\n")
    monkeypatch.chdir(made)
    monkeypatch.delenv("NETC_NO_CACHE")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "cache"))
    return made


def test_it_is_closed_to_others(project: Path) -> None:
    assert execute(["check"]) == 0
    cache = Path(folder())
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    (pack,) = cache.iterdir()
    assert stat.S_IMODE(pack.stat().st_mode) == 0o600


def test_what_a_project_brings_along_is_not_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "nets").mkdir()
    monkeypatch.chdir(project / "nets")
    monkeypatch.setenv("NETC_CACHE_DIR", str(project / "cache"))
    assert execute(["check", ".."]) == 0
    assert "is not used: it lies in the project" in capsys.readouterr().err
    assert not (project / "cache").exists()


def test_a_link_into_the_project_is_no_way_in(project: Path, tmp_path: Path) -> None:
    (project / "cache").mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(project / "cache")
    assert "lies in the project" in (why_unusable(str(link)) or "")


def test_where_others_may_write_nothing_is_read(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "shared"
    cache.mkdir()
    cache.chmod(0o777)
    assert why_unusable(str(cache)) == "others may write there"
    cache.chmod(0o700)
    assert why_unusable(str(cache)) is None
    assert why_unusable(str(project.parent / "none yet")) is None


def test_the_systems_folder_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETC_CACHE_DIR", raising=False)
    monkeypatch.setattr("netc.runtime.cache.place.sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert folder() == "/somewhere/netc"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/a")
    assert folder() == "/home/a/.cache/netc", "a relative path is to be ignored"


def test_it_is_shown_and_cleared(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(["check"])
    capsys.readouterr()
    assert execute(["cache", "dir"]) == 0
    assert capsys.readouterr().out.strip() == folder()
    (Path(folder()) / "mine.txt").touch()
    assert execute(["cache", "clear"]) == 0
    assert "removed 1 file\n" in capsys.readouterr().err
    assert [path.name for path in Path(folder()).iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_no_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert execute(["check"]) == 0


def test_it_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(str(tmp_path / "cache"))
    monkeypatch.setattr(store, "MOST", 4000)
    for number in range(10):
        kept.write(f"{number:040}", {"a.net": ["x" * 800]})
        os.utime(tmp_path / "cache" / f"{number:040}.pack", (number, number))
    total = sum(size for _, size, _ in kept.packs())
    assert total <= 4000
    assert kept.read(f"{9:040}") == {"a.net": ["x" * 800]}
    assert kept.read(f"{0:040}") == {}, "the one used longest ago has gone"
    monkeypatch.setattr(store, "LARGEST", 100)
    kept.write("1" * 40, {"a.net": ["x" * 800]})
    assert kept.read("1" * 40) == {}


def test_leftovers_of_killed_processes_go(tmp_path: Path) -> None:
    kept = Store(str(tmp_path))
    left = tmp_path / f"{'0' * 40}.123.tmp"
    left.touch()
    kept.write("1" * 40, {})
    assert left.exists(), "its process may still write it"
    old = time.time() - 2 * store.DAY
    os.utime(left, (old, old))
    kept.write("1" * 40, {})
    assert not left.exists()
