"""The graph of a net while it is expanded: equal block calls are kept once and copied at its end.

A call that makes what an earlier one made is one entry here, however many layers are in it. So
layers are counted before they are made, and a net of too many never makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from ...dsl.diagnostics.trace import Trace
from ..shapes.types import TensorType
from .graph import Graph, Node, Ref
from .paths import Spot

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class MadeCall:
    """What the first of several equal block calls made, in order."""

    spot: Spot
    trace: Trace
    inputs: tuple[Ref, ...]
    """The tensors it was given, and the masks they carry."""
    parts: tuple[Part, ...]
    blocks: tuple[tuple[str, Ref], ...]
    """What block calls inside it gave that are no parts of their own, by their paths."""
    result: Ref | None
    """Its result, where that is one tensor."""
    size: int
    """How many layers it made, those of inner calls included."""


@dataclass(frozen=True, slots=True, eq=False)
class CallCopy:
    """A block call that makes of its inputs what the first of its kind made of others."""

    first: MadeCall
    spot: Spot
    trace: Trace | None
    inputs: tuple[Ref, ...]

    @property
    def path(self) -> str:
        """Where the call stands."""
        return self.spot.path

    def ref(self, ref: Ref) -> Ref:
        """What stands here for an output that the first call used or made."""
        for old, new in zip(self.first.inputs, self.inputs, strict=True):
            if old is ref or old == ref:
                return new
        return Ref(self._path(ref.node), ref.output)

    def first_ref(self, ref: Ref) -> Ref:
        """What stands in the first call for an output that is made here."""
        return Ref(self.first.spot.path + ref.node[len(self.path) :], ref.output)

    def parts(self) -> Iterator[Part]:
        """The layers of the call, and its inner calls unopened."""
        if self.path == self.first.spot.path:
            yield from self.first.parts
            return
        traces: dict[int, Trace | None] = {id(self.first.trace): self.trace}
        for part in self.first.parts:
            inputs = tuple([self.ref(ref) for ref in part.inputs])
            trace = _moved(part.trace, traces)
            if isinstance(part, CallCopy):
                spot = Spot(self._path(part.path), self._layer(part.spot.layer))
                yield CallCopy(part.first, spot, trace, inputs)
            else:
                yield Node(
                    self._path(part.path),
                    part.op,
                    inputs,
                    part.outputs,
                    part.weights,
                    self._layer(part.layer),
                    part.span,
                    trace,
                )

    def blocks(self) -> Iterator[tuple[str, Ref]]:
        """What the call gave, and those inside it that are no parts of their own."""
        for path, ref in self.first.blocks:
            yield self._path(path), self.ref(ref)
        if self.first.result is not None:
            yield self.path, self.ref(self.first.result)

    def _path(self, path: str) -> str:
        return self.spot.path + path[len(self.first.spot.path) :]

    def _layer(self, layer: str) -> str:
        return self.spot.layer + layer[len(self.first.spot.layer) :]


Part: TypeAlias = Node | CallCopy


@dataclass
class GrowingGraph(Graph):
    """A graph to which layers and block calls are added."""

    parts: dict[str, Part] = field(default_factory=dict)
    """Layers and calls in the order they were made, by their paths."""
    size: int = 0
    """How many layers there are, those that calls will make included."""
    made: int = 0
    """How many layers were made one by one, and how many calls with layers were copied."""
    _given: dict[Ref, TensorType] = field(default_factory=dict)
    """The types of what calls gave."""
    _opened: dict[str, Part] = field(default_factory=dict)
    """Parts of calls that somebody looked into."""
    _looked_into: set[str] = field(default_factory=set)
    _finished: Graph | None = None

    def add(self, node: Node) -> None:
        """Adds a layer behind its inputs, which must be in the graph."""
        self.parts[node.path] = node
        self.size += 1
        self.made += 1

    def __len__(self) -> int:
        return self.size

    def __contains__(self, path: str) -> bool:
        return path in self.parts

    def __iter__(self) -> Iterator[Node]:
        return (part for part in self._walk() if isinstance(part, Node))

    def _walk(self) -> Iterator[Part]:
        """All layers in order, and each call behind its own."""
        open_calls: list[tuple[Iterator[Part], CallCopy | None]] = [
            (iter(self.parts.values()), None)
        ]
        while open_calls:
            parts, call = open_calls[-1]
            for part in parts:
                if isinstance(part, CallCopy):
                    open_calls.append((part.parts(), part))
                    break
                yield part
            else:
                open_calls.pop()
                if call is not None:
                    yield call

    def node(self, path: str) -> Node:
        """The layer at a path, inside calls too. Raises KeyError."""
        found = self.parts.get(path) or self._opened.get(path)
        end = path.find("/")
        while found is None and end != -1:
            outer = path[:end]
            call = self.parts.get(outer) or self._opened.get(outer)
            if isinstance(call, CallCopy) and outer not in self._looked_into:
                self._looked_into.add(outer)
                self._opened.update((part.path, part) for part in call.parts())
                found = self._opened.get(path)
            end = path.find("/", end + 1)
        if not isinstance(found, Node):
            raise KeyError(path)
        return found

    def type(self, ref: Ref) -> TensorType:
        """The type of one output."""
        part = self.parts.get(ref.node)
        if isinstance(part, Node):
            return part.outputs[ref.output]
        return self._given.get(ref) or self.node(ref.node).outputs[ref.output]

    def mark(self) -> tuple[int, int, int]:
        """How much there is: what is added later can be closed into one part."""
        return self.size, len(self.parts), len(self.blocks)

    def close(
        self,
        mark: tuple[int, int, int],
        spot: Spot,
        trace: Trace,
        inputs: tuple[Ref, ...],
        results: Sequence[tuple[Ref, TensorType]],
    ) -> MadeCall:
        """Makes one part of all that was added since `mark`, by the block call at `spot`."""
        size, parts, blocks = mark
        made = MadeCall(
            spot,
            trace,
            inputs,
            tuple([part for _, part in _taken(self.parts, parts)]),
            tuple(_taken(self.blocks, blocks)),
            results[0][0] if len(results) == 1 else None,
            self.size - size,
        )
        self.parts[spot.path] = CallCopy(made, spot, trace, inputs)
        self._given.update(results)
        return made

    def copy(
        self,
        made: MadeCall,
        spot: Spot,
        trace: Trace,
        inputs: tuple[Ref, ...],
        results: Sequence[tuple[Ref, TensorType]],
    ) -> CallCopy:
        """Adds a call that makes what an earlier one made, of other inputs."""
        copy = CallCopy(made, spot, trace, inputs)
        self.parts[spot.path] = copy
        self.size += made.size
        self.made += made.size > 0
        self._given.update((copy.ref(ref), type) for ref, type in results)
        return copy

    def finished(self) -> Graph:
        """The graph with a node for each layer."""
        if self._finished is None:
            self._finished = self._finish()
        return self._finished

    def _finish(self) -> Graph:
        graph = Graph(self.name, inputs=self.inputs, outputs=self.outputs, masks=self.masks)
        for part in self._walk():
            if isinstance(part, CallCopy):
                graph.blocks.update(part.blocks())
            else:
                graph.add(part)
        graph.blocks.update(self.blocks)
        return graph


def top(graph: Graph) -> Iterable[Part]:
    """The layers of a graph in order; of a growing one the calls, too, as they are."""
    return graph.parts.values() if isinstance(graph, GrowingGraph) else graph


def _taken(table: dict[str, T], count: int) -> list[tuple[str, T]]:
    """Takes what was put into a table after its first `count` entries."""
    return [table.popitem() for _ in range(len(table) - count)][::-1]


def _moved(trace: Trace | None, known: dict[int, Trace | None]) -> Trace | None:
    """A chain of calls with a part of it replaced."""
    if trace is None:
        return None
    if id(trace) not in known:
        known[id(trace)] = Trace(trace.frame, _moved(trace.outer, known))
    return known[id(trace)]
