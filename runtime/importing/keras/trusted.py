"""A description of a model in which every class is one of Keras's, found by its name alone.

Keras makes objects of what this gives. No module that a file names is ever imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ...errors import UserError
from .arguments import OLD, kind_of
from .rules.table import RULES

ROOMS = ("numpy", "nn", "core", "math", "linalg", "einops")
"""The files of Keras in which its functions are."""
LITERALS = frozenset(("__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__"))
"""Objects that are no classes."""
APPLICATIONS = dict.fromkeys(("LayerScale", "StochasticDepth"), "keras.src.applications.convnext")
"""Layers of Keras that only some of its models have."""
MODELS = frozenset(("Functional", "Model", "Sequential"))
KEPT = frozenset(("name", "trainable", "dtype"))
"""What any layer can be told."""


def trusted(item: object, keras: Any) -> object:
    """The description without what acts in training alone. Raises UserError for another class."""
    if isinstance(item, list):
        return [trusted(each, keras) for each in item]
    if not isinstance(item, dict):
        return item
    kind, config = item.get("class_name"), item.get("config")
    if "class_name" not in item:
        return {str(name): _field(str(name), each, keras) for name, each in item.items()}
    if kind in LITERALS:
        return item
    if str(kind).lower() == "function" and isinstance(config, str):
        return config
    if not isinstance(kind, str) or not isinstance(config, dict | list):
        raise UserError("its configuration has an object without a class")
    if kind in MODELS:
        return _model(item, kind, config, keras)
    if isinstance(config, list):
        raise UserError(f"its configuration names the class `{kind}`")
    made: dict[str, object] = {
        name: trusted(item[name], keras) for name in ("name", "inbound_nodes") if name in item
    }
    if kind == "InputLayer" or kind_of(kind) or kind in RULES:
        room = APPLICATIONS.get(kind)
        if room is not None:
            inner = {str(k): _field(str(k), v, keras) for k, v in config.items()}
            return {**made, **_named(room, kind, inner, kind)}
        layer = getattr(keras.layers, kind, None)
        function = "trainable" not in config and "dtype" not in config
        if layer is not None and not function and ".ops." not in str(item.get("module")):
            inner = _arguments(kind, layer, config, keras)
            if kind == "InputLayer" and "batch_input_shape" in config:
                inner["batch_shape"] = config["batch_input_shape"]
            return {**made, **_named("keras.layers", kind, inner, None)}
    room = _room(kind, keras)
    if room is None:
        raise UserError(f"Keras has no `{kind}`")
    inner = {str(k): trusted(v, keras) for k, v in config.items()}
    return {**made, **_named(room, kind, inner, kind)}


def _model(item: Mapping[str, object], kind: str, config: object, keras: Any) -> object:
    if isinstance(config, list):
        config = {"name": item.get("name"), "layers": config}
    assert isinstance(config, dict)
    names = ("name", "layers", "input_layers", "output_layers", "build_input_shape", "trainable")
    inner = {name: trusted(config[name], keras) for name in names if name in config}
    outer = {name: trusted(item[name], keras) for name in ("name", "inbound_nodes") if name in item}
    if kind == "Sequential":
        return {**outer, **_named("keras", kind, inner, None)}
    return {**outer, **_named("keras.src.models.functional", "Functional", inner, "Functional")}


def _named(module: str, kind: str, config: object, registered: str | None) -> dict[str, object]:
    return {
        "module": module,
        "class_name": kind,
        "config": config,
        "registered_name": registered,
    }


def _room(kind: str, keras: Any) -> str | None:
    """The file of Keras that has a function's class."""
    for room in ROOMS:
        found = getattr(getattr(keras.src.ops, room, None), kind, None)
        if isinstance(found, type) and issubclass(found, keras.Operation):
            return f"keras.src.ops.{room}"
    return None


def _arguments(
    kind: str, layer: Any, config: Mapping[str, object], keras: Any
) -> dict[str, object]:
    """The arguments of a layer that it takes today."""
    known = {*KEPT, *inspect.signature(layer.__init__).parameters}
    renamed = {OLD.get(kind, {}).get(name, name): value for name, value in config.items()}
    axis = renamed.get("axis")
    if kind == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        renamed["axis"] = axis[0]
    return {name: _field(name, value, keras) for name, value in renamed.items() if name in known}


def _field(name: str, value: object, keras: Any) -> object:
    """A value without what acts in training alone, in float32."""
    if name.endswith(("_regularizer", "_constraint")) or name == "quantization_config":
        return None
    if name.endswith("initializer"):
        return "zeros"
    if name == "dtype":
        inner = value.get("config") if isinstance(value, dict) else None
        word = inner.get("name") if isinstance(inner, dict) else value
        return "float32" if isinstance(word, str) and word.startswith("mixed_") else word
    return trusted(value, keras)
