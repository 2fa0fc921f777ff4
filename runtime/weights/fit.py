"""Holds one layer's weights against one layer of a file: which is which, and what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...compiler.ops.base.backend import Tensor
from ...compiler.ops.base.op import Weight
from ...compiler.shapes.types import FLOATS, INTS, show_shape
from .file import StoredLayer, StoredWeight

OLD_NAMES: Mapping[str, str] = {"depthwise_kernel": "kernel"}
"""Names of Keras 2 and what Keras 3 calls them, for layers that have no weight of the old name."""

DIRECTION = re.compile(r"(?:.*/)?(forward|backward)_\w+/(?:.*/)?(\w+)")
"""A weight of a Bidirectional in Keras's .h5 files: `bi/forward_lstm/lstm_cell/kernel`."""

PYTORCH_NAMES = frozenset({"weight", "running_mean", "running_var"})

AXES = {
    2: "[in, out]",
    3: "[width, in, out]",
    4: "[height, width, in, out]",
}
"""The order of a kernel's axes, by rank."""


def fit(weights: Sequence[Weight], layer: StoredLayer) -> Mapping[str, Tensor] | None:
    """The layer's tensors by weight name, or None where any is missing, extra or does not fit."""
    paired = _pair(weights, layer)
    if paired is None or any(_wrong(weight, stored) for weight, stored in paired):
        return None
    return {weight.name: stored.tensor for weight, stored in paired}


def needs(weights: Sequence[Weight]) -> str:
    """`kernel [3, 3, 3, 64], bias [64]`."""
    return ", ".join(f"{weight.name} {show_shape(weight.shape)}" for weight in weights)


def fault(weights: Sequence[Weight], layer: StoredLayer) -> str:
    """Why the layer does not fit, in words; only for one that does not."""
    paired = _pair(weights, layer)
    if paired is not None:
        wrong = [_wrong(weight, stored) for weight, stored in paired]
        return next((text for text in wrong if text), "it is a layer of another class")
    if not layer.named:
        return f"the file has {len(layer.weights)} weights where {len(weights)} are needed"
    names = [weight.name for weight in layer.weights]
    missing = [w.name for w in weights if w.name not in _renamed(weights, names)]
    if PYTORCH_NAMES & set(names):
        return "the names are PyTorch's; netc needs Keras's names and Keras's order of axes"
    if missing:
        return f"the file has no {_list(missing)} there"
    extra = [name for name in names if name not in {weight.name for weight in weights}]
    return f"the file also has {_list(extra)}"


def _pair(
    weights: Sequence[Weight], layer: StoredLayer
) -> list[tuple[Weight, StoredWeight]] | None:
    if not layer.named:
        if len(weights) != len(layer.weights):
            return None
        return list(zip(weights, layer.weights, strict=True))
    stored = _renamed(weights, [weight.name for weight in layer.weights])
    if set(stored) != {weight.name for weight in weights}:
        return None
    return [(weight, layer.weights[stored[weight.name]]) for weight in weights]


def _renamed(weights: Sequence[Weight], names: Sequence[str]) -> dict[str, int]:
    """Where each weight is in the file, under the name it has today."""
    wanted = {weight.name for weight in weights}
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        way = DIRECTION.fullmatch(name)
        new = f"{way[1]}_layer/{way[2]}" if way else OLD_NAMES.get(name, name)
        found[new if name not in wanted and new in wanted else name] = index
    return found


def _wrong(weight: Weight, stored: StoredWeight) -> str:
    shape, dtype = stored.tensor.shape, stored.tensor.dtype
    if shape != weight.shape:
        text = f"`{weight.name}` is {show_shape(shape)}, not {show_shape(weight.shape)}"
        if sorted(shape) == sorted(weight.shape):
            axes = AXES.get(len(shape)) if "kernel" in weight.name else None
            order = f" its axes should be {axes}" if axes else " its axes are in another order"
            return f"{text}: transposed?{order}"
        return text
    family = FLOATS if weight.dtype in FLOATS else INTS
    if dtype not in family:
        return f"`{weight.name}` holds {dtype}, not {weight.dtype}"
    return ""


def _list(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
