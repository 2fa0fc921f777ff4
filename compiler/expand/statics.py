"""Compile-time arithmetic: numbers, sizes, strings, lists."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from ...dsl.diagnostics.codes import Code
from ..ops.base.kinds import show
from ..shapes.assume import is_assuming, unsure
from ..shapes.dims import (
    Dim,
    DimTooComplex,
    Sym,
    compare,
    exact_div,
    floor_div,
    never_equal,
)
from .values import Ratio, Value, kind_of

Number: TypeAlias = int | float | Sym | Ratio

MAX_ITEMS = 1_000_000
MAX_BITS = 256
"""Lists and integers past these bounds are refused, so that every program stays small."""


class StaticFault(Exception):
    """A compile-time computation cannot be done; the text says why."""

    code = Code.STATIC_FAULT
    label = "computed here"


class StaticTypeFault(StaticFault):
    """It cannot be done with values of these types."""

    code = Code.WRONG_TYPE
    label = "wrong type"


def binary(op: str, a: Value, b: Value) -> Value:
    """`a op b` on compile-time values. Raises StaticFault."""
    if type(a) is int and type(b) is int and b and op in _INT_OPS:
        number = _INT_OPS[op](a, b)
        if number.bit_length() <= MAX_BITS:
            return number
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return _compare(op, a, b)
    if op == "+" and type(a) is type(b):
        if isinstance(a, str) and isinstance(b, str):
            return _sized(a + b)
        if isinstance(a, list) and isinstance(b, list):
            return _sized(a + b)
        if isinstance(a, tuple) and isinstance(b, tuple):
            return _sized(a + b)
    if op == "*" and isinstance(a, list | str | tuple) and _is_int(b):
        return _repeat(a, b)
    if op == "*" and isinstance(b, list | tuple) and _is_int(a):
        return _repeat(b, a)
    if not (_is_number(a) and _is_number(b)):
        bad = b if _is_number(a) else a
        raise StaticTypeFault(f"`{op}` needs numbers, and one side is {kind_of(bad)}")
    try:
        return _arithmetic(op, a, b)
    except ZeroDivisionError:
        raise StaticFault(f"`{show(a)} {op} {show(b)}` divides by zero") from None
    except DimTooComplex as error:
        raise StaticFault(f"`{op}` would make {error}") from None
    except (OverflowError, ValueError):
        raise StaticFault(f"`{show(a)} {op} {show(b)}` is too large") from None


def _arithmetic(op: str, a: Number, b: Number) -> Value:
    if isinstance(a, Ratio) or isinstance(b, Ratio):
        raise StaticFault(
            f"`/` of sizes known only at run time needs `ceil(…)` or `floor(…)` around it: "
            f"`{a if isinstance(a, Ratio) else b}`"
        )
    if op == "**":
        return _power(a, b)
    if op == "/":
        return _divide(a, b)
    if isinstance(a, Sym | int) and isinstance(b, Sym | int):
        return _bounded(_DIM_OPS[op](a, b)) if op in _DIM_OPS else _no(op, a, b)
    if isinstance(a, Sym) or isinstance(b, Sym):
        raise StaticFault(f"`{op}` cannot mix a size known only at run time with a float")
    return _FLOAT_OPS[op](a, b) if op in _FLOAT_OPS else _no(op, a, b)


def _no(op: str, a: Value, b: Value) -> Value:
    raise StaticTypeFault(f"`{op}` works on tensors, not on {kind_of(a)} and {kind_of(b)}")


_INT_OPS: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}
"""What is done most often, without a look at other types."""
_DIM_OPS: Mapping[str, Callable[[Dim, Dim], Dim]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": floor_div,
    "%": lambda a, b: a % b,
}
_FLOAT_OPS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


def _divide(a: Value, b: Value) -> Value:
    """`/`: exact where it divides, a float for numbers, a Ratio for symbolic sizes."""
    if isinstance(a, int | Sym) and isinstance(b, int | Sym):
        if b == 0:
            raise ZeroDivisionError
        exact = exact_div(a, b)
        if exact is not None:
            return exact
        return a / b if isinstance(a, int) and isinstance(b, int) else Ratio(a, b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a / b
    raise StaticFault("`/` cannot mix a size known only at run time with a float")


def _power(a: Value, b: Value) -> Value:
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if b * max(1, a.bit_length()) > 4 * MAX_BITS and abs(a) > 1:
            raise OverflowError
        return _bounded(a**b)
    if isinstance(a, Sym) and isinstance(b, int) and 0 <= b <= 8:
        return a**b
    if isinstance(a, int | float) and isinstance(b, int | float):
        result = float(a) ** b
        if isinstance(result, complex):
            raise OverflowError
        return result
    raise StaticTypeFault(f"`**` does not work on {kind_of(a)} and {kind_of(b)}")


def _compare(op: str, a: Value, b: Value) -> bool:
    if _is_number(a) and _is_number(b):
        if isinstance(a, Ratio) or isinstance(b, Ratio):
            raise StaticFault(f"`{a if isinstance(a, Ratio) else b}` needs `ceil` or `floor`")
        if isinstance(a, Sym | int) and isinstance(b, Sym | int):
            answer = compare(op, a, b)
            if answer is None:
                raise StaticFault(
                    f"`{a} {op} {b}` cannot be decided before the model runs: "
                    f"`{a if isinstance(a, Sym) else b}` is not a number here"
                )
            return answer
        if isinstance(a, Sym) or isinstance(b, Sym):
            raise StaticFault(f"`{op}` cannot compare a size known only at run time with a float")
        return _ORDER[op](a, b)
    if op in ("==", "!="):
        same = type(a) is type(b) and equal(a, b)
        if not same and is_assuming() and _may_be_equal(a, b):
            unsure()
        return same if op == "==" else not same
    if isinstance(a, str) and isinstance(b, str):
        return _STRING_ORDER[op](a, b)
    raise StaticTypeFault(f"`{op}` cannot compare {kind_of(a)} with {kind_of(b)}")


def _may_be_equal(a: Value, b: Value) -> bool:
    """Whether lists that differ can be equal for some sizes."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_may_be_equal, a, b))
    if isinstance(a, int | Sym) and isinstance(b, int | Sym):
        return not never_equal(a, b)
    return bool(a == b)


def equal(a: Value, b: Value) -> bool:
    """Whether two values are equal; parts that several lists share are compared once."""
    if not isinstance(a, list | tuple) or not isinstance(b, list | tuple):
        return bool(a == b)
    return _equal_lists(a, b, {})


def _equal_lists(
    a: list[Value] | tuple[Value, ...],
    b: list[Value] | tuple[Value, ...],
    known: dict[tuple[int, int], bool],
) -> bool:
    if a is b:
        return True
    if type(a) is not type(b) or len(a) != len(b):
        return False
    if _LISTS.isdisjoint(map(type, a)) or _LISTS.isdisjoint(map(type, b)):
        return a == b
    key = (id(a), id(b))
    if key not in known:
        known[key] = all(
            _equal_lists(x, y, known)
            if isinstance(x, list | tuple) and isinstance(y, list | tuple)
            else x is y or bool(x == y)
            for x, y in zip(a, b, strict=True)
        )
    return known[key]


_LISTS = frozenset((list, tuple))

_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_STRING_ORDER: Mapping[str, Callable[[str, str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def negate(value: Value) -> Value:
    """`-value`."""
    if isinstance(value, int | float | Sym) and not isinstance(value, bool):
        return -value
    raise StaticTypeFault(f"`-` needs a number, got {kind_of(value)}")


def truth(value: Value) -> bool:
    """A condition. Only true and false will do."""
    if isinstance(value, bool):
        return value
    raise StaticTypeFault(f"a condition must be true or false, got {kind_of(value)}")


def item(value: Value, index: Value) -> Value:
    """`value[index]` of a list, tuple or string."""
    if not isinstance(value, list | tuple | str):
        raise StaticTypeFault(f"{kind_of(value)} cannot be indexed")
    if not _is_int(index) or isinstance(index, Sym):
        raise StaticTypeFault(f"an index must be an int, got {kind_of(index)}")
    assert isinstance(index, int)
    if not -len(value) <= index < len(value):
        raise StaticFault(f"index {index} is outside a {type(value).__name__} of {len(value)}")
    return value[index]


def are_ints(items: Sequence[Value]) -> TypeGuard[Sequence[int]]:
    """Whether all items are ints, none of them a bool."""
    return set(map(type, items)) == {int}


def _is_int(value: Value) -> TypeGuard[Dim]:
    return isinstance(value, int | Sym) and not isinstance(value, bool)


def _is_number(value: Value) -> TypeGuard[Number]:
    return isinstance(value, int | float | Sym | Ratio) and not isinstance(value, bool)


def _bounded(value: Dim) -> Dim:
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise OverflowError
    elif len(value.terms) > 256:
        raise OverflowError
    return value


def _repeat(items: list[Value] | tuple[Value, ...] | str, count: Dim) -> Value:
    if isinstance(count, Sym):
        raise StaticFault(f"a list cannot be repeated `{count}` times: that is not a number here")
    if len(items) * count > MAX_ITEMS:
        raise StaticFault(f"a list of {len(items) * count:,} items is past {MAX_ITEMS:,}")
    return items * count


def _sized(items: list[Value] | tuple[Value, ...] | str) -> Value:
    if len(items) > MAX_ITEMS:
        raise StaticFault(f"a list of {len(items):,} items is past {MAX_ITEMS:,}")
    return items
