"""Takes layers out of wrappers that do nothing when a net runs, so that other passes see them."""

from __future__ import annotations

from dataclasses import replace

from ..ir.graph import CheckedGraph
from ..ops.wrapper.spectral_normalization import STATE, SpectralNormalization
from .rewrite import rewrite


def unwrap(checked: CheckedGraph) -> CheckedGraph:
    """The graph with the layers inside SpectralNormalization in its place."""
    replaced = {
        node.path: replace(
            node,
            op=node.op.layer,
            weights=tuple(weight for weight in node.weights if weight.name != STATE),
        )
        for node in checked
        if isinstance(node.op, SpectralNormalization)
    }
    return rewrite(checked, replaced, {})
