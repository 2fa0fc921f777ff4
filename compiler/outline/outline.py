"""Makes the outline of a checked net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...dsl.diagnostics.trace import Trace
from ...dsl.text.source import Span
from ..cost.totals import Work, one_example, work_of
from ..ir.graph import CheckedGraph, Graph, Node, Ref
from ..shapes.dims import Dim
from ..shapes.types import TensorType
from .box import Box, Cost, Kind, Outline, Wire
from .loops import Loops, fold
from .wording import call_args


def outline(checked: CheckedGraph) -> Outline:
    """The boxes of a net, from the whole net down to its layers."""
    return _Outliner(checked.graph, one_example(checked)).outline()


class _Outliner:
    def __init__(self, graph: Graph, one: Mapping[str, Dim]) -> None:
        self._graph = graph
        self._calls: dict[str, tuple[Trace, ...]] = {}
        uses: dict[str, int] = {}
        self._work: dict[str, Work] = {}
        self._feeds: dict[str, list[str]] = {}
        for node in graph:
            self._calls[node.path] = tuple(_outermost_first(node.trace))
            uses[node.layer] = uses.get(node.layer, 0) + bool(node.weights)
            self._work[node.path] = work_of(node, graph.input_types(node), one)
            for ref in node.inputs:
                self._feeds.setdefault(ref.node, []).append(node.path)
        self._shared = {layer for layer, count in uses.items() if count > 1}
        self._results = {output.ref for output in graph.outputs}
        self._loops = Loops()
        self._keys: dict[tuple[object, ...], int] = {}

    def outline(self) -> Outline:
        graph = self._graph
        inner = [node for node in graph if node.op is not None]
        children = [
            *(self._input(graph.node(path)) for path in graph.inputs),
            *self._body(inner, 0),
            *(self._output(output.name, output.ref) for output in graph.outputs),
        ]
        span = graph.node(graph.inputs[0]).span if graph.inputs else inner[0].span
        root = self._gather(Kind.NET, graph.name, span, children)
        wires = [Wire(ref, node.path) for node in graph for ref in node.inputs]
        wires += [Wire(output.ref, _end(output.name)) for output in graph.outputs]
        types = {
            Ref(node.path, index): type for node in graph for index, type in enumerate(node.outputs)
        }
        return Outline(root, tuple(dict.fromkeys(wires)), types)

    def _body(self, nodes: Sequence[Node], depth: int) -> list[Box]:
        """The boxes of layers that `depth` calls around them have in common."""
        calls: dict[int, list[Node]] = {}
        for node in nodes:
            around = self._calls[node.path]
            # Calls are told apart by their objects: equal calls of a repeat have equal frames.
            key = id(around[depth]) if len(around) > depth else -len(calls) - 1
            calls.setdefault(key, []).append(node)
        rows: list[tuple[Span, Box]] = []
        for members in calls.values():
            around = self._calls[members[0].path]
            if len(around) == depth:
                rows.append((members[0].span, self._layer(members[0])))
                continue
            frame = around[depth].frame
            inside = self._body(members, depth + 1)
            box = self._gather(Kind.BLOCK, frame.block, frame.span, inside, frame.args)
            rows.append((frame.span, box))
        return fold(rows, self._loops, self._gather)

    def _layer(self, node: Node) -> Box:
        assert node.op is not None
        work = self._work[node.path]
        cost = self._cost([node.path], work)
        args = call_args(node.op)
        key = self._key(node.op.name, node.op, node.outputs, tuple(w.shape for w in node.weights))
        shared = node.layer in self._shared
        return self._box(
            node.path,
            Kind.LAYER,
            node.op.name,
            args,
            (),
            (node.path,),
            cost,
            node.span,
            key,
            shared,
        )

    def _input(self, node: Node) -> Box:
        key = self._key(Kind.INPUT, node.path)
        return self._box(
            node.path, Kind.INPUT, node.path, "", (), (node.path,), Cost(), node.span, key
        )

    def _output(self, name: str, ref: Ref) -> Box:
        key = self._key(Kind.OUTPUT, name)
        type = self._graph.type(ref)
        span = self._graph.node(ref.node).span
        return Box(name, Kind.OUTPUT, name, "", (), (_end(name),), (type,), Cost(), span, key)

    def _gather(
        self, kind: Kind, name: str, span: Span, children: Sequence[Box], args: str = ""
    ) -> Box:
        nodes = tuple(
            path for child in children if child.kind is not Kind.OUTPUT for path in child.nodes
        )
        total = Work()
        for path in nodes:
            total = total + self._work[path]
        said = "" if kind is Kind.ROUND else name  # which begins with the round's number
        key = self._key(kind, said, args, *(child.shape_key for child in children))
        cost = self._cost(nodes, total)
        if kind is Kind.REPEAT:
            args = children[0].args
        path = _common(nodes) or name
        return self._box(path, kind, name, args, tuple(children), nodes, cost, span, key)

    def _box(
        self,
        path: str,
        kind: Kind,
        name: str,
        args: str,
        children: tuple[Box, ...],
        nodes: tuple[str, ...],
        cost: Cost,
        span: Span,
        key: int,
        shared: bool = False,
    ) -> Box:
        types = self._leaving(nodes)
        return Box(path, kind, name, args, children, nodes, types, cost, span, key, shared)

    def _leaving(self, nodes: Sequence[str]) -> tuple[TensorType, ...]:
        """The types of what layers give to others than themselves."""
        inside = set(nodes)
        found: list[TensorType] = []
        for path in nodes:
            node = self._graph.node(path)
            leaves = any(to not in inside for to in self._feeds.get(path, ()))
            for index, type in enumerate(node.outputs):
                if leaves or Ref(path, index) in self._results:
                    found.append(type)
        return tuple(found)

    def _cost(self, nodes: Iterable[str], work: Work) -> Cost:
        params = trainable = 0
        seen: set[str] = set()
        for path in nodes:
            node = self._graph.node(path)
            if node.layer in seen:
                continue
            seen.add(node.layer)
            for weight in node.weights:
                params += weight.size
                trainable += weight.size if weight.trainable else 0
        return Cost(work.layers, params, trainable, work.flops, work.bytes)

    def _key(self, *parts: object) -> int:
        return self._keys.setdefault(parts, len(self._keys))


def _outermost_first(trace: Trace | None) -> list[Trace]:
    found: list[Trace] = []
    while trace is not None:
        found.append(trace)
        trace = trace.outer
    return found[::-1]


def _end(output: str) -> str:
    """What the wire of an output leads to; no layer's path has a space."""
    return f"{output} (output)"


def _common(paths: Sequence[str]) -> str:
    """The components that all paths begin with, joined again."""
    if not paths:
        return ""
    first, last = min(paths).split("/"), max(paths).split("/")
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return "/".join(first[:same])
