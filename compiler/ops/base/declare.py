"""How a class that a `.net` file can call is declared, and how a call of it becomes an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field
from typing import Any, TypeVar, dataclass_transform

from ....dsl.diagnostics.codes import Code
from ....dsl.record import default_of, record, specs
from ....dsl.text.source import Span
from .backend import KerasModule
from .kinds import Kind, OutOfRange, Word, arg, wanted

T = TypeVar("T")


class Refusal(Exception):
    """An operator refuses its arguments or inputs.

    `argument` names the argument at fault and `inputs` the positions of the tensors at fault;
    whoever catches it knows where those were written. `help` is one way out. `span` is the layer,
    where a lowering refuses it.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        argument: str = "",
        inputs: Sequence[int] = (),
        help: str = "",
    ) -> None:
        self.code = code
        self.message = message
        self.argument = argument
        self.inputs = tuple(inputs)
        self.help = help
        self.span: Span | None = None
        super().__init__(message)


def _table_arguments(cls: type) -> None:
    """Gives a record its `arguments`, and has calls of it take them in their order."""
    fields = specs(cls)
    said: dict[str, Mapping[str, Any]] = {
        name: one.metadata for name, one in fields.items() if isinstance(one, Field)
    }
    order: list[str] = []
    for name in fields:
        before = said.get(name, {}).get("before")
        order.insert(order.index(before) if before in order else len(order), name)
    order.sort(key=lambda name: bool(said.get(name, {}).get("last")))
    table = {}
    for name in order:
        if "kind" in said.get(name, {}):
            default, _ = default_of(fields[name])
            required = default is MISSING
            table[name] = Argument(
                name,
                said[name]["kind"],
                said[name]["doc"],
                required,
                None if required else default,
            )
    for name, value in {"__match_args__": tuple(order), "arguments": table}.items():
        setattr(cls, name, value)


class Declared:
    """What a call in a `.net` file makes besides layers, by a class declared with `@op`."""

    __slots__ = ()


@record
class Argument:
    """One argument of a layer as help, hover and argument binding see it."""

    name: str
    kind: Kind[object]
    doc: str
    required: bool
    default: object


@dataclass_transform(frozen_default=True, field_specifiers=(arg,))
def op(cls: type[T]) -> type[T]:
    """Makes a record of an operator (or initializer, …) and tables its arguments."""
    made = record(slots=False)(cls)
    _table_arguments(made)
    return made


def arguments(cls: type) -> Mapping[str, Argument]:
    """The arguments of a class declared with `@op`, in order."""
    table: Mapping[str, Argument] = cls.arguments  # type: ignore[attr-defined]
    return table


def convert(cls: type, argument: Argument, value: object) -> object:
    """The value as the argument stores it. Raises Refusal (WRONG_TYPE or BAD_VALUE)."""
    try:
        return argument.kind.convert(value)
    except ValueError as error:
        raise Refusal(
            Code.BAD_VALUE if isinstance(error, OutOfRange) else Code.WRONG_TYPE,
            f"`{argument.name}` of `{cls.__name__}` takes {wanted(argument.kind, error)}",
            argument=argument.name,
            help=_quotes(argument.kind, value),
        ) from None


def _quotes(kind: Kind[object], value: object) -> str:
    """The help for a bare word where the same in quotes would be taken."""
    if not isinstance(value, Word) or kind.words:
        return ""
    try:
        kind.convert(value.text)
    except ValueError:
        return ""
    return f'put the word in quotes, "{value.text}"'


def construct(cls: type[T], given: Mapping[str, object]) -> T:
    """Builds an object from argument values as a `.net` file gives them.

    A class with `stands_for` is replaced by what that returns.

    Raises Refusal (MISSING_ARGUMENT, UNKNOWN_ARGUMENT, WRONG_TYPE or BAD_VALUE), which names the
    argument.
    """
    known = arguments(cls)
    values: dict[str, object] = {}
    for name, value in given.items():
        argument = known.get(name)
        if argument is None:
            raise Refusal(
                Code.UNKNOWN_ARGUMENT,
                f"`{cls.__name__}` has no argument `{name}`",
                argument=name,
            )
        values[name] = convert(cls, argument, value)
    for argument in known.values():
        if argument.required and argument.name not in values:
            raise Refusal(
                Code.MISSING_ARGUMENT,
                f"`{cls.__name__}` needs `{argument.name}`, {argument.doc}",
                help=f"give it: `{cls.__name__}({argument.name}=…)`",
            )
    result = cls(**values)
    validate: Callable[[], None] | None = getattr(result, "validate", None)
    if validate is not None:
        validate()
    other: Callable[[], T] | None = getattr(result, "stands_for", None)
    return result if other is None else other()


def keras_arguments(made: object, keras: KerasModule) -> dict[str, object]:
    """The arguments of an operator, initializer, … as Keras takes them."""
    return {name: keras_value(getattr(made, name), keras) for name in arguments(type(made))}


def keras_value(value: object, keras: KerasModule) -> object:
    """One argument as Keras takes it: initializers, regularizers and activations become its own."""
    convert: Callable[[KerasModule], object] | None = getattr(value, "keras_object", None)
    return value if convert is None else convert(keras)
