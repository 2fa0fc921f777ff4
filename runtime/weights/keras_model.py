"""A model of Keras as it is described: layers, and what each call of them takes.

Both ways to write calls are read: lists of names and numbers (Keras 2) and arguments that name
tensors (Keras 3). A file is of strangers: what is odd is refused in one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from .keras_config import ListedLayer, ListedModel, listed_model

TENSOR = "__keras_tensor__"
NO_TENSOR = "_CONSTANT_VALUE"


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor: the layer that made it, in which of its calls, and which of its results."""

    layer: str
    call: int
    result: int


@dataclass(frozen=True, slots=True)
class SliceOf:
    """A slice among the arguments of an index."""

    start: object
    stop: object
    step: object


Given: TypeAlias = object
"""What a call takes: a Ref, a number, a word, an array, a slice, or lists of them."""


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, in order and by name."""

    args: tuple[Given, ...]
    kwargs: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, a function of Keras or TensorFlow, or a model used as a layer."""

    name: str
    kind: str
    """The class."""
    function: bool
    """Whether it is a function, such as `keras.ops.mean`."""
    config: Mapping[str, object]
    calls: Sequence[Call]
    model: Model | None = None
    first: int = 0
    """The number of its first call here; the one that made a model is not counted."""
    dtype: str = "float32"
    """The name of its policy."""
    home: str = ""
    """The module that the file says it is from."""


@dataclass(frozen=True, slots=True)
class Model:
    """Layers with the names of inputs and outputs; `built` is the input size of a Sequential."""

    name: str
    kind: str
    layers: Sequence[Layer]
    inputs: Sequence[Ref]
    outputs: Sequence[Ref]
    sequential: bool = False
    built: object = None


def parse_model(config: Mapping[str, object]) -> Model:
    """A model of its configuration. Raises UserError, without the file's name."""
    return _model(listed_model(config))


def _model(listed: ListedModel) -> Model:
    name, kind, inner = listed.name, listed.kind, listed.config
    layers = [_layer(layer) for layer in listed.layers]
    if "input_layers" not in inner:
        if kind != "Sequential" and any("inbound_nodes" in each.item for each in listed.layers):
            raise UserError(f"`{kind}` does not say what its inputs are")
        return Model(
            name, kind, layers, (), (), sequential=True, built=inner.get("build_input_shape")
        )
    inputs, outputs = _ends(inner["input_layers"]), _ends(inner.get("output_layers"))
    by_name = {layer.name: layer for layer in layers}
    if _names_tensors(listed.layers):
        return Model(name, kind, layers, inputs, [_counted(ref, by_name) for ref in outputs])
    used = {(ref.layer, ref.call) for layer in layers for ref in _read(layer)}
    used |= {(ref.layer, ref.call) for ref in outputs}
    # The first call of a model used as a layer is the one that made it, and is left out.
    layers = [
        replace(each, first=int(each.model is not None and (each.name, len(each.calls)) in used))
        for each in layers
    ]
    return Model(name, kind, layers, inputs, outputs)


def _names_tensors(listed: Sequence[ListedLayer]) -> bool:
    """Whether calls are written as Keras 3 does it."""
    nodes = [layer.item.get("inbound_nodes") for layer in listed]
    return any(isinstance(node, dict) for each in nodes if isinstance(each, list) for node in each)


def _counted(ref: Ref, layers: Mapping[str, Layer]) -> Ref:
    """An output of a model in which Keras 3 counts a call that made an inner model, too."""
    layer = layers.get(ref.layer)
    counts = layer is not None and layer.model is not None and not layer.model.sequential
    return replace(ref, call=max(ref.call - 1, 0)) if counts else ref


def _read(layer: Layer) -> Iterator[Ref]:
    """The tensors that all calls of a layer take."""
    for call in layer.calls:
        yield from refs([*call.args, *call.kwargs.values()])


def refs(given: Given) -> Iterator[Ref]:
    """The tensors in what a call takes."""
    if isinstance(given, Ref):
        yield given
    elif isinstance(given, list | tuple):
        for item in given:
            yield from refs(item)
    elif isinstance(given, dict):
        for item in given.values():
            yield from refs(item)


def _layer(listed: ListedLayer) -> Layer:
    name, kind, config, item = listed.name, listed.kind, listed.config, listed.item
    model = None if listed.model is None else _model(listed.model)
    nodes = item.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise UserError(f"the layer `{name}` says badly what it takes")
    try:
        calls = [_call(node) for node in nodes]
    except (TypeError, ValueError, LookupError, RecursionError) as error:
        raise UserError(f"the layer `{name}` says badly what it takes") from error
    home = str(item.get("module") or "")
    lambdas = kind in ("TFOpLambda", "SlicingOpLambda")
    function = lambdas or ".ops." in home or (not home and _is_function(config))
    if lambdas:
        kind = f"tf.{config.get('function')}"
    return Layer(name, kind, function, config, calls, model, 0, policy_name(config), home)


def _is_function(config: Mapping[str, object]) -> bool:
    """Whether a layer of an `.h5` file is a function, which has no dtype and is not trained."""
    return "trainable" not in config and "dtype" not in config


def policy_name(config: Mapping[str, object]) -> str:
    """The dtype, or the policy, that a layer computes in."""
    dtype = config.get("dtype")
    if isinstance(dtype, dict):
        inner = dtype.get("config")
        dtype = inner.get("name") if isinstance(inner, dict) else None
    return dtype if isinstance(dtype, str) else "float32"


def _call(node: object) -> Call:
    """What one call takes, in either way to write it."""
    if isinstance(node, dict):
        args, kwargs = node["args"], node["kwargs"]
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise TypeError
        return Call(tuple(map(_given, args)), {str(k): _given(v) for k, v in kwargs.items()})
    if not isinstance(node, list):
        raise TypeError
    if len(node) > 1 and isinstance(node[0], str):
        node = [node]
    tensors: list[Given] = []
    named: dict[str, Given] = {}
    for entry in node:
        if not isinstance(entry, list) or len(entry) < 3:
            raise ValueError
        if entry[0] == NO_TENSOR:
            tensors.append(_given(entry[2]))
        else:
            tensors.append(Ref(str(entry[0]), int(entry[1]), int(entry[2])))
        if len(entry) > 3 and isinstance(entry[3], dict):
            named |= {str(name): _named(value) for name, value in entry[3].items()}
    return Call(tuple(tensors), named)


def _named(value: object) -> Given:
    """An argument of Keras 2 by name: `[name, call, result]` is a tensor."""
    if isinstance(value, list):
        if len(value) in (3, 4) and isinstance(value[0], str):
            if value[0] == NO_TENSOR:
                return _given(value[2])
            if isinstance(value[1], int) and isinstance(value[2], int):
                return Ref(value[0], value[1], value[2])
        return [_named(item) for item in value]
    if isinstance(value, dict) and set(value) == {"start", "stop", "step"}:
        return SliceOf(*(_named(value[name]) for name in ("start", "stop", "step")))
    return _given(value)


def _given(value: object) -> Given:
    """An argument as Keras 3 writes it."""
    if isinstance(value, list):
        return [_given(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == TENSOR and isinstance(config, dict):
        layer, call, result = config["keras_history"]
        return Ref(str(layer), int(call), int(result))
    if kind in ("__tensor__", "__numpy__") and isinstance(config, dict):
        return _array(config)
    if kind == "__slice__" and isinstance(config, dict):
        return SliceOf(*(_given(config.get(name)) for name in ("start", "stop", "step")))
    if kind in ("__ellipsis__", "__tuple__"):
        return ... if kind == "__ellipsis__" else [_given(item) for item in value["value"]]
    if kind == "DTypePolicy":
        return policy_name({"dtype": value})
    return {str(name): _given(item) for name, item in value.items()}


def _array(config: Mapping[str, object]) -> Array:
    return np.array(config["value"], dtype=np.dtype(str(config["dtype"])))


def _ends(value: object) -> list[Ref]:
    """The inputs or outputs of a model, in order; where they have keys, in that of the keys."""
    found: list[Ref] = []
    if isinstance(value, dict):
        for name in sorted(value):
            found += _ends(value[name])
    elif isinstance(value, list):
        plain = len(value) == 3 and isinstance(value[0], str)
        if plain and isinstance(value[1], int) and isinstance(value[2], int):
            return [Ref(value[0], value[1], value[2])]
        for item in value:
            found += _ends(item)
    return found
