"""Attention: which tensor is which, masks among them, and whether it looks ahead."""

from __future__ import annotations

from ....errors import UserError
from ....weights.keras_model import refs
from ...steps import Value
from ..making import outputs_of
from .use import Use

TENSORS = ("query", "value", "key")
MASKS = ("attention_mask", "value_mask")


def attention(use: Use) -> list[Value]:
    """A layer of attention, whose tensors are given in order or by name."""
    config, kwargs = dict(use.layer.config), use.call.kwargs
    axes = config.pop("attention_axes", None)
    if axes not in (None, 1, [1], [-2]):
        raise UserError(
            f"{use.who} attends along the axes {axes}; netc's along the one behind the batch"
        )
    if config.get("value_dim") == config.get("key_dim"):
        config.pop("value_dim", None)
    use.only(*TENSORS, *MASKS, "use_causal_mask", "inputs")
    given = use.arguments(use.kind, config)
    if kwargs.get("use_causal_mask"):
        given["use_causal_mask"] = True
    names = list(TENSORS[: len(list(refs(list(use.call.args))))])
    names += [n for n in (*TENSORS, *MASKS) if list(refs(kwargs.get(n)))]
    by_name = dict(zip(names, use.inputs, strict=True))
    if by_name.get("key") == by_name.get("value"):
        by_name.pop("key", None)
    if by_name.get("value") == by_name["query"] and "key" not in by_name:
        by_name.pop("value", None)
    order = tuple(name for name in (*TENSORS, *MASKS) if name in by_name)
    tensors = [by_name[name] for name in order]
    named = () if order == TENSORS[: len(order)] else order
    return outputs_of(use.making.layer(use.kind, tensors, given, use.path, named))
