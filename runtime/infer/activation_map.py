"""Where in a picture a class is seen: class activation maps, and Grad-CAM.

CAM: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning Deep Features for
Discriminative Localization", CVPR 2016. Grad-CAM: R. R. Selvaraju et al., "Grad-CAM: Visual
Explanations from Deep Networks via Gradient-based Localization", ICCV 2017.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Node, Ref
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.declare import Refusal
from ...compiler.ops.core.dense import Dense
from ...compiler.ops.pool.adaptive import AdaptiveAveragePooling2D
from ...compiler.ops.pool.global_pooling import GlobalAveragePooling2D
from ..errors import UserError
from .keras_module import import_keras, silent
from .session import Session
from .taps import has_places, with_outputs

THRESHOLD = 0.2
"""The share of the largest value from which on a place is in the box (Zhou et al., section 3.2)."""
PASSES = ("Dropout", "Flatten", "Reshape", "Linear")
"""Layers between the mean and the classifier that leave the numbers as they are."""


@dataclass(frozen=True)
class OwnMaps:
    """A classifier that is linear in the mean of its maps."""

    maps: Ref
    """`[N, H, W, C]`."""
    dense: Node | None
    """The layer from means to scores; None where the means are the scores."""


def own_maps(checked: CheckedGraph, scores: Ref) -> OwnMaps | None:
    """How scores are made of maps by their mean over all places and one Dense, if they are."""
    graph = checked.graph
    node, dense = graph.node(scores.node), None
    if isinstance(node.op, Dense) and graph.input_types(node)[0].rank == 2:
        dense = node
        node = graph.node(node.inputs[0].node)
    while type(node.op).__name__ in PASSES:
        node = graph.node(node.inputs[0].node)
    pooled = isinstance(node.op, GlobalAveragePooling2D | AdaptiveAveragePooling2D)
    if not pooled or tuple(node.outputs[0].shape[1:-1]) not in ((), (1, 1)):
        return None
    return OwnMaps(node.inputs[0], dense) if has_places(graph.input_types(node)[0]) else None


def class_map(
    checked: CheckedGraph,
    weights: WeightSource,
    own: OwnMaps,
    inputs: Mapping[str, Array],
    index: int,
) -> Array:
    """What each place adds to the score of a class, `[H, W]`; with the bias it sums to the score.

    Raises Refusal where a layer has no ONNX lowering.
    """
    session = Session.from_checked(with_outputs(checked, {"maps": own.maps}), weights)
    maps = session.run(inputs)["maps"][0].astype(np.float64)
    places = maps.shape[0] * maps.shape[1]
    if own.dense is None:
        return np.asarray(maps[..., index] / places)
    kernel = next(each for each in own.dense.weights if each.name == "kernel")
    column = weights.tensor(own.dense.layer, kernel).read()
    return np.asarray(maps @ _side(np.asarray(column, np.float64), index) / places)


def _side(scores: Array, index: int) -> Array:
    """The scores of a class, `[…]` of `[…, classes]`; a single score is that of class 1 of two."""
    if scores.shape[-1] == 1:
        return scores[..., 0] if index == 1 else -scores[..., 0]
    return scores[..., index]


def grad_map(
    checked: CheckedGraph,
    weights: WeightSource,
    maps: Ref,
    scores: Ref,
    inputs: Mapping[str, Array],
    index: int,
) -> Array:
    """Maps weighted by the mean gradient of a class's score over each, `[H, W]`, before the ReLU.

    Where the score is linear in the mean of these maps, it equals `class_map`. The gradient is
    Keras's. Raises UserError where Keras is not installed or lacks a layer.
    """
    keras = import_keras()
    from ...compiler.lower.keras.lower import lower_keras

    cut = with_outputs(checked, {"maps": maps, "scores": scores})
    try:
        model = lower_keras(cut, weights, keras=keras)
    except Refusal as fault:
        where = checked.name if fault.span is None else f"{fault.span}: {checked.name}"
        raise UserError(
            f"{where}: {fault.message} [{fault.code.id}], and Grad-CAM takes gradients with Keras"
        ) from fault
    import tensorflow as tf

    given: list[Any] = [tf.convert_to_tensor(inputs[path]) for path in cut.graph.inputs]
    with silent(), tf.GradientTape() as tape:
        for each in given:
            tape.watch(each)
        made = model(given if len(given) > 1 else given[0], training=False)
        score = _side(made[1], index)
    gradient = tape.gradient(score, made[0])
    if gradient is None:
        raise UserError(f"the score of the class does not change with `{maps.node}`")
    mean = np.asarray(gradient, np.float64)[0].mean(axis=(0, 1))
    return np.asarray(np.asarray(made[0], np.float64)[0] @ mean)


def enlarged(values: Array, size: tuple[int, int]) -> Array:
    """A map `[h, w]` as one of the size `(H, W)`, bilinear."""
    from PIL import Image

    picture = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR))


def box_around(values: Array, threshold: float = THRESHOLD) -> tuple[int, int, int, int] | None:
    """The box around the largest connected part of what is bright in a map `[H, W]`.

    Bright is what has at least the share `threshold` of the largest value. The box is left, top,
    right, bottom, the last two exclusive; None where no value is above 0.
    """
    top = float(values.max())
    if not top > 0:
        return None
    bright = values >= threshold * top
    seen = np.zeros_like(bright)
    best: tuple[int, tuple[int, int, int, int]] = (0, (0, 0, 0, 0))
    for start in map(tuple, np.argwhere(bright).tolist()):
        if not seen[start]:
            best = max(best, _part(bright, seen, (start[0], start[1])))
    return best[1]


def _part(
    bright: Array, seen: Array, start: tuple[int, int]
) -> tuple[int, tuple[int, int, int, int]]:
    """The size of a connected part, and the box around it; its places become seen."""
    waiting, rows, columns = deque([start]), [start[0]], [start[1]]
    seen[start] = True
    while waiting:
        row, column = waiting.popleft()
        for at in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= at[0] < bright.shape[0] and 0 <= at[1] < bright.shape[1]
            if inside and bright[at] and not seen[at]:
                seen[at] = True
                waiting.append(at)
                rows.append(at[0])
                columns.append(at[1])
    return len(rows), (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
