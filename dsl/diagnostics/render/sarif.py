"""Diagnostics as a SARIF 2.1.0 log, which code-scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ...text.escape import json, sarif
from ...text.source import Span
from ...version import __version__
from ..codes import Code
from ..diagnostic import Diagnostic, Fix
from ..pages import meaning, page
from .fingerprint import fingerprints
from .order import in_order
from .prose import message_of
from .repository import in_repository, valid

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/netc-lang/netc"
_CODES = tuple(Code)


def render_sarif(diagnostics: Sequence[Diagnostic], below: str = "") -> str:
    """One SARIF log with one run: every code as a rule, every diagnostic as a result.

    Columns count Unicode characters from 1; the block calls of a trace are related locations.
    `below` is the working folder as seen from the repository's: paths are relative to the latter.
    """
    driver = {
        "name": "netc",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(code) for code in _CODES],
    }
    ordered = in_order(diagnostics)
    places = _Places(below)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(diagnostic, mark, places)
            for diagnostic, mark in zip(ordered, fingerprints(ordered, places.named), strict=True)
        ],
    }
    return json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: Code) -> dict[str, object]:
    return {
        "id": code.id,
        "name": "".join(word.title() for word in code.name.split("_")),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": meaning(code.id)},
        "helpUri": f"{HOME}/blob/main/dsl/diagnostics/pages/{code.id}.md",
        "help": {"text": page(code.id), "markdown": page(code.id)},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(diagnostic: Diagnostic, fingerprint: str, places: _Places) -> dict[str, object]:
    also = [(related.span, related.message) for related in diagnostic.related]
    also += [(f.span, f"in {f.block}({f.args})") for f in diagnostic.trace]
    result: dict[str, object] = {
        "ruleId": diagnostic.code.id,
        "ruleIndex": _CODES.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": sarif("\n".join(message_of(diagnostic)))},
        "locations": [{"physicalLocation": places.of(diagnostic.span)}],
        "partialFingerprints": {"netc/v1": fingerprint},
    }
    if also:
        result["relatedLocations"] = [
            {"id": index, "physicalLocation": places.of(span), "message": {"text": sarif(message)}}
            for index, (span, message) in enumerate(also, start=1)
        ]
    if diagnostic.fix:
        result["fixes"] = [places.fix(diagnostic.fix, diagnostic.help or diagnostic.message)]
    return result


@dataclass(frozen=True, slots=True)
class _Places:
    """Writes where things are."""

    below: str

    def of(self, span: Span) -> dict[str, object]:
        return {"artifactLocation": self._artifact(span), "region": _region(span)}

    def fix(self, fix: Fix, description: str) -> dict[str, object]:
        replacements = [
            {"deletedRegion": _region(one.span), "insertedContent": {"text": valid(one.text)}}
            for one in (fix, *fix.also)
        ]
        change = {"artifactLocation": self._artifact(fix.span), "replacements": replacements}
        return {"description": {"text": sarif(description)}, "artifactChanges": [change]}

    def _artifact(self, span: Span) -> dict[str, object]:
        path = self.named(span.source.path)
        scheme = "file://" if path.startswith("/") else ""
        return {"uri": scheme + quote(path, errors=_errors(path))}

    def named(self, path: str) -> str:
        """A path as seen from the top of the repository."""
        return in_repository(path, self.below)


def _errors(path: str) -> str:
    """How bytes of a name that are no UTF-8 are encoded again: as the bytes they were."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "replace"
    return "surrogateescape"


def _region(span: Span) -> dict[str, object]:
    end_line, end_column = span.end_position
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": end_line,
        "endColumn": end_column,
    }
