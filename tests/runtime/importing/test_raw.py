"""Operators that no layer computes stay ONNX's: with numbers, names, words and further outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.importing.road import import_onnx
from onnx import helper

from .onnx_models import model

STAYS = {
    "an input that is numbers": (
        [helper.make_node("TopK", ["x", "k"], ["y", "p"], axis=1)],
        {"k": np.array([2], np.int64)},
        "onnx.TopK(x, K=[2], axis=1)",
    ),
    "a tensor behind a gap": (
        [
            helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
            helper.make_node("Clip", ["x", "", "m"], ["y"]),
        ],
        {},
        "max=",
    ),
    "a word": (
        [helper.make_node("LpPool", ["x"], ["y"], kernel_shape=[2, 2], auto_pad="SAME_LOWER")],
        {},
        'auto_pad="SAME_LOWER"',
    ),
    "words": (
        [
            helper.make_node("Squeeze", ["x", "last"], ["s"]),
            helper.make_node(
                "RNN",
                ["s", "w", "r"],
                ["y"],
                hidden_size=2,
                activations=["Relu"],
                clip=9.0,
                direction="reverse",
            ),
        ],
        {
            "last": np.array([3], np.int64),
            "w": np.ones((1, 2, 2), np.float32),
            "r": np.full((1, 2, 2), 0.1, np.float32),
        },
        'activations=["Relu"]',
    ),
    "a second output": (
        [
            helper.make_node("MaxPool", ["x"], ["p", "places"], kernel_shape=[2, 2]),
            helper.make_node("Cast", ["places"], ["y"], to=1),
        ],
        {},
        "outputs=2",
    ),
}


@pytest.mark.parametrize("name", STAYS)
def test_what_has_no_layer_stays_as_it_is(name: str, tmp_path: Path) -> None:
    nodes, arrays, shown = STAYS[name]
    path = tmp_path / "model.onnx"
    sizes: list[int | str] = ["N", 2, 2, 1] if name == "words" else ["N", 2, 8, 8]
    onnx.save(model(nodes, inputs=[("x", sizes)], arrays=arrays), path)

    made = import_onnx(path)
    assert made.proof.equal
    assert shown in made.text
