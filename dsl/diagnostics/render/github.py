"""Diagnostics as GitHub workflow commands, which annotate the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from ...text.escape import github_data, github_property
from ..diagnostic import Diagnostic
from .order import in_order
from .prose import message_of
from .repository import in_repository


def render_github(diagnostics: Sequence[Diagnostic], below: str = "") -> str:
    """One `::error …::message` or `::warning …::message` line for each diagnostic.

    `below` is the working folder as seen from the repository's: paths are relative to the latter.
    """
    return "\n".join(_command(diagnostic, below) for diagnostic in in_order(diagnostics))


def _command(diagnostic: Diagnostic, below: str) -> str:
    span = diagnostic.span
    end_line, end_column = span.end_position
    file = in_repository(span.source.path, below)
    properties = {"file": file, "line": str(span.line), "endLine": str(end_line)}
    if end_line == span.line:  # GitHub takes columns only within one line
        properties |= {"col": str(span.column), "endColumn": str(end_column)}
    properties["title"] = diagnostic.code.id
    listed = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    message = github_data("\n".join(message_of(diagnostic)))
    return f"::{diagnostic.severity} {listed}::{message}"
