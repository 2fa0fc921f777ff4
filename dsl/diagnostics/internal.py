"""A bug of netc as a finding, so that it hides no other."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from ..record import record
from ..text.source import Span
from .codes import Code
from .diagnostic import Diagnostic
from .errors import NetcError


@record
class Guarded:
    """Gives what is a bug of netc to `add`, as a finding at `span`, where work is to keep going.

    What netc raises on purpose goes on, and so does MemoryError.
    """

    add: Callable[[Diagnostic], None]
    what: str
    """What is worked on."""
    span: Span
    keep_going: bool

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not self.keep_going or not isinstance(error, Exception):
            return False
        if isinstance(error, NetcError | MemoryError):
            return False
        self.add(internal(self.what, error, self.span))
        return True


def internal(what: str, error: Exception, span: Span) -> Diagnostic:
    """The finding that netc failed on something."""
    return Diagnostic(
        Code.INTERNAL,
        f"netc failed on {what}: {type(error).__name__}: {error}",
        span,
        "not checked",
        help="this is a bug of netc; NETC_DEBUG=1 shows where",
    )
