"""The contract of every operator, over its own examples.

Shapes and parameter counts equal Keras's, the numbers of onnxruntime equal Keras's within 1e-5, in
every range of opsets; the ONNX checker passes in full, and onnxruntime warns of nothing. Keras's
source builds the same model. The symbolic shape rule says the same as the rule on numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from netc.compiler.ir.graph import CheckedGraph, Node
from netc.compiler.lower.onnx.lower import OPSETS, lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Example, Op, Weight
from netc.compiler.ops.table import CONSTANTS, HIDDEN, OPS
from netc.compiler.shapes.dims import substitute

from ...cases import Cases
from ..lower.keras_models import built, from_source, outputs, same_model
from .one_op import MORE_SIZES, SIZES, array_for, net_of


@dataclass(frozen=True)
class Shaken:
    """Seeded weights with nothing left at zero or one, so that biases and scales count."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        def draw() -> Array:
            base = SeededWeights(7).tensor(layer, weight).read()
            noise = np.random.default_rng(len(weight.name)).uniform(0.1, 0.6, weight.shape)
            return (base + noise).astype(weight.dtype)

        return Tensor(weight.shape, weight.dtype, draw)


COVERED = {**OPS, **CONSTANTS, **{cls.__name__: cls for cls in HIDDEN}}


def onnxruntime_session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


OTHER_OPSETS = (17, 18, OPSETS[-1])
"""Opsets in which operators are written in other ways than in the default one."""


def test_every_operator_has_examples() -> None:
    assert [name for name, cls in COVERED.items() if not cls.examples] == []
    assert [name for name, cls in COVERED.items() if not cls.__doc__] == []


@pytest.mark.parametrize("name", COVERED)
def test_each_example_is_one_thing_everywhere(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    cls = COVERED[name]
    with Cases() as cases:
        for number, example in enumerate(cls.examples):
            with cases.case(f"{name}-{number}"):
                checked, node = net_of(cls, example)
                first = backends_agree(checked, node, example, capfd)
                with silence(capfd):
                    opsets_agree(checked, first)


@dataclass(frozen=True)
class Ran:
    """What a net was given, and what onnxruntime made of it."""

    arrays: Mapping[str, Array]
    outputs: Sequence[Array]


@contextmanager
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fails where something is written to standard error, as onnxruntime's warnings are."""
    capfd.readouterr()
    yield
    assert capfd.readouterr().err == "", "onnxruntime warns"


def backends_agree(
    checked: CheckedGraph, node: Node, example: Example, capfd: pytest.CaptureFixture[str]
) -> Ran:
    """Holds onnxruntime, Keras and Keras's source against each other, for several sizes."""
    model = lower_onnx(checked, Shaken()).model()
    onnx.checker.check_model(model, full_check=True)
    with silence(capfd):
        session = onnxruntime_session(model)
    theirs = built(checked, Shaken())
    assert theirs.count_params() == sum(weight.size for weight in node.weights)
    named = {dim for given in example.inputs for dim in given.shape if isinstance(dim, str)}
    runs = []
    for sizes in (SIZES, *(MORE_SIZES if named - {"N"} else ())):
        rng = np.random.default_rng(1)
        arrays = {f"x{i}": array_for(given, rng, sizes) for i, given in enumerate(example.inputs)}
        with silence(capfd):
            runs.append(Ran(arrays, session.run(None, arrays)))
        made = outputs(theirs, list(arrays.values()))
        for type, mine, other in zip(node.outputs, runs[-1].outputs, made, strict=True):
            expected = tuple(substitute(dim, sizes) for dim in type.shape)
            assert mine.shape == expected, "the inferred shape is not the real one"
            assert mine.dtype == other.dtype == np.dtype(type.dtype)
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5)
        if len(runs) == 1:
            same_source(checked, node, theirs, arrays, made)
    return runs[0]


def same_source(
    checked: CheckedGraph, node: Node, theirs: Any, arrays: Mapping[str, Array], made: list[Array]
) -> None:
    """The source builds the same layers, and computes the same where it writes them itself."""
    ours = from_source(checked, theirs)
    same_model(ours, theirs)
    if type(node.op).keras_call is not Op.keras_call:
        for mine, other in zip(outputs(ours, list(arrays.values())), made, strict=True):
            np.testing.assert_array_equal(mine, other)


def opsets_agree(checked: CheckedGraph, first: Ran) -> None:
    """The models of other opsets are valid and give the same."""
    for opset in OTHER_OPSETS:
        model = lower_onnx(checked, Shaken(), opset=opset).model()
        onnx.checker.check_model(model, full_check=True)
        found = onnxruntime_session(model).run(None, first.arrays)
        for mine, other in zip(found, first.outputs, strict=True):
            assert mine.dtype == other.dtype
            np.testing.assert_allclose(mine, other, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", COVERED)
def test_symbols_and_numbers_give_one_shape(name: str) -> None:
    cls = COVERED[name]
    with Cases() as cases:
        for number, example in enumerate(cls.examples):
            with cases.case(f"{name}-{number}"):
                symbolic = net_of(cls, example)[1]
                numeric = net_of(cls, example, SIZES)[1]
                substituted = [
                    tuple(substitute(d, SIZES) for d in t.shape) for t in symbolic.outputs
                ]
                assert substituted == [t.shape for t in numeric.outputs]
                assert [w.shape for w in symbolic.weights] == [w.shape for w in numeric.weights]
