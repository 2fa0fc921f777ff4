"""What is in a weights file: its layers and their arrays, none of them read yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.ops.base.backend import Tensor
from ..errors import UserError


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
    """A file's layers; `ordered` says that they come in the order of the model's layers."""

    path: Path
    format: str
    layers: tuple[StoredLayer, ...]
    ordered: bool


def layers_below(file: WeightFile, path: str) -> WeightFile:
    """The file's layers under a path, named as inside it; the whole file where it has none."""
    within = path + "/"
    found = tuple(
        replace(layer, name=layer.key.removeprefix(within))
        for layer in file.layers
        if layer.key.startswith(within)
    )
    return replace(file, layers=found) if found else file


def plain_kind(name: str) -> str:
    """A class name or default layer name as `StoredLayer.kind`: `max_pooling2d`, `MaxPooling2D`."""
    return name.replace("_", "").lower()


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
