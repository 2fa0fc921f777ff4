"""Reads Keras 3's `.weights.h5` layout, whose groups are named by class and order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError
from .file import StoredLayer, StoredWeight, WeightFile
from .hdf5 import Group
from .keras_config import ListedLayer
from .names import plain_kind

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""Where a model's layers are: in Keras 3, and in the first `.keras` files of Keras 2."""

HEADS = {
    "query_dense": "query",
    "key_dense": "key",
    "value_dense": "value",
    "output_dense": "attention_output",
}
"""The parts of Keras's attention layers, as files call them and as their variables do."""

SCORED = ("scale", "concat_score_weight")
"""What attention without projections learns."""

PARTS = frozenset((*HEADS, "cell", "layer", "forward_layer", "backward_layer"))
"""What the parts of a layer are called that is made of layers."""

INPUT = "inputlayer"
"""What only a functional model lists."""

NOT_LAYERS = ("vars", "optimizer", "metrics", "seed_generator")


def read_v3(path: Path, root: Group, config: Sequence[ListedLayer] | None) -> WeightFile:
    """The layers of a `.weights.h5`; with the model's configuration also their order.

    Without it the order is known inside each class of each model.
    """
    walk = _Walk()
    container = _container(root)
    if container is not None:
        walk.container(container, "", config)
    else:
        walk.attributes(root)
    # A model of layers without weights has the groups of its layers, each of them empty.
    if not walk.layers and container is None:
        raise UserError(f"{path}: is an HDF5 file without any layer of Keras in it")
    listed = () if container is None else _kinds(container)
    return WeightFile(
        path,
        "Keras .weights.h5",
        tuple(walk.layers),
        ordered=config is not None,
        by_depth=listed if INPUT in listed else (),
    )


def _kinds(container: Group) -> tuple[str, ...]:
    """The classes of the layers of a model; none where a model is one of them."""
    keys = [key for key in container.names() if container.group(key) is not None]
    groups = [group for group in map(container.group, keys) if group is not None]
    models = any(_container(group) is not None or _is_model(group) for group in groups)
    return () if models else tuple(_key(key)[0] for key in keys)


def _container(group: Group) -> Group | None:
    for name in CONTAINERS:
        found = group.group(name)
        if found is not None:
            return found
    return None


@dataclass
class _Walk:
    layers: list[StoredLayer] = field(default_factory=list)

    def container(
        self, container: Group, prefix: str, config: Sequence[ListedLayer] | None
    ) -> None:
        by_key = _by_key(config or ())
        by_name = {layer.name: layer for layer in config or ()}
        found: list[tuple[str, str, Group, ListedLayer | None]] = []
        for key in container.names():
            group = container.group(key)
            if group is None:
                continue
            own = group.group("vars")
            name = own.text("name") if own is not None else ""
            described = by_name.get(name) if name else by_key.get(_key(key))
            found.append((name or (described.name if described else key), key, group, described))
        if config is not None:
            order = {layer.name: index for index, layer in enumerate(config)}
            found.sort(key=lambda item: order.get(item[0], -1))
        for name, key, group, described in found:
            inner = _container(group)
            kind = _key(key)[0]
            heads = None if inner is None else _heads(inner)
            if heads is not None:
                series = "model" if config is not None else f"{prefix}{kind}"
                self.layers.append(StoredLayer(prefix + name, kind, tuple(heads), series))
            elif inner is not None:
                self.container(inner, f"{prefix}{name}/", _layers(described))
            elif described is None and _is_model(group):
                self.attributes(group, f"{prefix}{name}/")
            else:
                series = "model" if config is not None else f"{prefix}{kind}"
                self._layer(prefix + name, kind, group, series)

    def attributes(self, parent: Group, prefix: str = "") -> None:
        """The layers of a subclassed model, which are called as its attributes."""
        for key in parent.names():
            group = parent.group(key) if key not in NOT_LAYERS else None
            if group is None:
                continue
            inner = _container(group)
            if inner is not None:
                self.container(inner, f"{prefix}{key}/", None)
            elif _is_model(group):
                self.attributes(group, f"{prefix}{key}/")
            else:
                self._layer(prefix + key, "", group)

    def _layer(self, name: str, kind: str, group: Group, series: str = "") -> None:
        weights = _weights(group)
        if weights:
            self.layers.append(StoredLayer(name, kind, tuple(weights), series))


def _is_model(group: Group) -> bool:
    """Whether a group holds layers, and not the parts of one that Keras has."""
    found = [name for name in group.names() if name not in NOT_LAYERS]
    own = group.group("vars")
    return (
        bool(found)
        and not PARTS.intersection(found)
        and (own is None or not any(name.isdigit() for name in own.names()))
        and any(_weights(inner) for inner in map(group.group, found) if inner is not None)
    )


def _heads(container: Group) -> list[StoredWeight] | None:
    """The weights of attention that netc made a model of; None of any other model."""
    found: dict[str, list[StoredWeight]] = {}
    learned: dict[str, StoredWeight] = {}
    for key in container.names():
        group = container.group(key)
        own = group.group("vars") if group is not None else None
        weights = _weights(group) if group is not None else []
        if own is None or not weights:
            continue
        name = own.text("name")
        if name in SCORED and _key(key)[0] == "prelu":
            learned[name] = StoredWeight(name, weights[0].tensor)
        found[name] = weights
    if learned and set(found) == set(learned):
        return list(learned.values())
    if set(found) != set(HEADS.values()):
        return None
    return [weight for name in HEADS.values() for weight in _part(name, found[name])]


def _part(name: str, weights: list[StoredWeight]) -> list[StoredWeight]:
    """The weights of a part of attention, called as its variables are."""
    called = (f"{name}/kernel", f"{name}/bias")
    return [StoredWeight(new, w.tensor) for new, w in zip(called, weights, strict=False)]


def _weights(group: Group) -> list[StoredWeight]:
    found: list[StoredWeight] = []
    own = group.group("vars")
    if own is not None:
        for name in own.names():
            tensor = own.tensor(name)
            if tensor is not None:
                found.append(StoredWeight("" if name.isdigit() else name, tensor))
    # A Bidirectional has its forward weights first, the file its groups in alphabetical order.
    for name in sorted(group.names(), key=lambda name: name == "backward_layer"):
        below = group.group(name) if name not in NOT_LAYERS else None
        if below is None:
            continue
        inner = _weights(below)
        if name == "layer" and found and inner and found[0].tensor.shape == inner[0].tensor.shape:
            # Keras's SpectralNormalization has the kernel of its layer among its own variables.
            inner = inner[1:]
        if name in HEADS:
            # The file has the parts in alphabetical order, the layer does not.
            inner = _part(HEADS[name], inner)
        found.extend(inner)
    return found


def _key(group: str) -> tuple[str, int]:
    """A group's class and number: `conv2d_1` is the second convolution."""
    found = re.fullmatch(r"(.+?)(?:_(\d+))?", group)
    assert found is not None
    return plain_kind(found[1]), int(found[2] or 0)


def _by_key(config: Sequence[ListedLayer]) -> dict[tuple[str, int], ListedLayer]:
    counts: dict[str, int] = {}
    found: dict[tuple[str, int], ListedLayer] = {}
    for layer in config:
        number = counts.get(layer.plain_kind, 0)
        counts[layer.plain_kind] = number + 1
        found[layer.plain_kind, number] = layer
    return found


def _layers(described: ListedLayer | None) -> Sequence[ListedLayer] | None:
    """What the configuration lists inside a layer that is a model."""
    return None if described is None or described.model is None else described.model.layers
