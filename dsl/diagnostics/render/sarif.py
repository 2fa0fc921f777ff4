"""Diagnostics as a SARIF 2.1.0 log, which code-scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from ...text.escape import json
from ...text.source import Span
from ..codes import Code
from ..diagnostic import Diagnostic, Fix
from .order import in_order
from .prose import message_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_CODES = tuple(Code)


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """One SARIF log with one run: every code as a rule, every diagnostic as a result.

    Columns count Unicode characters from 1; the block calls of a trace are related locations.
    """
    driver = {"name": "netc", "rules": [_rule(code) for code in _CODES]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic) for diagnostic in in_order(diagnostics)],
    }
    return json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: Code) -> dict[str, object]:
    return {
        "id": code.id,
        "shortDescription": {"text": code.title},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(diagnostic: Diagnostic) -> dict[str, object]:
    places = [(related.span, related.message) for related in diagnostic.related]
    places += [(f.span, f"in {f.block}({f.args})") for f in diagnostic.trace]
    result: dict[str, object] = {
        "ruleId": diagnostic.code.id,
        "ruleIndex": _CODES.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": "\n".join(message_of(diagnostic))},
        "locations": [{"physicalLocation": _place(diagnostic.span)}],
    }
    if places:
        result["relatedLocations"] = [
            {"id": index, "physicalLocation": _place(span), "message": {"text": message}}
            for index, (span, message) in enumerate(places, start=1)
        ]
    if diagnostic.fix:
        result["fixes"] = [_fix(diagnostic.fix, diagnostic.help or diagnostic.message)]
    return result


def _fix(fix: Fix, description: str) -> dict[str, object]:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": _artifact(fix.span), "replacements": [replacement]}
    return {"description": {"text": description}, "artifactChanges": [change]}


def _place(span: Span) -> dict[str, object]:
    return {"artifactLocation": _artifact(span), "region": _region(span)}


def _artifact(span: Span) -> dict[str, object]:
    path = PurePath(span.source.path)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix(), errors="surrogatepass")}


def _region(span: Span) -> dict[str, object]:
    end_line, end_column = span.end_position
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": end_line,
        "endColumn": end_column,
    }
