"""Spectral normalization in PyTorch's state dicts: kernels divided by their largest singular value.

PyTorch keeps the kernel as it was and two vectors of power iterations (Miyato et al. 2018):
`spectral_norm` of `torch.nn.utils` as `weight_orig`, `weight_u` and `weight_v`, that of
`torch.nn.utils.parametrizations` as `parametrizations.weight.original`, `….0._u` and `….0._v`. The
singular value is `u @ matrix @ v`, of the kernel with one axis as rows and the rest as columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod

import numpy as np

from ...compiler.ops.base.backend import Array, Tensor

PLAIN = re.compile(r"((?:.+\.)?\w+)_orig")
PARAMETRIZED = re.compile(r"((?:.+\.)?)parametrizations\.([^.]+)\.original")
MARKS = frozenset(("weight_orig", "_u"))
"""Names of weights that only a spectrally normalized kernel has."""
VECTOR = "_u"
"""What follows the kernel's name in that of the vector that is kept."""


def with_divided(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors, with the kernel that is computed with in place of each normalized one.

    The vector `u`, which training goes on with, is kept as `weight_u`.
    """
    made: dict[str, Tensor] = {}
    vectors: dict[str, str] = {}
    spent: set[str] = set()
    for name, kernel in tensors.items():
        called, first, second = _names(name)
        u, v = tensors.get(first), tensors.get(second)
        if u is None or v is None or called in tensors or not _axes(kernel, u, v):
            made[name] = kernel
            continue
        made[called] = _divided(kernel, u, v)
        vectors[first] = f"{called}{VECTOR}"
        spent.add(second)
    return {vectors.get(name, name): each for name, each in made.items() if name not in spent}


def _names(name: str) -> tuple[str, str, str]:
    """What the divided kernel is called, and its two vectors; nothing where it is none."""
    found = PARAMETRIZED.fullmatch(name)
    if found:
        prefix = name.removesuffix("original")
        return f"{found[1]}{found[2]}", f"{prefix}0._u", f"{prefix}0._v"
    plain = PLAIN.fullmatch(name)
    return (plain[1], f"{plain[1]}_u", f"{plain[1]}_v") if plain else ("", "", "")


def _axes(kernel: Tensor, u: Tensor, v: Tensor) -> list[int]:
    """The axes of the kernel that may be the rows."""
    size = prod(kernel.shape)
    return [
        axis
        for axis, rows in enumerate(kernel.shape)
        if u.shape == (rows,) and rows and v.shape == (size // rows,)
    ]


def _divided(kernel: Tensor, first: Tensor, second: Tensor) -> Tensor:
    axes = _axes(kernel, first, second)

    def divided(array: Array) -> Array:
        u, v = first.read(), second.read()
        products = [np.moveaxis(array, axis, 0).reshape(len(u), -1) @ v for axis in axes]
        # The vector points where the last product did, which tells two axes of one size apart.
        product = max(products, key=lambda each: float(u @ each) / max(_length(each), 1e-12))
        made: Array = array / np.float32(u @ product)
        return made

    return kernel.map(divided)


def _length(vector: Array) -> float:
    return float(np.sqrt(np.sum(vector * vector)))
