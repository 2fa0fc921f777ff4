"""Operators that onnxruntime has no float64 kernel for, composed of those that it has.

No formula passes its result through float32: each keeps float64's precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp, pi, sqrt
from typing import TypeAlias, cast

from ...ops.base.backend import Attribute, OnnxGraph, OnnxValue
from ...shapes.types import TensorType
from .float64_axes import (
    average_pool,
    instance_normalization,
    local_response,
    mean,
    most,
    repeat_cells,
    resize,
)
from .terms import Term

Attributes: TypeAlias = Mapping[str, Attribute]

SELU_ALPHA, SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875
"""ONNX's defaults of Selu."""
ERF_END, ERF_TERMS = 6.0, 24
"""From where on erf is 1 in float64, and how many terms its series needs up to there."""


def expm1(x: Term) -> Term:
    """`exp(x) - 1`, without cancellation near 0.

    `(u - 1) x / log(u)` with `u = exp(x)`: Kahan, in Higham, Accuracy and Stability of Numerical
    Algorithms, section 1.14.1.
    """
    u = x.apply("Exp")
    same, gone = u.equals(1.0), (u - 1.0).equals(-1.0)
    log = u.apply("Log").replace(same, 1.0).replace(gone, 1.0)
    near = same.choose(x, (u - 1.0) * x / log)
    return x.above(1.0).choose(u - 1.0, near).replace(gone, -1.0)


def log1p(u: Term) -> Term:
    """`log(1 + u)` for u of at least 0, without losing a small u (Higham, as above)."""
    added = (u + 1.0) - 1.0
    none = added.equals(0.0)
    return none.choose(u, (u + 1.0).apply("Log") * (u / added.replace(none, 1.0)))


def softplus(x: Term) -> Term:
    """`log(1 + exp(x))`, which is `max(x, 0) + log(1 + exp(-|x|))`."""
    return x.most(0.0) + log1p((-x.apply("Abs")).apply("Exp"))


def erf(x: Term) -> Term:
    """The error function, as a series of sines whose error is below float64's rounding.

    `2 h x / pi + 2 / pi * sum(exp(-(n h)^2) sin(2 n h x) / n)`, which Poisson's summation formula
    makes of its integral; up to |x| = 6 a step of `h = pi / 12` leaves an error of erfc(6)
    (Hunter and Regan, A note on the evaluation of the complementary error function, 1972).
    """
    g, h, inside = x.g, pi / (2 * ERF_END), x.most(-ERF_END).least(ERF_END)
    rank, shape = x.value.rank, x.value.type.shape
    numbers = range(1, ERF_TERMS + 1)
    wide = TensorType(x.dtype, (*shape, 1))
    column = g.node("Unsqueeze", inside.value, g.const([rank], "int64"), type=wide, first=False)
    waves = TensorType(x.dtype, (*shape, ERF_TERMS))
    steps = g.const([2 * n * h for n in numbers], x.dtype)
    sines = g.node("Sin", g.node("Mul", column, steps, type=waves))
    factors = g.const([[2 / pi * exp(-((n * h) ** 2)) / n] for n in numbers], x.dtype)
    total = g.node("MatMul", sines, factors, type=wide, first=False)
    total = g.node("Squeeze", total, g.const([rank], "int64"), type=x.value.type, first=False)
    made = Term(g, OnnxValue(total.name, total.type, x.value.first))
    return (made + inside * (2 * h / pi)).most(-1.0).least(1.0)


def tan(x: Term) -> Term:
    """`sin(x) / cos(x)`."""
    return x.apply("Sin") / x.apply("Cos")


def sinh(x: Term) -> Term:
    """`(e + e / (e + 1)) / 2` of `e = expm1(|x|)`, with the sign of x."""
    e = expm1(x.apply("Abs"))
    infinite = e.equals(float("inf"))
    half = (e + infinite.choose(e, e / (e + 1.0))) * 0.5
    return half * x.apply("Sign")


def cosh(x: Term) -> Term:
    """`(exp(x) + exp(-x)) / 2`."""
    return (x.apply("Exp") + (-x).apply("Exp")) * 0.5


def arctan(x: Term) -> Term:
    """What float32 finds, and the rest: `atan(x) = y + atan((x - tan y) / (1 + x tan y))`.

    The second angle is about 1e-7, so two terms of its series are exact in float64.
    """
    y = x.cast("float32").apply("Atan").cast("float64")
    sin, cos = y.apply("Sin"), y.apply("Cos")
    # A large x stands above and below the line: 1 / x keeps it from overflowing.
    large = x.apply("Abs").above(1.0)
    turned = 1.0 / x.replace(x.equals(0.0), 1.0)
    rest = large.choose(cos - sin * turned, x * cos - sin) / large.choose(
        cos * turned + sin, cos + x * sin
    )
    return y + (rest - rest * rest * rest * (1 / 3))


def arcsin(x: Term) -> Term:
    """What float32 finds, and the rest: `sin(asin(x) - y) = x cos y - sqrt(1 - x^2) sin y`."""
    y = x.cast("float32").apply("Asin").cast("float64")
    return y + _small_arcsin(x * y.apply("Cos") - _other_side(x) * y.apply("Sin"))


def arccos(x: Term) -> Term:
    """What float32 finds, and the rest: `sin(acos(x) - y) = sqrt(1 - x^2) cos y - x sin y`."""
    y = x.cast("float32").apply("Acos").cast("float64")
    return y + _small_arcsin(_other_side(x) * y.apply("Cos") - x * y.apply("Sin"))


def _other_side(x: Term) -> Term:
    return ((1.0 - x) * (x + 1.0)).apply("Sqrt")


def _small_arcsin(d: Term) -> Term:
    """`asin(d)` for |d| below 1e-3, where float32 is farthest off: at 1 and -1."""
    square = d * d
    return d * (square * (square * (3 / 40) + 1 / 6) + 1.0)


def leaky(x: Term, slope: float) -> Term:
    """`x` above zero, `slope * x` below."""
    return x.below(0.0).choose(x * slope, x)


def shrink(x: Term, limit: float, bias: float) -> Term:
    """`x` moved by `bias` towards zero where it is past the limit, 0 elsewhere."""
    above = x.above(limit).choose(x - bias, 0.0)
    return x.below(-limit).choose(x + bias, above)


def elu(x: Term, alpha: float) -> Term:
    """`x` above zero, `alpha * (exp(x) - 1)` below."""
    return x.below(0.0).choose(expm1(x.least(0.0)) * alpha, x)


def gelu(x: Term, approximate: bool) -> Term:
    """`x / 2 * (1 + erf(x / sqrt(2)))`, or the formula with tanh."""
    if approximate:
        bell = ((x + x * x * x * 0.044715) * sqrt(2 / pi)).apply("Tanh")
    else:
        bell = erf(x * sqrt(0.5))
    return x * 0.5 * (bell + 1.0)


Formula: TypeAlias = Callable[[Term, Callable[[str, float], float]], Term]

ELEMENTWISE: Mapping[str, Formula] = {
    "Acos": lambda x, given: arccos(x),
    "Asin": lambda x, given: arcsin(x),
    "Atan": lambda x, given: arctan(x),
    "Celu": lambda x, given: elu(x / given("alpha", 1), 1) * given("alpha", 1),
    "Cosh": lambda x, given: cosh(x),
    "Elu": lambda x, given: elu(x, given("alpha", 1)),
    "Erf": lambda x, given: erf(x),
    "HardSigmoid": lambda x, given: (
        (x * given("alpha", 0.2) + given("beta", 0.5)).most(0.0).least(1.0)
    ),
    "HardSwish": lambda x, given: x * (x * (1 / 6) + 0.5).most(0.0).least(1.0),
    "LeakyRelu": lambda x, given: leaky(x, given("alpha", 0.01)),
    "Mish": lambda x, given: x * softplus(x).apply("Tanh"),
    "Selu": lambda x, given: elu(x, given("alpha", SELU_ALPHA)) * given("gamma", SELU_GAMMA),
    "Shrink": lambda x, given: shrink(x, given("lambd", 0.5), given("bias", 0)),
    "Sinh": lambda x, given: sinh(x),
    "Softplus": lambda x, given: softplus(x),
    "Softsign": lambda x, given: x / (x.apply("Abs") + 1.0),
    "Tan": lambda x, given: tan(x),
    "ThresholdedRelu": lambda x, given: x.above(given("alpha", 1)).choose(x, 0.0),
}
"""Functions of single elements, and their attributes with ONNX's defaults."""

Windowed: TypeAlias = Callable[
    [OnnxGraph, Sequence[OnnxValue], Attributes, TensorType], OnnxValue | None
]

OVER_AXES: Mapping[str, Windowed] = {
    "AveragePool": average_pool,
    "GlobalAveragePool": mean,
    "GlobalMaxPool": most,
    "InstanceNormalization": instance_normalization,
    "LRN": local_response,
    "Resize": resize,
}
"""Functions of several elements."""


def composed(
    g: OnnxGraph,
    op_type: str,
    inputs: Sequence[OnnxValue | None],
    attributes: Attributes,
    out: TensorType,
) -> OnnxValue | None:
    """The operator in float64; None where there is no formula for it."""
    tensors = [value for value in inputs if value is not None]
    dtype = tensors[0].type.dtype if tensors else ""
    if op_type == "Resize" and dtype in ("int64", "uint64"):
        return repeat_cells(g, tensors[0], attributes, out)
    if dtype != "float64":
        return None
    x = Term(g, tensors[0])
    if op_type == "Gelu":
        return gelu(x, attributes.get("approximate") == "tanh").value
    if op_type in ELEMENTWISE:

        def given(name: str, default: float) -> float:
            return float(cast("float", attributes.get(name, default)))

        return ELEMENTWISE[op_type](x, given).value
    if op_type in OVER_AXES:
        return OVER_AXES[op_type](g, tensors, attributes, out)
    return None
