"""A bug of netc on one net hides nothing that is found elsewhere, in whatever format."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler import check
from netc.compiler.check import Analysis, check_files
from netc.compiler.expand.nets import NetChecker
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.ops.core.dense import Dense
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.errors import UserError
from netc.runtime.cli.formats import FORMATS, rendered

TEXT = """\
net A(x: float32[N, 3]) { return x -> Dens(4) }
net Odd(x: float32[N, 3]) { return x -> Dense(4) }
net B(x: float32[N, 3]) { return x -> ReLU(unit=4) }
expect Odd { params == 16 }
"""
A, B = Path("a.net").resolve(), Path("b.net").resolve()


def _fail(*_: object) -> None:
    raise KeyError("x\n::error::y")


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that any use of Dense meets."""
    monkeypatch.setattr(Dense, "infer", _fail)


def _found(analysis: Analysis) -> list[tuple[str, int, str]]:
    return sorted((d.span.source.path, d.span.line, d.code.id) for d in analysis.diagnostics)


@pytest.mark.usefixtures("bug")
def test_the_other_nets_and_files_are_checked() -> None:
    analysis = check_files([A, B], overlay={A: TEXT, B: TEXT}, keep_going=True)
    assert _found(analysis) == [
        (name, line, code)
        for name in ("a.net", "b.net")
        for line, code in ((1, "NET0201"), (2, Code.INTERNAL.id), (3, "NET0202"))
    ]
    assert analysis.failed


@pytest.mark.usefixtures("bug")
@pytest.mark.parametrize("form", FORMATS)
def test_each_format_says_it(form: str) -> None:
    analysis = check_files([A], overlay={A: TEXT}, keep_going=True)
    text = rendered(analysis.diagnostics, analysis.files, form, color=False)
    assert Code.INTERNAL.id in text
    assert "NET0201" in text
    assert "\n::error::y" not in text


@pytest.mark.usefixtures("bug")
def test_without_keep_going_it_is_raised() -> None:
    with pytest.raises(KeyError):
        check_files([A], overlay={A: TEXT})


@pytest.mark.parametrize("part", ["check_constants", "check_contracts", "resolve", "_recipes"])
def test_each_part_of_a_check_is_guarded(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, part, _fail)
    found = _found(check_files([A], overlay={A: TEXT}, keep_going=True))
    assert ("a.net", 1, Code.INTERNAL.id) in found
    assert ("a.net", 1, "NET0201") in found


def test_what_is_raised_on_purpose_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> CheckedGraph | None:
        raise UserError("no")

    monkeypatch.setattr(NetChecker, "check", refuse)
    with pytest.raises(UserError):
        check_files([A], overlay={A: TEXT}, keep_going=True)
