"""Reads the names, classes and order of layers from the configuration Keras stores with a model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from .names import plain_kind


@dataclass(frozen=True, slots=True)
class ConfigLayer:
    """A layer of a stored model. `layers` are those of a model used as a layer."""

    name: str
    kind: str
    layers: tuple[ConfigLayer, ...] | None


def parse_config(path: Path, text: str | bytes) -> tuple[ConfigLayer, ...] | None:
    """The layers of a model's JSON configuration, in the model's order.

    None where it does not list them (a subclassed model). Raises UserError for broken JSON.
    """
    try:
        return _layers(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: its model configuration is not JSON ({error})") from error


def _layers(model: object) -> tuple[ConfigLayer, ...] | None:
    config = model.get("config") if isinstance(model, dict) else None
    listed = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(listed, list):
        return None
    found: list[ConfigLayer] = []
    for item in listed:
        if not isinstance(item, dict) or not isinstance(item.get("config"), dict):
            return None
        kind = plain_kind(str(item.get("class_name", "")))
        found.append(ConfigLayer(str(item["config"].get("name", "")), kind, _layers(item)))
    return tuple(found)
