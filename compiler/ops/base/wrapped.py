"""Layers as arguments of layers: `Bidirectional(LSTM(8))`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from .backend import Tensor
from .kinds import Kind, describe
from .op import Op, Weight

T = TypeVar("T", bound=Op)


def layer_kind(of: type[T], text: str, other: str) -> Kind[T]:
    """A layer of some class, with its arguments and without its tensors.

    `other` says what a layer of another class lacks.
    """

    def convert(value: object) -> T:
        if isinstance(value, of):
            return value
        if isinstance(value, Op):
            raise ValueError(f"`{value.name}` {other}")
        if hasattr(value, "shared"):
            name = getattr(value, "name", "it")
            what = "is a block of layers"
            if value.shared:
                what = "is shared with other uses"
            elif getattr(value, "chain", None) is not None:
                what = "is several layers"
            raise ValueError(f"`{name}` {what}; write the one layer here")
        raise ValueError(f"{describe(value)} is not a layer")

    return Kind(text, convert)


def prefixed(prefix: str, weights: Sequence[Weight]) -> tuple[Weight, ...]:
    """The weights under a prefix: `forward_layer/kernel`."""
    return tuple(replace(weight, name=prefix + weight.name) for weight in weights)


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under a prefix, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
