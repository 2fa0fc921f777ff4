"""Raises attention that is spelt out, with its heads, to MultiHeadAttention."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

from ...compiler.ir.infer import infer
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.op import Refusal, construct
from ...compiler.ops.table import OPS
from ...compiler.shapes.dims import Dim
from .steps import Imported, Step, Value


def raise_attention(model: Imported) -> None:
    """Turns the dense layer behind each attention into one layer that has its weights."""
    for step in model.steps:
        if step.op == "Dense" and step.shared is None:
            found = _attention(step)
            if found is not None:
                _replace(step, found)


@dataclass(frozen=True)
class _Heads:
    """A projection to heads: the dense layer, how many heads, how wide each is."""

    dense: Step
    heads: int
    size: int


@dataclass(frozen=True)
class _Found:
    query: _Heads
    key: _Heads
    value: _Heads
    causal: bool


def _attention(out: Step) -> _Found | None:
    """What `out` projects back: weights of places, from query and key, times values."""
    joined = out.inputs[0].step
    if joined.op != "Reshape" or len(joined.types[0].shape) != 3:
        return None
    turned = joined.inputs[0].step
    if turned.op != "Permute" or turned.args["dims"] != [2, 1, 3]:
        return None
    product = turned.inputs[0].step
    if product.op != "@" or len(product.inputs) != 2:
        return None
    value, factor = _heads(product.inputs[1], [2, 1, 3])
    scores, causal, scale = product.inputs[0].step, False, 1.0
    if value is None or factor != 1 or scores.op != "Softmax" or scores.args:
        return None
    inner = scores.inputs[0]
    if inner.step.op in ("Where", "onnx.Where"):
        condition, kept = inner.step.inputs[:2]
        if not _is_causal(condition) or not _is_low(inner.step):
            return None
        inner, causal = kept, True
    inner, scale = _unscaled(inner)
    if inner.step.op != "@" or len(inner.step.inputs) != 2:
        return None
    query, by_query = _heads(inner.step.inputs[0], [2, 1, 3])
    key, by_key = _heads(inner.step.inputs[1], [2, 3, 1])
    if query is None or key is None:
        return None
    fits = query.heads == key.heads == value.heads and query.size == key.size
    whole = scale * by_query * by_key
    if not fits or not isclose(whole, query.size**-0.5, rel_tol=1e-5):
        return None
    if key.dense.inputs[0] != value.dense.inputs[0]:
        return None
    return _Found(query, key, value, causal)


def _unscaled(value: Value) -> tuple[Value, float]:
    """The value before it is multiplied by numbers, and their product."""
    scale = 1.0
    while value.step.op in ("*", "/") and len(value.step.inputs) == 1:
        by = value.step.args.get("right", value.step.args.get("left"))
        if not isinstance(by, int | float) or not by:
            break
        if value.step.op == "/" and "left" in value.step.args:
            break
        scale = scale * by if value.step.op == "*" else scale / by
        value = value.step.inputs[0]
    return value, scale


def _heads(value: Value, order: list[int]) -> tuple[_Heads | None, float]:
    """A dense layer whose features are split into heads, which are put before the places."""
    value, first = _unscaled(value)
    if value.step.op != "Permute" or value.step.args["dims"] != order:
        return None, 1.0
    value, second = _unscaled(value.step.inputs[0])
    split = value.step
    shape: tuple[Dim, ...] = split.types[0].shape
    if split.op != "Reshape" or len(shape) != 4:
        return None, 1.0
    dense = split.inputs[0].step
    heads, size = shape[2], shape[3]
    if dense.op != "Dense" or not isinstance(heads, int) or not isinstance(size, int):
        return None, 1.0
    if len(dense.types[0].shape) != 3 or dense.shared is not None:
        return None, 1.0
    return _Heads(dense, heads, size), first * second


def _is_causal(value: Value) -> bool:
    """Whether it is true where the column is not behind the row: `arange[:, none] >= arange`."""
    step = value.step
    if step.op not in ("GreaterEqual", "LessEqual"):
        return False
    rows, columns = step.inputs if step.op == "GreaterEqual" else step.inputs[::-1]
    return (
        rows.step.op == "index"
        and rows.step.inputs[0].step.op == "arange"
        and columns.step.op == "arange"
        and len(rows.shape) == 2
        and rows.shape[1] == 1
    )


def _is_low(where: Step) -> bool:
    """Whether what stands in a place that is not looked at leaves nothing of a softmax."""
    args = where.inputs[2].step.args
    low = args.get("value", args.get("values"))
    return isinstance(low, int | float) and low <= -1e4


def _replace(out: Step, found: _Found) -> None:
    """Makes `out` the whole attention, where the layer takes it."""
    query, key, value = found.query, found.key, found.value
    biased = ["bias" in each.dense.weights for each in (query, key, value)]
    biased.append("bias" in out.weights)
    if len(set(biased)) > 1:
        return
    args: dict[str, object] = {"num_heads": query.heads, "key_dim": query.size}
    if value.size != query.size:
        args["value_dim"] = value.size
    inputs = [query.dense.inputs[0]]
    if key.dense.inputs[0] != inputs[0]:
        inputs.append(key.dense.inputs[0])
    width = out.types[0].shape[-1]
    if width != inputs[0].shape[-1]:
        args["output_shape"] = width
    if not biased[0]:
        args["use_bias"] = False
    if found.causal:
        args["use_causal_mask"] = True
    weights: dict[str, Array] = {}
    for name, each in (("query", query), ("key", key), ("value", value)):
        kernel = each.dense.weights["kernel"]
        weights[f"{name}/kernel"] = kernel.reshape(len(kernel), each.heads, each.size)
        if biased[0]:
            weights[f"{name}/bias"] = each.dense.weights["bias"].reshape(each.heads, each.size)
    kernel = out.weights["kernel"]
    weights["attention_output/kernel"] = kernel.reshape(value.heads, value.size, -1)
    if biased[0]:
        weights["attention_output/bias"] = out.weights["bias"]
    try:
        made = infer(
            construct(OPS["MultiHeadAttention"], args), tuple(each.type for each in inputs)
        )
    except Refusal:
        return
    wanted = {weight.name: weight.shape for weight in made.weights}
    if wanted == {name: array.shape for name, array in weights.items()}:
        out.op, out.inputs, out.args, out.weights = (
            "MultiHeadAttention",
            tuple(inputs),
            args,
            weights,
        )
