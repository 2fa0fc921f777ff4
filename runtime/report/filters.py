"""`netc filters`: the kernels of a convolution, and what it makes of a picture, as pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Node, Ref
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.inner import whole_graph
from ...dsl.text.escape import terminal
from ..errors import UserError
from ..infer.session import Session
from ..infer.taps import has_places, tensor_at, with_outputs
from .style import drawing, new_figure, photograph_axes, save

ACROSS = 8
"""Pictures in a row."""
KERNEL = "kernel"


@dataclass(frozen=True)
class Filters:
    """What there is to draw of a layer."""

    layer: str
    kernels: Array | None
    """`[filters, h, w, 1 or 3]`; None where the layer has no kernel over places."""
    averaged: int
    """Over how many channels each of the `kernels` is a mean; 1 where they are as they are."""
    maps: Array | None
    """`[channels, H, W]`, what the layer makes of a picture; None without one."""


def filters_of(
    checked: CheckedGraph,
    weights: WeightSource,
    inputs: Mapping[str, Array] | None = None,
    layer: str | None = None,
) -> Filters:
    """Kernels and maps of a layer: of `layer`, or of the first convolution of pictures.

    `inputs` are those of one picture. Raises UserError where there is no such layer, or nothing of
    it can be shown; Refusal where a layer has no ONNX lowering.
    """
    graph = whole_graph(checked)
    if layer is None:
        node = next((each for each in graph if _kernel_rank(each) == 4), None)
        if node is None:
            raise UserError(f"`{checked.name}` has no convolution of pictures; name a --layer")
        ref = Ref(node.path)
    else:
        ref = tensor_at(checked, layer)
        node = graph.node(ref.node)
    kernels, averaged = _kernels(node, weights) if _kernel_rank(node) == 4 else (None, 1)
    maps = None
    if inputs is not None:
        if not has_places(graph.type(ref)):
            raise UserError(f"`{node.path}` gives {graph.type(ref)}, which has no places to show")
        session = Session.from_checked(with_outputs(checked, {"maps": ref}), weights)
        maps = np.moveaxis(session.run(inputs)["maps"][0].astype(np.float32), -1, 0)
    elif kernels is None:
        raise UserError(f"`{node.path}` has no kernel to show; give a picture, and see its maps")
    return Filters(node.path, kernels, averaged, maps)


def _kernel_rank(node: Node) -> int:
    return next((len(each.shape) for each in node.weights if each.name == KERNEL), 0)


def _kernels(node: Node, weights: WeightSource) -> tuple[Array, int]:
    """The kernels of a layer, `[filters, h, w, 1 or 3]`.

    One of another depth than a picture's is the mean over its channels; each channel of a depthwise
    kernel is one of its own.
    """
    weight = next(each for each in node.weights if each.name == KERNEL)
    values = np.asarray(weights.tensor(node.layer, weight).read(), np.float32)
    if type(node.op).__name__ == "DepthwiseConv2D":
        values = values.reshape(*values.shape[:2], 1, -1)
    elif type(node.op).__name__ == "Conv2DTranspose":
        values = values.swapaxes(2, 3)
    depth = values.shape[2]
    if depth not in (1, 3):
        values = values.mean(axis=2, keepdims=True)
    return np.moveaxis(values, -1, 0), 1 if depth in (1, 3) else depth


def draw_filters(found: Filters, path: Path, most: int) -> None:
    """Writes kernels, and below them maps, as a PNG; at most `most` of each.

    Kernels share one scale, in which grey is 0. Each map has its own, from its least to its most.
    """
    kernels = [] if found.kernels is None else list(found.kernels[:most])
    maps = [] if found.maps is None else list(found.maps[:most])
    across = min(ACROSS, max(len(kernels), len(maps)))
    rows = [math.ceil(len(part) / across) for part in (kernels, maps)]
    with drawing():
        figure = new_figure(1.05 * across, 1.05 * sum(rows) + 0.7)
        every = photograph_axes(figure, sum(rows), across, sum(rows) * across)
        if found.kernels is not None:
            limit = float(np.abs(found.kernels).max()) or 1.0
            for axes, kernel in zip(every, kernels, strict=False):
                scaled = np.clip(0.5 + kernel / (2 * limit), 0, 1)
                shown = scaled if scaled.shape[-1] == 3 else scaled[..., 0]
                axes.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        for axes, values in zip(every[rows[0] * across :], maps, strict=False):
            axes.imshow(values, cmap="viridis", interpolation="nearest")
        figure.suptitle(title(found, most), fontsize=10)
        save(figure, path)


def title(found: Filters, most: int) -> str:
    """What the picture shows, in one line."""
    parts = []
    if found.kernels is not None:
        mean = f", means over {found.averaged} channels" if found.averaged > 1 else ""
        parts.append(f"{_some(len(found.kernels), most, 'kernel')}{mean}")
    if found.maps is not None:
        parts.append(_some(len(found.maps), most, "map"))
    return f"{terminal(found.layer)}: {'; '.join(parts)}"


def _some(count: int, most: int, what: str) -> str:
    shown = f"{count} {what}{'s' * (count != 1)}"
    return shown if count <= most else f"the first {most} of {shown}"
