"""How a layer's call is written with the values it was given."""

from __future__ import annotations

from ...dsl.text.shorten import shortened
from ..ops.activation.activations import ACTIVATIONS
from ..ops.base.declare import Declared, arguments
from ..ops.base.kinds import show
from ..ops.base.op import Op

LONGEST = 60
"""How many characters of a call are shown."""
_SIZES = ("pool_size", "size", "cropping", "padding")
"""What says how a layer changes a shape: shown also where it is the default, and by its place."""
_UNSEEN = ("initializer", "regularizer")
"""What a layer starts from and is penalised by, which changes nothing that it computes."""
_SIGN = "op"
"""What an operator such as `+` says, whose layer has a name of its own."""


def call_args(op: Op) -> str:
    """`64, 3, strides=2`: required arguments by their place, others where not the default."""
    parts: list[str] = []
    for argument in arguments(type(op)).values():
        if argument.name == _SIGN:
            continue
        value = getattr(op, argument.name, None)
        text = _value(value, argument.kind.words)
        if argument.required or (argument.name in _SIZES and not argument.kind.words):
            parts.append(text)
        elif argument.name.endswith(_UNSEEN) or value is None or value == ():
            continue
        elif value != argument.default:
            parts.append(f"{argument.name}={text}")
    return shortened(", ".join(parts), LONGEST)


def _value(value: object, words: frozenset[str] = frozenset()) -> str:
    if isinstance(value, str) and value in words:
        return value
    for word in words & ACTIVATIONS.keys():
        if ACTIVATIONS[word] == value:
            return word
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Op | Declared):
        name = value.name if isinstance(value, Op) else type(value).__name__
        inside = call_args(value) if isinstance(value, Op) else ""
        return f"{name}({inside})" if inside else name
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        return show(value[0])
    return show(value)
