"""Formulas for what onnxruntime has no float64 kernel for: exact to float64's last digits."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Input, example
from netc.compiler.ops.table import OPS
from netc.runtime.infer.session import Session

from ..ops.one_op import net_of

WIDE = (-700.0, -50.0, -37.5, -5.9, -1.0, -0.3, -1e-9, -0.0, 0.0, 1e-12, 1e-5, 0.2, 1.0, 3.0, 80.0)
NARROW = (-1.0, -0.999999999, -0.7, -1e-8, 0.0, 1e-9, 0.3, 0.99, 0.9999999999999, 1.0)
FAR = (*WIDE, -1e300, 1e300, math.inf, -math.inf)


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def elu(x: float) -> float:
    return x if x > 0 else math.expm1(x)


def gelu(x: float) -> float:
    return x / 2 * math.erfc(-x / math.sqrt(2))


FORMULAS: list[tuple[str, Callable[[float], float], tuple[float, ...], dict[str, object]]] = [
    ("Arccos", math.acos, NARROW, {}),
    ("Arcsin", math.asin, NARROW, {}),
    ("Arctan", math.atan, FAR, {}),
    ("Cosh", math.cosh, WIDE, {}),
    ("ELU", elu, WIDE, {}),
    ("CELU", lambda x: x if x > 0 else 2 * math.expm1(x / 2), WIDE, {"alpha": 2}),
    ("HardShrink", lambda x: x if abs(x) > 0.5 else 0.0, FAR, {}),
    ("HardSigmoid", lambda x: min(max(x / 6 + 0.5, 0.0), 1.0), FAR, {}),
    ("LeakyReLU", lambda x: x if x > 0 else 0.3 * x, FAR, {}),
    ("Sinh", math.sinh, WIDE, {}),
    ("Softplus", softplus, FAR, {}),
    ("Softsign", lambda x: x / (1 + abs(x)), WIDE, {}),
    ("Tan", math.tan, (-1.5, -0.3, 1e-9, 0.7, 1.5), {}),
]


def computed(name: str, xs: tuple[float, ...], args: dict[str, object]) -> np.ndarray:
    """What a layer makes of some numbers in float64."""
    checked, _ = net_of(OPS[name], example(Input(("N", len(xs)), "float64"), **args))
    session = Session.from_lowered(lower_onnx(checked, SeededWeights(0)), "the net")
    (made,) = session.run({"x0": np.array([xs])}).values()
    return made[0]


@pytest.mark.parametrize(("name", "formula", "xs", "args"), FORMULAS, ids=[f[0] for f in FORMULAS])
def test_a_formula_is_exact(
    name: str,
    formula: Callable[[float], float],
    xs: tuple[float, ...],
    args: dict[str, object],
) -> None:
    expected = [formula(x) for x in xs]
    np.testing.assert_allclose(computed(name, xs, args), expected, rtol=1e-14, atol=1e-300)


def test_erf_is_exact_next_to_1() -> None:
    xs = (*np.linspace(-7, 7, 141).tolist(), 1e-12, -1e-7, math.inf, -math.inf)
    expected = [math.erf(x) for x in xs]
    np.testing.assert_allclose(computed("Erf", xs, {}), expected, rtol=1e-14, atol=1e-15)


def test_gelu_is_exact_next_to_its_largest_value() -> None:
    xs = tuple(np.linspace(-7, 7, 141).tolist())
    expected = [gelu(x) for x in xs]
    np.testing.assert_allclose(computed("GELU", xs, {}), expected, rtol=0, atol=1e-14)


NOT_SHRUNK = [formula[0] for formula in FORMULAS if formula[0] != "HardShrink"]


@pytest.mark.parametrize("name", [*NOT_SHRUNK, "Erf", "GELU"])
def test_what_is_no_number_stays_so(name: str) -> None:
    assert np.isnan(computed(name, (math.nan,), {})).all()
