"""Methods for records: compiled for so many fields, then renamed for the fields of each class.

A renamed method takes the time of one that was compiled for the class, and is had in a fiftieth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import FunctionType
from typing import Any

from . import made_methods

FROZEN, OPEN = "frozen", "open"
"""The kinds of `__init__`: one that sets by functions, and one that assigns."""


@cache
def template(
    kind: str, count: int, makes: bool = False, checks: bool = False
) -> Callable[..., FunctionType]:
    """What makes a method of so many fields, which are called x0, x1, …

    `makes` says that some fields get a value of their own where none is given, `checks` that a
    check follows. Those that netc's own classes have are in made_methods.py.
    """
    name = template_name(kind, count, makes, checks)
    known: Callable[..., FunctionType] | None = getattr(made_methods, name, None)
    if known is not None:
        return known
    scope: dict[str, Any] = {"Any": Any}
    exec(template_text(kind, count, makes, checks), scope)
    made: Callable[..., FunctionType] = scope[name]
    return made


def template_name(kind: str, count: int, makes: bool, checks: bool) -> str:
    """What a template is called."""
    return f"{kind.strip('_')}_{count}{'_makes' * makes}{'_checks' * checks}"


def template_text(kind: str, count: int, makes: bool, checks: bool) -> str:
    """A template as Python writes it."""
    xs = [f"x{at}" for at in range(count)]
    mine, theirs = (f"({''.join(f'{owner}.{x}, ' for x in xs)})" for owner in ("self", "other"))
    given: list[str] = []
    if kind == "__eq__":
        parameters = ["self", "other"]
        lines = [
            "if type(self) is not type(other):",
            "    return NotImplemented",
            f"return self is other or {mine} == {theirs}",
        ]
    elif kind == "__hash__":
        parameters = ["self"]
        lines = [f"return hash((type(self), {mine}))"]
    else:
        parameters = ["self", *xs]
        values = [f"make_{x}() if {x} is made else {x}" if makes else x for x in xs]
        if kind == FROZEN:
            lines = [f"set_{x}(self, {value})" for x, value in zip(xs, values, strict=True)]
            given += [f"set_{x}" for x in xs]
        else:
            lines = [f"self.{x} = {value}" for x, value in zip(xs, values, strict=True)]
        given += ["made", *(f"make_{x}" for x in xs)] if makes else []
        given += ["check"] if checks else []
        lines += ["check(self)"] if checks else []
    method = kind if kind.startswith("__") else "__init__"
    return "\n".join(
        (
            f"def {template_name(kind, count, makes, checks)}({_typed(given)}) -> Any:",
            f"    def {method}({_typed(parameters)}) -> Any:",
            *(f"        {line}" for line in lines or ["pass"]),
            f"    return {method}",
            "",
        )
    )


def _typed(names: list[str]) -> str:
    return ", ".join(f"{name}: Any" for name in names)


def renamed(
    made: FunctionType, cls: type, names: Mapping[str, str], defaults: tuple[object, ...] = ()
) -> Callable[..., Any]:
    """A method with the fields of a class in place of those of its template."""
    code = made.__code__
    own = FunctionType(
        code.replace(
            co_varnames=tuple([names.get(name, name) for name in code.co_varnames]),
            co_names=tuple([names.get(name, name) for name in code.co_names]),
        ),
        made.__globals__,
        made.__name__,
        defaults,
        made.__closure__,
    )
    own.__qualname__ = f"{cls.__qualname__}.{made.__name__}"
    own.__module__ = cls.__module__
    return own
