"""One sample of a batch run."""

from __future__ import annotations

from dataclasses import dataclass

from ...compiler.ops.base.backend import Array


@dataclass(frozen=True)
class Sample:
    """One sample, or why it cannot be read."""

    name: str
    """Its file, or the line of its row."""
    values: Array | None
    """What the net gets, without the axis of the batch."""
    fault: str = ""
