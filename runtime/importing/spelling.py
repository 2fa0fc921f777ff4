"""How values, arguments and layers are spelt in a `.net` file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...compiler.ops.base.op import arguments
from ...compiler.ops.table import OPS
from ...compiler.shapes.dims import Sym
from .steps import Argument, Step

PLAIN = frozenset(("pool_size", "padding", "cropping", "size"))
"""Arguments with a default that are written where they come first."""


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


def call_of(step: Step, args: Mapping[str, str]) -> str:
    """A layer with its arguments; what is the default is left out."""
    table = arguments(OPS[step.op])
    shown: list[str] = []
    for place, (name, argument) in enumerate(table.items()):
        if name not in args:
            continue
        text = args[name]
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


def small(name: str) -> str:
    """A layer's name in small letters: `MaxPooling2D` is `max_pooling2d`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removeprefix("onnx.")).lower()


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
    return str(value)


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
