"""What two nets cost, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.record import record
from ..cost.totals import parameters, work
from ..ir.graph import CheckedGraph
from ..shapes.dims import Dim

MEASURES: Mapping[str, str] = {
    "params": "Params",
    "trainable_params": "Trainable params",
    "flops": "FLOPs",
    "macs": "MACs",
    "activations": "Activations",
    "memory": "Memory",
    "layers": "Layers",
}
"""What is measured, for one example, and what tables call it. Memory is in bytes."""


@record
class Measure:
    """One figure of both nets; None where there is no such net."""

    name: str
    old: Dim | None
    new: Dim | None

    @property
    def change(self) -> Dim | None:
        """By how much it grew."""
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def share(self) -> float | None:
        """By which part of itself it grew; None where that is no number."""
        if not isinstance(self.old, int) or not isinstance(self.change, int) or not self.old:
            return None
        return self.change / self.old


def figures(checked: CheckedGraph) -> dict[str, Dim]:
    """All measures of one net."""
    weights, done = parameters(checked), work(checked)
    return {
        "params": weights.total,
        "trainable_params": weights.trainable,
        "flops": done.flops,
        "macs": done.macs,
        "activations": done.elements,
        "memory": weights.bytes + done.bytes,
        "layers": done.layers,
    }


def compared(old: CheckedGraph | None, new: CheckedGraph | None) -> tuple[Measure, ...]:
    """The measures of two nets, of which one may be missing."""
    ours = {} if old is None else figures(old)
    theirs = {} if new is None else figures(new)
    return tuple(Measure(name, ours.get(name), theirs.get(name)) for name in MEASURES)
