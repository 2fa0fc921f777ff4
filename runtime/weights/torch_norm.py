"""Weight normalization in PyTorch's state dicts: lengths and directions as the kernels they make.

A kernel is `g * v / |v|` (Salimans and Kingma 2016), with one length for each output. PyTorch keeps
both: `weight_norm` of `torch.nn.utils` as `weight_g` and `weight_v`, that of
`torch.nn.utils.parametrizations` as `parametrizations.weight.original0` and `original1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from ...compiler.ops.base.backend import Array, Tensor

PARAMETRIZED = re.compile(r"((?:.+\.)?)parametrizations\.([^.]+)\.original0")
MARKS = frozenset(("weight_g", "original0"))
"""Names of weights that only a normalized kernel has."""


def with_products(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors, with a kernel in place of each pair of lengths and directions."""
    products: dict[str, tuple[str, Tensor]] = {}
    spent: set[str] = set()
    for name, lengths in tensors.items():
        kernel, other = _names(name)
        directions = tensors.get(other)
        if directions is None or kernel in tensors or not _fits(lengths.shape, directions.shape):
            continue
        products[name] = kernel, _product(lengths, directions)
        spent.add(other)
    return dict(
        products.get(name, (name, tensor)) for name, tensor in tensors.items() if name not in spent
    )


def _names(name: str) -> tuple[str, str]:
    """What the kernel of these lengths is called, and its directions; nothing where it is none."""
    found = PARAMETRIZED.fullmatch(name)
    if found:
        return f"{found[1]}{found[2]}", f"{name[:-1]}1"
    if name.endswith("_g"):
        return name[:-2], f"{name[:-2]}_v"
    return "", ""


def _fits(lengths: tuple[int, ...], directions: tuple[int, ...]) -> bool:
    """Whether there is a length for each place of some axes, or one for all."""
    same = len(lengths) == len(directions)
    pairs = zip(lengths, directions, strict=True) if same else ()
    return not lengths or (same and all(a in (1, b) for a, b in pairs))


def _product(lengths: Tensor, directions: Tensor) -> Tensor:
    axes = tuple(
        axis
        for axis in range(len(directions.shape))
        if not lengths.shape or lengths.shape[axis] == 1
    )

    def product(array: Array) -> Array:
        made: Array = array * (
            lengths.read() / np.sqrt(np.sum(array * array, axis=axes, keepdims=True))
        )
        return made

    return directions.map(product)
