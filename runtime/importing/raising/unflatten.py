"""Features that a dense layer makes for a picture: in the order that channels last have.

A decoder's `Dense -> Reshape([32, 7, 7]) -> Permute([2, 3, 1])` is `Dense -> Reshape([7, 7, 32])`
with the columns of its kernel in another order.
"""

from __future__ import annotations

import numpy as np

from ..steps import Step, Value
from .graph import Graph
from .trace import PRIMES, Sizes, Unknown, moved

BETWEEN = frozenset(
    ("ReLU", "ReLU6", "LeakyReLU", "ELU", "GELU", "SiLU", "Tanh", "Sigmoid", "SELU", "Dropout")
)
"""What does the same to each feature."""


def order_features(graph: Graph) -> None:
    """Has dense layers make features in the order in which they are reshaped to pictures."""
    owners = {id(step.shared) for step in graph.steps if step.shared is not None}
    for step in graph.steps:
        if step.op != "Permute" or step.inputs[0].step.op != "Reshape":
            continue
        (reshaped,) = step.inputs
        rows = reshaped.step.inputs[0]
        ordered = _ordered(graph, rows, owners) if graph.once(reshaped) else None
        sizes = [dim for dim in step.types[0].shape[1:] if isinstance(dim, int)]
        wide = rows.shape[-1]
        if not ordered or not isinstance(wide, int) or len(sizes) + 1 < step.types[0].rank:
            continue
        try:
            order = moved(Value(step), rows, Sizes([rows.shape], PRIMES))[0].ravel()
        except (Unknown, IndexError, ValueError):
            continue
        if not np.array_equal(np.sort(order), np.arange(len(order))):
            continue
        if graph.become(step, "Reshape", [rows], {"target_shape": sizes}):
            for each in ordered:
                each.weights = {
                    name: np.ascontiguousarray(array[..., order])
                    for name, array in each.weights.items()
                }


def _ordered(graph: Graph, rows: Value, owners: set[int]) -> list[Step]:
    """The layers with a weight for each feature of rows that a dense layer makes; none if not."""
    found: list[Step] = []
    value = rows
    while value.type.rank == 2 and graph.once(value):
        step = value.step
        if step.shared is not None or id(step) in owners or len(step.inputs) != 1:
            return []
        if step.op in ("Dense", "BatchNormalization"):
            found.append(step)
        elif step.op not in BETWEEN:
            return []
        if step.op == "Dense":
            return found
        (value,) = step.inputs
    return []
