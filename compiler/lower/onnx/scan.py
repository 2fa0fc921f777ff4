"""Loops over sequences: ONNX's Scan, whose body is a graph inside the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import onnx
from onnx import helper

from ...ops.base.backend import Step, Value
from ...shapes.types import TensorType

if TYPE_CHECKING:
    from .builder import GraphBuilder


def scan(
    builder: GraphBuilder,
    states: Sequence[Value],
    sequences: Sequence[Value],
    step: Step,
    backwards: bool,
) -> tuple[tuple[Value, ...], Value]:
    """Adds a Scan node; see `OnnxGraph.scan`."""
    from .builder import value_info

    outer, layouts, sizes = builder.nodes_made, builder._layouts, builder._sizes_made
    # Nodes made for the body are of no use outside it, where values of other steps are.
    builder.nodes_made, builder._layouts, builder._sizes_made = [], {}, {}
    name = builder.fresh(f"{builder.scope}/Scan" if builder.scope else "Scan")
    olds = [Value(builder.fresh(f"{name}/state"), state.type) for state in states]
    items = [
        Value(builder.fresh(f"{name}/step"), TensorType(x.type.dtype, x.type.shape[1:]))
        for x in sequences
    ]
    try:
        news = step(olds, items)
        ends = [builder.node("Identity", value) for value in (*news, news[0])]
        body = helper.make_graph(
            builder.nodes_made,
            name,
            [value_info(value.name, value.type) for value in (*olds, *items)],
            [value_info(value.name, value.type) for value in ends],
        )
    finally:
        builder.nodes_made, builder._layouts, builder._sizes_made = outer, layouts, sizes
    time = sequences[0].type.shape[0]
    way = int(backwards)
    *last, steps = builder.nodes(
        "Scan",
        *states,
        *sequences,
        types=[
            *[s.type for s in states],
            TensorType(news[0].type.dtype, (time, *news[0].type.shape)),
        ],
        first=False,
        num_scan_inputs=len(sequences),
        scan_input_directions=[way] * len(sequences),
        scan_output_directions=[way],
    )
    builder.nodes_made[-1].attribute.append(helper.make_attribute("body", body))
    return tuple(last), steps


def names_read(nodes: Sequence[onnx.NodeProto]) -> Iterator[str]:
    """Every name that nodes read, those inside bodies included."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from names_read(attribute.g.node)
