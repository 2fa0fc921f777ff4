"""Turns PyTorch's recurrent layers and attention into Keras's: one tensor into several, or joined.

The functions take the weights of a layer by PyTorch's names and give them by Keras's, or None
where they are not of such a layer. Shapes may still be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from math import prod

import numpy as np

from ...compiler.ops.base.backend import Array, Tensor
from .torch_state import OUT, PROJECTIONS

GATES = {"SimpleRNN": (0,), "LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2)}
"""Where Keras's gates are among PyTorch's, by the class of the layer."""
REVERSE = "_reverse"

Tensors = Mapping[str, Tensor]


def recurrent(kind: str, found: Tensors) -> Tensors | None:
    """The weights of one direction."""
    gates = GATES[kind]
    if not {"weight_ih", "weight_hh"} <= set(found) or len(found) not in (2, 4):
        return None
    if any(len(t.shape) not in (1, 2) or t.shape[0] % len(gates) for t in found.values()):
        return None

    def ordered(array: Array) -> Array:
        parts = np.split(array, len(gates))
        return np.concatenate([parts[gate] for gate in gates])

    made = {
        "kernel": found["weight_ih"].map(ordered).transpose(1, 0),
        "recurrent_kernel": found["weight_hh"].map(ordered).transpose(1, 0),
    }
    if len(found) == 4:
        into, back = found["bias_ih"], found["bias_hh"]
        # Keras's GRU keeps both biases, its LSTM their sum.
        both = kind == "GRU"
        shape = (2, *into.shape) if both else into.shape

        def join(array: Array) -> Array:
            pair = np.stack([ordered(array), ordered(back.read())])
            return pair if both else pair.sum(axis=0)

        made["bias"] = into.map(join, *shape)
    return made


def bidirectional(kinds: Mapping[str, str], found: Tensors) -> Tensors | None:
    """The weights of both directions; `kinds` has the class of each by its prefix."""
    made: dict[str, Tensor] = {}
    for prefix, kind in kinds.items():
        backwards = prefix.startswith("backward")
        way = recurrent(
            kind,
            {
                name.removesuffix(REVERSE): tensor
                for name, tensor in found.items()
                if name.endswith(REVERSE) == backwards
            },
        )
        if way is None:
            return None
        made |= {f"{prefix}{name}": tensor for name, tensor in way.items()}
    return made


def attention(query: tuple[int, ...], value: tuple[int, ...], found: Tensors) -> Tensors | None:
    """The weights of attention, of heads of the query's and the value's number and size.

    The first two arguments are the shapes that the net's own kernels have: `[in, heads, size]`.
    Keys have the number of heads that values have, and the size of queries.
    """
    heads = {"query": query[1:], "key": (value[1], query[2]), "value": value[1:]}
    projections = _projections(heads, found, "weight")
    if f"{OUT}.weight" not in found or projections is None:
        return None
    out, inner = found[f"{OUT}.weight"], (query[1], value[2])
    if {len(t.shape) for t in (out, *projections.values())} != {2}:
        return None
    if out.shape[1] != prod(inner):
        return None
    made = {
        f"{name}/kernel": tensor.transpose(1, 0).reshape(tensor.shape[1], *heads[name])
        for name, tensor in projections.items()
    }
    made["attention_output/kernel"] = out.transpose(1, 0).reshape(*inner, out.shape[0])
    biases = _projections(heads, found, "bias")
    if biases is not None and f"{OUT}.bias" in found:
        made |= {f"{name}/bias": bias.reshape(*heads[name]) for name, bias in biases.items()}
        made["attention_output/bias"] = found[f"{OUT}.bias"]
    known = {f"{part}_{kind}" for part in ("in_proj", *PROJECTIONS) for kind in ("weight", "bias")}
    spare = set(found) - known - {f"{OUT}.weight", f"{OUT}.bias"}
    whole = (f"{OUT}.bias" in found) == (biases is not None)
    return made if whole and not spare else None


def _projections(heads: Mapping[str, tuple[int, ...]], found: Tensors, kind: str) -> Tensors | None:
    """The weights or biases of the three projections, whether kept as one or apart."""
    rows = {name: prod(shape) for name, shape in heads.items()}
    whole = found.get(f"in_proj_{kind}")
    if whole is not None:
        if whole.shape[0] != sum(rows.values()):
            return None
        ends = list(accumulate(rows.values(), initial=0))
        return {
            name: _rows(whole, start, count)
            for (name, count), start in zip(rows.items(), ends, strict=False)
        }
    apart = {new: found.get(f"{old}_{kind}") for new, old in zip(rows, PROJECTIONS, strict=True)}
    right = {
        name: tensor
        for name, tensor in apart.items()
        if tensor is not None and tensor.shape[0] == rows[name]
    }
    return right if len(right) == len(rows) else None


def _rows(tensor: Tensor, start: int, count: int) -> Tensor:
    """One of several tensors that are kept as rows of one."""
    return tensor.map(lambda array: array[start : start + count], count, *tensor.shape[1:])
