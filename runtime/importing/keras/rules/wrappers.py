"""Recurrent layers, and layers around another one."""

from __future__ import annotations

from dataclasses import replace

from .....compiler.ops.recurrent.stepping import Stepping
from ....errors import UserError
from ...steps import Value
from ..arguments import kind_of, object_of
from .use import Use, same


def recurrent(use: Use) -> list[Value]:
    """A recurrent layer; `stateful` would carry states from batch to batch."""
    config = use.layer.config
    inner = config.get("layer")
    told = inner.get("config") if isinstance(inner, dict) else None
    for name, why in (
        ("stateful", "keeps its state between batches"),
        ("time_major", "has steps in front of the batch"),
    ):
        if config.get(name) or (isinstance(told, dict) and told.get(name)):
            raise UserError(f"{use.who} {why}, which netc does not have")
    return same(use)


def bidirectional(use: Use) -> list[Value]:
    """Keras also writes down the layer that goes backwards, where it is only the other's copy."""
    config = dict(use.layer.config)
    forward, backward = config.get("layer"), config.get("backward_layer")
    if isinstance(forward, dict) and isinstance(backward, dict):
        dropped = use.making.notes.dropped
        one = object_of(forward, "layer", use.who, dropped)
        other = object_of(backward, "backward_layer", use.who, dropped)
        if isinstance(one, Stepping) and isinstance(other, Stepping):
            turned = replace(one, go_backwards=not one.go_backwards)
            if turned == other and not one.go_backwards:
                del config["backward_layer"]
    return recurrent(use.configured(config))


def wrapper(use: Use) -> list[Value]:
    """A layer around another."""
    inner = use.layer.config.get("layer")
    if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
        if isinstance(inner["config"].get("layers"), list):
            raise UserError(f"{use.who} wraps a model, which netc does not")
        kind = str(inner.get("class_name"))
        if not kind_of(kind):
            raise UserError(f"{use.who} wraps a `{kind}`, which netc has no layer for")
    return same(use)
