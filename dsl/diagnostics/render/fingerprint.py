"""What tells one finding from another when lines have moved: for services that follow findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256

from ..diagnostic import Diagnostic

_PLACE = re.compile(r"(?<=\bline )\d+|(?<=:)\d+:\d+")
"""What a headline says of where something else stands: `line 7`, `a.net:7:3`."""


def fingerprints(diagnostics: Iterable[Diagnostic], named: Callable[[str], str] = str) -> list[str]:
    """A fingerprint for each diagnostic, in their order.

    It is made of the code, the file, the headline and the text of the line, not of where that
    stands; equal findings of one file are numbered. `named` gives the lasting name of a file for
    the path that messages show.
    """
    found: list[str] = []
    seen: Counter[str] = Counter()
    for diagnostic in diagnostics:
        span = diagnostic.span
        line = span.source.line(span.line).strip()
        message = _PLACE.sub("", diagnostic.message)
        parts = (diagnostic.code.id, named(span.source.path), message, line)
        text = "\0".join(parts)
        made = f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")
        seen[text] += 1
        found.append(sha256(made).hexdigest()[:32])
    return found
