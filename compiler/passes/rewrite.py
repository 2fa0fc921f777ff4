"""Makes a graph again with some of its nodes replaced or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..ir.graph import CheckedGraph, Graph, Node, Output, Ref


class Uses:
    """Who reads what in a graph, for rules about nodes with a single reader."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.returned = {output.ref.node for output in graph.outputs}
        self.layers = Counter(node.layer for node in graph)

    def readers(self, node: Node) -> list[Node]:
        """The nodes that read a node's outputs, each once."""
        return [self.graph.node(path) for path in self.graph.readers(node.path)]

    def only_reader(self, node: Node) -> Node | None:
        """The one node that reads a node's output; None where there are more or the net does."""
        readers = self.readers(node)
        if len(readers) != 1 or node.path in self.returned:
            return None
        return readers[0]

    def shared(self, node: Node) -> bool:
        """Whether the node's layer is used elsewhere too."""
        return self.layers[node.layer] > 1


def rewrite(
    checked: CheckedGraph, replaced: Mapping[str, Node], dropped: Mapping[str, Ref]
) -> CheckedGraph:
    """The graph with some nodes replaced in place and others dropped.

    Whoever read a dropped node reads the output it maps to, which may be dropped as well.
    """
    if not replaced and not dropped:
        return checked
    graph = checked.graph

    def follow(ref: Ref) -> Ref:
        while ref.node in dropped:
            ref = dropped[ref.node]
        return ref

    made = Graph(graph.name, inputs=graph.inputs)
    for old in graph:
        if old.path not in dropped:
            node = replaced.get(old.path, old)
            made.add(replace(node, inputs=tuple([follow(ref) for ref in node.inputs])))
    made.outputs.extend(Output(output.name, follow(output.ref)) for output in graph.outputs)
    return CheckedGraph(made)
