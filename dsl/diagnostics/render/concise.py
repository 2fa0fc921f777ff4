"""Diagnostics as one line each, for editors, `grep` and logs."""

from __future__ import annotations

from collections.abc import Sequence

from ...text.escape import terminal
from ..diagnostic import Diagnostic
from .order import in_order


def render_concise(diagnostics: Sequence[Diagnostic]) -> str:
    """A line `FILE:LINE:COLUMN: CODE [*] TITLE` for each; `[*]` where a fix is offered."""
    return "\n".join(_line(diagnostic) for diagnostic in in_order(diagnostics))


def _line(diagnostic: Diagnostic) -> str:
    mark = "[*] " if diagnostic.mendable else ""
    return terminal(f"{diagnostic.span}: {diagnostic.code.id} {mark}{diagnostic.message}")
