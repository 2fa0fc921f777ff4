"""The fixes that findings offer, applied to files."""

from __future__ import annotations

from ...compiler.check import Analysis
from ..files.write import write_text


def apply_fixes(analysis: Analysis) -> int:
    """Applies the fixes of all findings to the files; returns how many."""
    by_file: dict[str, list[tuple[int, int, str]]] = {}
    texts: dict[str, str] = {}
    for diagnostic in analysis.diagnostics:
        # Only files that were named are written, not what they import.
        if diagnostic.fix is not None and diagnostic.fix.span.source.path in analysis.paths:
            span = diagnostic.fix.span
            texts[span.source.path] = span.source.text
            by_file.setdefault(span.source.path, []).append(
                (span.start, span.end, diagnostic.fix.text)
            )
    count = 0
    for name, edits in by_file.items():
        text, end = texts[name], len(texts[name]) + 1
        for start, stop, new in sorted(set(edits), reverse=True):
            if stop <= end:
                text, end, count = text[:start] + new + text[stop:], start, count + 1
        write_text(analysis.paths[name], text)
    return count
