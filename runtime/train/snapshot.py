"""Weights by layer path, taken out of a Keras model and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.keras.lower import keras_name, layer_variables
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from .keras_types import Layer, Model, Variable


@dataclass(frozen=True)
class Snapshot:
    """The weights of a net at one moment, by `<layer path>/<weight name>`: a `WeightSource`."""

    arrays: Mapping[str, Array]

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight in Keras's shape."""
        array = self.arrays[f"{layer}/{weight.name}"]
        return Tensor(weight.shape, weight.dtype, lambda: array.astype(weight.dtype, copy=False))


class NetWeights:
    """The weights of a plain Keras model by the paths of the net it was lowered from."""

    def __init__(self, checked: CheckedGraph, model: Model) -> None:
        self._layers: dict[str, Layer] = {}
        self._variables: dict[str, Variable] = {}
        for path, node in checked.layers().items():
            if node.weights:
                names = [weight.name for weight in node.weights]
                layer = model.get_layer(keras_name(path))
                self._layers[path] = layer
                found = layer_variables(layer, names)
                for name in names:
                    self._variables[f"{path}/{name}"] = found[name]

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The Keras layers that have weights, by path, in the net's order."""
        return self._layers

    def take(self) -> Snapshot:
        """A copy of all weights."""
        return Snapshot({name: np.array(v.numpy()) for name, v in self._variables.items()})

    def put(self, snapshot: Snapshot) -> None:
        """Sets all weights."""
        for name, variable in self._variables.items():
            variable.assign(snapshot.arrays[name])
        for layer in self._layers.values():
            inner = getattr(layer, "layer", layer)
            if hasattr(inner, "finalize_state"):
                inner.finalize_state()
