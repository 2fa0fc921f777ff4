"""Which weights of a checked net are which of the steps it was written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from ..errors import UserError
from .nested import opened
from .steps import Imported, Step


@dataclass(frozen=True)
class ImportedWeights:
    """The weights of the steps by the paths that their layers have in the net."""

    arrays: Mapping[tuple[str, str], Array]

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight `<layer>/<weight.name>`."""
        return Tensor.of(self.arrays[layer, weight.name])


def matched(checked: CheckedGraph, order: Sequence[Step]) -> ImportedWeights:
    """The weights by path: layers stand in the net in the order of the steps.

    Raises UserError where the text does not make the layers it was to make.
    """
    arrays: dict[tuple[str, str], Array] = {}
    left = [step for step in order if step.weights and step.shared is None]
    layers = [(path, node) for path, node in checked.layers().items() if node.weights]
    for kind in (True, False):
        ours = [step for step in left if (step.op == "weight") is kind]
        theirs = [
            (path, node)
            for path, node in layers
            if node.op is not None and (node.op.name == "Weight") is kind
        ]
        if len(ours) != len(theirs):
            raise UserError(f"the text has {len(theirs)} layers with weights, not {len(ours)}")
        for step, (path, node) in zip(ours, theirs, strict=True):
            wanted = {weight.name: tuple(weight.shape) for weight in node.weights}
            given = {name: array.shape for name, array in step.weights.items()}
            if wanted != given:
                raise UserError(f"the layer `{path}` has the weights {wanted}, not {given}")
            for name, array in step.weights.items():
                arrays[path, name] = array
    return ImportedWeights(arrays)


def paths_of(model: Imported, checked: CheckedGraph) -> Mapping[int, str]:
    """The paths of the steps with weights, by their identity."""
    found: dict[int, str] = {}
    taken = {path: node for path, node in checked.layers().items() if node.weights}
    steps = [step for step in opened(model.steps) if step.weights and step.shared is None]
    for step in steps:
        for path, node in taken.items():
            names = {weight.name: tuple(weight.shape) for weight in node.weights}
            if names == {name: array.shape for name, array in step.weights.items()}:
                found[id(step)] = path
                del taken[path]
                break
    return found
