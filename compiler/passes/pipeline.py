"""The passes, in the order they run."""

from __future__ import annotations

from collections.abc import Callable

from ..graph import CheckedGraph

PASSES: tuple[Callable[[CheckedGraph], CheckedGraph], ...] = ()


def optimise(checked: CheckedGraph) -> CheckedGraph:
    """The graph after every pass: the same function of the same weights, in fewer steps."""
    for run in PASSES:
        checked = run(checked)
    return checked
