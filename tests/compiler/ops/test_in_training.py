"""Each operator says what it does in training alone, on which kept features depend."""

from __future__ import annotations

import inspect
from dataclasses import replace

from netc.compiler.ops.base.op import Refusal, arguments
from netc.compiler.ops.table import OPS
from netc.runtime.infer.keras_module import import_keras

keras = import_keras()

RANDOM = ("rate", "stddev", "dropout", "recurrent_dropout")
"""Arguments that make a layer draw."""
ALIKE = {"Dense", "Maxout", "CenterCrop", "Resizing", "TimeDistributed", "Bidirectional"}
"""Layers of Keras that take `training` and do the same, or pass it on to one in them."""


def test_a_layer_that_draws_says_so_where_it_does() -> None:
    seen = set()
    for name, cls in OPS.items():
        for argument in set(RANDOM) & set(arguments(cls)):
            none = dict.fromkeys(set(RANDOM) & set(arguments(cls)), 0.0)
            op = replace(cls(**cls.examples[0].args), **none)
            assert op.in_training() == "", name
            assert replace(op, **{argument: 0.25}).in_training() == "draws anew in each step", name
            seen.add(name)
    assert len(seen) == 17


def test_no_other_layer_of_keras_asks_whether_it_trains() -> None:
    """A new operator whose layer does is to say what for, or that it is alike."""
    asking = set()
    for name, cls in OPS.items():
        try:
            layer = cls(**cls.examples[0].args).keras_layer(keras, "one") if cls.examples else None
        except (Refusal, NotImplementedError, AttributeError):
            continue
        if layer is not None and "training" in inspect.signature(layer.call).parameters:
            asking.add(name)
    told = {name for name in asking if OPS[name].moving or set(RANDOM) & set(arguments(OPS[name]))}
    assert asking - told == ALIKE
    assert {name for name in told if OPS[name].moving} == {
        "BatchNormalization",
        "SpectralNormalization",
    }
