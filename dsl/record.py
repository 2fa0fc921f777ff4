"""Dataclasses whose methods are shared instead of generated.

`@dataclass(frozen=True)` compiles six methods for each class, 0.7 ms each time the program starts,
and a check needs over 200 classes. `@record` makes the same kind of class (`dataclasses.fields` and
`replace` work) with methods written once; a class whose methods are called often gets its own then.
`bench/startup.py` shows the difference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")

_set = object.__setattr__

OFTEN = 100
"""How many calls of a method make it worth while to write a class one of its own."""


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
    space |= {"__annotations__": cls.__annotations__, "__module__": cls.__module__, "__doc__": ""}
    plain: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(
        type(cls.__name__, (), space)
    )
    found.update(plain.__dataclass_fields__)
    cls.__dataclass_fields__ = found
    return found


class _Plan:
    """How the instances of one class are made and compared; found when one is."""

    __slots__ = ("calls", "checks", "cls", "names", "setters", "specs", "values")

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.names: tuple[str, ...] = cls.__match_args__
        self.specs = specs(cls)
        self.setters = [_setter(cls, name) for name in self.names]
        self.checks = hasattr(cls, "__post_init__")
        self.values = _getter(self.compared())
        self.calls = dict.fromkeys(_WRITTEN, 0)

    def compared(self) -> list[str]:
        """The fields that two equal instances have in common."""
        return [
            name for name, spec in self.specs.items() if not isinstance(spec, Field) or spec.compare
        ]

    def count(self, method: str) -> None:
        """Counts a call; the class gets a method of its own when that becomes worth while."""
        self.calls[method] += 1
        if self.calls[method] == OFTEN:
            shared, write = _WRITTEN[method]
            if self.cls.__dict__.get(method) is shared:
                setattr(self.cls, method, write(self))

    def whole(self, args: tuple[object, ...], kwargs: dict[str, object]) -> list[object]:
        """The value of each field, where arguments are given by name or left out."""
        if len(args) > len(self.names):
            raise TypeError(
                f"{self.cls.__name__}() takes {len(self.names)} arguments, got {len(args)}"
            )
        values = [*args]
        left = dict(kwargs)
        for name in self.names[len(args) :]:
            if name in left:
                values.append(left.pop(name))
                continue
            default, factory = default_of(self.specs[name])
            if factory is not MISSING:
                values.append(cast("Callable[[], object]", factory)())
            elif default is not MISSING:
                values.append(default)
            else:
                raise TypeError(f"{self.cls.__name__}() misses the argument {name!r}")
        for name in left:
            raise TypeError(f"{self.cls.__name__}() got an unexpected argument {name!r}")
        return values


_plans: dict[type, _Plan] = {}


def _planned(cls: type) -> _Plan:
    plan = _plans[cls] = _Plan(cls)
    return plan


def default_of(spec: object) -> tuple[object, object]:
    """The default of a field, and what makes one; MISSING where there is none."""
    return (spec.default, spec.default_factory) if isinstance(spec, Field) else (spec, MISSING)


def _setter(cls: type, name: str) -> Callable[[object, object], None]:
    """What sets a field: that of its slot, where it has one."""
    slot = getattr(cls, name, None)
    if isinstance(slot, MemberDescriptorType):
        return slot.__set__
    return lambda self, value: _set(self, name, value)


def _getter(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    if len(names) > 1:
        return cast("Callable[[object], tuple[object, ...]]", attrgetter(*names))
    return lambda self: tuple([getattr(self, name) for name in names])


def _init(self: Any, *args: object, **kwargs: object) -> None:
    cls = type(self)
    plan = _plans.get(cls) or _planned(cls)
    plan.count("__init__")
    values = plan.whole(args, kwargs) if kwargs or len(args) != len(plan.names) else args
    for set_field, value in zip(plan.setters, values, strict=True):
        set_field(self, value)
    if plan.checks:
        self.__post_init__()


def _own_init(plan: _Plan) -> Callable[..., None]:
    """An `__init__` for one class, which takes a third of the time."""
    scope: dict[str, Any] = {"missing": MISSING}
    params, lines = [], []
    for at, (name, set_field) in enumerate(zip(plan.names, plan.setters, strict=True)):
        default, factory = default_of(plan.specs[name])
        scope[f"set{at}"] = set_field
        value, given = name, name
        if default is not MISSING:
            scope[f"default{at}"] = default
            given = f"{name}=default{at}"
        elif factory is not MISSING:
            scope[f"make{at}"] = factory
            value, given = f"make{at}() if {name} is missing else {name}", f"{name}=missing"
        lines.append(f"    set{at}(self, {value})\n")
        params.append(given)
    if plan.checks:
        lines.append("    self.__post_init__()\n")
    try:
        return _written(f"__init__(self, {', '.join(params)})", "".join(lines) or " pass", scope)
    except SyntaxError:
        # A field without a default stands behind one that has some.
        return _init


def _eq(self: object, other: object) -> object:
    cls = type(self)
    if cls is not type(other):
        return NotImplemented
    plan = _plans.get(cls) or _planned(cls)
    plan.count("__eq__")
    return self is other or plan.values(self) == plan.values(other)


def _own_eq(plan: _Plan) -> Callable[..., object]:
    left, right = (_tuple(side, plan.compared()) for side in ("self", "other"))
    lines = (
        "    if type(self) is not type(other): return NotImplemented\n"
        f"    return self is other or {left} == {right}\n"
    )
    return _written("__eq__(self, other)", lines, {})


def _hash(self: object) -> int:
    cls = type(self)
    plan = _plans.get(cls) or _planned(cls)
    plan.count("__hash__")
    return hash((cls, *plan.values(self)))


def _own_hash(plan: _Plan) -> Callable[..., int]:
    line = f"    return hash({_tuple('self', plan.compared(), 'cls, ')})\n"
    return _written("__hash__(self)", line, {"cls": plan.cls})


def _tuple(owner: str, names: list[str], first: str = "") -> str:
    return f"({first}{''.join(f'{owner}.{name}, ' for name in names)})"


def _written(head: str, lines: str, scope: dict[str, Any]) -> Callable[..., Any]:
    exec(f"def {head}:\n{lines}", scope)
    return cast("Callable[..., Any]", scope[head.partition("(")[0]])


_WRITTEN: Mapping[str, tuple[object, Callable[[_Plan], Callable[..., Any]]]] = {
    "__init__": (_init, _own_init),
    "__eq__": (_eq, _own_eq),
    "__hash__": (_hash, _own_hash),
}


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
