"""Where netc and Keras disagree on purpose about what may be built, and why."""

from __future__ import annotations

from collections.abc import Mapping

DECISIONS: Mapping[str, str] = {}


def decided(layer: str, ours: str | None, theirs: str | None) -> str | None:
    """The decision that a disagreement falls under, or None."""
    return None
