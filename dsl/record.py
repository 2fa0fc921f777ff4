"""Frozen dataclasses whose methods are shared instead of generated.

`@dataclass(frozen=True)` compiles six methods for each class, 0.4 ms each time the program starts;
the syntax tree and the operators are over a hundred classes. `@record` makes the same kind of
class (`dataclasses.fields` and `replace` work) with methods written once; a class with many
instances gets an `__init__` of its own then.
`bench/startup.py` shows the difference.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from types import MemberDescriptorType
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")

_set = object.__setattr__


OFTEN = 100
"""How many instances make it worth while to write a class a method of its own."""

_made: dict[type, tuple[tuple[Callable[[object, object], None], ...], bool]] = {}
"""What sets each field of a class, and whether it checks them; found at its first instance."""

_counts: Counter[type] = Counter()


def _init(self: Any, *args: object, **kwargs: object) -> None:
    cls = type(self)
    setters, checks = _made.get(cls) or _of_class(cls)
    _counts[cls] += 1
    if _counts[cls] == OFTEN and cls.__dict__.get("__init__") is _init:
        cls.__init__ = _own_init(cls)
    for set_field, value in zip(setters, args, strict=False):
        set_field(self, value)
    if len(args) != len(setters):
        _rest(self, args, kwargs)
    elif kwargs:
        raise _unexpected(self, kwargs)
    if checks:
        self.__post_init__()


def _of_class(cls: Any) -> tuple[tuple[Callable[[object, object], None], ...], bool]:
    setters = tuple([_setter(cls, name) for name in cls.__match_args__])
    found = _made[cls] = setters, hasattr(cls, "__post_init__")
    return found


def _own_init(cls: Any) -> Callable[..., None]:
    """An `__init__` for one class, which takes a third of the time."""
    setters, checks = _made[cls]
    scope: dict[str, Any] = {}
    params, lines = [], []
    for at, (name, set_field) in enumerate(zip(cls.__match_args__, setters, strict=True)):
        field = cls.__dataclass_fields__[name]
        scope[f"set{at}"] = set_field
        value, given = name, name
        if field.default is not dataclasses.MISSING:
            scope[f"default{at}"] = field.default
            given = f"{name}=default{at}"
        elif field.default_factory is not dataclasses.MISSING:
            scope["missing"] = dataclasses.MISSING
            scope[f"make{at}"] = field.default_factory
            value, given = f"make{at}() if {name} is missing else {name}", f"{name}=missing"
        lines.append(f"    set{at}(self, {value})\n")
        params.append(given)
    if checks:
        lines.append("    self.__post_init__()\n")
    try:
        exec(f"def __init__(self, {', '.join(params)}):\n{''.join(lines)}", scope)
    except SyntaxError:
        # A field without a default stands behind one that has some.
        return _init
    return cast("Callable[..., None]", scope["__init__"])


def hot(cls: type[T]) -> type[T]:
    """Has a frozen, slotted dataclass of which there are many set its fields by their slots."""
    made: Any = cls
    _of_class(made)
    made.__init__ = _own_init(made)
    return cls


def _setter(cls: type, name: str) -> Callable[[object, object], None]:
    """What sets a field: that of its slot, where it has one."""
    slot = getattr(cls, name, None)
    if isinstance(slot, MemberDescriptorType):
        return slot.__set__
    return lambda self, value: _set(self, name, value)


def _rest(self: Any, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    """Sets the fields that no positional argument gave, from keywords and defaults."""
    names = self.__match_args__
    if len(args) > len(names):
        raise TypeError(f"{type(self).__name__}() takes {len(names)} arguments, got {len(args)}")
    fields = self.__dataclass_fields__
    left = dict(kwargs)
    for name in names[len(args) :]:
        if name in left:
            _set(self, name, left.pop(name))
            continue
        field = fields[name]
        if field.default is not dataclasses.MISSING:
            _set(self, name, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            _set(self, name, field.default_factory())
        else:
            raise TypeError(f"{type(self).__name__}() misses the argument {name!r}")
    if left:
        raise _unexpected(self, left)


def _unexpected(self: object, given: dict[str, object]) -> TypeError:
    return TypeError(f"{type(self).__name__}() got an unexpected argument {next(iter(given))!r}")


def _setattr(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _values(self: Any) -> tuple[object, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _eq(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return self is other or _values(self) == _values(other)


def _hash(self: object) -> int:
    return hash((type(self), _values(self)))


def _repr(self: Any) -> str:
    parts = [f"{name}={getattr(self, name)!r}" for name in self.__match_args__]
    return f"{type(self).__qualname__}({', '.join(parts)})"


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[T]) -> type[T]:
    """A frozen, slotted dataclass."""
    return share_methods(dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls))


def share_methods(cls: type[T]) -> type[T]:
    """Gives a dataclass made without methods the ones every record has.

    `__match_args__` lists the fields in order; a method the class defines itself is kept.
    """
    for name, method in _METHODS.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


_METHODS = {
    "__init__": _init,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
}
