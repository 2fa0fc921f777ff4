"""Runs a model that Keras does not load whole, as most files of Keras 2: layer by layer.

Each layer is made by Keras of its own description, and functions are TensorFlow's own, by names
that are known beforehand.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ....compiler.lower.keras.lower import layer_variables
from ....compiler.ops.base.backend import Array
from ...errors import UserError
from ...weights.keras_model import Call, Layer, Model, Ref, SliceOf
from .function_names import TENSORFLOW
from .read import KerasFile
from .trusted import trusted

RECURRENT = frozenset(
    ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
)
MOST_STEPS = 40
"""How long a sequence may be for a recurrent layer, whose steps are run one by one here."""
LISTS = frozenset(("concat", "stack"))
"""Functions of TensorFlow that take their tensors as a list."""
Tensors = list[Any]


class Walked:
    """A model whose layers are called one after the other."""

    def __init__(self, file: KerasFile, weights: Mapping[str, Mapping[str, Array]]) -> None:
        self.file, self.weights = file, weights
        self.layers: dict[str, Callable[..., Any]] = {}
        self.made: dict[str, Any] = {}

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order."""
        import numpy as np

        self.made.clear()
        given = [self._tensor(array) for array in inputs.values()]
        return [np.asarray(each) for each in self._model(self.file.model, "", given)]

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """What layers give, by their names."""
        import numpy as np

        self.run(inputs)
        return {name: np.asarray(self.made[name]) for name in names if name in self.made}

    def _tensor(self, array: Array) -> Any:
        import tensorflow as tf

        return tf.convert_to_tensor(array)

    def _model(self, model: Model, prefix: str, given: Tensors) -> Tensors:
        if model.sequential:
            values = given
            for layer in model.layers:
                if layer.kind != "InputLayer":
                    refs = tuple(Ref("", 0, at) for at in range(len(values)))
                    values = self._call(layer, prefix, Call(refs, {}), {("", 0): values}, 0)
            return values
        made = {
            (ref.layer, ref.call): [tensor] for ref, tensor in zip(model.inputs, given, strict=True)
        }
        inputs = {ref.layer for ref in model.inputs}
        waiting = [
            (layer, layer.first + number, call)
            for layer in model.layers
            if layer.name not in inputs
            for number, call in enumerate(layer.calls)
        ]
        while waiting:
            left = []
            for layer, number, call in waiting:
                try:
                    values = self._call(layer, prefix, call, made, number)
                except KeyError:
                    left.append((layer, number, call))
                else:
                    made[layer.name, number] = values
            if len(left) == len(waiting):
                raise UserError(f"{self.file.path}: its layers wait for one another")
            waiting = left
        return [made[ref.layer, ref.call][ref.result] for ref in model.outputs]

    def _call(
        self,
        layer: Layer,
        prefix: str,
        call: Call,
        made: Mapping[tuple[str, int], Tensors],
        number: int,
    ) -> Tensors:
        """The results of a call. Raises KeyError where it waits for another."""
        args = [_value(given, made) for given in call.args]
        kwargs = {name: _value(given, made) for name, given in call.kwargs.items()}
        path = f"{prefix}{layer.name}"
        if layer.model is not None:
            return self._model(layer.model, f"{path}/", args)
        if layer.function:
            values = _listed(_function(layer.kind)(*args, **_plain(kwargs)))
        else:
            own = self.layers.get(path)
            if own is None:
                own = self.layers[path] = self._layer(layer, path, args, kwargs)
            values = _listed(_applied(own, layer.kind, args, kwargs))
        if not prefix:
            self.made[path if number == 0 else f"{path}:{number}"] = values[0]
        return values

    def _layer(
        self, layer: Layer, path: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Callable[..., Any]:
        """A layer with its weights."""
        import keras
        import tensorflow as tf

        if layer.kind == "ThresholdedReLU":
            theta = layer.config.get("theta", 1.0)
            return lambda x: tf.where(x > theta, x, 0.0)
        config = {**layer.config, "name": layer.name.replace("/", ".")}
        item = {"class_name": layer.kind, "config": config, "module": "keras.layers"}
        own: Any = keras.saving.deserialize_keras_object(trusted(item, keras))
        weights = self.weights.get(path, {})
        if weights:
            _applied(own, layer.kind, args, kwargs)
            variables = layer_variables(own, list(weights))
            for name, array in weights.items():
                variables[name].assign(array)
            if hasattr(own, "finalize_state"):
                own.finalize_state()
        made: Callable[..., Any] = own
        return made


def _applied(
    layer: Callable[..., Any], kind: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    if kind in RECURRENT and args[0].shape[1] > MOST_STEPS:
        raise ValueError(f"{kind} of {args[0].shape[1]} steps, one by one")
    named = {name: value for name, value in kwargs.items() if name not in ("mask", "training")}
    if kind in RECURRENT and len(args) > 1:
        # Keras 2 gives the mask on where there are states, too; Keras 3 only where it is told.
        mask = getattr(args[0], "_keras_mask", None)
        return layer(args[0], initial_state=list(args[1:]), mask=mask, **named)
    return layer(args[0] if len(args) == 1 else list(args), **named)


def _function(kind: str) -> Callable[..., Any]:
    """A function of TensorFlow that is known by its name."""
    import tensorflow as tf

    name = kind.removeprefix("tf.")
    if not kind.startswith("tf.") or name not in TENSORFLOW:
        raise UserError(f"`{kind}` is no function of TensorFlow's that is known")
    if name == "__operators__.add":
        return lambda x, y, **_: x + y
    if name == "__operators__.getitem":
        return lambda x, slice_spec, **_: x[slice_spec]
    if name in LISTS:
        listed: Callable[..., Any] = operator.attrgetter(name)(tf)
        return lambda *args, **kwargs: listed(list(args), **kwargs)
    found: Callable[..., Any] = operator.attrgetter(name)(tf)
    return found


def _plain(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name != "name"}


def _value(given: object, made: Mapping[tuple[str, int], Tensors]) -> Any:
    """An argument with tensors in the places of their names."""
    if isinstance(given, Ref):
        return made[given.layer, given.call][given.result]
    if isinstance(given, SliceOf):
        return slice(given.start, given.stop, given.step)
    if isinstance(given, list | tuple):
        items = [_value(item, made) for item in given]
        return tuple(items) if any(isinstance(item, slice) for item in items) else items
    return given


def _listed(value: Any) -> Tensors:
    return list(value) if isinstance(value, list | tuple) else [value]
