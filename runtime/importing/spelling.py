"""How values, arguments and layers are spelt in a `.net` file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...compiler.ops.base.declare import Declared
from ...compiler.ops.base.op import Op, arguments
from ...compiler.ops.table import ACTIVATION_LAYERS, OPS
from ...compiler.shapes.dims import Sym
from .nested import BLOCK
from .steps import Argument, Step

PLAIN = frozenset(("pool_size", "padding", "cropping", "size", "max_wavelength"))
"""Arguments with a default that are written where they come first."""
MOST_WHOLE = 10**9
"""Whole numbers below are written without a point, where a layer has made fractions of them."""

LONG = 6
"""The characters of a number that people write as it is."""
MOST, FLOAT32 = 1024, 1e-7
"""The largest divisor, and how far a float32 of seven digits may be from its number."""


def is_sum(text: str) -> bool:
    """Whether an expression has a sign, or an arrow, outside of brackets."""
    depth = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character == " ":
            return True
    return False


def signed(text: str) -> str:
    """A right side, in parentheses where it is negative."""
    return f"({text})" if text.startswith("-") else text


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text of a number, `a` or `4 * a`, with other names."""
    *factor, name = text.split(" * ")
    return " * ".join([*factor, names.get(name, name)])


def call(name: str, given: Sequence[str]) -> str:
    """A name with its arguments, if there are some."""
    return f"{name}({', '.join(given)})" if given else name


def spelt_call(step: Step, args: Mapping[str, str]) -> str:
    """A layer with its arguments, or a block by its name."""
    return call_of(step, args) if step.inner is None else step.op.removeprefix(BLOCK)


def call_of(step: Step, args: Mapping[str, str]) -> str:
    """A layer with its arguments; what is the default is left out."""
    table = arguments(OPS[step.op])
    shown: list[str] = []
    for place, (name, argument) in enumerate(table.items()):
        if name not in args:
            continue
        text = share_of_one(step.args[name]) or args[name]
        spelt = argument.required or (place == 0 and name in PLAIN)
        if not argument.required and name != "pool_size":
            plain = step.args[name]
            whole = (
                plain == argument.default
                or argument.default == (plain,)
                or (
                    isinstance(plain, int)
                    and isinstance(argument.default, tuple)
                    and set(argument.default) == {plain}
                )
            )
            if whole and text == text_of(plain):
                continue
        plainly = place == len(shown) and spelt
        shown.append(text if plainly else f"{name}={text}")
    return call(step.op, shown)


def by_name(step: Step, shown: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The tensors of a layer that stand in front of it, and those that it gets by name."""
    if not step.tensors:
        return shown, ()
    first = OPS[step.op].tensor_names
    plain = [text for text, a, b in zip(shown, step.tensors, first, strict=False) if a == b]
    count = len(plain) if list(step.tensors[: len(plain)]) == list(first[: len(plain)]) else 1
    named = zip(step.tensors[count:], shown[count:], strict=True)
    return shown[:count], [f"{name}={text}" for name, text in named]


def with_more(layer: str, given: Sequence[str]) -> str:
    """A call with further arguments."""
    if not given:
        return layer
    more = ", ".join(given)
    return f"{layer[:-1]}, {more})" if layer.endswith(")") else f"{layer}({more})"


def small(name: str) -> str:
    """A layer's name in small letters: `MaxPooling2D` is `max_pooling2d`."""
    return re.sub(
        r"(?<=[a-z])(?=[A-Z])", "_", name.removeprefix("onnx.").removeprefix(BLOCK)
    ).lower()


def filled(value: Argument, texts: Iterator[str]) -> str:
    """The text of an argument, whose integers are the next of some texts."""
    if isinstance(value, list | tuple):
        inner = ", ".join(filled(item, texts) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, Sym) or (isinstance(value, int) and not isinstance(value, bool)):
        return next(texts)
    return text_of(value)


def text_of(value: Argument) -> str:
    """A value as a file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        return value if value.isidentifier() else quoted(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(map(text_of, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    return str(value) if not isinstance(value, Op | Declared) else _made_text(value)


def share_of_one(value: Argument) -> str:
    """`1 / 255` or `1 / 127.5` for the float32 nearest to it; nothing for a short number."""
    if not isinstance(value, float) or len(str(value)) <= LONG or not 0 < value < 1:
        return ""
    halves = round(2 / value)
    near = abs(value * halves / 2 - 1) < FLOAT32 and halves <= 2 * MOST
    return f"1 / {halves / 2:g}" if near else ""


def quoted(text: str) -> str:
    """A string as a file has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def in_quotes(value: Argument) -> str:
    """A string, or a list of strings, in quotes; nothing for another value."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple) and value and isinstance(value[0], str):
        return f"[{', '.join(map(in_quotes, value))}]"
    return ""


def _made_text(value: Op | Declared) -> str:
    """A layer, an activation or a penalty that is an argument."""
    shown: list[str] = []
    for place, (name, argument) in enumerate(arguments(type(value)).items()):
        given = getattr(value, name)
        if isinstance(value, Op) and not argument.required and given == argument.default:
            continue
        if isinstance(given, float) and given.is_integer() and abs(given) < MOST_WHOLE:
            given = int(given)
        text = _word(given) if name.endswith("activation") else text_of(given)
        shown.append(
            text if place == len(shown) and (argument.required or place == 0) else f"{name}={text}"
        )
    return call(type(value).__name__, shown)


def _word(value: object) -> str:
    """An activation as one word, where it has one."""
    words = (name for name, each in ACTIVATION_LAYERS.items() if each == value)
    return next(words, "") or text_of(value)
