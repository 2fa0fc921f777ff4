"""How many findings there are, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..diagnostic import Diagnostic


def summary_line(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """One line such as `checked 3 files: 2 errors, 1 warning`."""
    errors = sum(one.severity == "error" for one in diagnostics)
    warnings = len(diagnostics) - errors
    counts = [_count(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"checked {_count(files, 'file')}: {', '.join(counts) or 'no faults'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
