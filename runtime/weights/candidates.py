"""Which layers of a file could be a layer of the net, by class and the shapes of all weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.attention.heads import Heads
from ...compiler.ops.base.backend import Tensor
from ...compiler.ops.table import ALIASES, OPS
from ...compiler.ops.tensor.learned import NAME, Weight
from .file import StoredLayer, WeightFile
from .fit import PYTORCH_NAMES, fit
from .names import plain, plain_kind
from .torch_file import FORMAT
from .torch_layout import as_keras
from .torch_rows import Orders, torch_orders
from .torch_state import is_of_torch, layers_of_state, with_attention, with_parameters

KINDS = frozenset(plain_kind(name) for name in (*OPS, *ALIASES))

KERAS_KINDS: Mapping[str, str] = {
    "classtoken": "embedding",
    "maxout": "dense",
    "positionembedding": "embedding",
    "weight": "prelu",
}
"""The Keras class that holds the weights of a layer that Keras does not have."""


class Candidates(Protocol):
    """The layers of a file beside those of a net."""

    @property
    def layers(self) -> Sequence[StoredLayer]:
        """The layers of the file, as they can be matched."""

    def spelled(self, name: str) -> str:
        """A name as names are compared."""

    def converted(self, path: str, place: int) -> StoredLayer | None:
        """A layer of the file as one of the class of a layer of the net, if it can be one."""

    def likeness(self, path: str, place: int) -> int:
        """How likely a layer that does not fit was meant; 0 where it was not."""


@dataclass
class KerasCandidates:
    """Layers whose weights have Keras's names and shapes."""

    nodes: Mapping[str, Node]
    layers: Sequence[StoredLayer]

    def spelled(self, name: str) -> str:
        """Keras names cannot hold `/`, so netc writes `.` there."""
        return name.replace(".", "/")

    def converted(self, path: str, place: int) -> StoredLayer | None:
        """The layer itself, if it is of the class or does not say its class."""
        layer, kind = self.layers[place], kind_of(self.nodes[path])
        same = layer.kind in (kind, KERAS_KINDS.get(kind)) or layer.kind not in KINDS
        if same and isinstance(self.nodes[path].op, Weight) and len(layer.weights) == 1:
            return replace(layer, weights=(replace(layer.weights[0], name=NAME),))
        return layer if same else None

    def likeness(self, path: str, place: int) -> int:
        """Of the same name, else of the same class, else with weights of the same names."""
        layer, node = self.layers[place], self.nodes[path]
        if layer.key == path:
            return 3
        if layer.kind == kind_of(node):
            return 2
        return int(not layer.kind and {w.name for w in layer.weights} == _names(node))


@dataclass
class TorchCandidates:
    """Modules of a PyTorch state dict."""

    checked: CheckedGraph
    nodes: Mapping[str, Node]
    layers: Sequence[StoredLayer]
    made: dict[tuple[str, int], StoredLayer | None] = field(default_factory=dict)

    @cached_property
    def orders(self) -> Orders:
        """What PyTorch has in another order."""
        return torch_orders(self.checked)

    def spelled(self, name: str) -> str:
        """Whatever separates the parts, and without regard to case."""
        return plain(name)

    def converted(self, path: str, place: int) -> StoredLayer | None:
        """The module as the layer of Keras that it would be."""
        key = path, place
        if key not in self.made:
            self.made[key] = as_keras(self.nodes[path], self.layers[place], self.orders)
        return self.made[key]

    def likeness(self, path: str, place: int) -> int:
        """Whether it can be of the class."""
        return int(self.converted(path, place) is not None)


def modules_of(nodes: Mapping[str, Node], file: WeightFile) -> Sequence[StoredLayer]:
    """The modules of a state dict, those put together that are one layer of Keras."""
    layers = file.layers
    if file.format != FORMAT:
        named = {f"{a.name}.{w.name}".lstrip("."): w.tensor for a in layers for w in a.weights}
        layers = layers_of_state(named)
    if any(isinstance(node.op, Heads) for node in nodes.values()):
        layers = with_attention(layers)
    if any(isinstance(node.op, Weight) for node in nodes.values()):
        layers = with_parameters(layers)
    return layers


def tensors_of(
    candidates: Candidates, node: Node, path: str, place: int
) -> Mapping[str, Tensor] | None:
    """The weights of a layer of the net from one of the file; None where it does not fit."""
    layer = candidates.converted(path, place)
    return None if layer is None else fit(node.weights, layer)


def has_torch_names(file: WeightFile) -> bool:
    """Whether a file names its weights as PyTorch does, and none as Keras does."""
    names = {weight.name for layer in file.layers for weight in layer.weights}
    if file.format == FORMAT:
        return True
    theirs = any(name in PYTORCH_NAMES or is_of_torch(name) for name in names)
    return theirs and not names & {"kernel", "embeddings"}


def kind_of(node: Node) -> str:
    """The class of a node as `StoredLayer.kind`."""
    assert node.op is not None
    return plain_kind(node.op.name)


def _names(node: Node) -> set[str]:
    return {weight.name for weight in node.weights}
