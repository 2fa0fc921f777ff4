"""What makes tensors out of none: the base of learned and constant tensors, and what Keras needs.

A functional model of Keras follows tensors from its inputs on, and leaves out what none of them
goes into. So the Keras lowering of a tensor of the net's own begins with numbers that are taken
from an input by its shape alone: they are always the same, whatever the input holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Atom, Dim, FloorAtom, NameAtom, Shape, Sym
from ...shapes.readable import Reading
from .backend import KerasLayer, KerasModule, KerasTensor
from .op import Op, Refusal, Window


class Anchor(Protocol):
    """What a Keras lowering gives to an operator that takes no tensors."""

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1 and comes from an input of the model."""

    def ones(self, name: str) -> KerasTensor:
        """An int32 tensor of ones, as many as a named size says."""

    def wide(self, dtype: str) -> str:
        """The dtype that one of the net's has in the model."""


class SourceOp(Op):
    """An operator without tensors; the inputs of its examples are those of a net that holds it."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    def window(self, *inputs: object) -> Window | None:
        return Window((), (), ())

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        raise AssertionError(f"{self.name} is lowered by keras_source")

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        """The tensor as Keras makes it. Raises Refusal (NO_KERAS) for sizes it cannot count."""
        raise NotImplementedError(self.name)


def minus_one(keras: KerasModule, x: KerasTensor, rank: int) -> KerasTensor:
    """A float32 tensor of shape [1] that holds -1, taken from an input of that rank."""
    ops = keras.ops
    first = x[(0,) * rank] if rank else x
    return ops.reshape(ops.full_like(first, -1.0, dtype="float32"), (1,))


def size_of_ones(keras: KerasModule, x: KerasTensor, rank: int, at: Reading) -> KerasTensor:
    """An int32 tensor of ones, as many as the size that an axis of an input tells."""
    ops = keras.ops
    key = tuple(slice(None) if axis == at.axis else 0 for axis in range(rank))
    row = ops.ones_like(x[key] if rank > 1 else x, dtype="int32")
    if at.offset > 0:
        row = _every(keras, row, at.offset, 1)
    elif at.offset < 0:
        row = ops.concatenate([row, ops.ones((-at.offset,), dtype="int32")])
    return _every(keras, row, 0, at.factor) if at.factor > 1 else row


def _every(keras: KerasModule, row: KerasTensor, start: int, step: int) -> KerasTensor:
    """Every so-manieth number of a row, from a start on."""
    # Keras 3.15 takes no slice alone.
    return keras.ops.reshape(row, (1, -1))[0, start::step]


def one(keras: KerasModule, anchor: Anchor) -> KerasTensor:
    """An int32 tensor of shape [1] that holds 1."""
    return keras.ops.full_like(anchor.minus_one(), 1, dtype="int32")


def row_of_ones(keras: KerasModule, anchor: Anchor, dim: Dim) -> KerasTensor:
    """An int32 tensor of ones of shape [dim].

    Sums are joined, products are outer ones, and of quotients every so-manieth is left. Raises
    Refusal (NO_KERAS) where the size is made in another way.
    """
    ops = keras.ops
    if isinstance(dim, int):
        return ops.broadcast_to(one(keras, anchor), (dim,))
    parts: list[KerasTensor] = []
    less = 0
    for mono, count in dim.terms:
        if not mono:
            less -= min(count, 0)
            if count > 0:
                parts.append(ops.broadcast_to(one(keras, anchor), (count,)))
            continue
        if count < 0:
            raise _uncounted(dim)
        part = None
        for atom, power in mono:
            for _ in range(power):
                row = _atom(keras, anchor, dim, atom)
                part = row if part is None else ops.reshape(ops.outer(part, row), (-1,))
        parts.append(ops.tile(part, count) if count > 1 else part)
    made = parts[0] if len(parts) == 1 else ops.concatenate(parts)
    return _every(keras, made, less, 1) if less else made


def _atom(keras: KerasModule, anchor: Anchor, dim: Sym, atom: Atom) -> KerasTensor:
    if isinstance(atom, NameAtom):
        return anchor.ones(atom.name)
    if isinstance(atom, FloorAtom) and isinstance(atom.denominator, int):
        # Of the ones that are counted, the last of each group.
        step = atom.denominator
        return _every(keras, row_of_ones(keras, anchor, atom.numerator), step - 1, step)
    raise _uncounted(dim)


def _uncounted(dim: Sym) -> Refusal:
    return Refusal(
        Code.NO_KERAS,
        f"the Keras lowering cannot count `{dim}` from the shapes of the net's inputs",
        help="give its names numbers in the net's signature, or compile to ONNX",
    )


def places(keras: KerasModule, anchor: Anchor, dim: Dim) -> KerasTensor:
    """An int32 tensor of shape [dim]: 0, 1, 2, …"""
    return keras.ops.cumsum(row_of_ones(keras, anchor, dim)) - 1


def ones_of(keras: KerasModule, anchor: Anchor, sizes: Shape) -> KerasTensor:
    """An int32 tensor of ones of a shape."""
    ops = keras.ops
    rank = len(sizes)
    made: KerasTensor = None
    known = tuple(dim if isinstance(dim, int) else 1 for dim in sizes)
    for axis, dim in enumerate(sizes):
        if isinstance(dim, Sym):
            along = (*(1,) * axis, -1, *(1,) * (rank - axis - 1))
            row = ops.reshape(row_of_ones(keras, anchor, dim), along)
            made = row if made is None else ops.multiply(made, row)
    if made is None:
        single = one(keras, anchor)
        return ops.broadcast_to(single, known) if rank else ops.reshape(single, ())
    if any(dim != 1 for dim in known):
        return ops.multiply(made, ops.broadcast_to(one(keras, anchor), known))
    return made
