"""Turns a layer of PyTorch into one of Keras: names of weights, and the order of their axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.attention.attention import MultiHeadAttention
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Op
from ...compiler.ops.recurrent.bidirectional import BACKWARD, FORWARD, Bidirectional
from ...compiler.shapes.dims import Dim
from .file import StoredLayer, StoredWeight
from .torch_parts import GATES, Tensors, attention, bidirectional, recurrent

NORMS = {"weight": "gamma", "bias": "beta"}
PLAIN = {"weight": "kernel", "bias": "bias"}
NAMES: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("Dense", "Conv1D", "Conv2D", "Conv3D"), PLAIN),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), PLAIN),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), PLAIN),
    "BatchNormalization": NORMS | {"running_mean": "moving_mean", "running_var": "moving_variance"},
    **dict.fromkeys(("LayerNormalization", "GroupNormalization"), NORMS),
    "RMSNormalization": {"weight": "scale"},
    "Embedding": {"weight": "embeddings"},
    "PReLU": {"weight": "alpha"},
}
"""What Keras calls PyTorch's weights, by the class of the layer."""

SEVERAL = ("Bidirectional", "MultiHeadAttention")
"""Classes whose layers are made of several layers."""

PASSING = frozenset(
    ("Dropout", "ReLU", "Activation", "LeakyReLU", "ELU", "GELU", "Sigmoid", "Tanh")
)
"""Layers that leave the order of the elements of a row as it was."""


def as_keras(checked: CheckedGraph, node: Node, stored: StoredLayer) -> StoredLayer | None:
    """The layer as one of the node's class would keep it, or None where it cannot be one.

    A kernel's axes go from `[out, in, height, width]` to `[height, width, in, out]`. Behind a
    Flatten of a picture, the rows of a Dense kernel are put into the order of channels last.
    Shapes may still be wrong.
    """
    assert node.op is not None
    found = {weight.name: weight.tensor for weight in stored.weights}
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
            kernel = _kernel(node.op.name, tensor, wanted.get(new, ()), flattened(checked, node))
            if kernel is None:
                return None
            tensor = kernel
        elif new == "alpha" and prod(wanted.get(new, ())) == prod(tensor.shape):
            tensor = tensor.reshape(*wanted[new])
        made.append(StoredWeight(new, tensor))
    return StoredLayer(stored.name, "", tuple(made))


def _parts(op: Op, wanted: Mapping[str, tuple[int, ...]], found: Tensors) -> Tensors | None:
    if isinstance(op, MultiHeadAttention):
        return attention(wanted["query/kernel"], wanted["value/kernel"], found)
    if isinstance(op, Bidirectional):
        forward, backward = op.passes()
        return bidirectional({FORWARD: forward.name, BACKWARD: backward.name}, found)
    return recurrent(op.name, found)


def _kernel(
    kind: str, tensor: Tensor, wanted: tuple[int, ...], picture: tuple[int, ...]
) -> Tensor | None:
    rank = len(tensor.shape)
    if kind == "Dense":
        if rank != 2:
            return None
        out, into = tensor.shape
        if picture and prod(picture) == into:
            return tensor.map(_rows(picture), into, out)
        return tensor.transpose(1, 0)
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


def _rows(picture: tuple[int, ...]) -> Callable[[Array], Array]:
    """Puts the inputs of `[out, in]` from channels first to last, and them before the outputs."""
    *sizes, channels = picture

    def move(array: Array) -> Array:
        split = array.reshape(len(array), channels, *sizes)
        return np.moveaxis(split, (0, 1), (-1, -2)).reshape(prod(picture), len(array))

    return move


def flattened(checked: CheckedGraph, node: Node) -> tuple[int, ...]:
    """The sizes of the picture whose Flatten the node reads, without the batch; else none."""
    graph = checked.graph
    while node.inputs:
        source = graph.node(node.inputs[0].node)
        if source.op is None:
            return ()
        if source.op.name in ("Flatten", "Reshape"):
            (before,) = graph.input_types(source)[:1]
            if source.op.name == "Reshape" and len(source.outputs[0].shape) != 2:
                return ()
            sequence = len(before.shape) == 3 and not _convolved(checked, source)
            return () if sequence or len(before.shape) < 3 else _numbers(before.shape[1:])
        if source.op.name not in PASSING:
            return ()
        node = source
    return ()


def _convolved(checked: CheckedGraph, node: Node) -> bool:
    """Whether a sequence comes out of convolutions, which in PyTorch take channels first."""
    names = {
        made.op.name
        for made in map(checked.graph.node, checked.graph.ancestors([node.path]))
        if made.op is not None
    }
    return any("Conv" in name for name in names) and not names & {*GATES, *SEVERAL}


def _numbers(shape: Sequence[Dim]) -> tuple[int, ...]:
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if len(sizes) == len(shape) else ()
