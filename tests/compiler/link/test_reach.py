"""A project that a stranger wrote reads nothing outside itself, whatever its links lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import Analysis, check_files
from netc.compiler.link.reach import leads_out
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.render.text import render_text

NET = "net A(x: float32[N, 4]) {\n  return x\n}\n"
SECRET = "TOKEN=0123456789\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is a project; beside it lies what is none of its business."""
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "other.net").write_text(NET)
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text(SECRET)
    (root / ".git" / "hidden.net").write_text(SECRET)
    (root / "nets").mkdir()
    (root / "nets" / "a.net").write_text(NET)
    (root / "notes.txt").write_text(SECRET)
    monkeypatch.chdir(root)
    return root


def shown(analysis: Analysis) -> str:
    return render_text(analysis.diagnostics, color=False)


@pytest.mark.parametrize(
    "target",
    [
        "/proc/self/environ",
        "../secret.txt",
        "../other.net",
        ".git/config",
        ".git/hidden.net",
        "notes.txt",
        "nowhere/at/all.net",
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_to_what_is_no_net_of_the_project_is_refused(
    project: Path, target: str, absolute: bool
) -> None:
    link = project / "env.net"
    link.symlink_to(target if target.startswith("/") else project / target)
    analysis = check_files([link if absolute else Path("env.net")])
    (only,) = analysis.diagnostics
    assert only.code is Code.UNREADABLE_FILE
    assert "TOKEN" not in shown(analysis)
    assert "PATH=" not in shown(analysis)
    assert not analysis.nets


def test_a_folder_that_is_a_link_leads_no_further(project: Path) -> None:
    (project / "sub").symlink_to(project.parent)
    analysis = check_files([Path("sub/other.net")])
    (only,) = analysis.diagnostics
    assert only.message == "`sub/other.net` is a link that leads out of the project"


def test_a_project_elsewhere_has_its_own_borders(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "env.net").symlink_to("../secret.txt")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert check_files([project / "env.net"]).failed
    assert not check_files([project / "nets" / "a.net"]).failed


def test_a_link_within_the_project_is_followed(project: Path) -> None:
    (project / "b.net").symlink_to("nets/a.net")
    assert [net.name for net in check_files([Path("b.net")]).nets] == ["A"]


def test_what_is_named_itself_is_read(project: Path) -> None:
    (project / "link.net").symlink_to("../other.net")
    for given in (Path("../other.net"), project.parent / "other.net"):
        assert not check_files([given]).failed
    analysis = check_files([Path("link.net"), Path("../other.net")])
    assert len(analysis.diagnostics) == 1
    assert len(analysis.nets) == 1


def test_a_project_below_a_link_is_a_project(project: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(project)
    assert not check_files([tmp_path / "short" / "nets" / "a.net"]).failed
    assert leads_out(tmp_path / "short" / "nets" / "a.net") is None


@pytest.mark.parametrize("data", [b"TOKEN=1\nPATH=\0x\n", b"TOKEN=1\nPATH=\x1bx\n", b"TOKEN\xff"])
def test_what_is_no_text_is_never_quoted(project: Path, data: bytes) -> None:
    (project / "weights.net").write_bytes(data)
    analysis = check_files([Path("weights.net")])
    (only,) = analysis.diagnostics
    assert only.code in (Code.NOT_UTF8, Code.CONTROL_CHARACTER)
    assert only.span.line == data.count(b"\n") or data.endswith(b"\xff")
    assert "TOKEN" not in shown(analysis)
    assert "PATH" not in shown(analysis)
