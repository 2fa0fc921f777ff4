"""Reads Keras 2's HDF5 layout, which Keras 3 still writes for `.h5`: layers and weights by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...compiler.ops.base.backend import Tensor
from ...compiler.ops.wrapper.spectral_normalization import STATE
from ..errors import UserError
from .file import StoredLayer, StoredWeight, WeightFile
from .hdf5 import Group
from .keras_config import ListedLayer, listed_layers
from .keras_graph import keras_graph
from .names import plain_kind


def read_legacy(path: Path, root: Group) -> WeightFile:
    """A whole-model `.h5` or a legacy weights file; the optimizer's state is not looked at."""
    text = root.text("model_config")
    config = listed_layers(path, text) if text else None
    known = {layer.name: layer for layer in config or ()}
    top = root if root.has_list("layer_names") else root.group("model_weights")
    if top is None or not top.has_list("layer_names"):
        raise UserError(f"{path}: holds no weights: it has no `layer_names`")
    layers: list[StoredLayer] = []
    for name in top.texts("layer_names"):
        group = top.group(name)
        if group is None:
            raise UserError(f"{path}: lists the layer `{name}` but does not hold it")
        arrays: list[tuple[str, Tensor]] = []
        for weight in group.texts("weight_names"):
            tensor = group.tensor(weight)
            if tensor is None:
                raise UserError(f"{path}: lists the weight `{weight}` but does not hold it")
            arrays.append((_plain(weight), tensor))
        if arrays:
            layers.extend(_split(name, arrays, known.get(name)))
    graph = keras_graph(text, [layer.name for layer in layers]) if text else None
    listed = tuple(replace(layer, series="model") for layer in layers)
    kinds = tuple(_kind(name) for name in top.texts("layer_names"))
    return WeightFile(path, "Keras .h5", listed, ordered=True, graph=graph, by_depth=kinds)


def _kind(name: str) -> str:
    """The class that a default name says: `max_pooling2d_3`. Other names say what none is."""
    return plain_kind(re.sub(r"_\d+$", "", name))


def _plain(weight: str) -> str:
    head, colon, number = weight.rpartition(":")
    return head if colon and number.isdigit() else weight


def _split(
    name: str, arrays: Sequence[tuple[str, Tensor]], config: ListedLayer | None
) -> list[StoredLayer]:
    """One layer, or the layers inside it where it is a model used as a layer."""
    parts: dict[str, list[StoredWeight]] = {}
    for weight, tensor in arrays:
        prefix, _, last = weight.rpartition("/")
        parts.setdefault(prefix, []).append(StoredWeight(last, tensor))
    kind = config.plain_kind if config is not None else ""
    inner = config.model if config is not None else None
    if inner is None and (len(parts) == 1 or config is not None or _normalized(name, arrays)):
        return [StoredLayer(name, kind, _distinct(name, arrays))]
    known = {} if inner is None else _inside(name, inner.layers)
    layers = []
    for prefix, weights in parts.items():
        full = _below(name, prefix)
        found = known.get(full)
        layers.append(StoredLayer(full, found.plain_kind if found else "", tuple(weights)))
    if all(layer.name in known for layer in layers):
        order = {full: index for index, full in enumerate(known)}
        layers.sort(key=lambda layer: order[layer.name])
    return layers


def _normalized(name: str, arrays: Sequence[tuple[str, Tensor]]) -> bool:
    """Whether the layer is a SpectralNormalization, which has a weight beside those inside it."""
    return any(f"/{weight}".endswith(f"/{name}/{STATE}") for weight, _ in arrays)


def _distinct(name: str, arrays: Sequence[tuple[str, Tensor]]) -> tuple[StoredWeight, ...]:
    short = [StoredWeight(weight.rpartition("/")[2], tensor) for weight, tensor in arrays]
    if len({weight.name for weight in short}) == len(short):
        return tuple(short)
    return tuple(StoredWeight(_below(name, weight), tensor) for weight, tensor in arrays)


def _below(name: str, prefix: str) -> str:
    """`enc/c` from `enc/c`, from `model/enc/c` and from `c`, for the layer `enc`."""
    start = f"/{prefix}/".find(f"/{name}/")
    return f"{name}/{prefix}" if start < 0 else prefix[start:]


def _inside(name: str, layers: Sequence[ListedLayer]) -> Mapping[str, ListedLayer]:
    found: dict[str, ListedLayer] = {}
    for layer in layers:
        full = f"{name}/{layer.name}"
        found[full] = layer
        if layer.model is not None:
            found.update(_inside(full, layer.model.layers))
    return found
