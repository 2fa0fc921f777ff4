"""Drops layers that pass their input on unchanged when a net runs: dropouts, noise and Linear."""

from __future__ import annotations

from ..ir.graph import CheckedGraph
from ..ops.activation.rectifiers import Linear
from ..ops.core.dropout import Dropout
from ..ops.core.noise import TrainingOnly
from .rewrite import rewrite


def drop_identity(checked: CheckedGraph) -> CheckedGraph:
    """The graph without layers that change nothing, so that other passes see past them."""
    same = (node for node in checked if isinstance(node.op, Dropout | TrainingOnly | Linear))
    return rewrite(checked, {}, {node.path: node.inputs[0] for node in same})
