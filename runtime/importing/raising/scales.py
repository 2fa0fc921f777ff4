"""A scale and a shift of each channel become part of the product before them, or a normalization.

TensorFlow's exporter writes normalizations so.
"""

from __future__ import annotations

import numpy as np

from ....compiler.ops.base.backend import Array
from ..steps import Step, Value
from .graph import Graph

PRODUCTS = frozenset(
    (
        "Dense",
        *(f"{kind}Conv{n}D" for n in (1, 2, 3) for kind in ("", "Depthwise")),
        *(f"Conv{n}DTranspose" for n in (1, 2, 3)),
    )
)
EPSILON = 0.001
"""Keras's default of BatchNormalization, which adds it to the variance."""


def join_scales(graph: Graph) -> None:
    """Makes each scale or shift that one product alone feeds that product."""
    owners = {id(step.shared) for step in graph.steps if step.shared is not None}
    for step in graph.steps:
        if step.op not in ("*", "+") or len(step.inputs) != 2:
            continue
        for inner, other in (step.inputs, step.inputs[::-1]):
            product = inner.step
            alone = product.shared is None and id(product) not in owners and graph.once(inner)
            vector = _vector(other, inner)
            if product.op in PRODUCTS and alone and vector is not None:
                _join(graph, step, product, vector)
                graph.settle()
                break
            if step.op == "+" and vector is not None and _normalized(graph, step, inner, vector):
                graph.settle()
                break


def _normalized(graph: Graph, step: Step, inner: Value, shift: Array) -> bool:
    """`x * scale + shift` of a picture that no product makes: a normalization by 0 and 1."""
    scaled = inner.step
    if scaled.op != "*" or len(scaled.inputs) != 2 or not 3 <= inner.type.rank <= 5:
        return False
    for x, other in (scaled.inputs, scaled.inputs[::-1]):
        scale = _vector(other, x)
        if scale is None or not graph.once(inner) or x.type != inner.type:
            continue
        weights = {
            "gamma": scale,
            "beta": shift,
            "moving_mean": np.zeros_like(scale),
            "moving_variance": np.full_like(scale, 1 - EPSILON),
        }
        return graph.become(step, "BatchNormalization", [x], {}, weights)
    return False


def _vector(value: Value, inner: Value) -> Array | None:
    """A learned number for each channel."""
    if value.step.op != "weight" or value.type.rank > inner.type.rank:
        return None
    array = value.step.weights["value"]
    width = inner.shape[-1]
    whole = array.size == width and array.shape[-1:] == (width,)
    return array.reshape(-1) if whole else None


def _join(graph: Graph, step: Step, product: Step, vector: Array) -> None:
    weights = dict(product.weights)
    bias = weights.get("bias", np.zeros_like(vector))
    if step.op == "*":
        kernel = weights["kernel"]
        if product.op.startswith("Depthwise"):
            scaled = kernel * vector.reshape(kernel.shape[-2:])
        elif product.op.endswith("Transpose"):
            scaled = kernel * vector[:, None]
        else:
            scaled = kernel * vector
        weights["kernel"] = scaled
        if "bias" in weights:
            weights["bias"] = bias * vector
        graph.become(step, product.op, product.inputs, product.args, weights)
        return
    weights["bias"] = bias + vector
    args = {name: value for name, value in product.args.items() if name != "use_bias"}
    graph.become(step, product.op, product.inputs, args, weights)
