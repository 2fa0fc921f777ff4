"""The kinds of argument a layer takes: what is accepted, how it is said, what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, field
from typing import Any, Generic, TypeVar, cast

from ....dsl.record import record
from ...shapes.dims import Sym

T = TypeVar("T")
U = TypeVar("U")


@record
class Word:
    """A bare word given as an argument (`padding=same`) that names no value of the program."""

    text: str

    def __hash__(self) -> int:
        return hash(self.text)


class OutOfRange(ValueError):
    """A value of the right type that is not among those allowed."""


_NOT = "not "
"""How the reason begins where what a kind takes has said all but the value itself."""


@record(eq=False)
class Kind(Generic[T]):
    """One kind of argument.

    `text` completes "expected …". `convert` turns a value of the program into what the operator
    stores and raises ValueError (whose text says why) for one of another type, OutOfRange for one
    that is not allowed. `words` are the bare words it accepts.
    """

    text: str
    convert: Callable[[object], T]
    words: frozenset[str] = frozenset()


def wanted(kind: Kind[Any], refused: ValueError) -> str:
    """What a kind takes and why it refused a value, for "`padding` of `Conv2D` takes …"."""
    why = str(refused)
    return f"{kind.text}{',' if why.startswith(_NOT) else ';'} {why}"


def arg(
    kind: Kind[T], *, default: Any = MISSING, doc: str, before: str = "", last: bool = False
) -> T:
    """A dataclass field that is an argument of a layer, with its kind and one line of help.

    Arguments stand in the order of their declaration, those of a base class first. One with
    `before` stands in front of that inherited argument; one with `last` stays behind those that
    subclasses add.
    """
    metadata = {"kind": kind, "doc": doc, "before": before, "last": last}
    if default is MISSING:
        return cast("T", field(metadata=metadata))
    return cast("T", field(default=default, metadata=metadata))


LONGEST = 1000
"""How many characters of a value are shown."""


def show(value: object) -> str:
    """A value of the program as its author would write it; of a long one the beginning."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > LONGEST:
            return f"{text[: LONGEST - 1]}…"
    return text


def _pieces(value: object) -> Iterator[str]:
    """The text of a value in parts, so that no more of it is made than is shown."""
    if isinstance(value, list | tuple):
        yield "[" if isinstance(value, list) else "("
        for index, item in enumerate(value):
            if index:
                yield ", "
            yield from _pieces(item)
        if isinstance(value, tuple) and len(value) == 1:
            yield ","
        yield "]" if isinstance(value, list) else ")"
    elif value is None:
        yield "none"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, Word):
        yield value.text
    else:
        yield f'"{value}"' if isinstance(value, str) else str(value)


LARGEST = 2**31 - 1
"""The largest size, count or position; onnxruntime's kernels hold them in 32 or 64 bits."""


def _int(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > LARGEST:
            raise OutOfRange(f"{value:.3g} is past the limit of {LARGEST:,}")
        return value
    if isinstance(value, Sym):
        raise ValueError(f"`{value}` is a size known only when the model runs")
    raise ValueError(f"{describe(value)} is not an int")


def _float(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"{describe(value)} is not a number")


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{describe(value)} is not true or false")


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{describe(value)} is not a string")


def describe(value: object) -> str:
    """A value with its type, for "expected …, got …"."""
    if isinstance(value, Word):
        return f"`{value.text}`"
    if value is None or isinstance(value, bool | int | float | str | Sym):
        return show(value)
    if isinstance(value, list | tuple):
        return f"the {type(value).__name__} {show(value)}"
    return getattr(value, "described", f"a {type(value).__name__.lower()}")


def at_least(kind: Kind[T], low: float, text: str) -> Kind[T]:
    """The kind, with values below `low` refused."""

    def convert(value: object) -> T:
        result = kind.convert(value)
        if cast("float", result) < low:
            raise OutOfRange(f"{show(result)} is less than {show(low)}")
        return result

    return Kind(text, convert)


def at_most(kind: Kind[T], high: float, text: str) -> Kind[T]:
    """The kind, with values above `high` refused."""

    def convert(value: object) -> T:
        result = kind.convert(value)
        if cast("float", result) > high:
            raise OutOfRange(f"{show(result)} is more than {show(high)}")
        return result

    return Kind(text, convert)


def between(kind: Kind[T], low: float, high: float, text: str) -> Kind[T]:
    """The kind, restricted to `low <= value < high`."""

    def convert(value: object) -> T:
        result = kind.convert(value)
        if not low <= cast("float", result) < high:
            raise OutOfRange(f"{show(result)} is not in the range {show(low)} to {show(high)}")
        return result

    return Kind(text, convert)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The kind, or `none`."""

    def convert(value: object) -> T | None:
        return None if value is None else kind.convert(value)

    return Kind(f"{kind.text} or none", convert, kind.words)


def choice(*options: str) -> Kind[str]:
    """One of a few words, bare or quoted."""

    def convert(value: object) -> str:
        text = value.text if isinstance(value, Word) else value
        if isinstance(text, str) and text in options:
            return text
        refused = OutOfRange if isinstance(text, str) else ValueError
        raise refused(f"{_NOT}{describe(value)}")

    return Kind(" or ".join(options), convert, frozenset(options))


def ints(count: int, low: int = 1) -> Kind[tuple[int, ...]]:
    """`count` ints, each at least `low`; a single int stands for all of them."""
    one = f"an int of at least {low}"

    def convert(value: object) -> tuple[int, ...]:
        items = list(value) if isinstance(value, tuple | list) else [value] * count
        if len(items) != count:
            raise OutOfRange(f"{show(value)} holds {len(items)} values, not {count}")
        result = tuple(_int(item) for item in items)
        for item in result:
            if item < low:
                raise OutOfRange(f"{item} is less than {low}")
        return result

    return Kind(one if count == 1 else f"{one}, or {count} of them", convert)


def many(kind: Kind[T], text: str) -> Kind[tuple[T, ...]]:
    """A list or tuple of any length; a single value stands for a list of one."""

    def convert(value: object) -> tuple[T, ...]:
        items = value if isinstance(value, tuple | list) else (value,)
        return tuple(kind.convert(item) for item in items)

    return Kind(text, convert, kind.words)


def either(first: Kind[T], second: Kind[U], text: str) -> Kind[T | U]:
    """Whatever one of two kinds accepts, the first one asked first."""

    def convert(value: object) -> T | U:
        try:
            return first.convert(value)
        except ValueError:
            return second.convert(value)

    return Kind(text, convert, first.words | second.words)


def table(text: str, entries: Mapping[str, T], of: type[T]) -> Kind[T]:
    """A named entry (`he_normal`) or an object of the class, built by a call (`HeNormal()`)."""

    def convert(value: object) -> T:
        if isinstance(value, of):
            return value
        name = value.text if isinstance(value, Word) else value
        if not isinstance(name, str):
            raise ValueError(f"{describe(value)} is not {text}")
        if name not in entries:
            raise OutOfRange(f"there is none called `{name}`")
        return entries[name]

    return Kind(text, convert, frozenset(entries))


INT = Kind("an int", _int)
FLOAT = Kind("a number", _float)
BOOL = Kind("true or false", _bool)
STRING = Kind("a string", _string)
POSITIVE = at_least(INT, 1, "an int of at least 1")
COUNT = at_least(INT, 0, "an int of at least 0")
AXES = either(INT, many(INT, "ints"), "an int or several")
EPSILON = at_least(FLOAT, 0, "a number of at least 0")
PADDING = choice("valid", "same")
