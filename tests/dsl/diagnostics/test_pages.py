"""Every diagnostic code has a page, and the examples on it are what it says they are."""

from __future__ import annotations

from pathlib import Path

import netc.dsl.diagnostics.pages
import pytest
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.pages import page

from ...markdown import Example, check_example, examples, examples_of

PAGES = Path(netc.dsl.diagnostics.pages.__file__).parent

SHOWN_ELSEWHERE = {
    Code.UNREADABLE_FILE: "test_bad_input.py",
    Code.NOT_UTF8: "test_bad_input.py",
    Code.CONTROL_CHARACTER: "test_bad_input.py",
    Code.TOO_LARGE: "test_bad_input.py",
    Code.TOO_DEEP: "test_bad_input.py",
    Code.INTERNAL: "test_bugs.py",
    Code.CALL_DEPTH: "test_limits.py",
    Code.NO_KERAS: "test_backends.py",
    Code.NO_KERNEL: "test_backends.py",
    Code.OPSET: "test_backends.py",
    Code.TARGET_RANGE: "test_runs.py",
}
"""Codes that no short text can show, and the file here whose tests show them."""


@pytest.mark.parametrize("example", examples_of(sorted(PAGES.glob("*.md"))))
def test_an_example_does_what_its_page_says(example: Example) -> None:
    check_example(example)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.id)
def test_a_page_shows_its_code_and_a_way_out(code: Code) -> None:
    assert page(code.id).startswith(f"# {code.id}: {code.title}\n")
    shown = examples(PAGES / f"{code.id}.md")
    wrong = [one for one in shown if any(e.code == code.id for e in one.expected)]
    if code in SHOWN_ELSEWHERE:
        assert f"Code.{code.name}" in Path(__file__).with_name(SHOWN_ELSEWHERE[code]).read_text()
    else:
        assert wrong, "no wrong example"
        assert any(not one.expected for one in shown), "no right example"


def test_there_is_no_page_of_another_code() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {code.id for code in Code}


def test_a_code_is_found_however_it_is_written() -> None:
    assert page(" net0301") == page("NET0301")


@pytest.mark.parametrize("code", ["NET9999", "", "../NET0301", "__init__", "NET0301.md", "é"])
def test_an_unknown_code_has_no_page(code: str) -> None:
    with pytest.raises(KeyError):
        page(code)
