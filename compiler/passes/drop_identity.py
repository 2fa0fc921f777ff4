"""Drops layers that pass their input on unchanged: Dropout, Linear, merges of one tensor."""

from __future__ import annotations

from ..graph import CheckedGraph, Node
from ..ops.core import Dropout
from ..ops.merge import Average, Concatenate, Merge
from ..ops.rectifiers import Linear
from .rewrite import rewrite

ALONE = (Average, Concatenate, Merge)
"""What changes nothing where it takes one tensor."""


def drop_identity(checked: CheckedGraph) -> CheckedGraph:
    """The graph without layers that change nothing when a net runs."""
    dropped = {node.path: node.inputs[0] for node in checked if _changes_nothing(node)}
    return rewrite(checked, {}, dropped)


def _changes_nothing(node: Node) -> bool:
    if isinstance(node.op, ALONE):
        return len(node.inputs) == 1
    return isinstance(node.op, Dropout | Linear)
