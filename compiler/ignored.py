"""`# netc: ignore[NET0601] reason`: warnings that the author of a line has answered.

Errors cannot be ignored so: what is wrong stays wrong for whoever compiles the net.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.findings import Answered
from ..dsl.diagnostics.suggest import did_you_mean
from ..dsl.record import record
from ..dsl.syntax import ast
from ..dsl.text.source import Span

_COMMENT = re.compile(r"#\s*netc:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")
_CODE = re.compile(r"[^,\s]+")
_HOW = "write `# netc: ignore[NET0601] why` at the end of the line"


@record
class _Ignore:
    """One code that a comment names, for the line it ends."""

    code: str
    span: Span


def without_ignored(
    files: Iterable[ast.File], diagnostics: Sequence[Diagnostic], *, whole: bool
) -> Answered:
    """The findings without those warnings that a comment on their line ignores.

    Where the `whole` of the files was checked, comments that ignore nothing are findings
    themselves, but for those in files with errors, which may hide warnings.
    """
    files = list(files)
    faulty = {one.span.source.path for one in diagnostics if one.severity == "error"}
    wanted: dict[tuple[str, int, str], _Ignore] = {}
    said: list[Diagnostic] = []
    for file in files:
        for comment in file.comments:
            found = _COMMENT.match(comment.text)
            if found is None:
                continue
            if found["codes"] is None:
                said.append(_useless(comment.span, "it names no code", _HOW))
                continue
            for one in _ignores(comment, found):
                wanted[one.span.source.path, one.span.line, one.code] = one
    kept: list[Diagnostic] = []
    used: set[tuple[str, int, str]] = set()
    for diagnostic in diagnostics:
        key = diagnostic.span.source.path, diagnostic.span.line, diagnostic.code.id
        if key in wanted and diagnostic.severity == "warning":
            used.add(key)
        else:
            kept.append(diagnostic)
    idle: list[Span] = []
    for key, one in wanted.items():
        if key not in used and (problem := _problem(one, whole and key[0] not in faulty)):
            said.append(_useless(one.span, *problem))
            if _can_be_ignored(one.code):
                idle.append(one.span)
    return Answered(kept + said, [wanted[key].span for key in used], idle)


def _ignores(comment: ast.Comment, found: re.Match[str]) -> Iterator[_Ignore]:
    start = comment.span.start + found.start("codes")
    for code in _CODE.finditer(found["codes"]):
        span = Span(comment.span.source, start + code.start(), start + code.end())
        yield _Ignore(code[0], span)


def _problem(ignore: _Ignore, whole: bool) -> tuple[str, str] | None:
    """What is wrong with a comment that ignored nothing, and the way out."""
    known = {code.id: code.severity for code in Code}
    if ignore.code not in known:
        return f"there is no code `{ignore.code}`", did_you_mean(ignore.code, known)
    if known[ignore.code] == "error":
        return f"{ignore.code} is an error, and errors are not ignored", "mend what is wrong"
    if not whole:
        return None
    return f"there is no {ignore.code} on this line", "remove the comment"


def _can_be_ignored(code: str) -> bool:
    return any(known.id == code and known.severity == "warning" for known in Code)


def _useless(span: Span, why: str, help: str) -> Diagnostic:
    return Diagnostic(
        Code.USELESS_IGNORE, f"a comment ignores nothing: {why}", span, "ignores nothing", help=help
    )
