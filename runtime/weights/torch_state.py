"""Puts the tensors of a PyTorch state dict together as layers, each with its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...compiler.ops.base.backend import Tensor
from .file import StoredLayer, StoredWeight
from .torch_norm import MARKS, with_products
from .torch_spectral import MARKS as SPECTRAL
from .torch_spectral import with_divided

WRAPPERS = ("_orig_mod.", "module.", "_orig_mod.")
"""What compiling and training in parallel put in front of all names."""
OWN = re.compile(r"weight|bias|running_(mean|var)|(weight|bias|in_proj|[qkv]_proj)_.*|.*\..*")
"""What PyTorch's own modules call their tensors; those of others are tensors of a person's."""
PARAMETERS = "parameters"
"""The series of the tensors that a module holds beside other modules, in front of which it lists
them."""
COUNTER = "num_batches_tracked"
RECURRENT = re.compile(r"((?:weight|bias)_[ih]h)_(l\d+)(_reverse)?")
"""PyTorch numbers the layers of one recurrent module in the names of their weights."""
ATTENTION = frozenset(
    ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias")
)
"""Weights that only an `nn.MultiheadAttention` has; its last projection is a module in it."""
OUT = "out_proj"
PROJECTIONS = ("q_proj", "k_proj", "v_proj")
LINEAR = (
    PROJECTIONS,
    ("query", "key", "value"),
    ("q", "k", "v"),
    ("to_q", "to_k", "to_v"),
    ("wq", "wk", "wv"),
    ("q_lin", "k_lin", "v_lin"),
)
"""What the projections of attention are called where each is an `nn.Linear`."""
LAST = (OUT, "out", "o_proj", "proj", "o", "wo", "to_out", "to_out.0", "out_lin")
"""What the projection behind attention is called there."""
BESIDE = "output.dense"
"""What it is called beside the module of the others, as `attention.self` has it in BERT."""


def is_of_torch(name: str) -> bool:
    """Whether only a layer of PyTorch has a weight of this name, recurrent ones or attention."""
    return name in ATTENTION or name in MARKS | SPECTRAL or RECURRENT.fullmatch(name) is not None


def layers_of_state(tensors: Mapping[str, Tensor]) -> tuple[StoredLayer, ...]:
    """Tensors by PyTorch's names as layers, in order; counters of batches are left out.

    The two directions of a recurrent layer are one, and so are attention and the projection
    behind it. A weight-normalized kernel is the product that it computes with, a spectrally
    normalized one the quotient.
    """
    for wrapper in WRAPPERS:
        if all(name.startswith(wrapper) for name in tensors):
            tensors = {name.removeprefix(wrapper): tensor for name, tensor in tensors.items()}
    tensors = with_divided(with_products(tensors))
    named = {full.rpartition("."): t for full, t in tensors.items()}
    attending = {layer for layer, _, name in named if name in ATTENTION}
    layers: dict[str, list[StoredWeight]] = {}
    for (layer, _, name), tensor in named.items():
        recurrent = RECURRENT.fullmatch(name)
        parent, _, last = layer.rpartition(".")
        if recurrent:
            layer = f"{layer}.{recurrent[2]}".lstrip(".")
            name = f"{recurrent[1]}{recurrent[3] or ''}"
        elif last == OUT and parent in attending:
            layer, name = parent, f"{OUT}.{name}"
        if name != COUNTER:
            layers.setdefault(layer, []).append(StoredWeight(name, tensor))
    return tuple(StoredLayer(name, "", tuple(weights)) for name, weights in layers.items())


def with_parameters(layers: Sequence[StoredLayer]) -> tuple[StoredLayer, ...]:
    """The layers, each tensor that is no part of a module of PyTorch's own as one by itself.

    Only for nets that have such tensors, by `weight`.
    """
    made: list[StoredLayer] = []
    for layer in layers:
        own = tuple(weight for weight in layer.weights if OWN.fullmatch(weight.name))
        if own:
            made.append(replace(layer, weights=own))
        made += [
            StoredLayer(f"{layer.name}.{w.name}".lstrip("."), "", (w,), PARAMETERS)
            for w in layer.weights
            if w not in own
        ]
    return tuple(made)


def with_attention(layers: Sequence[StoredLayer]) -> tuple[StoredLayer, ...]:
    """The layers, those put together as attention that are four `nn.Linear` of one module.

    Only for nets that have attention: the weights are named as `nn.MultiheadAttention` would.
    """
    places = {layer.name: index for index, layer in enumerate(layers)}
    made: dict[int, StoredLayer | None] = dict(enumerate(layers))
    for parent in dict.fromkeys(layer.name.rpartition(".")[0] for layer in layers):
        below = f"{parent}." if parent else ""
        beside = f"{parent.rpartition('.')[0]}.{BESIDE}"
        last = [name for name in (*(below + name for name in LAST), beside) if name in places]
        for family in LINEAR:
            names = [f"{below}{name}" for name in family]
            if len(last) != 1 or not all(name in places for name in names):
                continue
            weights = [
                StoredWeight(f"{new}{'_' if new != OUT else '.'}{weight.name}", weight.tensor)
                for new, old in zip((*PROJECTIONS, OUT), (*names, *last), strict=True)
                for weight in layers[places[old]].weights
            ]
            made |= dict.fromkeys([places[name] for name in (*names, *last)])
            made[places[names[0]]] = StoredLayer(parent, "", tuple(weights))
    return tuple(layer for layer in made.values() if layer is not None)
