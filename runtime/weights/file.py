"""What is in a weights file: its layers and their arrays, none of them read yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.ops.base.backend import Tensor
from ..errors import UserError

if TYPE_CHECKING:
    from .wiring import Wiring

MOST_NAMES = 20
"""How many layers of a file a message lists."""


@dataclass(frozen=True, slots=True)
class StoredWeight:
    """One array of a file. `name` is empty where the format only keeps the order."""

    name: str
    tensor: Tensor

    def __str__(self) -> str:
        shape = f"[{', '.join(map(str, self.tensor.shape))}]"
        return f"{self.name} {shape}" if self.name else shape


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer of a file that has weights.

    `kind` is the layer's class in lower case without underscores, empty where the file does not
    say it.
    """

    name: str
    kind: str
    weights: tuple[StoredWeight, ...]
    series: str = ""
    """Layers of one series come in an order in which they run; those of others may not."""

    @property
    def title(self) -> str:
        """What messages call it: its name, or those of its weights where it has none."""
        return self.name or ", ".join(weight.name for weight in self.weights)

    @property
    def key(self) -> str:
        """The name as a layer path: Keras names cannot hold `/`, so netc writes `.` there."""
        return self.name.replace(".", "/")

    @property
    def named(self) -> bool:
        """Whether the file keeps its weights' names."""
        return all(weight.name for weight in self.weights)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file's layers.

    `ordered` says that they come in an order in which they run, each series for itself. `graph` is
    what works on what, where the file says it, with layers called as in the file. `own` says that
    netc wrote it, so that its names are paths of a net. `renamed` are the layers that a person gave
    the paths they are called by.
    """

    path: Path
    format: str
    layers: tuple[StoredLayer, ...]
    ordered: bool
    graph: Wiring | None = None
    own: bool = False
    renamed: frozenset[str] = frozenset()
    by_depth: tuple[str, ...] = ()
    """The classes of all layers, also without weights, where Keras lists them by their depth: how
    many steps at most are between a layer and an output. Empty where they may not be listed so."""


def layers_below(file: WeightFile, path: str) -> WeightFile:
    """The file's layers under a path, named as inside it; the whole file where it has none."""
    within = path + "/"
    names = {
        layer.name: layer.key.removeprefix(within)
        for layer in file.layers
        if layer.key.startswith(within)
    }
    if not names:
        return file
    found = tuple(
        replace(layer, name=names[layer.name]) for layer in file.layers if layer.name in names
    )
    return replace(called(file, names), layers=found)


def called(file: WeightFile, names: Mapping[str, str]) -> WeightFile:
    """The file with other names for some of its layers."""
    layers = tuple(replace(layer, name=names.get(layer.name, layer.name)) for layer in file.layers)
    graph = file.graph
    if graph is not None:
        steps = tuple(
            replace(step, layer=names.get(step.layer, step.layer)) for step in graph.steps
        )
        graph = replace(graph, steps=steps)
    return replace(file, layers=layers, graph=graph)


def renamed(file: WeightFile, names: Mapping[str, str]) -> WeightFile:
    """The file with layers called as a person says: the paths that they have in the net.

    A name may also be that of what some layers are in. Raises UserError for one that is not there.
    """
    new: dict[str, str] = {}
    for old, path in names.items():
        key = old.replace(".", "/")
        inside = f"{key}/"
        found = [layer for layer in file.layers if layer.key == key]
        found = found or [layer for layer in file.layers if layer.key.startswith(inside)]
        if not found:
            there = ", ".join(layer.title for layer in file.layers[:MOST_NAMES])
            more = ", …" if len(file.layers) > MOST_NAMES else ""
            raise UserError(f"{file.path}: has no layer `{old}`; it has {there}{more}")
        for layer in found:
            new[layer.name] = path + layer.key[len(key) :]
    taken = set(new.values())
    # What else was called so is called something that no path is.
    others = {
        layer.name: f"{layer.name} (in the file)"
        for layer in file.layers
        if layer.key in taken and layer.name not in new
    }
    return replace(called(file, {**others, **new}), renamed=frozenset(taken))


def layers_of(path: Path, arrays: Iterable[tuple[str, Tensor]]) -> tuple[StoredLayer, ...]:
    """Arrays named `<layer path>/<weight name>` as layers, in order of first appearance.

    A name without `/` is cut at its last dot. Raises UserError for a name given twice.
    """
    found: dict[str, dict[str, StoredWeight]] = {}
    names: dict[str, str] = {}
    for full, tensor in arrays:
        layer, _, weight = full.rpartition("/" if "/" in full else ".")
        weights = found.setdefault(layer.replace(".", "/"), {})
        names.setdefault(layer.replace(".", "/"), layer)
        if weight in weights:
            raise UserError(f"{path}: holds `{full}` twice")
        weights[weight] = StoredWeight(weight, tensor)
    return tuple(
        StoredLayer(names[key], "", tuple(weights.values())) for key, weights in found.items()
    )
