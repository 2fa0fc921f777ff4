"""Findings as an editor shows them, and the edits that mend them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
    Location,
    Range,
    TextEdit,
    WorkspaceEdit,
)

from ...compiler.prove import Check, mended, proved
from ...dsl.diagnostics.diagnostic import Diagnostic as Finding
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source, Span
from ..api.texts import check_of
from .desk import MOST_LAYERS, Desk, View
from .positions import Lines

_UNUSED = ("NET0601", "NET0602", "NET0603", "NET0604", "NET0605")
"""The codes of text that could as well be missing; editors show it paler."""
DOCS = "https://github.com/netc-lang/netc/blob/main/docs/diagnostics.md#"


def diagnostics(desk: Desk, view: View) -> list[Diagnostic]:
    """What is wrong with a file."""
    return [_diagnostic(desk, view, finding) for finding in view.diagnostics]


def code_actions(desk: Desk, view: View, range: Range) -> list[CodeAction]:
    """The fixes of the findings at a place, those that are proved; and one for all of the file."""
    start, end = view.lines.offset(range.start), view.lines.offset(range.end)
    here = [one for one in view.diagnostics if one.span.start <= end and start <= one.span.end]
    actions: list[CodeAction] = []
    for finding in proved(here, view.shown, _checking(desk, view)):
        fix = finding.fix
        if fix is not None:
            actions.append(
                CodeAction(
                    _title(finding),
                    CodeActionKind.QuickFix,
                    [_diagnostic(desk, view, finding)],
                    is_preferred=not fix.unsafe,
                    edit=_edit(view, [(fix.span, fix.text)]),
                )
            )
    if view.diagnostics:
        text, count = mended(view.shown, view.text, _checking(desk, view))
        if count:
            whole = Span(Source(view.shown, view.text), 0, len(view.text))
            actions.append(
                CodeAction(
                    f"apply all {count} proved fixes" if count > 1 else "apply the proved fix",
                    CodeActionKind.SourceFixAll,
                    edit=_edit(view, [(whole, text)]),
                )
            )
    return actions


def formatted(path: Path, text: str) -> list[TextEdit] | None:
    """The edit that puts a text into the one formatting; None where it cannot be parsed."""
    source = Source(str(path), text)
    new = format_file(parse(source))
    if new == text:
        return []
    # Lines that stay at both ends are left alone, so that the cursor stays where it is.
    old_lines, new_lines = text.splitlines(True), new.splitlines(True)
    same = 0
    while same < min(len(old_lines), len(new_lines)) and old_lines[same] == new_lines[same]:
        same += 1
    tail = 0
    while (
        tail < min(len(old_lines), len(new_lines)) - same
        and old_lines[len(old_lines) - 1 - tail] == new_lines[len(new_lines) - 1 - tail]
    ):
        tail += 1
    start = sum(map(len, old_lines[:same]))
    end = len(text) - sum(map(len, old_lines[len(old_lines) - tail :]))
    middle = "".join(new_lines[same : len(new_lines) - tail])
    return [TextEdit(Lines(text).range(Span(source, start, end)), middle)]


def _checking(desk: Desk, view: View) -> Check:
    return check_of(view.path, desk.texts, MOST_LAYERS)


def _title(finding: Finding) -> str:
    fix = finding.fix
    assert fix is not None
    new = " ".join(fix.text.split())
    old = " ".join(fix.span.text.split())
    if finding.help:
        return finding.help
    if not new:
        return f"remove `{old}`"
    return f"write `{new}`" if old else f"add `{new}`"


def _edit(view: View, edits: Sequence[tuple[Span, str]]) -> WorkspaceEdit:
    changes = [TextEdit(view.lines.range(span), text) for span, text in edits]
    return WorkspaceEdit(changes={view.path.as_uri(): changes})


def _diagnostic(desk: Desk, view: View, finding: Finding) -> Diagnostic:
    message = finding.message
    if finding.help:
        message += f"\nhelp: {finding.help}"
    code = finding.code.id
    related = [
        DiagnosticRelatedInformation(_location(desk, view, one.span), one.message)
        for one in finding.related
    ]
    related += [
        DiagnosticRelatedInformation(
            _location(desk, view, frame.span), f"in {frame.block}({frame.args})"
        )
        for frame in finding.trace
    ]
    return Diagnostic(
        view.lines.range(finding.span),
        message,
        severity=(
            DiagnosticSeverity.Error if finding.severity == "error" else DiagnosticSeverity.Warning
        ),
        code=code,
        code_description=CodeDescription(f"{DOCS}{code.lower()}"),
        source="netc",
        tags=[DiagnosticTag.Unnecessary] if code in _UNUSED else None,
        related_information=related or None,
    )


def _location(desk: Desk, view: View, span: Span) -> Location:
    if span.source.path == view.shown:
        return Location(view.path.as_uri(), view.lines.range(span))
    path = desk.path_of(view.path, span.source.path)
    return Location(path.as_uri(), Lines(span.source.text).range(span))
