"""What tells one finding from another when lines have moved: for services that follow findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from ..diagnostic import Diagnostic


def fingerprints(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """A fingerprint for each diagnostic, in their order.

    It is made of the code, the file, the headline and the text of the line, not of where that
    stands; equal findings of one file are numbered.
    """
    found: list[str] = []
    seen: Counter[str] = Counter()
    for diagnostic in diagnostics:
        span = diagnostic.span
        line = span.source.line(span.line).strip()
        parts = (diagnostic.code.id, span.source.path, diagnostic.message, line)
        text = "\0".join(parts)
        made = f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")
        seen[text] += 1
        found.append(sha256(made).hexdigest()[:32])
    return found
