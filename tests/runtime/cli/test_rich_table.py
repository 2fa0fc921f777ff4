"""Tables on terminals and in pipes: what is too wide breaks at paths, never at numbers."""

from __future__ import annotations

import io
import re

import pytest
from netc.runtime.cli.rich_table import say_rows

PATH = "encoder/block_1/attention/multi_head_attention (MultiHeadAttention)"
NUMBERS = ("(2, 128, 768)", "2.25e-07", "1,024")


class Terminal(io.StringIO):
    """What a terminal shows."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    total = ("all", "", "", "1,024")
    say_rows(
        "Net", ("Layer", "Shape", "Apart", "Params"), [(PATH, *NUMBERS)], right=(2, 3), total=total
    )
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_a_number_is_never_broken(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(Terminal(), columns, monkeypatch)
    assert all(any(number in line for line in lines) for number in NUMBERS)
    assert not any("…" in line for line in lines)
    rows = lines[lines.index(next(line for line in lines if "─" in line)) + 1 :]
    parts = [line[1:].split("   ")[0].strip() for line in rows]
    assert re.sub(r"\s", "", "".join(parts)).startswith(re.sub(r"\s", "", PATH))


def test_in_a_pipe_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(io.StringIO(), 20, monkeypatch)
    assert sum(PATH in line for line in lines) == 1
    assert [line for line in lines if line != line.rstrip()] == []


def test_wide_letters_count_as_two(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", "10")
    say_rows("Net", ("class", "train"), [("数字" * 40, "7")], right=(1,))
    assert f" {'数字' * 40}       7\n" in stream.getvalue()
