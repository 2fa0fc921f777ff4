"""The steps of a model while they are rewritten: who reads what, and what stands for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ....compiler.ir.infer import infer
from ....compiler.ops.base.backend import Array
from ....compiler.ops.base.op import Refusal, construct
from ....compiler.ops.table import OPS
from ..order import needed
from ..steps import Argument, Imported, Step, Value


class Graph:
    """A model whose steps become others in place."""

    def __init__(self, model: Imported) -> None:
        self.model = model
        self.changed = False
        self._aliases: dict[Value, Value] = {}
        self._all = list(model.steps)
        self._count()

    def _count(self) -> None:
        self.steps = needed(self.model)
        self.readers: Mapping[Value, int] = Counter(
            [value for step in self.steps for value in step.inputs]
            + [view.value for _, view in self.model.outputs]
        )

    def once(self, value: Value) -> bool:
        """Whether one step alone reads a value."""
        return self.readers.get(value, 0) == 1

    def become(
        self,
        step: Step,
        op: str,
        inputs: Sequence[Value],
        args: Mapping[str, Argument] | None = None,
        weights: Mapping[str, Array] | None = None,
        given: Sequence[str] = (),
    ) -> bool:
        """Makes a step a layer; False where the layer refuses, or would give another type.

        `given` are the names of the inputs where those are not the layer's first ones.
        """
        args, weights = dict(args or {}), dict(weights or {})
        try:
            made = construct(OPS[op], args)
            if given:
                made = made.with_tensors(tuple(given))
            found = infer(made, tuple(value.type for value in inputs))
        except Refusal:
            return False
        wanted = {weight.name: weight.shape for weight in found.weights}
        if found.outputs != step.types or wanted != {n: tuple(a.shape) for n, a in weights.items()}:
            return False
        step.op, step.inputs, step.args, step.weights = op, tuple(inputs), args, weights
        step.tensors = tuple(given)
        self.changed = True
        return True

    def add(self, step: Step) -> Value:
        """A step that others are to read."""
        self._all.append(step)
        return Value(step)

    def move(self, step: Step, op: str, value: Value, **args: Argument) -> None:
        """Makes a step a move of ONNX's of a value."""
        step.op, step.inputs, step.args, step.weights = f"onnx.{op}", (value,), args, {}
        self.changed = True

    def stand_for(self, old: Value, new: Value) -> None:
        """Has every reader of one value read another of the same type."""
        self._aliases[old] = new
        self.changed = True

    def settle(self) -> bool:
        """Carries the changes of a pass out; whether there were any."""
        changed, self.changed = self.changed, False
        if self._aliases:
            for step in self._all:
                step.inputs = tuple(map(self._now, step.inputs))
            model = self.model
            outputs = [(n, replace(view, value=self._now(view.value))) for n, view in model.outputs]
            places = {n: replace(v, value=self._now(v.value)) for n, v in model.places.items()}
            self.model = replace(model, outputs=outputs, places=places)
            self._aliases.clear()
        if changed:
            self._count()
        return changed

    def _now(self, value: Value) -> Value:
        while value in self._aliases:
            value = self._aliases[value]
        return value
