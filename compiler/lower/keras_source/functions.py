"""Makes one function of all calls of a block that differ in values alone."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from ....dsl.text.escape import python_name
from ...ir.graph import Ref
from ...ir.paths import snake
from ..keras.lower import keras_name
from .expressions import Call, Expression, LayerName, Literal, TensorUse, children, label
from .print import plain
from .tree import Assign, Body

RESERVED = (
    "keras",
    "layers",
    "ops",
    "operation",
    "numbered",
    "load_weights",
    "build_model",
    "name",
    "i",
)
"""Names that the file uses itself."""


@dataclass(frozen=True)
class Param:
    """A parameter of a function."""

    name: str


@dataclass(frozen=True)
class Times:
    """A parameter times a number."""

    factor: int
    param: Param


Given = Param | Times
"""What stands in a function for a value that is not the same in every call."""


@dataclass(eq=False)
class Function:
    """All calls of a block that are written alike; `body` is the first of them."""

    name: str
    calls: list[Body]
    takes_name: bool = False
    params: tuple[Param, ...] = ()
    values: dict[int, Given] = field(default_factory=dict)
    """What stands for a literal of `body`, by the literal's identity."""
    passed: dict[tuple[int, Param], Given] = field(default_factory=dict)
    """What a call within `body` (by identity) gets for a parameter, where that varies."""

    @property
    def body(self) -> Body:
        """The call it is written down from."""
        return self.calls[0]


@dataclass(frozen=True)
class _Slot:
    """A place in a body that can hold another value in another call."""

    value: object
    hint: str
    literal: int = 0
    call: int = 0
    param: Param | None = None


@dataclass
class Functions:
    """The functions of a net, those that others call first."""

    ordered: list[Function] = field(default_factory=list)
    of: dict[int, Function] = field(default_factory=dict)
    """The function of each call, by the call's identity."""
    tables: dict[str, str] = field(default_factory=dict)
    """Long lists by their text, with the names of the constants that hold them."""
    arguments: dict[int, dict[Param, object]] = field(default_factory=dict)
    """The values of each call's parameters, by the call's identity."""


def functions(root: Body) -> Functions:
    """The functions that a net's block calls become."""
    found = Functions()
    names = set(RESERVED)
    keys: dict[int, str] = {}
    groups: dict[str, list[Body]] = {}
    for body in _calls(root):
        _key(body, keys)
        groups.setdefault(keys[id(body)], []).append(body)
    for calls in sorted(groups.values(), key=lambda calls: calls[0].height):
        name = python_name(snake(calls[0].block), names)
        names.add(name)
        function = Function(name, calls)
        found.ordered.append(function)
        for call in calls:
            found.of[id(call)] = function
        _parameters(function, found, names)
    return found


def _calls(body: Body) -> Iterator[Body]:
    for item in body.items:
        if isinstance(item, Body):
            yield item
            yield from _calls(item)


def relative(path: str, prefix: str) -> str | None:
    """A layer's Keras name below the Keras name of a prefix; None where it is not below."""
    start = f"{keras_name(prefix)}."
    return path[len(start) :] if prefix and path.startswith(start) else None


def _key(body: Body, keys: dict[int, str]) -> str:
    """What a body is apart from its values: two with one key are calls of one function."""
    if id(body) in keys:
        return keys[id(body)]
    places: dict[Ref, int] = {}
    parts: list[str] = [body.block]

    def place(ref: Ref) -> int:
        return places.setdefault(ref, len(places))

    def walk(made: Expression) -> None:
        if isinstance(made, TensorUse):
            parts.append(f"${place(made.ref)}")
        elif isinstance(made, Literal) and isinstance(made.value, LayerName):
            below = relative(made.value, body.prefix)
            parts.append(f"name {made.value if below is None else '.' + below}")
        else:
            parts.append(label(made))
        for child in children(made):
            walk(child)

    for item in body.items:
        if isinstance(item, Assign):
            walk(item.value)
            parts.append(f"-> {[place(ref) for ref in item.targets]}")
            continue
        below = relative(f"{keras_name(item.prefix)}.", body.prefix)
        parts.append(f"{{{_key(item, keys)}}} {item.prefix if below is None else '.' + below}")
        parts.append(f"{[place(ref) for ref in item.inputs]}")
        parts.append(f"-> {[place(ref) for ref in item.outputs]}")
    parts.append(f"{[place(ref) for ref in body.inputs]} {[place(ref) for ref in body.outputs]}")
    keys[id(body)] = " ".join(parts)
    return keys[id(body)]


def _slots(body: Body, found: Functions) -> Iterator[_Slot]:
    for item in body.items:
        if isinstance(item, Assign):
            yield from _literals(item.value, "value")
        else:
            for param, value in found.arguments[id(item)].items():
                yield _Slot(value, param.name, call=id(item), param=param)


def _literals(made: Expression, hint: str) -> Iterator[_Slot]:
    if isinstance(made, Literal):
        if not isinstance(made.value, LayerName):
            yield _Slot(plain(made.value, hint), hint, literal=id(made))
    elif isinstance(made, Call):
        yield from _literals(made.function, hint)
        for argument in made.arguments:
            yield from _literals(argument, hint)
        for name, value in made.named:
            yield from _literals(value, name)
    else:
        for child in children(made):
            yield from _literals(child, hint)


def has_names(body: Body) -> bool:
    """Whether any layer of a body is named below the body's path."""

    def named(made: Expression) -> bool:
        if isinstance(made, Literal) and isinstance(made.value, LayerName):
            return relative(made.value, body.prefix) is not None
        return any(map(named, children(made)))

    return any(named(assign.value) for assign in body.assigns())


def _parameters(function: Function, found: Functions, taken: Container[str]) -> None:
    """Finds the values that differ between calls, and names them as the block does."""
    calls = function.calls
    rows = [list(_slots(call, found)) for call in calls]
    written = [_arguments(call.args) for call in calls]
    function.takes_name = has_names(function.body)
    params: dict[Param, list[object]] = {}
    columns: dict[str, Given] = {}
    for index, slot in enumerate(rows[0]):
        column = [row[index].value for row in rows]
        key = repr(column)
        if all(repr(value) == repr(column[0]) for value in column):
            continue
        if key not in columns:
            columns[key] = _given(column, slot.hint, written, params, taken)
        given = columns[key]
        if slot.param is None:
            function.values[slot.literal] = given
        else:
            function.passed[slot.call, slot.param] = given
    function.params = tuple(params)
    for number, call in enumerate(calls):
        found.arguments[id(call)] = {param: values[number] for param, values in params.items()}


def _given(
    column: list[object],
    hint: str,
    written: Sequence[dict[str, object]],
    params: dict[Param, list[object]],
    taken: Container[str],
) -> Given:
    for name in written[0]:
        values = [args.get(name) for args in written]
        param = Param(python_name(name, taken))
        if param in params and params[param] != values:
            continue
        if repr(values) == repr(column):
            params[param] = column
            return param
        factor = _factor(column, values)
        if factor is not None:
            params[param] = values
            return Times(factor, param)
    others = {*written[0], *(param.name for param in params)}
    while hint in others or python_name(hint, taken) in others:
        hint = python_name(hint, others)
    param = Param(python_name(hint, taken))
    params[param] = column
    return param


def _factor(column: Sequence[object], values: Sequence[object]) -> int | None:
    """The whole number above 1 that makes every one of `values` that of `column`."""
    found = set()
    for product, value in zip(column, values, strict=True):
        if type(product) is not int or type(value) is not int or value <= 0 or product % value:
            return None
        found.add(product // value)
    return found.pop() if len(found) == 1 and min(found) > 1 else None


def _arguments(text: str) -> dict[str, object]:
    """A block call's static arguments, `width=64, strides=1`, as far as they are plain values."""
    found: dict[str, object] = {}
    for part in text.split(", "):
        name, equals, value = part.partition("=")
        words = {"true": "True", "false": "False", "none": "None"}
        try:
            found[name] = ast.literal_eval(words.get(value, value)) if equals else None
        except (ValueError, SyntaxError):
            continue
        if not equals or not name.isidentifier() or name in ("name", "x"):
            del found[name]
    return found
