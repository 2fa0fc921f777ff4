"""A net of one operator, built without any text: for the operators' contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.dtypes import numpy_dtype
from netc.compiler.ops.base.op import Example, Input, Op, construct
from netc.compiler.shapes.dims import Dim, Sym, substitute, symbol
from netc.compiler.shapes.types import TensorType
from netc.dsl.text.source import Source, Span

SIZES = {"N": 2, "M": 3, "T": 5, "H": 7, "W": 6, "D": 4}
"""What the symbols of the examples stand for when arrays are made."""

MORE_SIZES = (
    {"N": 1, "M": 2, "T": 6, "H": 8, "W": 5, "D": 5},
    {"N": 3, "M": 4, "T": 7, "H": 5, "W": 8, "D": 6},
    {"N": 2, "M": 2, "T": 8, "H": 6, "W": 7, "D": 7},
)
"""Other numbers for them: what a size leaves over differs for each."""

NOWHERE = Span(Source("example.net", "\n"), 0, 0)


def dims(shape: Sequence[int | str], sizes: Mapping[str, int] | None = None) -> tuple[Dim, ...]:
    known = sizes or {}
    return tuple(known.get(d, symbol(d)) if isinstance(d, str) else d for d in shape)


def known(value: object, sizes: Mapping[str, int] | None) -> object:
    """An argument with the sizes that are known."""
    if isinstance(value, list):
        return [known(item, sizes) for item in value]
    return substitute(value, sizes) if isinstance(value, Sym) and sizes else value


def net_of(
    cls: type[Op], example: Example, sizes: Mapping[str, int] | None = None
) -> tuple[CheckedGraph, Node]:
    """The checked graph of one example; symbols become numbers where `sizes` says so."""
    graph = Graph("Example")
    refs = []
    for index, given in enumerate(example.inputs):
        path = f"x{index}"
        type = TensorType(given.dtype, dims(given.shape, sizes))
        graph.add(Node(path, None, (), (type,), (), path, NOWHERE, None))
        graph.inputs.append(path)
        refs.append(Ref(path))
    op = construct(cls, {name: known(value, sizes) for name, value in example.args.items()})
    if example.tensors:
        op = op.with_tensors(example.tensors)
    given = () if cls.arity == (0, 0) else tuple(refs)
    node = apply(graph, op, given, path="layer", layer="layer", span=NOWHERE)
    for index in range(len(node.outputs)):
        graph.outputs.append(Output(f"y{index}", Ref("layer", index)))
    return CheckedGraph(graph), node


def array_for(
    given: Input, rng: np.random.Generator, sizes: Mapping[str, int] = SIZES
) -> np.ndarray:
    shape = [sizes[d] if isinstance(d, str) else d for d in given.shape]
    if given.dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if "int" in given.dtype:
        return rng.integers(int(max(given.low, 0)), int(given.high), shape).astype(given.dtype)
    return rng.uniform(given.low, given.high, shape).astype(numpy_dtype(given.dtype))
