"""The logits before a model's softmax and sigmoid outputs.

Keras computes cross-entropy of them where the net ends so (`_get_logits` of its TensorFlow
backend). Of the probabilities it cannot be computed where one is rounded to 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...compiler.ops.base.declare import arguments, construct
from ...compiler.recipe.objects.base import Loss, Metric
from ...compiler.recipe.recipe import Head, Recipe
from ..infer.session import Session

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, ValueInfoProto

LARGEST = (1 << 31) - (1 << 20)
"""The bytes of a model that can be changed in memory: protobuf writes no larger message."""
BEHIND = {
    "CategoricalCrossentropy": "Softmax",
    "SparseCategoricalCrossentropy": "Softmax",
    "BinaryCrossentropy": "Sigmoid",
}
"""The losses and metrics that Keras computes of logits, and behind which operation."""

Figure = TypeVar("Figure", Loss, Metric)


def logits_name(output: str, operation: str) -> str:
    """What the logits before an output are called, as one more output."""
    return f"{output}/before {operation}"


def session_with_logits(path: Path, recipe: Recipe) -> Session:
    """The model of a file, with logits as further outputs where a figure of the recipe needs them.

    Raises UserError where the file is not a model.
    """
    plain = Session(path)
    heads = recipe.phases[-1].heads
    if not any(type(made).__name__ in BEHIND for h in heads for made in _figures(h)):
        return plain
    import onnx

    model = onnx.load(str(path))
    if not _add_logits(model.graph) or model.ByteSize() > LARGEST:
        return plain
    return Session(model.SerializeToString())


def _figures(head: Head) -> Iterator[Loss | Metric]:
    yield from (term.loss for term in head.loss.terms)
    yield from head.metrics


def of_logits(made: Figure, output: str, found: Mapping[str, object]) -> tuple[Figure, str]:
    """A loss or metric, and the name of what it is computed of: logits, where Keras does so."""
    operation = BEHIND.get(type(made).__name__)
    if operation is None or getattr(made, "from_logits", True):
        return made, output
    name = logits_name(output, operation)
    if name not in found:
        return made, output
    given = {argument: getattr(made, argument) for argument in arguments(type(made))}
    return construct(type(made), given | {"from_logits": True}), name


def _add_logits(graph: GraphProto) -> bool:
    """Adds the logits of every output to a graph; whether there are any."""
    from onnx import helper

    made_by = {name: node for node in graph.node for name in node.output}
    added = False
    for output in list(graph.output):
        node = made_by.get(output.name)
        moved: list[NodeProto] = []
        while node is not None and node.op_type in ("Identity", "Transpose"):
            moved.append(node)
            node = made_by.get(node.input[0])
        if node is None or node.op_type not in BEHIND.values():
            continue
        if node.op_type == "Softmax" and _classes(node, moved, output) != _rank(output) - 1:
            continue
        last = node.input[0]
        name = logits_name(output.name, node.op_type)
        for each in reversed(moved):
            following = f"{name}/{len(graph.node)}"
            copy = helper.make_node(each.op_type, [last], [following])
            copy.attribute.extend(each.attribute)
            graph.node.append(copy)
            last = following
        graph.node.append(helper.make_node("Identity", [last], [name]))
        graph.output.add().CopyFrom(output)
        graph.output[-1].name = name
        added = True
    return added


def _rank(output: ValueInfoProto) -> int:
    return len(output.type.tensor_type.shape.dim)


def _classes(softmax: NodeProto, moved: list[NodeProto], output: ValueInfoProto) -> int:
    """The axis of an output that a softmax sums to 1 over, after the nodes behind it."""
    rank = _rank(output)
    axes = {a.name: a for a in softmax.attribute}
    axis = (axes["axis"].i if "axis" in axes else -1) % rank
    for node in reversed(moved):
        for attribute in node.attribute:
            if attribute.name == "perm":
                axis = list(attribute.ints).index(axis)
    return axis
