"""What the figures of a run are called, and which values of them are better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir.graph import CheckedGraph
from .objects.base import DataSource, Metric
from .objects.sums import term_names
from .recipe import Head, Phase


def logged_names(heads: Sequence[Head], *, validation: bool) -> tuple[str, ...]:
    """The names of all figures of an epoch, as Keras has them.

    Where several outputs are taught, an output's name stands before its own figures. `validation`
    says whether there is a validation part.
    """
    names = tuple(dict.fromkeys(name for name, _ in _own(heads)))
    return (*names, *(f"val_{name}" for name in names)) if validation else names


def weighed_names(heads: Sequence[Head]) -> tuple[str, ...]:
    """The figures that count each sample by its weight: losses, and metrics that say so."""
    several = len(heads) > 1
    plain = {
        head.logged(name, several)
        for head in heads
        for name, _, weighted in head.measured
        if not weighted
    }
    return tuple(name for name in logged_names(heads, validation=False) if name not in plain)


def _own(heads: Sequence[Head]) -> Iterator[tuple[str, Metric | None]]:
    """The figures of the training part; with the metric behind each that is no loss."""
    yield "loss", None
    several = len(heads) > 1
    if several:
        for head in heads:
            yield f"{head.output}_loss", None
    for head in heads:
        for name, metric, _ in head.measured:
            yield head.logged(name, several), metric
        for name in term_names(head.loss):
            yield head.logged(name, several), None


def better_side(heads: Sequence[Head], monitor: str) -> str:
    """`min` or `max`: which values of a figure are better."""
    metric = dict(_own(heads)).get(monitor.removeprefix("val_"))
    return "min" if metric is None or metric.lower_is_better else "max"


def same_figure(checked: CheckedGraph, one: Phase, other: Phase, monitor: str) -> bool:
    """Whether a figure of two phases is computed alike, so that its values can be compared."""
    found = [_meaning(checked, phase, monitor.removeprefix("val_")) for phase in (one, other)]
    return found[0] is not None and found[0] == found[1]


def _meaning(checked: CheckedGraph, phase: Phase, name: str) -> object:
    """What a figure of a phase is computed of; None where the phase has no such figure."""
    if name == "loss":
        taught = [(head.output, head.source, head.loss, head.weight) for head in phase.heads]
        # Keras adds no penalty for the weights of frozen layers.
        penalized = [
            path
            for path, node in checked.layers().items()
            if path not in phase.frozen and any(w.regularizer is not None for w in node.weights)
        ]
        return taught, penalized
    several = len(phase.heads) > 1
    for head in phase.heads:
        if several and name == f"{head.output}_loss":
            return head.output, head.source, head.loss
        for called, metric, weighted in head.measured:
            if name == head.logged(called, several):
                return head.output, head.source, head.targets, metric, weighted
        for term, called in zip(head.loss.terms, term_names(head.loss), strict=False):
            if name == head.logged(called, several):
                return head.output, head.source, head.targets, term.loss
    return None


def has_validation(data: DataSource | None) -> bool:
    """Whether there is a validation part; arrays from Python may bring one."""
    if data is None:
        return True
    return bool(getattr(data, "validation", None)) or getattr(data, "validation_split", 0.0) > 0
