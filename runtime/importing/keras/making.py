"""Makes steps of layers: their weights out of the file, their labels, and what was said of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from ....compiler.ir.infer import infer
from ....compiler.ops.base.backend import Array, Tensor
from ....compiler.ops.base.declare import Refusal
from ....compiler.ops.base.op import Weight
from ....compiler.shapes.types import FLOATS
from ...errors import UserError
from ...weights.file import StoredLayer, StoredWeight
from ...weights.fit import fault, fit, needs
from ...weights.keras_model import Ref
from ...weights.names import plain_kind
from ..builder import Builder
from ..names import label
from ..steps import Argument, Step, Value
from ..unfit import Unfit
from .arguments import made
from .read import KerasFile

Read: TypeAlias = Callable[[Ref], Value]
"""Finds the value that a description calls by a name."""


@dataclass
class Notes:
    """What the net does not have of the model, for the comment above it."""

    dropped: set[str] = field(default_factory=set)
    """Arguments that act in training alone."""
    training: set[str] = field(default_factory=set)
    """Layers that act in training alone."""
    policies: set[str] = field(default_factory=set)
    frozen: int = 0


@dataclass
class Making:
    """The steps made so far, of one file."""

    file: KerasFile
    masked: bool
    """Whether some layer of the model makes a mask, which layers hand on."""
    spelled: bool = False
    """Whether no layer makes one, since all are computed as the description says."""
    build: Builder = field(default_factory=Builder)
    notes: Notes = field(default_factory=Notes)
    first: dict[str, Step] = field(default_factory=dict)
    """The first use of each layer that has weights, by its path."""
    used: set[str] = field(default_factory=set)
    """The layers of the file whose weights were taken."""

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        given: Mapping[str, Argument],
        path: str,
        names: tuple[str, ...] = (),
    ) -> Value:
        """One layer of netc's table with the weights that the file has at a path.

        `names` are those of its tensors, where they are not the first ones. Raises UserError.
        """
        who = f"the layer `{path}`"
        op = made(kind, given, who)
        if names:
            op = op.with_tensors(names)
        try:
            found = infer(op, tuple(value.type for value in inputs))
        except Refusal as refusal:
            raise UserError(f"{who}: {refusal.message}") from refusal
        arrays: Mapping[str, Array] = {}
        shared = self.first.get(path) if found.weights else None
        if shared is not None:
            arrays = shared.weights
        elif found.weights:
            arrays = self._arrays(found.weights, path)
        step = Step(kind, tuple(inputs), given, found.outputs, path, arrays, shared)
        step.tensors = names
        self.build.steps.append(step)
        if found.weights and shared is None:
            self.first[path] = step
        return Value(step)

    def _arrays(self, weights: Sequence[Weight], path: str) -> Mapping[str, Array]:
        stored = self.file.weights.get(path)
        if stored is None:
            raise UserError(f"the layer `{path}` needs {needs(weights)}; the file has no such")
        tensors = fit(weights, stored) or fit(weights, _shortened(weights, stored))
        if tensors is None:
            raise UserError(f"the layer `{path}`: {fault(weights, stored)}")
        self.used.add(path)
        arrays: dict[str, Array] = {}
        for weight in weights:
            array = tensors[weight.name].read()
            if array.dtype.name in FLOATS and array.dtype.name != weight.dtype:
                self.notes.policies.add(array.dtype.name)
            arrays[weight.name] = array.astype(np.dtype(weight.dtype), copy=False)
        return arrays

    def learned(self, path: str, name: str, stored: Tensor) -> Value:
        """A tensor of the file that no layer of netc has, as a learned tensor."""
        self.build.origin = path
        self.used.add(path)
        array = stored.read().astype(np.float32, copy=False)
        try:
            return self.build.weight(array, (f"{path}/{name}",))
        except Unfit as fault_:
            raise UserError(f"the layer `{path}`: {fault_}") from fault_

    def stored(self, path: str, count: int) -> Sequence[Tensor]:
        """The tensors that the file has for a layer, in its order. Raises UserError."""
        found = self.file.weights.get(path)
        if found is None or len(found.weights) != count:
            raise UserError(f"the layer `{path}` needs {count} weights; the file has no such")
        return [weight.tensor for weight in found.weights]

    def sign(self, path: str, op: str, *sides: Value | float | list[float]) -> Value:
        """`a + b` and its like. Raises UserError."""
        self.build.origin = path
        try:
            return self.build.sign(op, *sides)
        except Unfit as fault_:
            raise UserError(f"the layer `{path}`: {fault_}") from fault_


def _shortened(weights: Sequence[Weight], stored: StoredLayer) -> StoredLayer:
    """The layer with the ends of its weights' names alone, as far as the layer's have parts."""
    found: list[StoredWeight] = []
    for item in stored.weights:
        ends = [weight.name for weight in weights if f"/{item.name}".endswith(f"/{weight.name}")]
        found.append(StoredWeight(max(ends, key=len, default=item.name), item.tensor))
    return replace(stored, weights=tuple(found))


def outputs_of(value: Value) -> list[Value]:
    """All results of a step that a value is the first of."""
    return [Value(value.step, index) for index in range(len(value.step.types))]


def label_of(name: str, kind: str) -> str:
    """The name that its author gave a layer of a class; empty where Keras made it up."""
    if plain_kind(re.sub(r"_\d+$", "", name)) == plain_kind(kind):
        return ""
    return label(name)
