"""Layers that take away axes too early, or are missing where axes are to go."""

from __future__ import annotations

from ..ir.graph import Node
from ..shapes.types import show_shape
from .refused import Cause, Refused
from .whatif import left_out, line_behind, would_be
from .written import without_stage

FLATTENING = ("Flatten", "Reshape")


def flattened_too_early(refused: Refused) -> Cause | None:
    """Without a `Flatten` or a pool over all places the layer would get the axes it needs."""
    for given in refused.inputs:
        if given.type.rank != 2:
            continue
        for node in line_behind(refused.graph, given.ref):
            # Past a layer with weights the vector is another one.
            if node.op is None or node.outputs[0].shape != given.type.shape:
                break
            before = refused.graph.type(node.inputs[0]) if node.inputs else given.type
            if before.rank < 3 or not _flattens(node):
                continue
            types = would_be(
                refused.graph, [one.ref for one in refused.given], {node.path: left_out}
            )
            if types is None or not refused.accepts(types):
                break
            return _too_early(refused, node)
    return None


def _flattens(node: Node) -> bool:
    name = node.op.name if node.op is not None else ""
    return name in FLATTENING or name.startswith("Global")


def _too_early(refused: Refused, node: Node) -> Cause:
    assert node.op is not None
    name = node.op.name
    before = show_shape(refused.graph.type(node.inputs[0]).shape)
    after = show_shape(node.outputs[0].shape)
    both = refused.op is not None and refused.op.name.startswith("Global")
    stage = refused.written.stage(node.span)
    return Cause(
        node.span,
        f"`{name}` takes away the axes that {refused.who} needs",
        f"{before} becomes {after}",
        f"take one of the two out: `{name}` and {refused.who} each make a vector"
        if both
        else f"take `{name}` out, or put it behind {refused.layer}",
        without_stage(stage)
        if stage is not None and stage.pipeline.stages[stage.index].repeat is None
        else None,
    )
