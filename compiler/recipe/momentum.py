"""Whether a run is long enough for the moving statistics of its batch normalizations."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic, Related
from ...dsl.text.source import Span
from ..ir.graph import CheckedGraph, Node

LEFT = 1 / 3
"""How much of what the statistics began with is reported."""
WANTED = 0.1
"""How much of it is left at most by what the help says."""


def slow_momentum(
    checked: CheckedGraph,
    batches: Sequence[tuple[int, Collection[str]]],
    recipe: Span | None = None,
    shipped: Callable[[Node], bool] = lambda _: False,
) -> Iterator[Diagnostic]:
    """The batch normalizations that a run is too short for.

    `batches` has for each phase how many batches it sees, and the frozen layers. The statistics
    begin at mean 0 and variance 1, and each batch makes them `momentum * old + (1 - momentum) *
    its own` (Ioffe and Szegedy 2015, section 3.1; Keras's BatchNormalization): after s batches
    `momentum ** s` of what they began with is left.
    """
    seen: set[Span] = set()
    for path, node in checked.layers().items():
        if type(node.op).__name__ != "BatchNormalization" or node.span in seen or shipped(node):
            continue
        momentum = float(getattr(node.op, "momentum", 0.0))
        count = sum(batches for batches, frozen in batches if path not in frozen)
        if not count or momentum**count <= LEFT:
            continue
        seen.add(node.span)
        many = f"{count} batch{'es' * (count != 1)}"
        smaller = f"{WANTED ** (1 / count):.2g}"
        enough = math.ceil(math.log(WANTED) / math.log(momentum)) if momentum < 1 else None
        yield Diagnostic(
            Code.SLOW_MOMENTUM,
            f"after the {many} of the run, {momentum**count:.0%} of the moving statistics is what "
            f"they began with: `momentum` is {momentum:g}",
            node.span,
            "is evaluated with them",
            related=(Related("trained here", recipe),) if recipe is not None else (),
            trace=node.trace.frames() if node.trace is not None else (),
            help=f"give `momentum={smaller}`"
            + (f", or train for {enough:,} batches" if enough is not None else ""),
        )
