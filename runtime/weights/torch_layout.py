"""Turns a layer of PyTorch into one of Keras: names of weights, and the order of their axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import numpy as np

from ...compiler.ir.graph import Node
from ...compiler.ops.attention.heads import Heads
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Op
from ...compiler.ops.recurrent.bidirectional import BACKWARD, FORWARD, Bidirectional
from ...compiler.ops.tensor.learned import NAME, Weight
from ...compiler.ops.wrapper.spectral_normalization import STATE, SpectralNormalization
from ...compiler.shapes.dims import Shape
from .file import StoredLayer, StoredWeight
from .torch_parts import GATES, Tensors, attention, bidirectional, recurrent
from .torch_rows import Orders, rows

NORMS = {"weight": "gamma", "bias": "beta"}
PLAIN = {"weight": "kernel", "bias": "bias"}
TABLE = {"weight": "embeddings"}
NAMES: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("Dense", "Conv1D", "Conv2D", "Conv3D"), PLAIN),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), PLAIN),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), PLAIN),
    "BatchNormalization": NORMS | {"running_mean": "moving_mean", "running_var": "moving_variance"},
    "GroupNormalization": NORMS,
    # The first files of BERT for PyTorch have TensorFlow's names here.
    "LayerNormalization": NORMS | {"gamma": "gamma", "beta": "beta"},
    "RMSNormalization": {"weight": "scale"},
    **dict.fromkeys(("Embedding", "PositionEmbedding"), TABLE),
    "PReLU": {"weight": "alpha"},
}
"""What Keras calls PyTorch's weights, by the class of the layer."""

VECTOR = "weight_u"
"""The vector of spectral normalization, of use to a layer in SpectralNormalization alone."""

SEVERAL = ("Bidirectional", "MultiHeadAttention", "GroupQueryAttention")
"""Classes whose layers are made of several layers."""


def as_keras(node: Node, stored: StoredLayer, orders: Orders) -> StoredLayer | None:
    """The layer as one of the node's class would keep it, or None where it cannot be one.

    A kernel's axes go from `[out, in, height, width]` to `[height, width, in, out]`. `orders` has
    the nodes whose features PyTorch has in another order. Shapes may still be wrong.
    """
    assert node.op is not None
    if isinstance(node.op, Weight):
        return _parameter(node, node.op, stored, orders)
    if isinstance(node.op, SpectralNormalization):
        return _normalized(node, node.op, stored, orders)
    found = {weight.name: weight.tensor for weight in stored.weights if weight.name != VECTOR}
    wanted = {weight.name: weight.shape for weight in node.weights}
    if node.op.name in (*GATES, *SEVERAL):
        parts = _parts(node.op, wanted, found)
        made = [StoredWeight(name, tensor) for name, tensor in (parts or {}).items()]
        return StoredLayer(stored.name, "", tuple(made)) if parts else None
    names = NAMES.get(node.op.name)
    if names is None or not set(found) <= set(names):
        return None
    made = []
    for old, tensor in found.items():
        new = names[old]
        if new == "kernel":
            kernel = _kernel(node.op.name, tensor, wanted.get(new, ()))
            if kernel is None:
                return None
            tensor = kernel
            if node.op.name == "Dense":
                tensor = _taken(tensor, orders.get(node.inputs[0].node), 0)
        elif node.op.name == "LayerNormalization":
            tensor = _normed(tensor, wanted.get(new, ()), node.outputs[0].shape)
        elif new == "alpha" and prod(wanted.get(new, ())) == prod(tensor.shape):
            tensor = tensor.reshape(*wanted[new])
        made.append(StoredWeight(new, _taken(tensor, orders.get(node.path), -1)))
    return StoredLayer(stored.name, "", tuple(made))


def _normalized(
    node: Node, op: SpectralNormalization, stored: StoredLayer, orders: Orders
) -> StoredLayer | None:
    """The layer inside, and the vector of its power iterations."""
    vectors = [weight for weight in stored.weights if weight.name == VECTOR]
    weights = tuple(weight for weight in node.weights if weight.name != STATE)
    inner = as_keras(replace(node, op=op.layer, weights=weights), stored, orders)
    if inner is None or len(vectors) != 1:
        return None
    vector = vectors[0].tensor
    row = StoredWeight(STATE, vector.reshape(1, prod(vector.shape)))
    return replace(inner, weights=(*inner.weights, row))


def _parameter(node: Node, op: Weight, stored: StoredLayer, orders: Orders) -> StoredLayer | None:
    """A tensor that a module holds by itself, channels last and without PyTorch's axes of 1."""
    if len(stored.weights) != 1:
        return None
    tensor = stored.weights[0].tensor
    old, new = tensor.shape, op.sizes
    rank = len(old)
    if old != new and [d for d in old if d != 1] == [d for d in new if d != 1]:
        tensor = tensor.reshape(*new)
    elif old != new and rank == len(new) and rank > 2:
        for first in (1, 0):
            moved = (*range(first), *range(first + 1, rank), first)
            if tuple(old[axis] for axis in moved) == new:
                tensor = tensor.transpose(*moved)
                break
    if tensor.shape:
        tensor = _taken(tensor, orders.get(node.path), -1)
        tensor = _taken(tensor, orders.get(rows(node.path)), 0)
    return StoredLayer(stored.name, "", (StoredWeight(NAME, tensor),))


def _normed(tensor: Tensor, wanted: tuple[int, ...], over: Shape) -> Tensor:
    """A scale or shift with its channels last where PyTorch has them first.

    That is so in pictures and volumes that are normalized over all axes, and in sequences whose
    sizes say so.
    """
    rank = len(wanted)
    first = len(tensor.shape) == rank == len(over) - 1 > 1
    if not first or (rank == 2 and tensor.shape == wanted):
        return tensor
    return tensor.transpose(*range(1, rank), 0)


def _taken(tensor: Tensor, order: Array | None, axis: int) -> Tensor:
    """The tensor with an axis in another order, if it is as long as the order."""
    if order is None or tensor.shape[axis] != len(order):
        return tensor
    return tensor.map(lambda array: np.take(array, order, axis))


def _parts(op: Op, wanted: Mapping[str, tuple[int, ...]], found: Tensors) -> Tensors | None:
    if isinstance(op, Heads):
        return attention(wanted["query/kernel"], wanted["value/kernel"], found)
    if isinstance(op, Bidirectional):
        forward, backward = op.passes()
        return bidirectional({FORWARD: forward.name, BACKWARD: backward.name}, found)
    return recurrent(op.name, found)


def _kernel(kind: str, tensor: Tensor, wanted: tuple[int, ...]) -> Tensor | None:
    rank = len(tensor.shape)
    if kind == "Dense":
        return tensor.transpose(1, 0) if rank == 2 else None
    if rank < 3 or rank != len(wanted):
        return None
    spatial = range(2, rank)
    if kind.startswith("Depthwise"):
        into, multiplier = wanted[-2:]
        if tensor.shape[0] != into * multiplier or tensor.shape[1] != 1:
            return None
        moved = tensor.transpose(*spatial, 1, 0)
        return moved.reshape(*moved.shape[:-2], into, multiplier)
    return tensor.transpose(*spatial, 1, 0)
