"""Where features are in PyTorch that netc has in another order: pictures flattened channels first.

netc flattens `[height, width, channels]` as it stands, PyTorch `[channels, height, width]`. Each
layer on flattened pictures has its weights in that order, and so has a Dense whose result becomes
a picture. Where a net itself puts the channels first before it flattens, the orders are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.windows import Spatial
from ...compiler.ops.tensor.arithmetic import Arithmetic
from ...compiler.ops.tensor.learned import Weight
from ...compiler.ops.tensor.merge import Concatenate, Merge
from ...compiler.ops.tensor.reshape import Flatten, Permute, Reshape
from ...compiler.shapes.dims import Dim
from .torch_parts import GATES

WEIGHED = frozenset(
    ("BatchNormalization", "LayerNormalization", "RMSNormalization", "PReLU", "Normalization")
)
"""Layers with weights that leave each feature where it is."""
MOVING = frozenset(("Slice", "Permute", "Reshape", "ArgMax", "ArgMin", "Gather", "TopK"))
SEQUENTIAL = frozenset((*GATES, "Bidirectional", "MultiHeadAttention", "GroupQueryAttention"))
FIRST_SIZES, LAST_SIZES = (1, 3), (1, 3, 4)
"""How many channels pictures have that are a net's input, where they come first or last."""

Orders = Mapping[str, Array]


def torch_orders(checked: CheckedGraph) -> Orders:
    """For nodes whose features PyTorch has in another order: where each is there."""
    found: dict[str, Array] = {}
    for node in checked:
        order = _made(checked, node, found)
        if order is not None:
            found[node.path] = order
            found |= _beside(checked, node, order)
        found |= _multiplied(checked, node, found)
    return {**found, **_wanted(checked, found)}


def rows(path: str) -> str:
    """Where the order of the rows of a learned tensor is kept that features are multiplied with."""
    return f"{path}/rows"


def _beside(checked: CheckedGraph, node: Node, order: Array) -> dict[str, Array]:
    """The order of the learned tensors that features meet one by one."""
    sources = [checked.graph.node(ref.node) for ref in node.inputs]
    return {
        source.path: order
        for source in sources
        if isinstance(source.op, Weight) and source.op.sizes[-1:] == (len(order),)
    }


def _multiplied(checked: CheckedGraph, node: Node, found: Orders) -> dict[str, Array]:
    """The order of the rows of a learned tensor in `features @ tensor`."""
    if not isinstance(node.op, Arithmetic) or node.op.op != "@":
        return {}
    left, right = (checked.graph.node(ref.node) for ref in node.inputs)
    if left.path in found and isinstance(right.op, Weight):
        return {rows(right.path): found[left.path]}
    return {}


def _made(checked: CheckedGraph, node: Node, found: Orders) -> Array | None:
    """The order of what a node makes, by that of its inputs."""
    if isinstance(node.op, Arithmetic) and node.op.op == "@":
        return None
    inputs = [checked.graph.node(ref.node) for ref in node.inputs]
    # What the net has of its own takes on the order of what it meets.
    inputs = [source for source in inputs if source.inputs or source.op is None]
    if not inputs or len(node.outputs) != 1 or len(node.outputs[0].shape) != 2:
        return None
    if _flattens(checked, node):
        picture = _picture(checked, inputs[0])
        return _channels_last(picture) if picture else None
    orders = [found.get(source.path) for source in inputs]
    if all(order is None for order in orders):
        return None
    if isinstance(node.op, Concatenate) and node.op.axis in (-1, 1):
        return _joined(inputs, orders)
    if len(inputs) == 1 and len(node.inputs) == 1:
        return orders[0] if _keeps(checked, node) else None
    first = orders[0]
    same = all(
        first is not None and order is not None and np.array_equal(order, first) for order in orders
    )
    return first if same and isinstance(node.op, Merge | Arithmetic) else None


def _wanted(checked: CheckedGraph, found: Orders) -> Orders:
    """The orders of what becomes pictures, from a Dense on that makes it."""
    graph = checked.graph
    wanted: dict[str, Array] = {}
    for node in reversed(list(checked)):
        orders = [
            wanted[reader] if reader in wanted else _pictured(checked, graph.node(reader))
            for reader in graph.readers(node.path)
            if reader in wanted or isinstance(graph.node(reader).op, Reshape)
        ]
        known = [order for order in orders if order is not None]
        kept = node.op is not None and (node.op.name == "Dense" or _keeps(checked, node))
        if not known or not kept or node.path in found or len(node.outputs[0].shape) != 2:
            continue
        if all(np.array_equal(order, known[0]) for order in known):
            wanted[node.path] = known[0]
    made: dict[str, Array] = {}
    for node in checked:
        if node.path in wanted and node.op is not None:
            source = node.inputs[0].node
            if node.op.name == "Dense" or source in made:
                made[node.path] = wanted[node.path]
    return made


def _pictured(checked: CheckedGraph, node: Node) -> Array | None:
    """The order in which PyTorch would have what a Reshape makes a picture of."""
    shape = _numbers(node.outputs[0].shape[1:])
    if len(shape) < 2 or len(checked.graph.type(node.inputs[0]).shape) != 2:
        return None
    readers = [checked.graph.node(path) for path in checked.graph.readers(node.path)]
    while len(readers) == 1 and readers[0].outputs[0].shape == node.outputs[0].shape:
        node = readers[0]
        if _is_spatial(node):
            break
        readers = [checked.graph.node(path) for path in checked.graph.readers(node.path)]
    spatial = [reader for reader in (*readers, node) if _is_spatial(reader)]
    return _channels_last(shape) if spatial else None


def _is_spatial(node: Node) -> bool:
    return isinstance(node.op, Spatial)


def _flattens(checked: CheckedGraph, node: Node) -> bool:
    return (
        isinstance(node.op, Flatten | Reshape) and len(checked.graph.type(node.inputs[0]).shape) > 2
    )


def _keeps(checked: CheckedGraph, node: Node) -> bool:
    """Whether each feature stays where it is."""
    if node.op is None or len(node.inputs) != 1 or node.op.name in MOVING:
        return False
    same = checked.graph.type(node.inputs[0]).shape == node.outputs[0].shape
    return same and (not node.weights or node.op.name in WEIGHED)


def _picture(checked: CheckedGraph, node: Node) -> tuple[int, ...]:
    """The sizes of a picture with its channels last; none where they are not last in PyTorch's
    sense, or where it is a sequence."""
    shape = _numbers(node.outputs[0].shape[1:])
    if len(shape) < 2:
        return ()
    if len(shape) == 2 and not _convolved(checked, node):
        return ()
    at = node
    while _keeps(checked, at):
        at = checked.graph.node(at.inputs[0].node)
    if isinstance(at.op, Permute):
        return shape if at.op.dims[-1] == len(shape) else ()
    if isinstance(at.op, Reshape) and len(checked.graph.type(at.inputs[0]).shape) == 2:
        return ()
    if at.op is None and shape[0] in FIRST_SIZES and shape[-1] not in LAST_SIZES:
        return ()
    return shape


def _convolved(checked: CheckedGraph, node: Node) -> bool:
    """Whether a sequence comes out of convolutions, which in PyTorch take channels first."""
    names = {
        made.op.name
        for made in map(checked.graph.node, checked.graph.ancestors([node.path]))
        if made.op is not None
    }
    return any("Conv" in name for name in names) and not names & SEQUENTIAL


def _channels_last(picture: tuple[int, ...]) -> Array:
    """Where each element of `[…, channels]`, flattened, is among those of `[channels, …]`."""
    *sizes, channels = picture
    places: Array = np.arange(prod(picture)).reshape(channels, *sizes)
    return np.moveaxis(places, 0, -1).reshape(-1)


def _joined(inputs: Sequence[Node], orders: Sequence[Array | None]) -> Array | None:
    made: list[Array] = []
    start = 0
    for node, order in zip(inputs, orders, strict=True):
        width = node.outputs[0].shape[-1]
        if not isinstance(width, int):
            return None
        made.append((np.arange(width) if order is None else order) + start)
        start += width
    return np.concatenate(made)


def _numbers(shape: Sequence[Dim]) -> tuple[int, ...]:
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if len(sizes) == len(shape) else ()
