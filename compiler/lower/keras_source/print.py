"""Writes expressions as Python source, in lines of at most 88 characters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ....dsl.text.escape import python_string
from ...ops.base.declare import arguments
from ...ops.table import OPS
from .expressions import (
    Attribute,
    Binary,
    Call,
    Expression,
    Item,
    Literal,
    Series,
    TensorUse,
    Variable,
    alike,
    children,
)
from .record import default

WIDTH = 88

ONE_FOR_ALL = frozenset({"kernel_size", "strides", "pool_size", "dilation_rate"})
"""Arguments for which Keras takes one number in place of several equal ones."""


ALWAYS = frozenset({"pool_size"})
"""Arguments written even where they are usual: Keras does not know them for some layers."""

Leaf = Callable[[Expression], "str | None"]
"""Writes an expression that is a tensor, a layer's name or a parameter; None for any other."""


class Group:
    """Text with brackets that can be broken over lines: `head(items)`.

    `plain` brackets hold one expression, not a tuple.
    """

    def __init__(
        self,
        head: Text,
        opening: str,
        items: Sequence[Text],
        closing: str,
        plain: bool = False,
    ) -> None:
        self.head, self.items = head, list(items)
        self.plain = plain
        self.opening, self.closing = opening, closing


class Joined:
    """`prefix` and a text, such as an argument and its name."""

    def __init__(self, prefix: str, text: Text) -> None:
        self.prefix, self.text = prefix, text


class Chain:
    """Operands of one precedence and the operators between them."""

    def __init__(self, first: Text, rest: Sequence[tuple[str, Text]]) -> None:
        self.first, self.rest = first, list(rest)


Text = str | Group | Joined | Chain


def flat(text: Text) -> str:
    """The text in one line."""
    if isinstance(text, str):
        return text
    if isinstance(text, Joined):
        return text.prefix + flat(text.text)
    if isinstance(text, Chain):
        return flat(text.first) + "".join(f" {sign} {flat(item)}" for sign, item in text.rest)
    items = ", ".join(map(flat, text.items))
    if text.opening == "(" and text.head == "" and len(text.items) == 1 and not text.plain:
        items += ","
    return f"{flat(text.head)}{text.opening}{items}{text.closing}"


def lines(text: Text, indent: str, prefix: str = "", suffix: str = "") -> list[str]:
    """The text between `prefix` and `suffix`, broken at its brackets where it is too long."""
    whole = f"{indent}{prefix}{flat(text)}{suffix}"
    if len(whole) <= WIDTH or isinstance(text, str):
        return [whole]
    if isinstance(text, Joined):
        return lines(text.text, indent, prefix + text.prefix, suffix)
    if isinstance(text, Chain):
        return _chain(text, indent, prefix, suffix)
    last = f"{text.opening}{', '.join(map(flat, text.items))}{text.closing}"
    opened = f"{indent}{prefix}{flat(text.head)}{text.opening}"
    if isinstance(text.head, Group) and text.head.items and len(opened) > WIDTH:
        result = lines(text.head, indent, prefix, last + suffix)
        if len(result[-1]) <= WIDTH:
            return result
        result = lines(text.head, indent, prefix, text.opening)
        return [*result, *_items(text, indent), f"{indent}{text.closing}{suffix}"]
    if not text.items:
        return [whole]
    return [opened, *_items(text, indent), f"{indent}{text.closing}{suffix}"]


def _items(text: Group, indent: str) -> list[str]:
    """What is between the brackets: in one line of its own, or one line each."""
    inner = f"{indent}    {', '.join(map(flat, text.items))}"
    if len(inner) <= WIDTH:
        return [inner]
    end = "" if text.plain else ","
    return [line for item in text.items for line in lines(item, indent + "    ", suffix=end)]


def _chain(text: Chain, indent: str, prefix: str, suffix: str) -> list[str]:
    """A chain of operators: one operand a line within brackets, else broken at its last one."""
    if prefix:
        *before, (sign, last) = text.rest
        start = f"{prefix}{flat(Chain(text.first, before))} {sign} "
        return lines(last, indent, start, suffix)
    result = lines(text.first, indent)
    for sign, item in text.rest:
        result += lines(item, indent, f"{sign} ")
    result[-1] += suffix
    return result


def write(made: Expression, leaf: Leaf, hint: str = "") -> Text:
    """An expression as text."""
    special = leaf(made)
    if special is not None:
        return special
    if isinstance(made, Variable):
        return made.text
    if isinstance(made, Literal):
        return _literal(plain(made.value, hint))
    if isinstance(made, Attribute):
        operation = _operation(made, leaf)
        if operation is not None:
            return operation
        base = flat(write(made.base, leaf))
        return made.name if base == "keras" and made.name in SHORT else f"{base}.{made.name}"
    if isinstance(made, Call):
        return _call(made, leaf)
    if isinstance(made, Series):
        return Group("", made.brackets[0], [write(i, leaf) for i in made.items], made.brackets[1])
    if isinstance(made, Item):
        return f"{flat(_operand(made.base, leaf))}[{', '.join(map(_index, made.key))}]"
    if isinstance(made, Binary):
        return _binary(made, leaf)
    assert not isinstance(made, TensorUse)
    raise TypeError(type(made).__name__)


SHORT = ("layers", "ops")
"""Parts of Keras that the file imports by name."""


PRECEDENCE = {"<": 0, ">": 0, "+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "@": 2, "**": 3}


def _binary(made: Binary, leaf: Leaf) -> Chain:
    left = made.left
    right = _operand(made.right, leaf)
    if isinstance(left, Binary) and 0 < PRECEDENCE[left.sign] == PRECEDENCE[made.sign] < 3:
        chain = _binary(left, leaf)
        return Chain(chain.first, [*chain.rest, (made.sign, right)])
    return Chain(_operand(left, leaf), [(made.sign, right)])


def _operand(made: Expression, leaf: Leaf) -> Text:
    text = write(made, leaf)
    return Group("", "(", [text], ")", plain=True) if isinstance(text, Chain) else text


def _call(made: Call, leaf: Leaf) -> Group:
    items: list[Text] = [write(argument, leaf) for argument in made.arguments]
    function = made.function
    known = OPS.get(function.name) if isinstance(function, Attribute) else None
    wanted = [
        argument.name
        for argument in ({} if known is None else arguments(known)).values()
        if argument.required or argument.name in ALWAYS
    ]
    name: list[Text] = []
    leading = not items
    for position, (key, value) in enumerate(item for item in made.named if item[0] != "name"):
        text = write(value, leaf, key)
        usual = default(made, key)
        if (
            key not in ALWAYS
            and usual is not None
            and alike(value, usual)
            and not _varies(value, leaf)
        ):
            leading = False
            continue
        leading = leading and position < len(wanted) and wanted[position] == key
        items.append(text if leading else Joined(f"{key}=", text))
    for key, value in made.named:
        if key == "name":
            name.append(Joined("name=", write(value, leaf, key)))
    return Group(write(function, leaf), "(", [*items, *name], ")")


def _varies(made: Expression, leaf: Leaf) -> bool:
    return leaf(made) is not None or any(_varies(child, leaf) for child in children(made))


def plain(value: object, name: str) -> object:
    """`(3, 3)` as 3 where Keras takes that for the argument."""
    if name in ONE_FOR_ALL and isinstance(value, tuple | list) and len(set(value)) == 1:
        return value[0]
    return value


def _operation(made: Attribute, leaf: Leaf) -> Group | None:
    """`f(Input(…), **arguments)._keras_history.operation` by way of the file's own helper."""
    history = made.base
    if made.name != "operation" or not isinstance(history, Attribute):
        return None
    call = history.base
    if history.name != "_keras_history" or not isinstance(call, Call):
        return None
    named: list[Text] = [Joined(f"{key}=", write(v, leaf, key)) for key, v in call.named]
    return Group("operation", "(", [write(call.function, leaf), *named], ")")


def _index(item: object) -> str:
    if isinstance(item, slice):
        ends = ["" if end is None else str(end) for end in (item.start, item.stop)]
        return ":".join(ends) + ("" if item.step in (None, 1) else f":{item.step}")
    return "..." if item is Ellipsis else str(item)


def _literal(value: object) -> Text:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, str):
        return python_string(value)
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return f'float("{value}")'
        return repr(value)
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return Group("", opening, [_literal(item) for item in value], closing)
    return repr(value)
