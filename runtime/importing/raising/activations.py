"""Activations that are spelt out: GELU, SiLU, hard-swish, hard sigmoid, Mish, softplus."""

from __future__ import annotations

from math import pi, sqrt

from ..steps import Step, Value
from .algebra import factors_within, near, product, total, without
from .graph import Graph


def raise_activations(graph: Graph) -> None:
    """Makes each step that ends a spelt-out activation the layer."""
    for step in graph.steps:
        if step.op in ("*", "/", "Multiply"):
            _product(graph, step)
        elif step.op == "Clip" and (step.args.get("min"), step.args.get("max")) == (0, 1):
            _hard_sigmoid(graph, step)
        elif step.op == "Log":
            constant, terms = total(step.inputs[0])
            if constant == 1 and len(terms) == 1 and terms[0].step.op == "Exp":
                graph.become(step, "Softplus", terms[0].step.inputs)


def _product(graph: Graph, step: Step) -> None:
    """Makes a product an activation, if it is one."""
    for x in factors_within(Value(step)):
        factor, factors = product(Value(step), x)
        others = without(factors, x)
        if others is None or len(others) > 1:
            continue
        if others and _gated(graph, step, factor, x, others[0]):
            return
        if not others and near(factor, 1 / 6) and (shifted := _shifted(x)) is not None:
            graph.become(step, "HardSigmoid", [shifted])
            return


def _gated(graph: Graph, step: Step, factor: float, x: Value, gate: Value) -> bool:
    """`factor * x * gate(x)` as the activation that it is."""
    inner = gate.step
    by_x = inner.inputs == (x,)
    if near(factor, 1) and by_x and inner.op in ("Sigmoid", "HardSigmoid"):
        name = "SiLU" if inner.op == "Sigmoid" else "HardSiLU"
        return graph.become(step, name, [x])
    if near(factor, 1 / 6) and _shifted(gate) == x:
        return graph.become(step, "HardSiLU", [x])
    if near(factor, 1) and inner.op == "Tanh" and inner.inputs[0].step.op == "Softplus":
        return inner.inputs[0].step.inputs == (x,) and graph.become(step, "Mish", [x])
    constant, terms = total(gate)
    if len(terms) != 1:
        return False
    scale, factors = product(terms[0], x)
    if len(factors) != 1 or not near(factor * scale, 0.5) or not near(factor * constant, 0.5):
        return False
    curve = factors[0].step
    if curve.op == "Erf":
        slope, inside = product(curve.inputs[0], x)
        if inside == [x] and near(slope, sqrt(0.5)):
            return graph.become(step, "GELU", [x])
    if curve.op == "Tanh" and _is_cubic(curve.inputs[0], x):
        return graph.become(step, "GELU", [x], {"approximate": True})
    return False


def _is_cubic(value: Value, x: Value) -> bool:
    """Whether it is √(2/π) · (x + 0.044715 x³), the argument of GELU's approximation.

    Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
    """
    slope, factors = product(value, x)
    if not near(slope, sqrt(2 / pi)):
        return False
    if len(factors) == 2 and x in factors:
        (inner,) = without(factors, x) or [x]
        constant, terms = total(inner)
        if len(terms) != 1 or not near(constant, 1):
            return False
        by, powers = product(terms[0], x)
        return near(by, 0.044715) and powers == [x, x]
    if len(factors) != 1:
        return False
    constant, terms = total(factors[0])
    rest = without(terms, x)
    if constant != 0 or rest is None or len(rest) != 1:
        return False
    by, powers = product(rest[0], x)
    return near(by, 0.044715) and powers == [x, x, x]


def _shifted(value: Value) -> Value | None:
    """The x of `relu6(x + 3)`, however that is spelt."""
    step = value.step
    limits = step.args.get("min"), step.args.get("max")
    if step.op != "ReLU6" and not (step.op == "Clip" and limits == (0, 6)):
        return None
    constant, terms = total(step.inputs[0])
    return terms[0] if near(constant, 3) and len(terms) == 1 else None


def _hard_sigmoid(graph: Graph, step: Step) -> None:
    """`clip(x / 6 + 0.5, 0, 1)`."""
    constant, terms = total(step.inputs[0])
    if len(terms) == 1 and near(constant, 0.5):
        slope, factors = product(terms[0])
        if len(factors) == 1 and near(slope, 1 / 6):
            graph.become(step, "HardSigmoid", factors)
