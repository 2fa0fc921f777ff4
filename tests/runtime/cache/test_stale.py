"""No answer of the cache is stale: whatever a check depended on, a change of it checks again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from netc.compiler import alone
from netc.compiler.check import AloneFound
from netc.runtime.cache.store import Store
from netc.runtime.cli import execute

CLEAN = "net Net(x: float32[N, 8]) -> [N, 4] {\n  return x -> Head\n}\n"
MAIN = 'from "./lib/head.net" import Head\n\n' + CLEAN
HEAD = "block Head(x: [N, C]) {\n  return x -> Dense(4)\n}\n"
WRONG = HEAD.replace("4", "5")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "lib").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "main.net").write_text(MAIN)
    (folder / "lib" / "head.net").write_text(HEAD)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NETC_NO_CACHE")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were checked, and not known."""
    names: list[str] = []
    check = alone.check_alone

    def noted(path: Path, **how: Any) -> AloneFound:
        names.append(path.name)
        return check(path, **how)

    monkeypatch.setattr(alone, "check_alone", noted)
    return names


def status(*args: str) -> int:
    return execute(["check", "--jobs", "1", *args])


def test_a_second_check_checks_nothing(project: Path, checked: list[str]) -> None:
    assert (status(), sorted(checked)) == (0, ["head.net", "main.net"])
    checked.clear()
    assert (status(), checked) == (0, [])
    assert (status("lib/../main.net"), checked) == (0, ["main.net"]), "shown by another name"
    assert (status("--no-cache"), len(checked)) == (0, 3)


def text_of_an_import(project: Path) -> None:
    (project / "lib" / "head.net").write_text(WRONG)


def same_size_and_time(project: Path) -> None:
    path = project / "lib" / "head.net"
    about = path.stat()
    path.write_text(WRONG)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def import_away(project: Path) -> None:
    (project / "lib" / "head.net").unlink()


def import_leads_out(project: Path) -> None:
    outside = project.parent / "head.net"
    shutil.move(project / "lib" / "head.net", outside)
    (project / "lib" / "head.net").symlink_to(outside)


def folder_of_import_leads_elsewhere(project: Path) -> None:
    shutil.move(project / "lib", project / "other")
    (project / "other" / "head.net").write_text(WRONG)
    (project / "lib").symlink_to("other")


def smaller_project(project: Path) -> None:
    """The folder of the file becomes a project, and its import leaves it."""
    (project / "main.net").write_text(MAIN.replace("./lib", "../lib"))
    (project / "nets").mkdir()
    shutil.move(project / "main.net", project / "nets" / "main.net")
    assert status() == 0
    (project / "nets" / "netc.toml").touch()


def fewer_layers(project: Path) -> None:
    (project / "netc.toml").write_text("max-layers = 1\n")
    (project / "main.net").write_text(MAIN.replace("Head\n}", "Head -> ReLU\n}"))


def pipe_in_its_place(project: Path) -> None:
    (project / "lib" / "head.net").unlink()
    os.mkfifo(project / "lib" / "head.net")


@pytest.mark.parametrize(
    "change",
    [
        text_of_an_import,
        same_size_and_time,
        import_away,
        import_leads_out,
        folder_of_import_leads_elsewhere,
        smaller_project,
        fewer_layers,
        pipe_in_its_place,
    ],
)
def test_a_change_is_seen(project: Path, change: Callable[[Path], None]) -> None:
    assert status() == 0
    change(project)
    assert status() == 1
    assert status() == 1


def test_a_missing_import_may_appear(project: Path) -> None:
    head = project / "lib" / "head.net"
    head.unlink()
    assert status() == 1
    head.write_text(HEAD)
    assert status() == 0


def test_a_change_of_netc_itself_is_seen(
    project: Path, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status() == 0
    checked.clear()
    monkeypatch.setattr("netc.runtime.cache.state._sources", lambda: "another")
    assert (status(), len(checked)) == (0, 2)


def test_findings_that_other_files_answer(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recipe elsewhere reads a parameter: the net alone would not know, and nor may the cache."""
    lib = project / "lib" / "head.net"
    lib.write_text(
        "net Net(x: float32[N, 8], depth: int = 2) -> [N, 1] {\n  return x -> Dense(1)\n}\n"
    )
    main = project / "main.net"
    main.write_text(
        'from "./lib/head.net" import Net\n\ntrain Net {\n  data = arrays("a.npz")\n  loss = mse\n'
        "  epochs = depth\n}\n"
    )
    for _ in range(2):
        status("lib/head.net")
        assert "NET0602" in capsys.readouterr().out
        status()
        assert "NET0602" not in capsys.readouterr().out


def corrupted(data: bytes) -> list[bytes]:
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return [b"", data[:-1], data + b" ", flipped, data.replace(b"head", b"HEAD"), b"\0" * len(data)]


def test_a_harmed_cache_is_no_cache(project: Path, checked: list[str]) -> None:
    status()
    packs = [Path(path) for path, _, _ in Store(os.environ["NETC_CACHE_DIR"]).packs()]
    assert len(packs) == 2
    whole = {pack: pack.read_bytes() for pack in packs}
    for number in range(len(corrupted(whole[packs[0]]))):
        for pack, data in whole.items():
            pack.write_bytes(corrupted(data)[number])
        checked.clear()
        assert (status(), len(checked)) == (0, 2)
    # A pack under the name of another is none, either.
    packs[0].write_bytes(whole[packs[1]])
    packs[1].write_bytes(whole[packs[0]])
    checked.clear()
    assert (status(), len(checked)) == (0, 2)
