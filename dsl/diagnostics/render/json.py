"""Diagnostics as JSON for other programs; the keys are a promise of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...text.escape import json
from ...text.source import Span
from ..diagnostic import Diagnostic, Fix
from .order import in_order

VERSION = 1
"""That of the layout of the document."""


def render_json(
    diagnostics: Sequence[Diagnostic],
    files: int,
    known: int | None = None,
    sizes: Sequence[Mapping[str, object]] | None = None,
) -> str:
    """One JSON object in ASCII: the number of checked files, counts, the diagnostics in order.

    docs/diagnostics.schema.json describes it; `version` changes where a key does. Lines and columns
    count characters from 1; the end is just behind the last character. `known` findings of a
    baseline are counted and not listed; None where there is no baseline. `sizes` are the legal
    sizes of nets, where they were asked for.
    """
    document = {
        "version": VERSION,
        "files": files,
        "counts": {
            "errors": sum(one.severity == "error" for one in diagnostics),
            "warnings": sum(one.severity == "warning" for one in diagnostics),
            "fixable": sum(one.mendable for one in diagnostics),
            **({} if known is None else {"known": known}),
        },
        "diagnostics": [diagnostic_json(one) for one in in_order(diagnostics)],
        **({} if sizes is None else {"sizes": list(sizes)}),
    }
    return json(document, indent=2)


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, object]:
    """One diagnostic, as it is in the document."""
    fix = diagnostic.fix
    return {
        "code": diagnostic.code.id,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "label": diagnostic.label,
        **_place(diagnostic.span),
        "related": [
            {"message": related.message, **_place(related.span)} for related in diagnostic.related
        ],
        "trace": [
            {"block": frame.block, "args": frame.args, **_place(frame.span)}
            for frame in diagnostic.trace
        ],
        "help": diagnostic.help or None,
        "fix": _fix(fix) if fix else None,
    }


def _fix(fix: Fix) -> dict[str, object]:
    made: dict[str, object] = {**_place(fix.span), "text": fix.text}
    if fix.unsafe:
        made["unsafe"] = True
    if fix.also:
        made["also"] = [_fix(one) for one in fix.also]
    return made


def _place(span: Span) -> dict[str, object]:
    end_line, end_column = span.end_position
    return {
        "file": span.source.path,
        "span": {
            "start": {"line": span.line, "column": span.column},
            "end": {"line": end_line, "column": end_column},
        },
    }
