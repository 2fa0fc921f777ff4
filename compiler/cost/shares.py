"""Where most of a measure comes from, for whoever broke a contract on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...dsl.diagnostics.diagnostic import Related
from ..shapes.dims import Dim
from .costs import LayerCosts

SHARES: Mapping[str, Callable[[LayerCosts], Dim]] = {
    "params": lambda row: row.params,
    "trainable_params": lambda row: row.trainable_params,
    "non_trainable_params": lambda row: row.params - row.trainable_params,
    "flops": lambda row: row.flops,
    "macs": lambda row: row.macs,
}
"""What a layer has of a measure."""

LARGEST = 2
"""How many layers are named, each with more than a tenth of the measure."""


def largest_shares(measure: str, total: int, rows: Sequence[LayerCosts]) -> tuple[Related, ...]:
    """The layers that have most of a measure, the largest first."""
    share = SHARES[measure]
    counted = [(count, row) for row in rows if isinstance(count := share(row), int)]
    counted.sort(key=lambda pair: -pair[0])
    return tuple(
        Related(f"{count:_} of it is `{row.path}` ({row.op})", row.span)
        for count, row in counted[:LARGEST]
        if count * 10 > total
    )
