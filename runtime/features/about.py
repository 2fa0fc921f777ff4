"""What features are of: the net and weights that made them, how pixels were prepared, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ...dsl.version import __version__
from ..cache.digest import digest
from ..data.dataset import Part

VERSION = "1"
PACKAGES = ("onnxruntime", "pillow", "numpy")
WHERE = ("file", "recipe")
"""What features were first made for, which changes nothing of them."""


def described_as(
    recipe: Recipe, part: Part, lower: CheckedGraph, arrays: Mapping[str, Array]
) -> dict[str, str]:
    """What features depend on, beside the samples themselves, and what they were made for.

    `arrays` are the weights by `<layer path>/<weight name>`.
    """
    layouts = [
        repr(getattr(part.inputs[name], "layout", None)).encode() for name in lower.graph.inputs
    ]
    versions = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return {
        "version": " ".join((VERSION, __version__, *versions)),
        "file": str(recipe.file.absolute()),
        "recipe": recipe.name,
        "at": " ".join(output.name for output in lower.graph.outputs),
        "net": _net_digest(lower),
        "weights": _weights_digest(lower, arrays),
        "pixels": digest(repr(part.preprocessing).encode(), *layouts),
    }


def key_of(about: Mapping[str, str]) -> str:
    """The name of the folder of features that depend on this."""
    told = sorted((name, value) for name, value in about.items() if name not in WHERE)
    return digest(*(f"{name}={value}".encode() for name, value in told))


def _net_digest(lower: CheckedGraph) -> str:
    graph = lower.graph
    nodes = [repr((n.path, n.layer, n.op, n.inputs, n.outputs)).encode() for n in graph]
    return digest(*nodes, repr(graph.outputs).encode())


def _weights_digest(lower: CheckedGraph, arrays: Mapping[str, Array]) -> str:
    made: list[bytes] = []
    for path, node in lower.layers().items():
        for weight in node.weights:
            name = f"{path}/{weight.name}"
            made += [name.encode(), np.ascontiguousarray(arrays[name]).tobytes()]
    return digest(*made)
