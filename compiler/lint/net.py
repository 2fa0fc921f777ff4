"""Looks at each layer of a net once, however often the calls around it are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ...dsl.diagnostics.findings import Findings
from ..ir.graph import Graph, Node
from ..ir.growing import top
from ..ir.parts import CallCopy, Part
from .axes import check_axis
from .convolutions import check_order
from .embeddings import check_embedding
from .pairs import check_pairs
from .softmaxes import check_again, check_end

RULES: Mapping[str, Callable[[Graph, Node, Findings], None]] = {
    "Arithmetic": check_pairs,
    "BatchNormalization": check_axis,
    "Conv1D": check_order,
    "Conv2D": check_order,
    "Conv3D": check_order,
    "Embedding": check_embedding,
    "Softmax": check_again,
}
"""The rule of each operator that has one."""


def lint(graph: Graph, findings: Findings) -> None:
    """Reports what is doubtful in a net; `graph` may hold equal calls and rounds once."""
    for node in _nodes(top(graph), set()):
        rule = RULES.get(type(node.op).__name__)
        if rule is not None:
            rule(graph, node, findings)
    check_end(graph, findings)


def _nodes(parts: Iterable[Part], opened: set[int]) -> Iterator[Node]:
    """The layers of some parts; of calls and rounds that make the same, those of the first."""
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, CallCopy) and id(part.first) not in opened:
            opened.add(id(part.first))
            yield from _nodes(part.parts(), opened)
