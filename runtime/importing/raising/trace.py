"""Follows elements through what only moves them: where each element of a value comes from.

Steps that reshape, permute, take parts or join are run on the numbers of the elements of a source,
with small primes for named sizes. So it does not matter how an exporter spelt a move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from types import EllipsisType
from typing import TypeAlias

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.ops.tensor.index_items import IndexItem
from ....compiler.shapes.dims import Dim, Shape, Sym, names, substitute
from ..steps import Step, Value
from .algebra import number_of

Index: TypeAlias = "int | slice | EllipsisType | None"
"""One part of an index, as NumPy takes it."""
MOVES = frozenset(
    ("Reshape", "Flatten", "Permute", "index", "Concatenate", "onnx.Reshape", "onnx.Transpose")
)
"""Steps that move elements and compute nothing."""
PRIMES = (2, 5, 3, 7, 11, 13)
OTHER_PRIMES = (3, 7, 5, 11, 13, 17)
LARGER = (1, 8, 32, 128)
"""What named sizes are multiplied by where parts of them are to be more than 1."""
MOST = 2**22
"""The most elements that are followed."""


class Unknown(Exception):
    """What cannot be followed."""


class Sizes:
    """Numbers for the named sizes."""

    def __init__(self, shapes: Iterable[Shape], primes: tuple[int, ...] = PRIMES) -> None:
        shapes = list(shapes)
        found = sorted({name for shape in shapes for dim in shape for name in names(dim)})
        found.sort(key=lambda name: name != "N")
        if len(found) > len(primes):
            raise Unknown
        sizes = {dim for shape in shapes for dim in shape if isinstance(dim, Sym)}
        for larger in LARGER:
            self.values: Mapping[str, Dim] = {
                name: prime * (1 if name == "N" else larger)
                for name, prime in zip(found, primes, strict=False)
            }
            # A size of 1 would hide where its axis goes.
            if all(self.dim(size) > 1 for size in sizes):
                return
        raise Unknown

    def dim(self, dim: Dim) -> int:
        """A size as a number."""
        made = substitute(dim, self.values)
        if not isinstance(made, int):
            raise Unknown
        return made

    def shape(self, shape: Shape) -> tuple[int, ...]:
        """Sizes as numbers. Raises Unknown where they are too many elements."""
        made = tuple(map(self.dim, shape))
        if prod(made) > MOST:
            raise Unknown
        return made

    def numbered(self, value: Value) -> Array:
        """The elements of a value by their numbers."""
        shape = self.shape(value.shape)
        return np.arange(prod(shape)).reshape(shape)


def source(value: Value) -> Value | None:
    """The one value whose elements a value has, moved or scaled by numbers; None of several."""
    found: set[Value] = set()
    waiting = [value]
    seen: set[Value] = set()
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        inner = repeated(each.step)
        if inner is not None:
            waiting.append(inner)
        elif each.step.op in MOVES or _scales(each.step):
            waiting += each.step.inputs[:1] if each.step.op != "Concatenate" else each.step.inputs
        else:
            found.add(each)
    return found.pop() if len(found) == 1 else None


def factor(value: Value) -> float:
    """What the elements of the source are multiplied by on the way. Raises Unknown."""
    inner = repeated(value.step)
    if inner is not None:
        return factor(inner)
    by = number_of(value.step) if _scales(value.step) else None
    own = 1.0 if by is None else by if value.step.op == "*" else 1 / by
    if value.step.op not in MOVES and by is None:
        return 1.0
    factors = {factor(each) for each in value.step.inputs}
    if len(factors) != 1:
        raise Unknown
    return own * factors.pop()


def _scales(step: Step) -> bool:
    by = number_of(step)
    return (
        by is not None
        and bool(by)
        and (step.op == "*" or (step.op == "/" and "right" in step.args))
    )


def repeated(step: Step) -> Value | None:
    """What a step repeats: a sum with zeros, which is how an expansion is written."""
    if step.op != "+" or len(step.inputs) != 2:
        return None
    first, second = step.inputs
    return second if first.step.op == "zeros" else first if second.step.op == "zeros" else None


def moved(value: Value, start: Value, sizes: Sizes) -> Array:
    """The numbers of the elements of `start` that a value has. Raises Unknown."""
    return _run(value, {start: sizes.numbered(start)}, sizes)


def taken(value: Value, starts: Sequence[Value], sizes: Sizes) -> tuple[Value, Array]:
    """The one of several values that another takes all elements of, and their numbers.

    Raises Unknown where it takes some of others, too.
    """
    known: dict[Value, Array] = {}
    first = 0
    bounds: list[tuple[Value, int, int]] = []
    for start in starts:
        known[start] = sizes.numbered(start) + first
        bounds.append((start, first, first + known[start].size))
        first += known[start].size
    made = _run(value, known, sizes)
    for start, low, high in bounds:
        if made.size and low <= made.min() and made.max() < high:
            return start, made - low
    raise Unknown


def computed(value: Value, start: Value, numbers: Array, sizes: Sizes) -> Array:
    """A value where another one has these numbers. Raises Unknown."""
    return _run(value, {start: numbers}, sizes)


def constant(value: Value, sizes: Sizes) -> Array:
    """A value that depends on no input, at some sizes. Raises Unknown."""
    return _run(value, {}, sizes)


def _run(value: Value, known: dict[Value, Array], sizes: Sizes) -> Array:
    if value in known:
        return known[value]
    step = value.step
    if value.index:
        raise Unknown
    made: Array
    if not step.inputs:
        made = _made(step, sizes)
    else:
        given = [_run(each, known, sizes) for each in step.inputs]
        made = _moved(step, given, sizes) if step.op in MOVES else _computed(step, given)
    known[value] = made
    return made


def _moved(step: Step, given: list[Array], sizes: Sizes) -> Array:
    x = given[0]
    if step.op in ("Reshape", "Flatten", "onnx.Reshape"):
        return x.reshape(sizes.shape(step.types[0].shape))
    if step.op == "Permute":
        dims = step.args["dims"]
        assert isinstance(dims, list | tuple)
        return x.transpose(0, *dims)
    if step.op == "onnx.Transpose":
        perm = step.args["perm"]
        assert isinstance(perm, list | tuple)
        return x.transpose(perm)
    if step.op == "Concatenate":
        axis = step.args.get("axis", -1)
        assert isinstance(axis, int)
        return np.concatenate(given, axis)
    items = step.args["items"]
    assert isinstance(items, tuple)
    made: Array = x[tuple([_item(item, sizes) for item in items])]
    return made


def _item(item: IndexItem, sizes: Sizes) -> Index:
    if item.kind == "newaxis":
        return None
    if item.kind == "ellipsis":
        return ...
    if item.kind == "index":
        return sizes.dim(item.index)
    first, last = (None if dim is None else sizes.dim(dim) for dim in (item.start, item.stop))
    return slice(first, last, item.step)


def _made(step: Step, sizes: Sizes) -> Array:
    """A constant or a learned tensor."""
    args = step.args
    if step.op == "weight":
        return step.weights["value"]
    if step.op == "tensor":
        return np.asarray(args["values"])
    if step.op == "arange":
        bounds = [args[name] for name in ("start", "stop", "step") if name in args]
        return np.arange(*(sizes.dim(_dim(bound)) for bound in bounds))
    if step.op in ("zeros", "ones", "full"):
        shape = args["sizes"]
        assert isinstance(shape, list | tuple)
        fill = {"zeros": 0, "ones": 1}.get(step.op, args.get("value"))
        return np.full(sizes.shape(tuple(map(_dim, shape))), fill)
    raise Unknown


def _dim(value: object) -> Dim:
    if isinstance(value, int | Sym):
        return value
    raise Unknown


BINARY = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "Add": np.add,
    "Subtract": np.subtract,
    "Multiply": np.multiply,
    "GreaterEqual": np.greater_equal,
    "Greater": np.greater,
    "LessEqual": np.less_equal,
    "Less": np.less,
    "Equal": np.equal,
    "LogicalAnd": np.logical_and,
    "LogicalOr": np.logical_or,
}


def _computed(step: Step, given: list[Array]) -> Array:
    """A sign, a comparison or a choice."""
    if step.op == "Where":
        return np.where(*given)
    if step.op == "onnx.Trilu" and len(given) == 1:
        beside = step.args.get("k", 0)
        if not isinstance(beside, int):
            raise Unknown
        return (np.triu if step.args.get("upper", 1) else np.tril)(given[0], beside)
    if step.op in ("Sin", "Cos"):
        return np.sin(given[0]) if step.op == "Sin" else np.cos(given[0])
    if step.op == "LogicalNot":
        return np.logical_not(given[0])
    if step.op == "Einsum":
        equation = step.args["equation"]
        assert isinstance(equation, str)
        return np.asarray(np.einsum(equation, *given))
    if step.op == "negative":
        return -given[0]
    if step.op == "Cast":
        return given[0]
    if _scales(step):
        return given[0]
    run = BINARY.get(step.op)
    if run is None:
        raise Unknown
    first, last = step.args.get("left"), step.args.get("right")
    left = given[0] if first is None else np.asarray(first)
    right = given[-1] if last is None else np.asarray(last)
    made: Array = run(left, right)
    return made
