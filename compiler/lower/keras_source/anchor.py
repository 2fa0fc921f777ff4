"""What tensors of the net's own come from in a source file: variables made of the net's inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.graph import Graph, Ref
from ...ops.base.backend import KerasTensor
from ...ops.base.source import minus_one, size_of_ones
from ...shapes.readable import readable
from ..precision import wide_dtype
from .expressions import Expression, TensorUse
from .record import Recorded, expression, recorder, tensor

MINUS_ONE = Ref("@minus_one")


def _ones(name: str) -> Ref:
    return Ref(f"@ones/{name}")


class SourceAnchor:
    """An `Anchor` whose tensors are the variables that `anchored` sets."""

    def __init__(self, precision: str) -> None:
        self._precision = precision

    def wide(self, dtype: str) -> str:
        """The dtype that one of the net's has in the model."""
        return wide_dtype(dtype, self._precision)

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1."""
        return Recorded(TensorUse(MINUS_ONE))

    def ones(self, name: str) -> KerasTensor:
        """An int32 tensor of ones, as many as a named size says."""
        return Recorded(TensorUse(_ones(name)))


def anchored(graph: Graph) -> Iterator[tuple[Ref, str, Expression]]:
    """What an anchor gives: what stands for it, its name, and the expression that makes it."""
    inputs = [Ref(path) for path in graph.inputs]
    types = [graph.type(ref) for ref in inputs]
    made = minus_one(recorder(), tensor(inputs[0], types[0]), types[0].rank)
    yield MINUS_ONE, "minus_one", expression(made)
    for name, at in readable(types).items():
        x, type = tensor(inputs[at.input], types[at.input]), types[at.input]
        made = size_of_ones(recorder(), x, type.rank, at)
        yield _ones(name), f"ones_{name}", expression(made)
