"""Normalizations that are spelt out: LayerNormalization, RMSNormalization, UnitNormalization."""

from __future__ import annotations

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.ops.tensor.index_items import NEWAXIS, span
from ..steps import Step, Value
from .algebra import number_of, product, total
from .graph import Graph

EPSILON = 0.001
"""Keras's default of LayerNormalization."""


def raise_norms(graph: Graph) -> None:
    """Makes each step that ends a spelt-out normalization the layer; scales and shifts join it."""
    for step in graph.steps:
        if step.op in ("*", "/", "Multiply"):
            _normalized(graph, step)
        elif step.op in ("+", "-", "Add"):
            _split(graph, step)
    graph.settle()
    for step in graph.steps:
        if step.op in ("*", "+"):
            _joined(graph, step)


def _normalized(graph: Graph, step: Step) -> None:
    """`d / sqrt(mean(d²) + e)`, where d is x less its mean, or x itself."""
    if step.op == "/" and len(step.inputs) == 2:
        over, under = step.inputs
        root = _root(under)
    else:
        factor, factors = product(Value(step))
        found = [value for value in factors if _inverse_root(value) is not None]
        if factor != 1 or len(factors) != 2 or len(found) != 1:
            _scaled(graph, step)
            return
        over = next(value for value in factors if value != found[0])
        root = _inverse_root(found[0])
    if root is None:
        return
    _become(graph, step, over, root, None)


def _scaled(graph: Graph, step: Step) -> None:
    """`x * (rsqrt(mean(d²) + e) * gamma)`: the scale is with the root."""
    if len(step.inputs) != 2:
        return
    for x, other in (step.inputs, step.inputs[::-1]):
        root, gamma = _with_gamma(other)
        if root is not None and gamma is not None:
            _become(graph, step, x, root, gamma)
            return


def _with_gamma(value: Value) -> tuple[Value | None, Array | None]:
    """What is under the root, and the scale that it is multiplied by."""
    if value.step.op != "*" or len(value.step.inputs) != 2:
        return None, None
    for inverse, scale in (value.step.inputs, value.step.inputs[::-1]):
        root = _inverse_root(inverse)
        if root is not None and scale.step.op == "weight" and len(scale.shape) == 1:
            return root, scale.step.weights["value"]
    return None, None


def _become(graph: Graph, step: Step, over: Value, root: Value, gamma: Array | None) -> None:
    """Makes a step the layer that normalizes by what is under a root."""
    centred = _centred(over)
    epsilon, terms = total(root)
    if len(terms) != 1 or epsilon <= 0:
        norm = _square_sum(terms[0]) if len(terms) == 1 else None
        if norm == over and gamma is None:
            graph.become(step, "UnitNormalization", [over])
        return
    squared = _mean(terms[0])
    if squared is None:
        return
    factor, factors = product(squared, over)
    if factor != 1 or factors != [over, over]:
        return
    width = over.shape[-1]
    short = _short(epsilon)
    if centred is not None:
        args: dict[str, object] = {} if short == EPSILON else {"epsilon": short}
        args["center"] = False
        weights = {} if gamma is None else {"gamma": gamma}
        if gamma is None:
            args["scale"] = False
        graph.become(step, "LayerNormalization", [centred], args, weights)
    elif isinstance(width, int):
        ones = np.ones(width, np.float32)
        args = {} if short == 1e-6 else {"epsilon": short}
        weights = {"scale": ones if gamma is None else gamma}
        graph.become(step, "RMSNormalization", [over], args, weights)


def _split(graph: Graph, step: Step) -> None:
    """`x * s + (beta - mean * s)`, where s is the root with the scale, as TensorFlow has it."""
    if len(step.inputs) != 2 or step.op == "-":
        return
    for scaled, rest in (step.inputs, step.inputs[::-1]):
        if scaled.step.op != "*" or len(scaled.step.inputs) != 2:
            continue
        shift = _shift(rest)
        if shift is None:
            continue
        beta, mean, by = shift
        for x, other in (scaled.step.inputs, scaled.step.inputs[::-1]):
            if other == by and _mean(mean) == x and _split_layer(graph, step, x, by, beta):
                return


def _shift(value: Value) -> tuple[Value, Value, Value] | None:
    """beta, mean and s of `beta - mean * s`."""
    if value.step.op != "-" or len(value.step.inputs) != 2:
        return None
    beta, product_ = value.step.inputs
    if beta.step.op != "weight" or product_.step.op != "*" or len(product_.step.inputs) != 2:
        return None
    one, other = product_.step.inputs
    mean, by = (one, other) if _mean(one) is not None else (other, one)
    return beta, mean, by


def _split_layer(graph: Graph, step: Step, x: Value, by: Value, beta: Value) -> bool:
    root, gamma = _with_gamma(by)
    if root is None or gamma is None:
        return False
    epsilon, terms = total(root)
    squared = _mean(terms[0]) if len(terms) == 1 else None
    if squared is None:
        return False
    factor, factors = product(squared)
    if factor != 1 or len(factors) != 2 or factors[0] != factors[1]:
        return False
    if _centred(factors[0]) != x:
        return False
    args: dict[str, object] = {} if _short(epsilon) == EPSILON else {"epsilon": _short(epsilon)}
    weights = {"gamma": gamma, "beta": beta.step.weights["value"]}
    return graph.become(step, "LayerNormalization", [x], args, weights)


def _joined(graph: Graph, step: Step) -> None:
    """A scale or a shift behind a normalization that has none yet."""
    if len(step.inputs) != 2:
        return
    for inner, weight in (step.inputs, step.inputs[::-1]):
        norm = inner.step
        if weight.step.op != "weight" or not graph.once(inner) or inner.type != step.types[0]:
            continue
        array = weight.step.weights["value"]
        if array.shape != inner.shape[-1:]:
            continue
        args = dict(norm.args)
        weights = dict(norm.weights)
        if norm.op == "LayerNormalization":
            flag, name = ("scale", "gamma") if step.op == "*" else ("center", "beta")
            if args.get(flag, True) or (step.op == "*" and args.get("center", True)):
                continue
            del args[flag]
            weights[name] = array
        elif norm.op == "RMSNormalization" and step.op == "*" and (weights["scale"] == 1).all():
            weights["scale"] = array
        else:
            continue
        graph.become(step, norm.op, norm.inputs, args, weights)
        return


def _root(value: Value) -> Value | None:
    """What the square root is of, that is divided by; also where it is limited from below."""
    inner = _wide(value)
    step = inner.step
    if step.op == "Clip" and isinstance(low := step.args.get("min"), int | float):
        if not 0 < low <= 1e-5:
            return None
        step = _wide(step.inputs[0]).step
    if step.op == "Sqrt" or (step.op == "**" and number_of(step) == 0.5):
        return step.inputs[0]
    return None


def _inverse_root(value: Value) -> Value | None:
    """What one divided by the square root is of."""
    step = _wide(value).step
    if step.op == "Rsqrt" or (step.op == "**" and number_of(step) == -0.5):
        return step.inputs[0]
    one_over = step.op == "/" and step.args.get("left") == 1
    return _root(step.inputs[0]) if step.op == "Reciprocal" or one_over else None


def _centred(value: Value) -> Value | None:
    """The x of x less its mean over the last axis."""
    step = value.step
    if step.op not in ("-", "Subtract") or len(step.inputs) != 2:
        return None
    x, mean = step.inputs
    return x if _mean(mean) == x else None


def _mean(value: Value) -> Value | None:
    """What a value is the mean of, over the last axis, which has length 1 then."""
    return _over_last(value, ("Mean",))


def _square_sum(value: Value) -> Value | None:
    """The x whose squares a value is the sum of, over the last axis."""
    summed = _over_last(value, ("Sum",))
    if summed is None:
        return None
    factor, factors = product(summed)
    same = factor == 1 and len(factors) == 2 and factors[0] == factors[1]
    return factors[0] if same else None


def _over_last(value: Value, ops: tuple[str, ...]) -> Value | None:
    step = _wide(value).step
    if step.op not in ops:
        return None
    x = step.inputs[0]
    last = len(x.shape) - 1
    axis = step.args.get("axis")
    if axis not in (last, -1, [last], [-1]) or step.args.get("keepdims") not in (None, False):
        return None
    return x


def _wide(value: Value) -> Value:
    """The value before a last axis of length 1 was put behind it."""
    step = value.step
    if step.op == "index":
        items = step.args["items"]
        assert isinstance(items, tuple)
        *first, last = items
        whole = all(item == span() for item in first) and len(items) == len(value.shape)
        if last == NEWAXIS and whole:
            return step.inputs[0]
    return value


def _short(number: float) -> float:
    """A number as float32 has it, as short as can be."""
    return float(str(np.float32(number)))
