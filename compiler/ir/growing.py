"""The graph of a net while it is expanded: what equals something made before is kept once.

A block call that makes what an earlier one made is one entry here, however many layers are in it,
and so are rounds of a loop. So layers are counted before they are made, and a net of too many never
makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Reversible, Sequence
from dataclasses import field
from itertools import islice
from typing import TypeVar

from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from ..shapes.types import TensorType
from .graph import Graph, Node, Ref
from .naming import Naming
from .parts import CallCopy, MadeCall, Part, Rounds, RoundsIndex
from .paths import Spot

T = TypeVar("T")


@record(frozen=False)
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
    _looked_into: set[str | tuple[str, int]] = field(default_factory=set)
    _rounds: RoundsIndex = field(default_factory=RoundsIndex)
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
        """All layers in order, and each call, and rounds of a loop, behind their own."""
        open_calls: list[tuple[Iterator[Part], CallCopy | Rounds | None]] = [
            (iter(self.parts.values()), None)
        ]
        while open_calls:
            parts, call = open_calls[-1]
            for part in parts:
                if not isinstance(part, Node):
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
        end = 0
        while found is None and end != -1:
            end = path.find("/", end + 1)
            outer = path if end == -1 else path[:end]
            part = self.parts.get(outer) or self._opened.get(outer)
            if part is None:
                self._open_rounds(outer)
                part = self._opened.get(outer)
            if isinstance(part, CallCopy) and outer not in self._looked_into:
                self._looked_into.add(outer)
                self._open(part.parts())
            found = self._opened.get(path)
        if not isinstance(found, Node):
            raise KeyError(path)
        return found

    def _open_rounds(self, path: str) -> None:
        """Makes the parts of the round of a loop that holds a path, if there is one."""
        while path not in self._opened and (rounds := self._rounds.find(path)) is not None:
            number = rounds.round_of(path)
            if (rounds.path, number) in self._looked_into:
                return
            self._looked_into.add((rounds.path, number))
            self._open(rounds.round(number))

    def _open(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._opened[part.path] = part
            if isinstance(part, Rounds):
                self._rounds.add(part)

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

    def repeat(
        self, mark: tuple[int, int, int], naming: Naming, count: int, *, shared: bool
    ) -> Rounds:
        """Adds rounds of a loop that each make what was added since `mark`."""
        size, parts, blocks = mark
        made = Rounds(
            naming,
            tuple(_last(self.parts.values(), len(self.parts) - parts)),
            tuple(_last(self.blocks.items(), len(self.blocks) - blocks)),
            count,
            self.size - size,
            shared,
        )
        self.parts[made.path] = made
        self.size += count * made.size
        self._rounds.add(made)
        return made

    def know(self, ref: Ref, type: TensorType) -> None:
        """Remembers the type of an output that is not made yet."""
        self._given[ref] = type

    def finished(self) -> Graph:
        """The graph with a node for each layer."""
        if self._finished is None:
            self._finished = self._finish()
        return self._finished

    def so_far(self) -> Graph:
        """The graph of what there is by now, with a node for each layer."""
        return self._finish()

    def _finish(self) -> Graph:
        graph = Graph(self.name, inputs=self.inputs, outputs=self.outputs, masks=self.masks)
        for part in self._walk():
            if isinstance(part, Node):
                graph.add(part)
            else:
                graph.blocks.update(part.blocks())
        graph.blocks.update(self.blocks)
        return graph


def top(graph: Graph) -> Iterable[Part]:
    """The layers of a graph in order; of a growing one the calls, too, as they are."""
    return graph.parts.values() if isinstance(graph, GrowingGraph) else graph


def _taken(table: dict[str, T], count: int) -> list[tuple[str, T]]:
    """Takes what was put into a table after its first `count` entries."""
    return [table.popitem() for _ in range(len(table) - count)][::-1]


def _last(items: Reversible[T], count: int) -> list[T]:
    """The last items of a table, in order."""
    return list(islice(reversed(items), count))[::-1]
