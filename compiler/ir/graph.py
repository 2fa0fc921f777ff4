"""The graph: nodes by path, and a networkx graph of them for who asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from ...dsl.text.source import Span
from ..ops.base.op import Op, Weight
from ..shapes.types import TensorType

if TYPE_CHECKING:
    from networkx import DiGraph


@record
class Ref:
    """One output of a node."""

    node: str
    output: int = 0


@record
class Node:
    """One use of a layer.

    `path` is unique in the graph. `layer` is the path its weights live under; two nodes of one
    shared layer have the same. `op` is None for an input of the net. `folded` are the layers
    whose work a pass gave to this one, and whose weights its own are computed with.
    """

    path: str
    op: Op | None
    inputs: tuple[Ref, ...]
    outputs: tuple[TensorType, ...]
    weights: tuple[Weight, ...]
    layer: str
    span: Span
    trace: Trace | None
    folded: tuple[Node, ...] = ()


@record
class Inferred:
    """What an operator makes of some input types."""

    op: Op
    outputs: tuple[TensorType, ...]
    weights: tuple[Weight, ...]


@record
class Output:
    """A result of the net."""

    name: str
    ref: Ref


@record(frozen=False, eq=False)
class Graph:
    """Nodes in the order they were made, which is an order of evaluation."""

    name: str
    nodes: dict[str, Node] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    blocks: dict[str, Ref] = field(default_factory=dict)
    """What each use of a block with one result gave, by the path of the use."""
    masks: dict[Ref, Ref] = field(default_factory=dict)
    """The masks that outputs carry while the net is expanded."""
    inferred: dict[tuple[int, tuple[TensorType, ...]], Inferred] = field(default_factory=dict)
    """What each operator object made of each input types, so that it is asked once."""
    _readers: dict[str, dict[str, None]] | None = None
    _nx: DiGraph[str] | None = None

    def add(self, node: Node) -> None:
        """Adds a node behind its inputs, which must be in the graph."""
        self.nodes[node.path] = node
        self._readers = self._nx = None

    @property
    def nx(self) -> DiGraph[str]:
        """The networkx graph; each node's attribute `node` is its Node."""
        if self._nx is None:
            from .lean_networkx import DiGraph  # a check needs none

            made = self._nx = DiGraph()
            for node in self:
                made.add_node(node.path, node=node)
                made.add_edges_from((ref.node, node.path) for ref in node.inputs)
        return self._nx

    def readers(self, path: str) -> list[str]:
        """The paths of the nodes that read outputs of one, each once, in order."""
        if self._readers is None:
            self._readers = {}
            for node in self:
                for ref in node.inputs:
                    self._readers.setdefault(ref.node, {})[node.path] = None
        return [*self._readers.get(path, ())]

    def node(self, path: str) -> Node:
        """The node at a path. Raises KeyError."""
        return self.nodes[path]

    def __contains__(self, path: str) -> bool:
        return path in self.nodes

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def type(self, ref: Ref) -> TensorType:
        """The type of one output."""
        return self.node(ref.node).outputs[ref.output]

    def input_types(self, node: Node) -> tuple[TensorType, ...]:
        """The types of a node's inputs."""
        return tuple(self.type(ref) for ref in node.inputs)

    def ancestors(self, paths: Iterable[str]) -> set[str]:
        """The paths given and all they depend on."""
        found: set[str] = set()
        stack = list(paths)
        while stack:
            path = stack.pop()
            if path not in found:
                found.add(path)
                stack.extend(ref.node for ref in self.node(path).inputs)
        return found

    def finished(self) -> Graph:
        """The graph with a node for each layer."""
        return self

    def subgraph(self, paths: set[str]) -> Graph:
        """The graph with the nodes at some paths alone, which must hold all they depend on."""
        if len(paths) == len(self):
            return self
        blocks = {path: ref for path, ref in self.blocks.items() if ref.node in paths}
        result = Graph(
            self.name, inputs=self.inputs, outputs=self.outputs, blocks=blocks, masks=self.masks
        )
        for node in self:
            if node.path in paths:
                result.add(node)
        return result


@record
class CheckedGraph:
    """A graph without faults and without dead layers: the only thing that can be lowered.

    Made by `check`; passes make it again.
    """

    folded: Graph
    """The graph as it was made: block calls that equal another may be kept once."""
    whole: Graph | None = field(default=None, compare=False, repr=False)
    """The graph with its dead layers, where it has some: a recipe may train them."""

    @property
    def graph(self) -> Graph:
        """The graph with a node for each layer, made when it is first asked for."""
        return self.folded.finished()

    @property
    def name(self) -> str:
        """The net's name."""
        return self.folded.name

    def __iter__(self) -> Iterator[Node]:
        return iter(self.graph)

    def layers(self) -> dict[str, Node]:
        """For every layer path the first node that uses it, in order."""
        found: dict[str, Node] = {}
        for node in self.graph:
            found.setdefault(node.layer, node)
        return found
