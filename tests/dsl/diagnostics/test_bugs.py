"""A bug of netc on one net hides nothing that is found elsewhere, in whatever format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from netc.compiler import alone, check, sizes
from netc.compiler.check import Analysis, check_files
from netc.compiler.expand.nets import NetChecker
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.link import project
from netc.compiler.ops.core.dense import Dense
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.errors import UserError
from netc.dsl.text.source import Span
from netc.runtime.cli import execute, fixes
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
    """A bug that any use of Dense meets, whatever nets were checked before."""
    monkeypatch.setattr("netc.compiler.ir.infer._SHARED", {})
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


@pytest.mark.parametrize(
    "part",
    [
        "check.read_by_recipes",
        "effects.without_effects",
        "ignored.without_ignored",
        "check.lint",
        "link.project.parsed",
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_whatever_part_fails_each_format_is_whole(
    part: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A file that netc fails on, and beside it one with a fault: both are said, by the parser of
    the format, and nothing else is."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.net", "odd.net"):
        Path(name).write_text("net A(x: float32[N, 3]) { return x -> Dens(4) }\n" + GOOD)
    if part == "link.project.parsed":
        _fail_on(monkeypatch, project, "parsed", lambda source: "odd" in source.path)
    else:
        monkeypatch.setattr(f"netc.compiler.{part}", _fail)
    assert execute(["check", "--format", form, "-o", "made", "a.net", "odd.net"]) == 1
    _hold_both(form, Path("made").read_text().rstrip("\n"), capsys)


@pytest.mark.parametrize("form", FORMATS)
def test_fixes_that_netc_fails_on_are_not_offered(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.net", "odd.net"):
        Path(name).write_text("net A(x: float32[N, 3]) { return x -> Dens(4) }\n")
    _fail_on(monkeypatch, alone, "proved", lambda _, name, __: name == "odd.net")
    assert execute(["check", "--format", form, "-o", "made"]) == 1
    _hold_both(form, Path("made").read_text().rstrip("\n"), capsys)
    _fail_on(monkeypatch, fixes, "mended", lambda name, *_, **__: name == "odd.net")
    execute(["check", "--fix", "--format", form, "-o", "made"])
    assert "Dense" in Path("a.net").read_text()
    assert "Dens(4)" in Path("odd.net").read_text()


@pytest.mark.parametrize("form", FORMATS)
def test_a_finding_that_cannot_be_shown_hides_no_other(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.net", "odd.net"):
        Path(name).write_text("net A(x: float32[N, 3]) { return x -> Dens(4) }\n")
    real = Span.line.fget
    assert real is not None

    def line(span: Span) -> int:
        if span.source.path == "odd.net" and span.start:
            raise KeyError("x\n::error::y")
        return real(span)

    analysis = check_files([Path("a.net"), Path("odd.net")], keep_going=True)
    monkeypatch.setattr(Span, "line", property(line))
    monkeypatch.setattr(Span, "__str__", lambda span: f"{span.source.path}:{line(span)}:1")
    monkeypatch.setattr(Span, "end_position", property(lambda span: (line(span), 2)))
    text = rendered(analysis.diagnostics, analysis.files, form, color=False)
    monkeypatch.undo()
    _hold_both(form, text, capsys)


@pytest.mark.parametrize("form", ["text", "concise", "json"])
def test_legal_sizes_that_netc_fails_on_hide_no_finding(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.net").write_text("net A(x: float32[N, 3]) { return x -> Dens(4) }\n" + GOOD)
    monkeypatch.setattr(sizes, "legal_sizes", _fail)
    assert execute(["check", "--sizes", "--format", form, "-o", "made"]) == 1
    _hold_both(form, Path("made").read_text().rstrip("\n"), capsys)


GOOD = "net B(x: float32[N, 3]) { return x -> Dense(4) }\n"


def _fail_on(
    monkeypatch: pytest.MonkeyPatch, place: object, name: str, odd: Callable[..., bool]
) -> None:
    """Lets a function fail on what is odd."""
    real = getattr(place, name)

    def function(*args: object, **options: object) -> object:
        if odd(*args, **options):
            raise KeyError("x\n::error::y")
        return real(*args, **options)

    monkeypatch.setattr(place, name, function)


def _hold_both(form: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Holds that a text is a whole report in its format, of a fault of one file and of a bug."""
    readers: dict[str, Callable[[str], object]] = {
        "json": json.loads,
        "gitlab": json.loads,
        "sarif": json.loads,
        "junit": ElementTree.fromstring,
    }
    readers.get(form, str)(text)
    assert not any(line.lstrip().startswith("::error::y") for line in text.splitlines())
    if form == "sarif":
        found = {one["ruleId"] for one in json.loads(text)["runs"][0]["results"]}
        assert found >= {"NET0201", Code.INTERNAL.id}
    assert Code.INTERNAL.id in text
    assert "Dens`" in text
    assert "netc failed on this input" not in capsys.readouterr().err


def test_what_is_raised_on_purpose_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> CheckedGraph | None:
        raise UserError("no")

    monkeypatch.setattr(NetChecker, "check", refuse)
    with pytest.raises(UserError):
        check_files([A], overlay={A: TEXT}, keep_going=True)
