"""Named sizes and what is computed of them, as nodes that read them when the model runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from ...ops.base.backend import OnnxGraph, OnnxValue
from ...shapes.dims import Dim, ExtremeAtom, FloorAtom, NameAtom, Sym
from ...shapes.readable import readable
from ...shapes.types import TensorType

Read: TypeAlias = tuple[OnnxValue, int, int, int]
"""Where a named size is read: input, axis, and the `k` and `c` of a dim `k * name + c`."""


class SizedGraph(OnnxGraph, Protocol):
    """A graph that computes each size once."""

    def size(self, dim: Dim) -> OnnxValue:
        """An int64 vector of one element: the value of a dim when the model runs."""


def named_sizes(inputs: Sequence[OnnxValue]) -> dict[str, Read]:
    """Where each named size of a net can be read from its inputs' shapes."""
    return {
        name: (inputs[at.input], at.axis, at.factor, at.offset)
        for name, at in readable([value.type for value in inputs]).items()
    }


def computed_size(g: SizedGraph, dim: Sym, sizes: Mapping[str, Read]) -> OnnxValue:
    """An int64 vector of one element: the value of a dim when the model runs."""
    total: OnnxValue | None = None
    for mono, coefficient in dim.terms:
        term: OnnxValue | None = None
        for atom, power in mono:
            for _ in range(power):
                value = _atom(g, atom, sizes)
                term = value if term is None else g.node("Mul", term, value)
        if term is None:
            term = g.const([coefficient], "int64")
        elif coefficient != 1:
            term = g.node("Mul", term, g.const([coefficient], "int64"))
        total = term if total is None else g.node("Add", total, term)
    assert total is not None
    return total


def _atom(
    g: SizedGraph, atom: NameAtom | FloorAtom | ExtremeAtom, sizes: Mapping[str, Read]
) -> OnnxValue:
    if isinstance(atom, NameAtom):
        return _named(g, sizes[atom.name])
    if isinstance(atom, FloorAtom):
        # Numerators of sizes are not negative, where ONNX's Div would round towards zero.
        return g.node("Div", g.size(atom.numerator), g.size(atom.denominator))
    values = [g.size(item) for item in atom.items]
    return g.node("Max" if atom.kind == "max" else "Min", *values)


def _named(g: OnnxGraph, read: Read) -> OnnxValue:
    value, axis, factor, offset = read
    vector = TensorType("int64", (1,))
    size = g.node("Shape", value, type=vector, first=False, start=axis, end=axis + 1)
    if offset:
        size = g.node("Sub", size, g.const([offset], "int64"))
    if factor != 1:
        size = g.node("Div", size, g.const([factor], "int64"))
    return size
