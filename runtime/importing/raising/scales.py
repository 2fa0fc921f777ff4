"""Scales and shifts as the layers that they are.

One of each channel becomes part of the product before it, or a normalization: TensorFlow's exporter
writes normalizations so. One of an input is `Rescaling`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....compiler.ops.base.backend import Array
from ..builder import PRODUCTS
from ..steps import Step, Value
from .algebra import product, total
from .graph import Graph

EPSILON = 0.001
"""Keras's default of BatchNormalization, which adds it to the variance."""


def join_scales(graph: Graph) -> None:
    """Makes each `x * scale + shift` the product that x is, or a normalization by 0 and 1."""
    owners = {id(step.shared) for step in graph.steps if step.shared is not None}
    for step in graph.steps:
        for inner, shift in _sides(step, "+"):
            if not graph.once(inner):
                continue
            for x, scale in _sides(inner.step, "*"):
                product = x.step
                alone = product.shared is None and id(product) not in owners and graph.once(x)
                if product.op in PRODUCTS and alone:
                    _join(graph, step, product, scale, shift)
                elif 3 <= x.type.rank <= 5:
                    _normalize(graph, step, x, scale, shift)
        graph.settle()


def rescale_inputs(graph: Graph) -> None:
    """Makes each `x * 0.0039 - 0.5` of an input that all else reads so, `Rescaling`."""
    for step in reversed(graph.steps):
        if step.op not in ("*", "+", "-") or len(step.inputs) != 1:
            continue
        offset, terms = total(Value(step))
        scale, factors = product(terms[0])
        inside = step.inputs[0]
        if len(terms) != 1 or len(factors) != 1 or factors[0].step.op != "input":
            continue
        if graph.once(factors[0]) and (inside == factors[0] or graph.once(inside)):
            args = {"scale": scale, "offset": offset} if offset else {"scale": scale}
            if scale != 1 and scale != -1:
                graph.become(step, "Rescaling", factors, args)


def _sides(step: Step, op: str) -> Iterator[tuple[Value, Array]]:
    """A tensor, and the number for each of its channels that stands beside it."""
    if step.op != op:
        return
    if len(step.inputs) == 1:
        (inner,) = step.inputs
        given = step.args.get("right", step.args.get("left"))
        if isinstance(given, list) and len(given) == inner.shape[-1]:
            yield inner, np.array(given, np.float32)
        return
    for inner, other in (step.inputs, step.inputs[::-1]):
        if other.step.op == "weight" and inner.type == step.types[0]:
            array = other.step.weights["value"]
            if array.shape[-1:] == inner.shape[-1:] and array.size == array.shape[-1]:
                yield inner, array.reshape(-1)


def _join(graph: Graph, step: Step, product: Step, scale: Array, shift: Array) -> None:
    weights = dict(product.weights)
    kernel = weights["kernel"]
    if product.op.startswith("Depthwise"):
        weights["kernel"] = kernel * scale.reshape(kernel.shape[-2:])
    else:
        turned = product.op.endswith("Transpose")
        weights["kernel"] = kernel * (scale[:, None] if turned else scale)
    weights["bias"] = weights.get("bias", np.zeros_like(scale)) * scale + shift
    args = {name: value for name, value in product.args.items() if name != "use_bias"}
    graph.become(step, product.op, product.inputs, args, weights)


def _normalize(graph: Graph, step: Step, x: Value, scale: Array, shift: Array) -> None:
    weights = {
        "gamma": scale,
        "beta": shift,
        "moving_mean": np.zeros_like(scale),
        "moving_variance": np.full_like(scale, 1 - EPSILON),
    }
    graph.become(step, "BatchNormalization", [x], {}, weights)
