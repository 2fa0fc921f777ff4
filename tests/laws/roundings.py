"""Whether one rounding decides what a net computes: which of two equal numbers is the greatest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref

STEPS = (
    *("ArgMax", "ArgMin", "TopK", "Round", "Floor", "Ceil", "Sign", "Cast"),
    *("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"),
    *("HardShrink", "SoftShrink", "SparseSigmoid", "Sparsemax", "Threshold"),
    *("Masking", "ValueMask"),
)
"""Operators whose output may jump where their input changes by a rounding."""


def first_jump(graph: CheckedGraph, agree: Callable[[CheckedGraph], bool]) -> Node | None:
    """The first step that differs although what it gets agrees.

    None where there is no such step: then something else than a rounding is at work.
    """
    for node in graph:
        if node.op is None or node.op.name not in STEPS:
            continue
        if not agree(until(graph, node.inputs)):
            return None
        if not agree(until(graph, [Ref(node.path, n) for n in range(len(node.outputs))])):
            return node
    return None


def until(graph: CheckedGraph, refs: Sequence[Ref]) -> CheckedGraph:
    """The net with other outputs, and without the layers that none of them needs."""
    outputs = [Output(f"value{number}", ref) for number, ref in enumerate(refs)]
    needed = graph.graph.ancestors(ref.node for ref in refs) | set(graph.graph.inputs)
    return CheckedGraph(replace(graph.graph.subgraph(needed), outputs=outputs))


def alone(graph: CheckedGraph, node: Node) -> CheckedGraph:
    """A net of one operator, whose inputs `x0`, `x1`, … are what it gets in the larger net."""
    net = Graph("Alone")
    for number, type in enumerate(graph.graph.input_types(node)):
        path = f"x{number}"
        net.add(replace(node, path=path, op=None, inputs=(), outputs=(type,), weights=()))
        net.inputs.append(path)
    net.add(replace(node, inputs=tuple(Ref(path) for path in net.inputs)))
    net.outputs += [Output(f"y{n}", Ref(node.path, n)) for n in range(len(node.outputs))]
    return CheckedGraph(net)
