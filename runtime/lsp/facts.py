"""What is known of a file's layers: the shapes at each place, in every net that comes by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...compiler.check import Net
from ...compiler.cost.costs import net_costs
from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.shapes.dims import DimTooComplex
from ...compiler.shapes.types import TensorType, show_shape
from .desk import View

MOST_SHOWN = 6
"""How many uses of one place a hover lists."""


@dataclass
class Place:
    """A call or a layer of the text, and what it gave, once for each time it was reached."""

    start: int
    end: int
    uses: list[Use] = field(default_factory=list)

    def shapes(self) -> list[str]:
        """The different shapes it gave, in order."""
        return list(dict.fromkeys(show_types(use.outputs) for use in self.uses))


@dataclass(frozen=True)
class Use:
    """One time that a place was reached: the net, the layer that gave the result, and its types."""

    net: Net
    path: str
    outputs: tuple[TensorType, ...]
    layer: Node | None
    """The layer, where the place is one and not a block."""


def places(view: View) -> list[Place]:
    """The places of a file that give tensors, in order of their ends."""
    found: dict[tuple[int, int], Place] = {}
    for net, checked in _graphs(view):
        calls: dict[int, tuple[int, int, Node]] = {}
        for node in checked.graph:
            if node.op is not None and node.span.source.path == view.shown:
                _add(found, node.span.start, node.span.end, Use(net, node.path, node.outputs, node))
            call = node.trace
            while call is not None:
                span = call.frame.span
                if span.source.path == view.shown:
                    # The last layer of a call is what it returns, but for a few blocks.
                    calls[id(call)] = (span.start, span.end, node)
                call = call.outer
        for start, end, node in calls.values():
            _add(found, start, end, Use(net, node.path, node.outputs, None))
    return sorted(found.values(), key=lambda place: (place.end, place.start))


def line_hints(view: View) -> dict[int, str]:
    """For each line (from 0) that ends in a layer or a call, the shape of what it gives."""
    last: dict[int, Place] = {}
    for place in places(view):
        last[view.lines.position(place.end).line] = place
    return {line: _short(place.shapes()) for line, place in last.items()}


def place_at(view: View, offset: int) -> Place | None:
    """The smallest place around a character."""
    around = [place for place in places(view) if place.start <= offset <= place.end]
    return min(around, key=lambda place: place.end - place.start, default=None)


def use_rows(place: Place) -> Iterator[str]:
    """A line for each different use: shapes, parameters, FLOPs, receptive field."""
    said: dict[str, int] = {}
    for use in place.uses:
        said[_row(use)] = said.get(_row(use), 0) + 1
    for row, count in list(said.items())[:MOST_SHOWN]:
        yield f"{row} (×{count})" if count > 1 else row
    if len(said) > MOST_SHOWN:
        yield f"and {len(said) - MOST_SHOWN} more"


def show_types(types: tuple[TensorType, ...]) -> str:
    """`[N, 10]`; of several outputs all."""
    return ", ".join(show_shape(type.shape) for type in types)


def _row(use: Use) -> str:
    text = show_types(use.outputs)
    graph = use.net.graph
    if use.layer is None or graph is None:
        return f"→ {text}"
    inputs = ", ".join(show_shape(type.shape) for type in graph.graph.input_types(use.layer))
    text = f"{inputs} → {text}"
    params = sum(weight.size for weight in use.layer.weights)
    if params:
        text += f", {params:,} params"
    costs = _costs(graph).get(use.path)
    return f"{text}{costs}" if costs else text


_COSTS: dict[int, dict[str, str]] = {}


def _costs(graph: CheckedGraph) -> dict[str, str]:
    """The FLOPs and the receptive field of each layer, as text; of the last graph asked for."""
    if id(graph) not in _COSTS:
        _COSTS.clear()
        try:
            rows = net_costs(graph).layers
        except DimTooComplex:
            rows = ()
        _COSTS[id(graph)] = {
            row.path: (f", {_amount(row.flops)} FLOPs" if row.flops != 0 else "")
            + (f", sees {' × '.join(map(str, row.field))}" if row.field else "")
            for row in rows
        }
    return _COSTS[id(graph)]


def _amount(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _graphs(view: View) -> Iterator[tuple[Net, CheckedGraph]]:
    for net in view.analysis.nets if view.analysis else ():
        if net.graph is not None:
            yield net, net.graph


def _add(found: dict[tuple[int, int], Place], start: int, end: int, use: Use) -> None:
    found.setdefault((start, end), Place(start, end)).uses.append(use)


def _short(shapes: list[str]) -> str:
    if len(shapes) == 1:
        return shapes[0]
    return f"{shapes[0]} … {shapes[-1]}"
