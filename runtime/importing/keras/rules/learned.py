"""Layers that are written as a sign or an equation with a learned tensor."""

from __future__ import annotations

from ....errors import UserError
from ...steps import Value
from .use import Use


def layer_scale(use: Use) -> list[Value]:
    """ConvNeXt's layer of `keras.applications`: a learned factor for each channel."""
    making, path = use.making, use.path
    (gamma,) = making.stored(path, 1)
    return [making.sign(path, "*", use.inputs[0], making.learned(path, "gamma", gamma))]


def einsum_dense(use: Use) -> list[Value]:
    """A product by an equation, with a learned tensor, and what is added to it."""
    making, path = use.making, use.path
    equation = str(use.layer.config.get("equation")).replace("...", "…")
    axes = use.layer.config.get("bias_axes")
    if "…" in equation:
        raise UserError(f"{use.who} has an equation with `...`, which netc does not have")
    stored = making.stored(path, 2 if axes else 1)
    kernel = making.learned(path, "kernel", stored[0])
    given = use.arguments("Einsum", {"equation": equation})
    made = use.made("Einsum", [*use.inputs, kernel], given)
    if axes:
        made = making.sign(path, "+", made, making.learned(path, "bias", stored[1]))
    return [use.activated(made)]
