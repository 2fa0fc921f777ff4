"""Where most of a measure comes from, for whoever broke a contract on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.record import record
from ..ir.graph import Graph
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


MEANT = "change the net, or the contract if the change is meant"
_POOLS = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D", 5: "GlobalAveragePooling3D"}


@record
class Share:
    """What one layer has of a measure; `alone` says whether that is more than the limit."""

    count: int
    row: LayerCosts
    alone: bool

    @property
    def related(self) -> Related:
        """The same as a finding tells it."""
        return Related(f"{self.count:_} of it is `{self.row.path}` ({self.row.op})", self.row.span)


def largest_shares(
    measure: str, total: int, limit: int, rows: Sequence[LayerCosts]
) -> tuple[Share, ...]:
    """The layers that have most of a measure, the largest first."""
    share = SHARES[measure]
    counted = [(count, row) for row in rows if isinstance(count := share(row), int)]
    counted.sort(key=lambda pair: -pair[0])
    return tuple(
        Share(count, row, count > limit) for count, row in counted[:LARGEST] if count * 10 > total
    )


def smaller(graph: Graph, row: LayerCosts) -> tuple[str, Fix | None]:
    """What makes a layer smaller, and the edit; nothing where that is not known."""
    node = graph.node(row.path)
    if row.op != "Dense":
        return "", None
    before = graph.node(node.inputs[0].node)
    if (
        before.op is None
        or before.op.name != "Flatten"
        or before.span.source is not row.span.source
    ):
        return "", None
    pool = _POOLS.get(len(graph.type(before.inputs[0]).shape))
    if pool is None:
        return "", None
    help = (
        f"`{pool}` in the place of `Flatten` makes `Dense` smaller, and so do fewer units; {MEANT}"
    )
    return help, Fix(before.span, pool, unsafe=True)
