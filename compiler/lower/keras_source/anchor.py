"""What tensors of the net's own come from in a source file: variables made of the net's inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.graph import Graph, Ref
from ...ops.base.backend import KerasTensor
from ...ops.base.source import minus_one
from .record import Expression, Recorded, TensorUse, expression, recorder, tensor

MINUS_ONE = Ref("@minus_one")


class SourceAnchor:
    """An `Anchor` whose tensors are the variables that `anchored` sets."""

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1."""
        return Recorded(TensorUse(MINUS_ONE))


def anchored(graph: Graph) -> Iterator[tuple[Ref, str, Expression]]:
    """What an anchor gives: what stands for it, its name, and the expression that makes it."""
    first = Ref(graph.inputs[0])
    type = graph.type(first)
    made = minus_one(recorder(), tensor(first, type), type.rank)
    yield MINUS_ONE, "minus_one", expression(made)
