"""What the loader will make of a checkpoint of one net for another, told without the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array, Tensor
from .file import StoredLayer, StoredWeight, WeightFile, renamed
from .match import match_file
from .matched import Match
from .wiring import net_wiring


def foresee(old: CheckedGraph, new: CheckedGraph, rename: Mapping[str, str]) -> Match:
    """How the weights that netc would save of `old` match `new`, as `load_weights` matches them."""
    layers = tuple(
        StoredLayer(
            path,
            "",
            tuple(
                StoredWeight(weight.name, Tensor(weight.shape, weight.dtype, _unread))
                for weight in node.weights
            ),
        )
        for path, node in old.layers().items()
        if node.weights
    )
    file = WeightFile(Path(), "safetensors", layers, False, net_wiring(old), own=True)
    return match_file(new, renamed(file, rename) if rename else file)


def _unread() -> Array:
    raise AssertionError("no array is read to foresee a match")
