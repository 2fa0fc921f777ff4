"""Expressions of the generated file, before they are text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...ir.graph import Ref


@dataclass(frozen=True, eq=False)
class Variable:
    """A name of the generated file, such as `keras`."""

    text: str


@dataclass(frozen=True, eq=False)
class TensorUse:
    """A tensor of the graph, or whatever else a variable of the generated file holds."""

    ref: Ref


@dataclass(frozen=True, eq=False)
class Attribute:
    """`base.name`."""

    base: Expression
    name: str


@dataclass(frozen=True, eq=False)
class Call:
    """`function(*arguments, **named)`."""

    function: Expression
    arguments: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, eq=False)
class Item:
    """`base[key]`; slices are `slice` objects in the key."""

    base: Expression
    key: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Binary:
    """`left op right`."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Series:
    """A list or tuple that holds more than plain values."""

    items: tuple[Expression, ...]
    brackets: str


@dataclass(frozen=True, eq=False)
class Literal:
    """A plain value: a number, a string, true, false, none, or a list or tuple of such."""

    value: object


class LayerName(str):
    """The Keras name of a layer, told from other strings so that it can be made of parts."""

    __slots__ = ()


Expression = Variable | TensorUse | Attribute | Call | Item | Binary | Series | Literal


def alike(a: Expression, b: Expression) -> bool:
    """Whether two expressions are written alike."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Literal) and isinstance(b, Literal):
        return type(a.value) is type(b.value) and a.value == b.value
    left, right = children(a), children(b)
    return label(a) == label(b) and len(left) == len(right) and all(map(alike, left, right))


def children(made: Expression) -> Sequence[Expression]:
    """The expressions an expression is made of, in the order they are written."""
    if isinstance(made, Attribute | Item):
        return (made.base,)
    if isinstance(made, Call):
        return (made.function, *made.arguments, *(value for _, value in made.named))
    if isinstance(made, Binary):
        return (made.left, made.right)
    return made.items if isinstance(made, Series) else ()


def replaced(made: Expression, known: Mapping[int, Expression]) -> Expression:
    """The expression with the parts whose identity is in `known` replaced."""

    def part(child: Expression) -> Expression:
        return known[id(child)] if id(child) in known else replaced(child, known)

    if isinstance(made, Attribute):
        return Attribute(part(made.base), made.name)
    if isinstance(made, Item):
        return Item(part(made.base), made.key)
    if isinstance(made, Binary):
        return Binary(made.sign, part(made.left), part(made.right))
    if isinstance(made, Series):
        return Series(tuple(map(part, made.items)), made.brackets)
    if isinstance(made, Call):
        named = tuple((name, part(value)) for name, value in made.named)
        return Call(part(made.function), tuple(map(part, made.arguments)), named)
    return made


def label(made: Expression) -> str:
    """What an expression is, apart from what it is made of and from values."""
    if isinstance(made, Variable):
        return made.text
    if isinstance(made, Attribute):
        return f".{made.name}"
    if isinstance(made, Call):
        return f"call {len(made.arguments)} {','.join(name for name, _ in made.named)}"
    if isinstance(made, Item):
        return f"item {made.key}"
    if isinstance(made, Binary):
        return made.sign
    if isinstance(made, Series):
        return f"{made.brackets}{len(made.items)}"
    return type(made).__name__
