"""From a model of Keras to steps: every call of every layer, in an order that runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ....compiler.shapes.types import DTYPES
from ...errors import UserError
from ...weights.keras_model import Call, Layer, Model, Ref, refs
from ..builder import Builder
from ..names import RESERVED, fresh
from ..nested import BLOCK, signature
from ..order import needed
from ..steps import Imported, Step, Value, View
from .functions import function_values
from .inputs import block_inputs, camel, input_of, output_names, reads_places, sequence_input
from .making import Making, label_of
from .masks import implied, makes_masks, only_for_masks
from .read import KerasFile
from .rules.table import layer_values

MIXED = {"mixed_float16", "mixed_bfloat16"}


def convert_keras(file: KerasFile, spelled: bool) -> tuple[Imported, Making]:
    """The model as steps, and what was made on the way. Raises UserError.

    With `spelled`, masks are computed as the description says, and not left to the layers.
    """
    model = file.model
    try:
        making = Making(file, makes_masks(model) and not spelled, spelled)
        made_up = re.fullmatch(r"(functional|sequential|model)(_\d+)?", model.name)
        name = camel(file.path.stem if made_up else model.name)
        converter = _Converter(making, name)
        inputs = converter.inputs(model)
        converter.inputs_called |= {str(step.args["name"]) for step in inputs}
        converter.places |= {str(step.args["of"]): View.as_is(Value(step)) for step in inputs}
        outputs = converter.model(model, "", [Value(step) for step in inputs])
    except UserError as fault:
        raise UserError(f"{file.path}: {fault}") from fault
    except RecursionError as fault:
        raise UserError(f"{file.path}: is nested too deep") from fault
    named = output_names(model, len(outputs))
    views = [(name, View.as_is(value)) for name, value in zip(named, outputs, strict=True)]
    return Imported(name, inputs, making.build.steps, views, converter.places), making


@dataclass
class _Converter:
    making: Making
    root: str
    """The name of the net."""
    places: dict[str, View] = field(default_factory=dict)
    blocks: dict[str, tuple[Step, str]] = field(default_factory=dict)
    """The first use of each model in the model, by its path."""
    names: dict[str, object] = field(default_factory=dict)
    """The blocks so far, by name, and what their text says."""
    inputs_called: set[str] = field(default_factory=set)
    """The names of inputs, of the net and of blocks."""

    def inputs(self, model: Model) -> list[Step]:
        """The inputs of the whole model."""
        if model.sequential:
            return [sequence_input(model)]
        by_name = {layer.name: layer for layer in model.layers}
        taken: set[str] = set()
        steps: list[Step] = []
        for ref in model.inputs:
            layer = by_name.get(ref.layer)
            if layer is None or layer.kind != "InputLayer":
                raise UserError(f"its input `{ref.layer}` is no input layer")
            steps.append(input_of(layer.name, layer.config, reads_places(model, layer.name), taken))
        if not steps:
            raise UserError("has no inputs")
        return steps

    def model(self, model: Model, prefix: str, given: Sequence[Value]) -> list[Value]:
        """The results of a model for some inputs. Raises UserError."""
        if model.sequential:
            values = list(given)
            for layer in model.layers:
                if layer.kind != "InputLayer":
                    values = self.call(layer, prefix, Call(tuple(_refs(values)), {}), values)
            return values
        made: dict[tuple[str, int], list[Value]] = {}
        if len(given) != len(model.inputs):
            raise UserError(f"`{model.name}` has {len(model.inputs)} inputs and gets {len(given)}")
        for ref, value in zip(model.inputs, given, strict=True):
            made[ref.layer, ref.call] = [value]
        inputs = {ref.layer for ref in model.inputs}
        masks = only_for_masks(model) if self.making.masked else frozenset()
        waiting = [
            (layer, layer.first + number, implied(call, masks))
            for layer in model.layers
            if layer.name not in inputs
            for number, call in enumerate(layer.calls)
            if (layer.name, layer.first + number) not in masks
        ]
        wanted: dict[tuple[str, int], list[tuple[Layer, int, Call]]] = {}
        ready: list[tuple[Layer, int, Call]] = []
        for item in waiting:
            missing = _missing(item[2], made)
            (ready if missing is None else wanted.setdefault(missing, [])).append(item)
        ready.reverse()
        left = len(waiting)
        while ready:
            layer, number, call = ready.pop()
            left -= 1
            made[layer.name, number] = self.call(layer, prefix, call, made, number)
            for item in reversed(wanted.pop((layer.name, number), [])):
                missing = _missing(item[2], made)
                (ready if missing is None else wanted.setdefault(missing, [])).append(item)
        if left:
            layer = next(iter(wanted.values()))[0][0]
            name = next(iter(wanted))[0]
            raise UserError(
                f"the layer `{prefix}{layer.name}` needs what `{name}` makes, which nothing does "
                "before it"
            )
        return [_read(made, ref) for ref in model.outputs]

    def call(
        self,
        layer: Layer,
        prefix: str,
        call: Call,
        made: Mapping[tuple[str, int], list[Value]] | list[Value],
        number: int = 0,
    ) -> list[Value]:
        """The results of one call of a layer, a function or a model."""
        path = f"{prefix}{layer.name}"
        making = self.making
        making.build.origin = path

        def read(ref: Ref) -> Value:
            return made[ref.result] if isinstance(made, list) else _read(made, ref)

        if layer.model is not None:
            self._policy(layer, path)
            tensors = [read(ref) for ref in refs([*call.args, *_tensors(call.kwargs)])]
            return self.nested(layer.model, layer, path, tensors)
        self._policy(layer, path)
        if layer.config.get("trainable") is False and path in making.file.weights:
            making.notes.frozen += number == 0
        if layer.function:
            values = function_values(making, layer, path, call, read)
        else:
            values = layer_values(making, layer, path, call, read)
        if not prefix and values:
            self.places[path if number == 0 else f"{path}:{number}"] = View.as_is(values[0])
        return values

    def nested(
        self, model: Model, layer: Layer, path: str, tensors: Sequence[Value]
    ) -> list[Value]:
        """The results of a model used as a layer, which becomes a block."""
        making = self.making
        before = self.blocks.get(path)
        if before is not None:
            step = before[0]
            same = [value.type for value in step.inputs] == [value.type for value in tensors]
            if not same or step.inner is None:
                raise UserError(f"the model `{path}` is used for tensors of several sizes")
            again = replace(step, inputs=tuple(tensors), shared=step)
            making.build.steps.append(again)
            return [Value(again, index) for index in range(len(again.types))]
        outer, making.build = making.build, Builder()
        inputs = block_inputs(model, tensors, self.names.keys())
        self.inputs_called |= {str(step.args["name"]) for step in inputs}
        try:
            outputs = self.model(model, f"{path}/", [Value(step) for step in inputs])
        finally:
            making.build, made = outer, making.build
        ends = {Value(step): value for step, value in zip(inputs, tensors, strict=True)}
        if len(made.steps) < 2 or any(value in ends for value in outputs):
            return self.model(model, f"{path}/", tensors)
        inner = Imported(
            path, inputs, made.steps, [(path, View.as_is(value)) for value in outputs], {}
        )
        inner = Imported(path, inputs, needed(inner), inner.outputs, {})
        name = self.block_name(model, inner)
        step = Step(
            f"{BLOCK}{name}",
            tuple(tensors),
            {},
            tuple(value.type for value in outputs),
            path,
            inner=inner,
            label=label_of(layer.name, layer.kind),
        )
        making.build.steps.append(step)
        self.blocks[path] = (step, name)
        return [Value(step, index) for index in range(len(outputs))]

    def block_name(self, model: Model, inner: Imported) -> str:
        """The name of a block; models of the same text are one."""
        sign = signature(inner)
        for name, known in self.names.items():
            if known == sign:
                return name
        taken = {*self.names, self.root, *self.inputs_called, *RESERVED}
        name = fresh(camel(model.name), taken, between="")
        self.names[name] = sign
        return name

    def _policy(self, layer: Layer, path: str) -> None:
        if layer.dtype in MIXED:
            self.making.notes.policies.add(layer.dtype)
        elif layer.dtype not in DTYPES:
            raise UserError(f"the layer `{path}` computes in `{layer.dtype}`, which netc has not")
        elif layer.dtype in ("float16", "bfloat16", "float64") and not layer.function:
            raise UserError(
                f"the layer `{path}` computes in {layer.dtype}; netc imports float32 and mixed "
                "precision"
            )


def _tensors(kwargs: Mapping[str, object]) -> list[object]:
    return [value for name, value in kwargs.items() if name not in ("mask", "training")]


def _refs(values: Sequence[Value]) -> list[Ref]:
    return [Ref("", 0, at) for at in range(len(values))]


def _missing(call: Call, made: Mapping[tuple[str, int], list[Value]]) -> tuple[str, int] | None:
    """The first call that this one waits for."""
    for ref in refs([*call.args, *call.kwargs.values()]):
        if (ref.layer, ref.call) not in made:
            return ref.layer, ref.call
    return None


def _read(made: Mapping[tuple[str, int], list[Value]], ref: Ref) -> Value:
    values = made.get((ref.layer, ref.call), [])
    if not 0 <= ref.result < len(values):
        raise UserError(f"nothing makes the tensor {ref.result} of `{ref.layer}`")
    return values[ref.result]
