"""A bug of netc as a finding, so that it hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..text.source import Span
from .codes import Code
from .diagnostic import Diagnostic
from .errors import NetcError


@contextmanager
def guarded(found: list[Diagnostic], what: str, span: Span, *, keep_going: bool) -> Iterator[None]:
    """Adds what is a bug of netc to some findings, at `span`, where work is to keep going.

    What netc raises on purpose goes on, and so does MemoryError.
    """
    try:
        yield
    except (NetcError, MemoryError):
        raise
    except Exception as error:
        if not keep_going:
            raise
        found.append(internal(what, error, span))


def internal(what: str, error: Exception, span: Span) -> Diagnostic:
    """The finding that netc failed on something."""
    return Diagnostic(
        Code.INTERNAL,
        f"netc failed on {what}: {type(error).__name__}: {error}",
        span,
        "not checked",
        help="this is a bug of netc; NETC_DEBUG=1 shows where",
    )
