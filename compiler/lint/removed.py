"""The edit that takes a layer out of its pipeline."""

from __future__ import annotations

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.text.source import Span

ARROW = "->"


def removed(layer: Span) -> Fix | None:
    """The edit; None where no arrow stands before the layer. It changes what the net computes."""
    before = layer.source.text[: layer.start].rstrip()
    if not before.endswith(ARROW):
        return None
    start = len(before.removesuffix(ARROW).rstrip())
    return Fix(Span(layer.source, start, layer.end), "", unsafe=True)
