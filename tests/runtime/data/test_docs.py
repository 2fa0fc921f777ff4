"""docs/data.md: its recipes are without fault, and its table gives what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from netc.runtime.cli import execute

from ...markdown import Example, check_example, examples_of
from ...places import DOCS

PAGE = DOCS / "data.md"
_BLOCK = re.compile(r"```(\w+).*?\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("example", examples_of([PAGE]))
def test_recipes_are_without_fault(example: Example) -> None:
    check_example(example)


def test_the_table_gives_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8").partition("\n## Tables\n")[2]
    blocks = dict(_BLOCK.findall(text.partition("\n## ")[0]))
    monkeypatch.chdir(tmp_path)
    Path("houses.net").write_text(blocks["net"])
    Path("houses.csv").write_text(blocks["csv"])
    command, _, wanted = blocks["console"].partition("\n")
    assert execute(command.split()[2:]) == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line] == [
        line for line in wanted.splitlines() if line
    ]
