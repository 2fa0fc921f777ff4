"""The layers that a model's configuration lists, as Keras stores it; models are layers, too.

A file is of strangers: what is odd is refused in one line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from .names import plain_kind

MOST_LAYERS = 20_000
DEEPEST = 32
"""How deep models may be nested in models."""


@dataclass(frozen=True, slots=True)
class ListedLayer:
    """A layer as it is listed; `model` are its own layers where it is a model."""

    name: str
    kind: str
    """The class."""
    item: Mapping[str, object]
    """All that is said of it."""
    config: Mapping[str, object]
    """What it was made with."""
    model: ListedModel | None

    @property
    def plain_kind(self) -> str:
        """The class as classes are compared."""
        return plain_kind(self.kind)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model with its layers, in the order of the file."""

    name: str
    kind: str
    config: Mapping[str, object]
    layers: Sequence[ListedLayer]


def read_config(path: Path, text: str | bytes) -> Mapping[str, object]:
    """The configuration as JSON has it. Raises UserError."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: its configuration is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise UserError(f"{path}: its configuration describes no model")
    return config


def listed_layers(path: Path, text: str | bytes) -> Sequence[ListedLayer] | None:
    """The layers of a model's JSON configuration.

    None where it does not list them (a subclassed model). Raises UserError for broken JSON.
    """
    config = read_config(path, text)
    try:
        return listed_model(config).layers
    except UserError:
        return None


def listed_model(config: Mapping[str, object], depth: int = 0) -> ListedModel:
    """A model and its layers. Raises UserError, without the file's name."""
    kind = str(config.get("class_name", ""))
    inner = config.get("config")
    if depth > DEEPEST:
        raise UserError(f"its models are nested deeper than {DEEPEST}")
    if isinstance(inner, list):
        inner = {"layers": inner}
    if not isinstance(inner, dict) or not isinstance(inner.get("layers"), list):
        raise UserError(
            f"`{kind}` is a class of its author's, which says in code alone what it computes"
        )
    listed = inner["layers"]
    if len(listed) > MOST_LAYERS:
        raise UserError(f"has {len(listed):,} layers; the limit is {MOST_LAYERS:,}")
    name = str(inner.get("name") or config.get("name") or "model")
    layers = [_layer(item, depth) for item in listed]
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise UserError(f"has two layers that are called `{layer.name}`")
        seen.add(layer.name)
    return ListedModel(name, kind, inner, layers)


def _layer(item: object, depth: int) -> ListedLayer:
    if not isinstance(item, dict):
        raise UserError("has a layer that is no object of JSON")
    kind, config = item.get("class_name"), item.get("config")
    if isinstance(config, list):
        config = {"layers": config, "name": item.get("name")}
    if not isinstance(kind, str) or not isinstance(config, dict):
        raise UserError("has a layer without a class and a configuration")
    name = str(item.get("name") or config.get("name") or kind)
    inner, model = config.get("layers"), None
    # A layer of somebody's own may call anything so: widths, for example.
    if isinstance(inner, list) and all(isinstance(each, dict) for each in inner):
        model = listed_model({**item, "config": config}, depth + 1)
    return ListedLayer(name, kind, item, config, model)
