"""docs/keras_layers.md names every layer of Keras that netc has not, and no other."""

from __future__ import annotations

import inspect
import re

import keras
from netc.compiler.ops.table import ALIASES, OPS

from ..places import DOCS

PAGE = DOCS / "keras_layers.md"


def test_the_page_lists_what_is_missing() -> None:
    layers = {
        name
        for name, value in vars(keras.layers).items()
        if inspect.isclass(value) and issubclass(value, keras.layers.Layer)
    }
    missing = layers - set(OPS) - set(ALIASES)
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == missing
    assert f"{len(layers)} layer classes" in PAGE.read_text(encoding="utf-8")
