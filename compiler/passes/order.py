"""The passes, in the order they run."""

from __future__ import annotations

from collections.abc import Callable

from ..ir.graph import CheckedGraph
from .drop_identity import drop_identity
from .flatten_dense import flatten_dense
from .fold_batchnorm import fold_batchnorm
from .fold_batchnorm_forward import fold_batchnorm_forward
from .fold_padding import fold_padding
from .unwrap import unwrap

PASSES: tuple[Callable[[CheckedGraph], CheckedGraph], ...] = (
    unwrap,
    drop_identity,
    fold_batchnorm,
    fold_batchnorm_forward,
    fold_padding,
    flatten_dense,
)

UNEVEN = (fold_batchnorm_forward,)
"""Passes that scale each input channel of a kernel by another factor.

In float32 that costs nothing. In int8 all weights of an output channel share one scale, so the
small ones would be lost.
"""


def optimise(checked: CheckedGraph, *, for_int8: bool = False) -> CheckedGraph:
    """The graph after every pass: the same function of the same weights, in fewer steps.

    `for_int8` leaves out those that make weights harder to quantize.
    """
    for run in PASSES:
        if not (for_int8 and run in UNEVEN):
            checked = run(checked)
    return checked
