"""What makes two values interchangeable, as a key of a table: for work that is done once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeAlias

from ..ops.base.kinds import Word
from ..shapes.dims import Sym
from .values import Bundle, LayerValue, TensorValue, Value

Key: TypeAlias = tuple[Hashable, ...]

MAX_ITEMS = 1000
"""Values that hold more than this have no key: to make it would be work of its own."""


def key_of(values: Mapping[str, Value]) -> Key | None:
    """The key of some named values; None where one cannot be told from its like.

    Layers and objects are told apart by identity, so whoever keeps the key keeps the values.
    """
    parts: list[Hashable] = []
    for name, value in values.items():
        parts.append(name)
        if not _add(parts, value):
            return None
    return tuple(parts)


def _add(parts: list[Hashable], value: Value) -> bool:
    """Adds the key of a value to others; False where it has none."""
    parts.append(type(value).__name__)
    if value is None or isinstance(value, int | str | Sym | Word):
        parts.append(value)
        return True
    if isinstance(value, float):
        # 0.0 and -0.0 are equal.
        parts.append(repr(value))
        return True
    if isinstance(value, list | tuple):
        parts.append(len(value))
        return len(parts) + len(value) <= MAX_ITEMS and all(_add(parts, item) for item in value)
    if isinstance(value, LayerValue):
        return _add_layer(parts, value)
    if isinstance(value, TensorValue | Bundle):
        # A copy of the call would still use these very tensors.
        return False
    parts.append(id(value))
    return True


def _add_layer(parts: list[Hashable], layer: LayerValue) -> bool:
    if layer.shared is not None:
        # What it makes depends on its earlier uses.
        return False
    if layer.chain is not None:
        parts += ("chain", len(layer.chain.links))
        for link in layer.chain.links:
            # Equal layers that are written elsewhere are told from these in what is reported.
            parts += (link.count, link.base, link.label, id(link.span.source), link.span.start)
            if len(parts) > MAX_ITEMS or not _add_layer(parts, link.layer):
                return False
        return True
    if layer.defined is None:
        parts.append(id(layer.op))
        if layer.args:
            # What is reported tells where they are written.
            parts += (id(layer.span.source), layer.span.start)
        return True
    parts.append(id(layer.defined.definition))
    parts.append(len(layer.args))
    for arg in layer.args:
        parts.append(arg.name)
        if not _add(parts, arg.value):
            return False
    return True
