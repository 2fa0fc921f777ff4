"""`netc fmt`: standard input, and what `--diff` shows."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from netc.runtime.cli import execute

UGLY = "net A(x:float32[N,4])->[N,2]{return x->Dense(2)}"
FORMATTED = "net A(x: float32[N, 4]) -> [N, 2] {\n  return x -> Dense(2)\n}\n"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What standard input holds."""
    held = io.BytesIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(held))
    return held


def put(given: io.BytesIO, data: bytes) -> None:
    given.write(data)
    given.seek(0)


@pytest.mark.parametrize("text", [UGLY, FORMATTED, "\ufeff" + FORMATTED.replace("\n", "\r\n")])
def test_a_text_is_printed_formatted(given: io.BytesIO, text: str, capsys: Captured) -> None:
    put(given, text.encode())
    assert execute(["fmt", "-"]) == 0
    assert capsys.readouterr() == (FORMATTED, "")


@pytest.mark.parametrize(
    ("options", "text", "status", "printed"),
    [
        (["--check"], UGLY, 1, "stdin.net would change\n"),
        (["--check"], FORMATTED, 0, ""),
        (["--diff"], FORMATTED, 0, ""),
    ],
)
def test_a_text_is_only_looked_at(
    given: io.BytesIO,
    options: list[str],
    text: str,
    status: int,
    printed: str,
    capsys: Captured,
) -> None:
    put(given, text.encode())
    assert execute(["fmt", "-", *options]) == status
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"net A(", "NET0103"), (b"", "NET0004"), (b"\xff", "NET0002"), (b"# \x1b[2J\n", "NET0003")],
)
def test_of_a_faulty_text_nothing_is_printed(
    given: io.BytesIO, data: bytes, said: str, capsys: Captured
) -> None:
    put(given, data)
    assert execute(["fmt", "-"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"error[{said}]" in printed.err


def test_a_text_stands_alone(capsys: Captured) -> None:
    assert execute(["fmt", "-", "a.net"]) == 2
    assert "the path `-` stands alone" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["fmt", "--diff"], ["check", "--no-cache", "--fix", "--unsafe-fixes", "--diff"]]
)
def test_a_file_without_a_last_line_end_is_shown_as_git_shows_it(
    tmp_path: Path, command: list[str], capsys: Captured
) -> None:
    path = tmp_path / "a.net"
    path.write_text(UGLY.replace("Dense", "Denze") if "check" in command else UGLY)
    execute([*command, str(path)])
    lines = capsys.readouterr().out.splitlines()
    before = next(i for i, line in enumerate(lines) if line.startswith("-net"))
    assert lines[before].endswith("}")
    assert lines[before + 1] == "\\ No newline at end of file"
    assert lines[before + 2].startswith("+net")
