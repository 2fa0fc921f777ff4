"""Masks between the scores of attention and their softmax, in every spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....compiler.ops.base.backend import Array
from ..steps import Step, Value
from .algebra import number_of
from .trace import OTHER_PRIMES, PRIMES, Sizes, Unknown, constant

LOW = -1e4
"""What leaves nothing of a softmax when it is added to a score, or stands in its place."""


@dataclass(frozen=True)
class Mask:
    """What is done to the scores: a number they are multiplied by, whether later places are shut,
    and masks that are tensors."""

    scale: float = 1.0
    causal: bool = False
    tensors: Sequence[Value] = ()

    def ways(self) -> Iterator[tuple[Mapping[str, object], Sequence[str], Sequence[Value]]]:
        """How a layer may take it: more arguments, names of tensors, the tensors."""
        args = {"use_causal_mask": True} if self.causal else {}
        if not self.tensors:
            yield args, (), ()
        if len(self.tensors) == 1:
            (tensor,) = self.tensors
            before = _of_places(tensor)
            if before is not None:
                yield args, ("value_mask",), (before,)
            yield args, ("attention_mask",), (tensor,)


def read_mask(value: Value) -> tuple[Value | None, Mask]:
    """The scores before scales and masks, and those; no scores where something else is done."""
    scale, causal = 1.0, False
    tensors: list[Value] = []
    while True:
        step = value.step
        by = number_of(step)
        if by and (step.op == "*" or (step.op == "/" and "right" in step.args)):
            scale *= by if step.op == "*" else 1 / by
            value = step.inputs[0]
        elif step.op == "+" and len(step.inputs) == 2:
            first, second = step.inputs
            scores, mask = (first, second) if _has_product(first) else (second, first)
            if scale != 1 or not _has_product(scores):
                return None, Mask()
            if _is_causal(mask, added=True):
                causal = True
            else:
                tensors.append(mask)
            value = scores
        elif step.op in ("Where", "onnx.Where") and len(step.inputs) == 3:
            condition, kept, low = step.inputs
            shut = _is_low(kept, scale)
            if shut:
                kept, low = low, kept
            if not _is_low(low, scale):
                return None, Mask()
            if _is_causal(condition, added=False, shut=shut):
                causal = True
            else:
                tensors.append(_negated(condition) if shut else condition)
            value = kept
        else:
            return value, Mask(scale, causal, tensors)


def _negated(mask: Value) -> Value:
    """The mask that is true where another one is not."""
    step = mask.step
    if step.op == "LogicalNot":
        return step.inputs[0]
    return Value(Step("LogicalNot", (mask,), {}, (mask.type,), step.origin))


def _has_product(value: Value) -> bool:
    """Whether a value is made of a product of two tensors, with masks and scales."""
    waiting = [value]
    for _ in range(40):
        if not waiting:
            return False
        step = waiting.pop().step
        if step.op == "@":
            return True
        if step.op in ("+", "*", "/", "Where", "onnx.Where", "Reshape", "onnx.Reshape"):
            waiting += step.inputs
    return False


def _is_low(value: Value, scale: float) -> bool:
    """Whether what stands in a place that is not looked at leaves nothing of a softmax."""
    step = value.step
    while step.op in ("Cast", "index"):
        step = step.inputs[0].step
    args = step.args
    low = args.get("value", args.get("values"))
    if step.op == "weight":
        low = float(step.weights["value"].max())
    return isinstance(low, int | float) and low * scale <= LOW


def _is_causal(value: Value, added: bool, shut: bool = False) -> bool:
    """Whether a mask is true, or 0, where the column is not behind the row, and there alone.

    Where it says which places are `shut`, it is false there.
    """
    try:
        for primes in (PRIMES, OTHER_PRIMES):
            made = constant(value, Sizes([value.shape], primes))
            rows, columns = made.shape[-2:]
            if rows != columns or rows < 2:
                return False
            opened = made == 0 if added or shut else made.astype(bool)
            if added and not (made[~opened] <= LOW).all():
                return False
            wanted: Array = np.broadcast_to(np.tri(rows, dtype=bool), made.shape)
            if not np.array_equal(opened, wanted):
                return False
    except (Unknown, IndexError, ValueError):
        return False
    return True


def _of_places(value: Value) -> Value | None:
    """The bools `[batch, places]` that a mask `[batch, 1, 1, places]` was."""
    step = value.step
    if step.op != "index" or value.type.dtype != "bool" or value.type.rank != 4:
        return None
    before = step.inputs[0]
    if before.type.rank != 2 or value.shape != (before.shape[0], 1, 1, before.shape[1]):
        return None
    return before
