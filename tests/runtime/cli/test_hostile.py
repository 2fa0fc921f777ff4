"""Untrusted pull requests: whatever stands in a net, each format has one entry a finding.

`NETC_HOSTILE=5000 pytest tests/runtime/cli/test_hostile.py`, which is a part of `make fuzz`, tries
more.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from netc.compiler.check import check_files
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic, Fix, Frame, Related
from netc.dsl.text.source import Source, Span
from netc.runtime.cli import execute
from netc.runtime.cli.formats import FORMATS, rendered

from .hostile import COMMAND, acting, hold, hold_markdown, hostile, shown

COUNT = int(os.environ.get("NETC_HOSTILE", "60"))
CHUNK = 20
CHUNKS = -(-COUNT // CHUNK)

PLACES = {
    "a comment": "net A(x: float32[N, 3]) {{ return x -> Dens(3) }}  # {0}",
    "an answer to a warning": "net A(x: float32[N, 3]) {{ return x }}  # netc: ignore[{0}]",
    "an import": 'from "./{0}" import B\nnet A(x: float32[N, 3]) {{ return x -> B }}',
    "a name": "net {0}(x: float32[N, 3]) {{ return x -> Dense(3) }}",
    "a layer": "net A(x: float32[N, 3]) {{ return x -> {0}(3) }}",
    "a label": "net A(x: float32[N, 3]) {{ return (x -> Dense(3) as {0}) }}",
    "a string": 'net A(x: float32[N, 3]) {{ return x -> Dense(3, activation="{0}") }}',
    "a message": 'net A(x: float32[N, 3]) {{ assert 1 == 2, "{0}"\n  return x }}',
    "a path": "net A(x: float32[N, 3]) {{ return x -> Dense(3) }}\n"
    'train A {{ data = npz("{0}")\n  loss = per_output("{0}"=mse) }}',
    "a setting": "net A(x: float32[N, 3]) {{ return x -> Dense(3) }}\ntrain A {{ {0} = {0} }}",
    "a whole file": "{0}",
}


def _name(random: Random) -> str:
    return f"{hostile(random)}a.net".replace("/", "").replace("\0", "").replace("\ud800", "")[-80:]


@pytest.mark.parametrize("seed", range(CHUNKS))
def test_what_a_net_holds_is_text_in_every_format(seed: int) -> None:
    random = Random(seed)
    for _ in range(CHUNK):
        place, text, name = random.choice(sorted(PLACES)), hostile(random), _name(random)
        files = [Path(name).absolute(), Path("b.net").absolute()]
        overlay = {path.resolve(): PLACES[place].format(text) for path in files}
        analysis = check_files(files, overlay=overlay)
        for form in FORMATS:
            made = shown(form, rendered(analysis.diagnostics, analysis.files, form, color=False))
            try:
                hold(form, made, analysis.diagnostics, analysis.files)
            except Exception as error:
                raise AssertionError(f"{form}: {place}, {text!r} in {name!r}") from error


@pytest.mark.parametrize("seed", range(CHUNKS))
def test_whatever_a_finding_says(seed: int) -> None:
    random = Random(seed)
    for _ in range(CHUNK):
        one = _finding(random)
        for form in FORMATS:
            made = shown(form, rendered([one], [one.span.source.path], form, color=False))
            try:
                hold(form, made, [one], [one.span.source.path])
            except Exception as error:
                raise AssertionError(f"{form}: {one!r} {one}") from error


def _finding(random: Random) -> Diagnostic:
    related = tuple(Related(hostile(random), _span(random)) for _ in range(random.randint(0, 2)))
    frames = tuple(
        Frame(hostile(random), hostile(random), _span(random)) for _ in range(random.randint(0, 2))
    )
    return Diagnostic(
        random.choice([Code.BROADCAST, Code.UNUSED_VALUE]),
        hostile(random),
        _span(random),
        hostile(random),
        related,
        frames,
        hostile(random),
        random.choice([None, Fix(_span(random), hostile(random))]),
    )


def _span(random: Random) -> Span:
    before, at = hostile(random), hostile(random)
    return Span(Source(hostile(random), before + at), len(before), len(before + at))


EDITS = {
    **PLACES,
    "a contract": "net A(x: float32[N, 3]) {{ return x -> Dense(3) }}\n"
    'expect A {{ params == 12 if "{0}" == "{0}" else 3 }}',
    "a parameter": 'net A(x: float32[N, 3], s: string = "{0}") {{ return x -> Dense(3) as s }}',
}


@pytest.mark.parametrize("seed", range(CHUNKS))
def test_a_comment_says_what_changed_as_text(
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    random = Random(seed)
    for _ in range(CHUNK):
        place, text, name = random.choice(sorted(EDITS)), hostile(random), _name(random)
        before = random.choice(["net A(x: float32[N, 3]) { return x -> Dense(4) }\n", text])
        for path, written in ((Path("old.net"), before), (Path(name), EDITS[place].format(text))):
            path.write_bytes(written.encode("utf-8", "replace"))
        condition = f"params > {random.choice(['+1%', '1', '-5'])}"
        words = ["diff", "--format", "markdown", "--fail-if", condition, "--", "old.net", name]
        assert execute(words) in (0, 1)
        made = capsys.readouterr()
        try:
            hold_markdown(made.out)
            assert not COMMAND.search(made.err)
        except AssertionError as error:
            raise AssertionError(f"{place}, {text!r} in {name!r}") from error
        Path(name).unlink()


def test_the_tests_would_see_what_acts() -> None:
    assert COMMAND.search("a\n  ::error::x")
    assert acting("\x1b\u202e\n", "\n") == {"\x1b", "\u202e"}
    broken = Diagnostic(Code.BROADCAST, "x", Span(Source("a.net", "x"), 0, 1))
    for form in FORMATS:
        made = rendered([broken], ["a.net"], form, color=False)
        for wrong in (f"{made}\n::error::x", f"\x1b{made}", made[:-1], f"{made}<a>"):
            with pytest.raises((AssertionError, ValueError, SyntaxError)):
                hold(form, wrong, [broken, broken], ["a.net"])
    for wrong in ("@octocat", "a #1", "[a](b)", "<b>", "www.e.vil", "```\na\n```", "> a", "\u202e"):
        with pytest.raises(AssertionError):
            hold_markdown(f"a {wrong}" if wrong[0] not in "`>" else wrong)
    hold_markdown("### a\n\n<code>@octocat</code> **b**\n\n| a |\n|---|\n| b |\n")
