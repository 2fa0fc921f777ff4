"""Layers that compute element by element: sums and products, activations, and what does nothing."""

from __future__ import annotations

from ...steps import Value
from ..arguments import plain
from .use import Use, same

SIGNS = {"Add": "+", "Subtract": "-", "Multiply": "*"}


def merge(use: Use) -> list[Value]:
    """A sum of two tensors is written as one; masks are the layer's business."""
    if len(use.inputs) == 2 and not use.making.masked:
        use.only("inputs")
        return [use.making.sign(use.path, SIGNS[use.layer.kind], *use.inputs)]
    return same(use)


def activated(use: Use) -> list[Value]:
    """`Activation("relu")` is the layer ReLU."""
    use.only("inputs")
    return [use.activated(use.inputs[0])]


def threshold(use: Use) -> list[Value]:
    """Keras 2's `ThresholdedReLU`."""
    theta = plain(use.layer.config.get("theta", 1.0))
    return [use.made("Threshold", use.inputs, {"threshold": theta, "default_value": 0.0})]


def passed(use: Use) -> list[Value]:
    """A layer that leaves what it gets as it is, at least outside of training."""
    if use.layer.kind != "Identity":
        use.making.notes.training.add(use.layer.kind)
    return list(use.inputs)
