"""Sums and products of a tensor, however their signs, sides and numbers stand."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

from ..steps import Step, Value


def number_of(step: Step) -> float | None:
    """The number beside the one tensor of a sign."""
    if len(step.inputs) != 1:
        return None
    by = step.args.get("right", step.args.get("left"))
    return float(by) if isinstance(by, int | float) and not isinstance(by, bool) else None


def product(value: Value, whole: Value | None = None) -> tuple[float, list[Value]]:
    """A number and tensors whose product the value is: `0.5 * x * y` is 0.5 and x, y.

    What is `whole` is not taken apart.
    """
    if value == whole:
        return 1.0, [value]
    step = value.step
    by = number_of(step)
    if step.op == "*" and by is not None:
        factor, factors = product(step.inputs[0], whole)
        return by * factor, factors
    if step.op == "/" and by and "right" in step.args:
        factor, factors = product(step.inputs[0], whole)
        return factor / by, factors
    if step.op in ("*", "Multiply") and len(step.inputs) == 2:
        (a, left), (b, right) = (product(each, whole) for each in step.inputs)
        return a * b, [*left, *right]
    if (step.op == "**" and by == 2 and "right" in step.args) or step.op == "Square":
        factor, factors = product(step.inputs[0], whole)
        return factor * factor, [*factors, *factors]
    if step.op == "**" and by == 3 and "right" in step.args:
        factor, factors = product(step.inputs[0], whole)
        return factor**3, [*factors, *factors, *factors]
    return 1.0, [value]


def factors_within(value: Value) -> list[Value]:
    """All values that are multiplied on the way to a product."""
    found: list[Value] = []
    waiting = [value]
    while waiting:
        step = waiting.pop().step
        if step.op in ("*", "/", "Multiply"):
            found += step.inputs
            waiting += step.inputs
    return list(dict.fromkeys(found))


def total(value: Value) -> tuple[float, list[Value]]:
    """A number and tensors whose sum the value is."""
    step = value.step
    by = number_of(step)
    if step.op == "+" and by is not None:
        constant, terms = total(step.inputs[0])
        return by + constant, terms
    if step.op == "-" and by is not None and "right" in step.args:
        constant, terms = total(step.inputs[0])
        return constant - by, terms
    if step.op in ("+", "Add") and len(step.inputs) == 2:
        (a, left), (b, right) = map(total, step.inputs)
        return a + b, [*left, *right]
    return 0.0, [value]


def near(a: float, b: float) -> bool:
    """Whether two numbers are one as far as float32 and its printers go."""
    return isclose(a, b, rel_tol=2e-4)


def without(values: Sequence[Value], one: Value) -> list[Value] | None:
    """The values without one of them, once; None where it is not among them."""
    if one not in values:
        return None
    left = list(values)
    left.remove(one)
    return left
