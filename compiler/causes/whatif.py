"""What tensors would be if some layers on the way to them were other ones, or not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ..ir.graph import Graph, Node, Ref
from ..ir.infer import infer
from ..ops.base.op import Op, Refusal, arguments
from ..shapes.types import TensorType

MAX_NODES = 400
"""How far back a tensor's layers are looked at."""

Types: TypeAlias = "tuple[TensorType, ...]"
Change: TypeAlias = "Callable[[Types], Types]"
"""What stands in the place of a layer: from the types of its inputs to those of its outputs."""


def made_by(op: Op) -> Change:
    """Another layer in its place. Raises Refusal when that refuses."""
    return lambda inputs: infer(op, inputs).outputs


def behind_another(op: Op, first: Op) -> Change:
    """The layer with another one in front of it. Raises Refusal when one of them refuses."""
    return lambda inputs: infer(op, (*infer(first, inputs[:1]).outputs, *inputs[1:])).outputs


def left_out(inputs: Types) -> Types:
    """No layer in its place."""
    return inputs


def of_type(type: TensorType) -> Change:
    """An input that is declared otherwise."""
    return lambda inputs: (type,)


def behind(graph: Graph, refs: Sequence[Ref]) -> list[Node]:
    """The layers and inputs that tensors come from, the nearest first."""
    found = {ref.node: graph.node(ref.node) for ref in refs}
    queue = list(found.values())
    for node in queue:
        for ref in node.inputs:
            if ref.node not in found and len(found) < MAX_NODES:
                found[ref.node] = graph.node(ref.node)
                queue.append(found[ref.node])
    return queue


def line_behind(graph: Graph, ref: Ref) -> list[Node]:
    """The layers behind a tensor, the nearest first, by the first input of each."""
    found = [graph.node(ref.node)]
    while found[-1].inputs and len(found) < MAX_NODES:
        found.append(graph.node(found[-1].inputs[0].node))
    return found


def would_be(
    graph: Graph, refs: Sequence[Ref], changes: Mapping[str, Change]
) -> list[TensorType] | None:
    """The types of tensors with some nodes changed; None where a layer then refuses its inputs."""
    known = {node.path: node for node in behind(graph, refs)}
    touched = _reached(known, changes)
    types: dict[str, Types] = {}
    waiting = [ref.node for ref in refs]
    while waiting:
        path = waiting[-1]
        node = known.get(path) or graph.node(path)
        if path in types or path not in touched:
            types.setdefault(path, node.outputs)
            waiting.pop()
            continue
        missing = [ref.node for ref in node.inputs if ref.node not in types]
        if missing:
            waiting.extend(missing)
            continue
        inputs = tuple(types[ref.node][ref.output] for ref in node.inputs)
        change = changes.get(path) or (made_by(node.op) if node.op is not None else left_out)
        try:
            types[path] = change(inputs)
        except Refusal:
            return None
        waiting.pop()
    try:
        return [types[ref.node][ref.output] for ref in refs]
    except IndexError:
        return None


def otherwise(op: Op, **changes: object) -> Op | None:
    """An operator with some arguments changed; None where it has none such or they do not fit."""
    known = arguments(type(op))
    if not changes.keys() <= known.keys():
        return None
    try:
        made = type(op)(**{**{name: getattr(op, name) for name in known}, **changes})
        made.validate()
    except Refusal:
        return None
    made = made.with_tensors(op.given) if op.given else made
    return made.with_masks(op.masked) if op.masked else made


def _reached(known: Mapping[str, Node], changes: Mapping[str, Change]) -> set[str]:
    """The paths of the nodes that changes reach."""
    users: dict[str, list[str]] = {}
    for node in known.values():
        for ref in node.inputs:
            users.setdefault(ref.node, []).append(node.path)
    reached, waiting = set(changes), list(changes)
    while waiting:
        for path in users.get(waiting.pop(), ()):
            if path not in reached:
                reached.add(path)
                waiting.append(path)
    return reached
