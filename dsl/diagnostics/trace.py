"""The chain of block calls that led to a place."""

from __future__ import annotations

from ..record import record
from .diagnostic import Frame


@record
class Trace:
    """A call and those around it, innermost first; what is around is shared."""

    frame: Frame
    outer: Trace | None

    def frames(self) -> tuple[Frame, ...]:
        """The calls, innermost first."""
        found: list[Frame] = []
        at: Trace | None = self
        while at is not None:
            found.append(at.frame)
            at = at.outer
        return tuple(found)
