"""Dataclasses whose methods are shared instead of generated.

`@dataclass(frozen=True)` compiles six methods for each class, 0.7 ms each time the program starts,
and a check needs over 200 classes. `@record` makes the same kind of class (`dataclasses.fields` and
`replace` work) with methods that are made when they are first called, out of ones for any class.
`bench/startup.py` shows the difference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError
from types import MemberDescriptorType
from typing import Any, TypeVar, cast, dataclass_transform, overload

from .methods import FROZEN, OPEN, renamed, template

T = TypeVar("T")

_set = object.__setattr__


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(
    *, frozen: bool = True, eq: bool = True, slots: bool = True
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(
    cls: type[T] | None = None, /, *, frozen: bool = True, eq: bool = True, slots: bool = True
) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass: frozen, compared by its fields, with slots, where nothing else is said."""
    if cls is None:
        return lambda cls: _record(cls, frozen, eq, slots)
    return _record(cls, frozen, eq, slots)


def _record(cls: type[T], frozen: bool, eq: bool, slots: bool) -> type[T]:
    own = {
        name: cls.__dict__.get(name, MISSING)
        for name, kind in cls.__annotations__.items()
        if not _is_shared(kind)
    }
    given = (specs(cls) | own).items()
    added: dict[str, object] = {
        "__record__": own,
        "__match_args__": tuple(
            [name for name, spec in given if not isinstance(spec, Field) or spec.init]
        ),
        "__dataclass_fields__": _FIELDS,
        "__dataclass_params__": _FROZEN if frozen else _MUTABLE,
        **_methods(cls, frozen=frozen, eq=eq, slots=slots),
    }
    if slots:
        added["__slots__"] = tuple([name for name in own if not _has_slot(cls, name)])
        return _made_again(cls, {"__dict__", "__weakref__", *own}, added)
    for name, spec in own.items():
        if isinstance(spec, Field) and spec.default is MISSING:
            delattr(cls, name)
        elif isinstance(spec, Field):
            setattr(cls, name, spec.default)
    for name, value in added.items():
        setattr(cls, name, value)
    return cls


def _made_again(cls: type[T], without: set[str], added: Mapping[str, object]) -> type[T]:
    """A class as it is, but for some names: slots are given to a class when it is made."""
    space: dict[str, object] = {
        name: value for name, value in cls.__dict__.items() if name not in without
    }
    made: Any = type(cls)
    space |= {"__qualname__": cls.__qualname__, **added}
    return cast("type[T]", made(cls.__name__, cls.__bases__, space))


def _methods(cls: type, *, frozen: bool, eq: bool, slots: bool) -> dict[str, object]:
    """The methods that a class gets: those that it does not define itself."""
    methods = {**_METHODS, **(_FREEZING if frozen else {}), **(_COMPARING if eq else {})}
    if eq and not frozen:
        methods["__hash__"] = None
    if frozen and slots:
        methods.update(_COPYING)
    own = cls.__dict__
    return {name: method for name, method in methods.items() if own.get(name) is None}


def _is_shared(kind: object) -> bool:
    """Whether an annotation says that all instances have the value in common."""
    return str(kind).removeprefix("typing.").startswith("ClassVar")


def _has_slot(cls: type, name: str) -> bool:
    return any(name in base.__dict__.get("__slots__", ()) for base in cls.__mro__[1:])


def specs(cls: type) -> dict[str, object]:
    """What a record and those it is made from say of each field: a default, a Field or MISSING."""
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        said = base.__dict__.get("__record__")
        if said is None:
            said = base.__dict__.get("__dataclass_fields__", {})
        found.update(said)
    return found


class _Fields:
    """What `dataclasses` asks of a record about its fields, found when it does."""

    def __get__(self, made: object, cls: type) -> Mapping[str, Field[object]]:
        owner = next(base for base in cls.__mro__ if "__record__" in base.__dict__)
        return _completed(owner)


class _Params:
    """What `dataclasses` asks of a record that it makes another class of."""

    def __init__(self, *, frozen: bool) -> None:
        self.frozen = frozen


_FIELDS, _FROZEN, _MUTABLE = _Fields(), _Params(frozen=True), _Params(frozen=False)


def _completed(cls: Any) -> Mapping[str, Field[object]]:
    found: dict[str, Field[object]] = {}
    for base in reversed(cls.__mro__[1:]):
        if "__dataclass_fields__" in base.__dict__:
            found.update(base.__dataclass_fields__)
    space = {name: spec for name, spec in cls.__record__.items() if spec is not MISSING}
    # Without a docstring `dataclasses` would make one of the signature, 1 ms.
    space |= {"__annotations__": cls.__annotations__, "__module__": cls.__module__, "__doc__": " "}
    plain: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(
        type(cls.__name__, (), space)
    )
    found.update(plain.__dataclass_fields__)
    cls.__dataclass_fields__ = found
    return found


def _owner(cls: type, method: str) -> Any:
    """The class that an instance has a shared method from."""
    return next(base for base in cls.__mro__ if method in base.__dict__)


def _init(self: Any, *args: object, **kwargs: object) -> None:
    owner = _owner(type(self), "__init__")
    owner.__init__ = _own_init(owner)
    owner.__init__(self, *args, **kwargs)


def _own_init(cls: Any) -> Callable[..., None]:
    """An `__init__` for one class."""
    names: tuple[str, ...] = cls.__match_args__
    said = specs(cls)
    defaults: list[object] = []
    factories: dict[str, Callable[[], object]] = {}
    for at, name in enumerate(names):
        default, factory = default_of(said[name])
        if default is MISSING and (defaults or factory is not MISSING):
            # One without a default may stand behind one that has some.
            needed = factory is MISSING
            factories[f"make_x{at}"] = _needed(cls, name) if needed else _callable(factory)
            default = _MADE
        if default is not MISSING:
            defaults.append(default)
    kind = FROZEN if cls.__setattr__ is _setattr else OPEN
    given: dict[str, object] = {
        f"set_x{at}": _setter(cls, name) for at, name in enumerate(names) if kind is FROZEN
    }
    if factories:
        given["made"] = _MADE
        given |= {f"make_x{at}": factories.get(f"make_x{at}") for at in range(len(names))}
    if hasattr(cls, "__post_init__"):
        given["check"] = cls.__post_init__
    made = template(kind, len(names), bool(factories), "check" in given)(**given)
    return renamed(made, cls, {f"x{at}": name for at, name in enumerate(names)}, tuple(defaults))


def _setter(cls: type, name: str) -> Callable[[object, object], None]:
    """What sets a field: that of its slot, where it has one."""
    slot = getattr(cls, name, None)
    if isinstance(slot, MemberDescriptorType):
        return slot.__set__
    return lambda self, value: _set(self, name, value)


_MADE = object()
"""What a field is given whose value is made for each instance, or must be given."""


def _needed(cls: type, name: str) -> Callable[[], object]:
    def missing() -> object:
        raise TypeError(f"{cls.__name__}() misses the argument {name!r}")

    return missing


def _callable(factory: object) -> Callable[[], object]:
    return cast("Callable[[], object]", factory)


def default_of(spec: object) -> tuple[object, object]:
    """The default of a field, and what makes one; MISSING where there is none."""
    return (spec.default, spec.default_factory) if isinstance(spec, Field) else (spec, MISSING)


def _eq(self: object, other: object) -> object:
    owner = _owner(type(self), "__eq__")
    owner.__eq__ = _compare(owner, "__eq__")
    return owner.__eq__(self, other)


def _hash(self: object) -> int:
    owner = _owner(type(self), "__hash__")
    owner.__hash__ = _compare(owner, "__hash__")
    made: int = owner.__hash__(self)
    return made


def _compare(cls: type, method: str) -> Callable[..., Any]:
    """A method for one class that looks at the fields that equal instances have in common."""
    names = [
        name for name, spec in specs(cls).items() if not isinstance(spec, Field) or spec.compare
    ]
    made = template(method, len(names))()
    return renamed(made, cls, {f"x{at}": name for at, name in enumerate(names)})


def _setattr(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _repr(self: Any) -> str:
    shown = [
        f"{name}={getattr(self, name)!r}"
        for name, spec in specs(type(self)).items()
        if not isinstance(spec, Field) or spec.repr
    ]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _getstate(self: Any) -> dict[str, object]:
    return {name: getattr(self, name) for name in specs(type(self))}


def _setstate(self: Any, state: Mapping[str, object]) -> None:
    for name, value in state.items():
        _set(self, name, value)


_METHODS: Mapping[str, object] = {"__init__": _init, "__repr__": _repr}
_FREEZING: Mapping[str, object] = {"__setattr__": _setattr, "__delattr__": _delattr}
_COMPARING: Mapping[str, object] = {"__eq__": _eq, "__hash__": _hash}
_COPYING: Mapping[str, object] = {"__getstate__": _getstate, "__setstate__": _setstate}
