"""The passes, in the order they run."""

from __future__ import annotations

from collections.abc import Callable

from ..graph import CheckedGraph
from .drop_identity import drop_identity
from .flatten_dense import flatten_dense
from .fold_batchnorm import fold_batchnorm
from .fold_batchnorm_forward import fold_batchnorm_forward
from .fold_padding import fold_padding

PASSES: tuple[Callable[[CheckedGraph], CheckedGraph], ...] = (
    drop_identity,
    fold_batchnorm,
    fold_batchnorm_forward,
    fold_padding,
    flatten_dense,
)


def optimise(checked: CheckedGraph) -> CheckedGraph:
    """The graph after every pass: the same function of the same weights, in fewer steps."""
    for run in PASSES:
        checked = run(checked)
    return checked
