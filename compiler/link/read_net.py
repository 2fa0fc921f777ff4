"""Nets to sources: the file itself, or what a link in its project leads to."""

from __future__ import annotations

from pathlib import Path

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from ...dsl.syntax.read import read_source
from ...dsl.text.source import Source, Span
from .reach import escapes, resolved


def read_net(path: Path, shown: str) -> Source:
    """The text of a net; `shown` is the path that diagnostics show.

    A link is followed to a `.net` file of the project that the link lies in, and to no other.
    Raises DiagnosticError for such a link, and as `read_source` does.
    """
    target = resolved(path)
    if escapes(path):
        raise _refused(shown, "leads out of the project", "name the file itself if it is meant")
    if path.suffix == ".net" and target.suffix != ".net":
        raise _refused(shown, "leads to what is no .net file", "let it lead to a .net file")
    return read_source(target, shown)


def _refused(shown: str, why: str, help: str) -> DiagnosticError:
    span = Span(Source(shown, ""), 0, 0)
    return DiagnosticError(
        (Diagnostic(Code.UNREADABLE_FILE, f"`{shown}` is a link that {why}", span, help=help),)
    )
