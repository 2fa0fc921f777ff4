"""What the figures of a run are called: those that histories hold and monitors watch."""

from __future__ import annotations

from collections.abc import Sequence

from .base import DataSource
from .recipe import Head

SMALLER_IS_BETTER = ("loss", "error", "entropy", "divergence", "hinge", "poisson", "cosh", "false")
"""Parts of the names of figures whose smaller values are better."""


def figures(heads: Sequence[Head], outputs: int, *, validation: bool) -> tuple[str, ...]:
    """The names of all figures of an epoch, as Keras has them.

    A net of several outputs puts an output's name before its own figures. `validation` says
    whether there is a validation part.
    """
    names = ["loss"]
    if outputs > 1:
        names += [f"{head.output}_loss" for head in heads]
    for head in heads:
        prefix = f"{head.output}_" if outputs > 1 else ""
        names += [prefix + metric.logged for metric in head.metrics]
    own = tuple(dict.fromkeys(names))
    validated = tuple(f"val_{name}" for name in own) if validation else ()
    return (*own, *validated, "learning_rate")


def has_validation(data: DataSource | None) -> bool:
    """Whether there is a validation part; arrays from Python may bring one."""
    if data is None:
        return True
    return bool(getattr(data, "validation", None)) or getattr(data, "validation_split", 0.0) > 0


def improves(monitor: str, mode: str) -> str:
    """`min` or `max`: which values of a figure are better, where `mode` is `auto`."""
    if mode != "auto":
        return mode
    name = monitor.removeprefix("val_")
    return "min" if any(part in name for part in SMALLER_IS_BETTER) else "max"
