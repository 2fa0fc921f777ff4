"""What of a net can be tapped, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.analysis import Net
from ...compiler.cost.table import Table, count, shape
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.taps import net_taps
from ...compiler.expand.values import Value
from ...compiler.link.module import Defined
from ...compiler.link.project import Project
from ...compiler.link.reach import project_root
from .summary_json import dims

HEADINGS = ("Label", "Layer (type)", "Output shape", "Params up to it")


@dataclass(frozen=True)
class Label:
    """A tensor that can be tapped: `value.label`, where the net is used as `value`."""

    label: str
    """Such as `vgg.block5_pool`."""
    layer: str
    """The path of the layer that makes it."""
    op: str
    """The class of that layer."""
    shape: tuple[int | str, ...]
    """Sizes; named ones are text."""
    params: int
    """The parameters that a net has which ends here."""
    place: float
    """Where it stands among all layers, from 0 to 1."""
    shown: str
    """The shape as tables show it."""


def labels_of(
    net: Net, settings: Mapping[str, Value] | None = None, max_layers: int = MAX_LAYERS
) -> list[Label]:
    """The tensors of a net without fault that can be tapped, those near the inputs first."""
    assert net.graph is not None
    project = Project(project_root(net.module.path))
    module = project.load(net.module.path)
    definition = (
        None
        if module is None
        else next((one for one in module.nets if one.name.name == net.name), None)
    )
    if module is None or definition is None:
        return []
    taps = net_taps(project, Defined(module, definition), settings or {}, max_layers)
    graph = net.graph.graph if net.graph.whole is None else net.graph.whole
    places = {node.path: place for place, node in enumerate(graph)}
    found: list[Label] = []
    for tap in sorted(taps, key=lambda tap: places.get(tap.ref.node, len(places))):
        if tap.ref.node not in places:
            continue
        node = graph.node(tap.ref.node)
        below = {graph.node(path).layer: path for path in graph.ancestors([tap.ref.node])}
        params = sum(w.size for path in below.values() for w in graph.node(path).weights)
        op = "" if node.op is None else node.op.name
        found.append(
            Label(
                tap.label,
                node.path,
                op,
                dims(tap.type),
                params,
                places[node.path] / len(places),
                shape(tap.type),
            )
        )
    return found


def labels_table(net: str, labels: list[Label]) -> Table:
    """What `netc summary --labels` prints."""
    rows = [
        (
            one.label,
            f"{one.layer} ({one.op})",
            one.shown,
            count(one.params),
        )
        for one in labels
    ]
    return Table(f"{net}: what can be tapped", HEADINGS, tuple(rows), ())


def labels_json(net: str, labels: list[Label]) -> Mapping[str, object]:
    """The same for programs."""
    return {
        "net": net,
        "labels": [
            {
                "label": one.label,
                "layer": one.layer,
                "op": one.op,
                "output_shape": list(one.shape),
                "params_below": one.params,
            }
            for one in labels
        ],
    }
