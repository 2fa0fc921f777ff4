"""Writes the statements of one function: variables, calls of other functions, loops."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ....dsl.text.escape import python_name, python_string
from ...ir.graph import Ref
from ...ir.paths import snake
from ..keras.lower import keras_name
from .expressions import Expression, LayerName, Literal, TensorUse
from .functions import RESERVED, Function, Functions, Given, Param, Times, relative
from .print import Chain, Group, Joined, Text, flat, lines, write
from .tree import Assign, Body, reads, writes

LEAST = 3
"""How often statements must repeat to become a loop."""
LONGEST = 12
"""How many statements a loop's body may hold."""

START, END = "\x00", "\x01"
"""What stands around a layer's name until its loops are found."""

TABLE = "TABLE_"
"""How the names of constants begin that hold long lists."""
LONG = 16
"""A list of numbers longer than this becomes a constant of the file."""

INPUTS = ("x", "y", "z")


@dataclass(frozen=True)
class Statement:
    """`targets = text`, with layer names between START and END."""

    targets: str
    text: Text

    def key(self) -> str:
        """The statement with its layer names left out."""
        return re.sub(f"{START}[^{END}]*{END}", START, self.flat())

    def names(self) -> list[str]:
        """The layer names in it."""
        return re.findall(f"{START}([^{END}]*){END}", self.flat())

    def flat(self) -> str:
        """The statement in one line."""
        return f"{self.targets} = {flat(self.text)}"


class Writer:
    """Writes one body; `function` is None for the net itself."""

    def __init__(
        self, body: Body, function: Function | None, found: Functions, taken: Sequence[str]
    ) -> None:
        self.body, self.function, self.found = body, function, found
        self.variables: dict[Ref, str] = {}
        self.live: dict[Ref, str] = {}
        """The variables whose values are still needed."""
        self.taken = {*taken, *RESERVED}
        if function is not None:
            self.taken |= {param.name for param in function.params}

    def name_inputs(self) -> list[str]:
        """Names for what the body takes."""
        names = []
        for index, ref in enumerate(self.body.inputs):
            base = INPUTS[index] if index < len(INPUTS) else f"x{index}"
            names.append(self.new(ref, base))
        return names

    def new(self, ref: Ref, base: str) -> str:
        """A variable for a value, with a name that no value still needed has."""
        if base.startswith(TABLE):
            base = f"_{base}"
        name = python_name(base, {*self.taken, *self.live.values()})
        self.variables[ref] = self.live[ref] = name
        return name

    def statements(self) -> list[Statement]:
        """The body's statements, with a variable used again once its value is."""
        items = self.body.items
        last: dict[Ref, int] = {ref: len(items) for ref in self.body.outputs}
        for index, item in enumerate(items):
            for ref in reads(item):
                last[ref] = max(last.get(ref, 0), index)
        made = []
        for index, item in enumerate(items):
            text = self._call(item) if isinstance(item, Body) else write(item.value, self.leaf)
            for ref in reads(item):
                if last[ref] == index:
                    self.live.pop(ref, None)
            names = [self.new(ref, self._base(item)) for ref in writes(item)]
            made.append(Statement(", ".join(names), text))
        return made

    def _base(self, item: Assign | Body) -> str:
        """What a variable is called: as the `.net` file does, or x where that has no name."""
        if isinstance(item, Body):
            path, own = item.prefix, snake(item.block)
            taken = [self.variables[each] for each in item.inputs[:1]]
            if taken and taken[0] not in self.live.values():
                return taken[0] if taken[0] in INPUTS else INPUTS[0]
        else:
            path, own = item.near, item.own
        start = f"{self.body.prefix}/" if self.body.prefix else ""
        below = path[len(start) :] if path.startswith(start) else path
        first, *rest = below.split("/")
        name = re.sub(r"_\d+$", "", first)
        if rest or name != own:
            return name
        free = [each for each in INPUTS if each not in self.live.values()]
        return free[0] if free else "x"

    def leaf(self, made: Expression) -> str | None:
        """A tensor, a layer's name or a parameter as text; None for anything else."""
        if isinstance(made, TensorUse):
            return self.variables[made.ref]
        if not isinstance(made, Literal):
            return None
        if isinstance(made.value, LayerName):
            return self.layer_name(made.value)
        given = None if self.function is None else self.function.values.get(id(made))
        return self._table(made.value) if given is None else _given(given)

    def _table(self, value: object) -> str | None:
        """The constant that holds a long list, or a short list many times."""
        if not isinstance(value, list) or len(value) <= LONG:
            return None
        for size in range(1, LONG):
            if value == value[:size] * (len(value) // size):
                return f"{value[:size]} * {len(value) // size}"
        tables = self.found.tables
        return tables.setdefault(repr(value), f"{TABLE}{len(tables) + 1}")

    def layer_name(self, name: str) -> str:
        """A Keras name, relative to the `name` that a function is given."""
        below = relative(name, self.body.prefix) if self.function is not None else None
        return f"{START}{name if below is None else '.' + below}{END}"

    def _call(self, item: Body) -> Group:
        function = self.found.of[id(item)]
        items: list[Text] = [self.variables[ref] for ref in item.inputs]
        if function.takes_name:
            items.append(self.layer_name(keras_name(item.prefix)))
        for param, value in self.found.arguments[id(item)].items():
            given = None
            if self.function is not None:
                given = self.function.passed.get((id(item), param))
            text = repr(value) if given is None else _given(given)
            if isinstance(value, str) and given is None:
                text = python_string(value)
            items.append(Joined(f"{param.name}=", text))
        return Group(function.name, "(", items, ")")

    def source(self) -> list[str]:
        """The body's lines, without its `return`."""
        made = self.statements()
        result: list[str] = []
        index = 0
        while index < len(made):
            size, count = _loop(made, index)
            if count:
                second = made[index + size : index + 2 * size]
                result += _write_loop(made[index : index + size], second, count)
                index += size * count
            else:
                result += _write(made[index], "    ", {})
                index += 1
        return result


def _given(given: Given) -> str:
    if isinstance(given, Param):
        return given.name
    assert isinstance(given, Times)
    return f"{given.factor} * {given.param.name}"


def _loop(made: Sequence[Statement], index: int) -> tuple[int, int]:
    """How many statements from `index` make a loop's body, and how often that runs; or 0, 0."""
    best = (0, 0)
    for size in range(1, min(LONGEST, (len(made) - index) // LEAST) + 1):
        count = 1
        first = made[index : index + size]
        while True:
            following = made[index + count * size : index + (count + 1) * size]
            if len(following) < size or not _follows(first, following, count):
                break
            count += 1
        if count >= LEAST and size * count > best[0] * best[1]:
            best = (size, count)
    return best


def _follows(first: Sequence[Statement], following: Sequence[Statement], step: int) -> bool:
    """Whether statements are those of the first round, with every name counted on by `step`."""
    for a, b in zip(first, following, strict=True):
        if a.key() != b.key():
            return False
        for one, other in zip(a.names(), b.names(), strict=True):
            if _counted(one, other, step) is None:
                return False
    return any(statement.names() for statement in first)


def _counted(one: str, other: str, step: int) -> int | None:
    """The place of the only part of a name that counts on by `step`; None where none does."""
    parts, others = one.split("."), other.split(".")
    if len(parts) != len(others):
        return None
    differing = [i for i, (a, b) in enumerate(zip(parts, others, strict=True)) if a != b]
    if len(differing) != 1:
        return None
    (place,) = differing
    base, number = _numbered(parts[place])
    return place if (base, number + step) == _numbered(others[place]) else None


def _numbered(part: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*)_([1-9]\d*)", part)
    return (match[1], int(match[2])) if match else (part, 0)


def _write_loop(body: Sequence[Statement], following: Sequence[Statement], count: int) -> list[str]:
    """A loop over `body`; `following` is its second round."""
    result = [f"    for i in range({count}):"]
    for statement, after in zip(body, following, strict=True):
        names: dict[str, str] = {}
        for one, other in zip(statement.names(), after.names(), strict=True):
            place = _counted(one, other, 1)
            assert place is not None
            parts = one.split(".")
            base, number = _numbered(parts[place])
            at = f"i + {number}" if number else "i"
            parts[place] = f"{{numbered('{base}', {at})}}"
            names[one] = ".".join(parts)
        result += _write(statement, "        ", names)
    return result


def _write(statement: Statement, indent: str, names: dict[str, str]) -> list[str]:
    """A statement's lines, its layer names as strings."""

    def named(text: Text) -> Text:
        if isinstance(text, Joined):
            return Joined(text.prefix, named(text.text))
        if isinstance(text, Chain):
            return Chain(named(text.first), [(sign, named(item)) for sign, item in text.rest])
        if isinstance(text, Group):
            items = [named(item) for item in text.items]
            return Group(named(text.head), text.opening, items, text.closing, text.plain)
        return re.sub(f"{START}([^{END}]*){END}", lambda match: _string(match[1], names), text)

    return lines(named(statement.text), indent, f"{statement.targets} = ")


def _string(name: str, names: dict[str, str]) -> str:
    text = names.get(name, name)
    alone = re.fullmatch(r"\{numbered\('(\w+)', ([^)]*)\)\}", text)
    if alone is not None:
        return f'numbered("{alone[1]}", {alone[2]})'
    below = text.startswith(".")
    if below:
        text = "{name}" + text
    return f'f"{text}"' if below or name in names else python_string(text)
