"""Diagnostics as GitHub workflow commands, which annotate the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostic import Diagnostic
from .order import in_order
from .prose import message_of


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """One `::error …::message` or `::warning …::message` line for each diagnostic."""
    return "\n".join(_command(diagnostic) for diagnostic in in_order(diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    end_line, end_column = span.end_position
    properties = {"file": span.source.path, "line": str(span.line), "endLine": str(end_line)}
    if end_line == span.line:  # GitHub takes columns only within one line
        properties |= {"col": str(span.column), "endColumn": str(end_column)}
    properties["title"] = diagnostic.code.id
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{diagnostic.severity} {listed}::{_data(chr(10).join(message_of(diagnostic)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    printable = text.encode("utf-8", "replace").decode()
    return _data(printable).replace(":", "%3A").replace(",", "%2C")
