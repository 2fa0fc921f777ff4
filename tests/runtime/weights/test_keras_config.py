"""What the configuration of a model of Keras lists, and what only its calls say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from netc.runtime.errors import UserError
from netc.runtime.weights.keras_config import listed_layers
from netc.runtime.weights.keras_model import parse_model

FILE = Path("model.keras")


def layer(kind: str, name: str, **config: object) -> dict[str, object]:
    return {"class_name": kind, "config": {"name": name, **config}}


def sequential(*layers: object) -> dict[str, object]:
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def test_models_are_layers_with_layers() -> None:
    inner = {**sequential(layer("Conv2D", "c")), "name": "encoder"}
    found = listed_layers(FILE, json.dumps(sequential(inner, layer("MaxPooling2D", "p"))))

    assert found is not None
    assert [(each.name, each.plain_kind) for each in found] == [
        ("encoder", "sequential"),
        ("p", "maxpooling2d"),
    ]
    assert found[0].model is not None
    assert [each.name for each in found[0].model.layers] == ["c"]


def test_what_a_layer_calls_layers_need_not_be_layers() -> None:
    config = sequential(layer("Mine", "widths", layers=[64, 64]), layer("Dense", "d"))
    found = listed_layers(FILE, json.dumps(config))

    assert found is not None
    assert [each.name for each in found] == ["widths", "d"]
    assert found[0].model is None
    assert [each.name for each in parse_model(config).layers] == ["widths", "d"]


def test_layers_are_listed_where_calls_are_odd() -> None:
    odd = {**layer("Dense", "d"), "inbound_nodes": "no list"}
    config = sequential(odd)

    assert listed_layers(FILE, json.dumps(config)) is not None
    with pytest.raises(UserError, match="says badly what it takes"):
        parse_model(config)


def test_a_subclassed_model_lists_none() -> None:
    assert listed_layers(FILE, json.dumps({"class_name": "Mine", "config": {}})) is None


@pytest.mark.parametrize(
    ("text", "why"), [("[", "is not JSON"), ("[" * 100_000, "is not JSON"), ("7", "no model")]
)
def test_other_text_is_refused(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        listed_layers(FILE, text)
