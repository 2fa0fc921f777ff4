"""What of a net can be tapped: the labels and variables in it, and in the blocks it is made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from ...dsl.diagnostics.findings import Findings
from ...dsl.record import record
from ..ir.graph import Ref
from ..link.module import Defined
from ..link.project import Project
from ..shapes.types import TensorType
from .blocks import taps_of
from .body import Stop
from .dispatch import new_body
from .expand import run_net
from .values import Bundle, TensorValue, Value

MOST_LOOKED_AT = 100_000
"""Values that are looked at; blocks in blocks hold ever more of them."""


@record
class Tap:
    """A tensor inside a net: what a tap calls it, `vgg.block5_pool`, and what makes it."""

    label: str
    type: TensorType
    ref: Ref


def net_taps(
    project: Project, net: Defined, settings: Mapping[str, Value], max_layers: int
) -> list[Tap]:
    """Each tensor of a net without fault by its shortest name, in the order of the text.

    Of names as short, labels come before variables. What a net is given is none of them.
    """
    definition = net.definition
    body = new_body(
        project, net.module, Findings(), definition, max_layers=max_layers, calls=(definition,)
    )
    try:
        result = run_net(body, definition, settings)
    except Stop:
        return []
    if not isinstance(result, TensorValue | Bundle):
        return []
    labels = taps_of(body, result)
    given = {Ref(path) for path in body.expansion.graph.inputs}
    found: dict[Ref, Tap] = {}
    for name, value in _walk({**body.labels, **labels}):
        if value.ref not in given and value.ref not in found:
            found[value.ref] = Tap(name, value.type, value.ref)
    return list(found.values())


def _walk(labels: Mapping[str, Value]) -> Iterator[tuple[str, TensorValue]]:
    """The tensors of some labels, then those in their blocks, and so on."""
    seen = {id(labels)}
    waiting = deque([("", labels)])
    looked_at = 0
    while waiting:
        before, values = waiting.popleft()
        for name, value in values.items():
            looked_at += 1
            if looked_at > MOST_LOOKED_AT:
                return
            if not isinstance(value, TensorValue | Bundle):
                continue
            if isinstance(value, TensorValue):
                yield before + name, value
            if value.labels and id(value.labels) not in seen:
                seen.add(id(value.labels))
                waiting.append((f"{before}{name}.", value.labels))
