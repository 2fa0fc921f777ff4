"""Loops over sequences: ONNX's Scan, whose body is a graph inside the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import onnx
from onnx import helper

from ...ops.base.backend import OnnxValue, Step
from ...shapes.types import TensorType
from .builder import GraphBuilder
from .declared import value_info


class LoopBuilder(GraphBuilder):
    """A graph builder that can make loops, too."""

    def scan(
        self,
        states: Sequence[OnnxValue],
        sequences: Sequence[OnnxValue],
        step: Step,
        backwards: bool,
    ) -> tuple[tuple[OnnxValue, ...], OnnxValue]:
        """Adds a loop over the first axis of `sequences`; see the protocol `OnnxGraph`."""
        outer, layouts, sizes = self.nodes_made, self._layouts, self._sizes_made
        # Nodes made for the body are of no use outside it, where values of other steps are.
        self.nodes_made, self._layouts, self._sizes_made = [], {}, {}
        name = self.fresh(f"{self.scope}/Scan" if self.scope else "Scan")
        olds = [OnnxValue(self.fresh(f"{name}/state"), state.type) for state in states]
        items = [
            OnnxValue(self.fresh(f"{name}/step"), TensorType(x.type.dtype, x.type.shape[1:]))
            for x in sequences
        ]
        try:
            news = step(olds, items)
            ends = [self.node("Identity", value) for value in (*news, news[0])]
            body = helper.make_graph(
                self.nodes_made,
                name,
                [value_info(value.name, value.type) for value in (*olds, *items)],
                [value_info(value.name, value.type) for value in ends],
            )
        finally:
            self.nodes_made, self._layouts, self._sizes_made = outer, layouts, sizes
        time = sequences[0].type.shape[0]
        way = int(backwards)
        *last, steps = self.nodes(
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
        self.nodes_made[-1].attribute.append(helper.make_attribute("body", body))
        return tuple(last), steps


def names_read(nodes: Sequence[onnx.NodeProto]) -> Iterator[str]:
    """Every name that nodes read, those inside bodies included."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from names_read(attribute.g.node)
