"""Collects diagnostics: one for each fault, however often the faulty text is expanded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..record import record
from ..text.source import Span
from .codes import Code
from .diagnostic import Diagnostic, Fix, Related
from .trace import Trace

MAX_DIAGNOSTICS = 1000
"""The errors, and besides the warnings, that are kept of a file.

Of each file and kind, since whoever may add findings must not hide those of others by it.
"""


class Findings:
    """The diagnostics of one run, each place and code once."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.asked = 0
        """For how many findings a cause was looked for, which is work."""
        self._seen: set[tuple[Code, str, int, int]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self.full: set[str] = set()
        """The files that it keeps no more errors of, so that looking for them there is no use."""

    def has(self, code: Code, span: Span) -> bool:
        """Whether this place has a diagnostic of a code, so that another would not be kept."""
        return (code, span.source.path, span.start, span.end) in self._seen

    def add(self, diagnostic: Diagnostic) -> None:
        """Keeps the diagnostic unless this place already has one of its code."""
        span = diagnostic.span
        of = span.source.path, diagnostic.severity
        if self._counts[of] >= MAX_DIAGNOSTICS or self.has(diagnostic.code, span):
            return
        self._seen.add((diagnostic.code, span.source.path, span.start, span.end))
        self.diagnostics.append(diagnostic)
        self._counts[of] += 1
        if self._counts[of] >= MAX_DIAGNOSTICS and diagnostic.severity == "error":
            self.full.add(span.source.path)

    def settle(self, code: Code, span: Span) -> None:
        """Keeps no diagnostic of a code at a place: another one says what is wrong there."""
        self._seen.add((code, span.source.path, span.start, span.end))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Adds several."""
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def absorb(self, other: Findings) -> None:
        """Adds what another one found, and settles what it settled."""
        self.extend(other.diagnostics)
        self._seen |= other._seen

    def fault(
        self,
        code: Code,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Related, ...] = (),
        trace: Trace | None = None,
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Reports one finding."""
        frames = trace.frames() if trace is not None else ()
        self.add(Diagnostic(code, message, span, label, related, frames, help, fix))


@record
class Answered:
    """Findings without those that comments ignore, and what the comments did."""

    diagnostics: list[Diagnostic]
    used: list[Span]
    """The codes in comments that ignored something."""
    idle: list[Span]
    """Those that ignored nothing, as it is said of them, though their codes can be ignored."""


def within_limit(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those of some findings that are kept, where several checks found them."""
    found = Findings()
    found.extend(diagnostics)
    return found.diagnostics
