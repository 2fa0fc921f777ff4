"""The contract of every operator in every dtype it takes, over its own examples.

What the check passes can be compiled, loaded by onnxruntime and run, and computes what Keras
computes, as closely as the dtype can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import onnx
import pytest
from netc.compiler.lower.dtypes import numpy_dtype
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Example, Op, Refusal
from netc.compiler.ops.table import HIDDEN, OPS
from netc.compiler.shapes.types import DTYPES
from netc.runtime.infer.session import Session

from ...cases import Cases
from .one_op import array_for, net_of

TOLERANCES = {"bfloat16": 2e-2, "float16": 4e-3, "float32": 1e-5, "float64": 1e-10}
"""How far apart values may be, next to the largest one."""

KERAS_ROUNDS = {
    *("GELU", "HardShrink", "LeakyReLU", "Normalization", "ReLU", "Rescaling", "SELU"),
    *("Activation", "CELU", "ELU", "SoftShrink"),
}
"""Layers that Keras computes with constants in float32 where all else is float64."""

REFUSED = {("Arithmetic", "uint64")}
"""What no kernel computes: ONNX has no powers of uint64."""


def in_dtype(example: Example, dtype: str) -> Example:
    """The example with the dtype of its first input, and of those like it, replaced."""
    base = example.inputs[0].dtype
    changed = (replace(x, dtype=dtype) if x.dtype == base else x for x in example.inputs)
    return replace(example, inputs=tuple(changed))


def taken(cls: type[Op], example: Example, dtype: str) -> bool:
    """Whether the check lets the operator have it."""
    try:
        net_of(cls, in_dtype(example, dtype))
    except Refusal:
        return False
    return True


@dataclass(frozen=True)
class Case:
    """An operator, one of its examples, and another dtype than it is written with."""

    cls: type[Op]
    number: int
    dtype: str


def cases_of(cls: type[Op]) -> Iterator[Case]:
    """Every dtype that an operator takes, for its first example; floats for the others."""
    for number, example in enumerate(cls.examples):
        for dtype in DTYPES:
            tried = dtype != example.inputs[0].dtype and (number == 0 or "float" in dtype)
            if tried and taken(cls, example, dtype):
                yield Case(cls, number, dtype)


def values(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype("float64")


EVERY = {**OPS, **{cls.__name__: cls for cls in HIDDEN}}


@pytest.mark.parametrize("name", [name for name, cls in EVERY.items() if any(cases_of(cls))])
def test_every_dtype_that_is_taken_is_computed(name: str) -> None:
    with Cases() as cases:
        for case in cases_of(EVERY[name]):
            with cases.case(f"{name}-{case.number}-{case.dtype}"):
                is_computed(case)


def is_computed(case: Case) -> None:
    example = in_dtype(case.cls.examples[case.number], case.dtype)
    checked, node = net_of(case.cls, example)
    rng = np.random.default_rng(4)
    arrays = {
        f"x{i}": array_for(given, rng).astype(numpy_dtype(given.dtype))
        for i, given in enumerate(example.inputs)
    }
    weights = SeededWeights(7)
    if (case.cls.__name__, case.dtype) in REFUSED and example.args["op"] == "**":
        with pytest.raises(Refusal, match="no kernel"):
            lower_onnx(checked, weights)
        return
    lowered = lower_onnx(checked, weights)
    onnx.checker.check_model(lowered.model(), full_check=True)
    ours = list(Session.from_lowered(lowered, "the net").run(arrays).values())

    inputs = list(arrays.values())
    made = lower_keras(checked, weights)(inputs if len(inputs) > 1 else inputs[0], training=False)
    theirs = [y.numpy() for y in (made if isinstance(made, list | tuple) else [made])]
    tolerance = TOLERANCES.get(case.dtype, 1e-5)
    if case.dtype not in case.cls.keras_floats or case.cls.__name__ in KERAS_ROUNDS:
        tolerance = max(tolerance, TOLERANCES["float32"])
    for type, mine, other in zip(node.outputs, ours, theirs, strict=True):
        assert mine.dtype == other.dtype == numpy_dtype(type.dtype)
        if mine.dtype == np.uint64:
            # TensorFlow takes differences modulo 2^32, though they are in 64 bits.
            mine, other = mine.astype("uint32"), other.astype("uint32")
        mine, other = values(mine), values(other)
        scale = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0)))
        np.testing.assert_allclose(mine, other, atol=tolerance * scale, rtol=0)
