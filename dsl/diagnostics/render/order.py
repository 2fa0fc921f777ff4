"""The one order in which diagnostics are shown."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostic import Diagnostic


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics by file, then position, errors before warnings; equals keep their order."""
    return sorted(diagnostics, key=_key)


def _key(diagnostic: Diagnostic) -> tuple[str, int, int, bool, str]:
    span = diagnostic.span
    is_warning = diagnostic.severity != "error"
    return span.source.path, span.start, span.end, is_warning, diagnostic.code.id
