"""Tensors inside a net as its outputs: maps of layers, and scores before the last activation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from ...compiler.ops.activation.softmaxes import Softmax
from ...compiler.ops.activation.squashers import Sigmoid
from ...compiler.ops.core.dense import Dense
from ...compiler.ops.pool.adaptive import Adaptive
from ...compiler.ops.pool.global_pooling import GlobalPooling
from ...compiler.ops.pool.pooling import Pooling
from ...compiler.recipe.inner import inner_paths, inner_tensor, path_of, whole_graph
from ...compiler.shapes.types import TensorType
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError

LAST = (Softmax, Sigmoid)
"""Activations that make scores probabilities."""


def tensor_at(checked: CheckedGraph, label: str) -> Ref:
    """What a layer, or a use of a block, makes. Raises UserError where there is no such."""
    found = inner_tensor(whole_graph(checked), path_of(label))
    if found is None:
        near = did_you_mean(path_of(label), inner_paths(checked))
        raise UserError(
            f"`{checked.name}` has no layer `{label}` with one output; `netc summary` lists them. "
            f"{near}".strip()
        )
    return found


def with_outputs(checked: CheckedGraph, outputs: Mapping[str, Ref]) -> CheckedGraph:
    """The part of a net that some tensors need, which are its outputs; all its inputs stay."""
    graph = whole_graph(checked)
    made = Graph(graph.name, inputs=list(graph.inputs))
    made.outputs = [Output(name, ref) for name, ref in outputs.items()]
    alive = graph.ancestors(ref.node for ref in outputs.values()) | set(graph.inputs)
    for node in graph:
        if node.path in alive:
            made.add(node)
    return CheckedGraph(made)


def classifier_output(checked: CheckedGraph) -> Output:
    """The output with a score for each class, `[N, classes]`. Raises UserError without one."""
    graph = checked.graph
    for output in graph.outputs:
        type = graph.type(output.ref)
        if type.rank == 2 and type.dtype.startswith(("float", "bfloat")):
            return output
    listed = ", ".join(f"`{each.name}` {graph.type(each.ref)}" for each in graph.outputs)
    raise UserError(f"`{checked.name}` gives no scores of classes, `[N, classes]`, but {listed}")


def with_plain_scores(checked: CheckedGraph, output: Output) -> tuple[CheckedGraph, Ref]:
    """The net whose output is the scores before a last softmax or sigmoid, and those scores.

    Where the activation is an argument of the last layer, that layer is one without.
    """
    graph = checked.graph
    node = graph.node(output.ref.node)
    if isinstance(node.op, LAST):
        return checked, node.inputs[0]
    if not isinstance(node.op, Dense) or not isinstance(node.op.activation, LAST):
        return checked, output.ref
    made = Graph(graph.name, inputs=list(graph.inputs), outputs=list(graph.outputs))
    made.blocks = dict(graph.blocks)
    for each in graph:
        plain = each.path == node.path
        made.add(replace(each, op=replace(node.op, activation=None)) if plain else each)
    return CheckedGraph(made), output.ref


def has_places(type: TensorType) -> bool:
    """Whether a tensor is a map of places, `[N, H, W, C]`, and not of a single one."""
    return type.rank == 4 and tuple(type.shape[1:3]) != (1, 1)


def last_maps(checked: CheckedGraph, end: Ref) -> Ref | None:
    """The last maps on the way to a tensor that no pooling has made smaller; None without any."""
    graph = checked.graph
    alive = graph.ancestors([end.node])
    found = None
    for node in graph:
        pooled = isinstance(node.op, Pooling | GlobalPooling | Adaptive)
        if node.path in alive and node.op is not None and not pooled and _one_map(node):
            found = Ref(node.path)
    return found


def before_last_dense(checked: CheckedGraph, end: Ref) -> Ref | None:
    """What the last Dense on the way to a tensor is applied to; None without any."""
    graph = checked.graph
    alive = graph.ancestors([end.node])
    dense = [node for node in graph if node.path in alive and isinstance(node.op, Dense)]
    return dense[-1].inputs[0] if dense else None


def _one_map(node: Node) -> bool:
    return len(node.outputs) == 1 and has_places(node.outputs[0])
