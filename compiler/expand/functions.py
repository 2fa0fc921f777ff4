"""The built-in functions on compile-time values: `range`, `len`, `min` and their like."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ..link.builtins import FUNCTIONS
from ..shapes.dims import DimTooComplex, Sym, ceil_div, dim_max, dim_min, floor_div
from .statics import MAX_ITEMS, StaticFault, StaticTypeFault, are_ints, binary
from .values import Ratio, Value, kind_of


def call(name: str, args: Sequence[Value]) -> Value:
    """A built-in function. Raises StaticFault."""
    least, most, function = FUNCTIONS[name].least, FUNCTIONS[name].most, _COMPUTE[name]
    if not least <= len(args) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise StaticTypeFault(
            f"`{name}` takes {wanted} argument{'s' * (most != 1)}, got {len(args)}"
        )
    try:
        return function(*args)
    except DimTooComplex as error:
        raise StaticFault(f"`{name}` would make {error}") from None


def _range(*args: Value) -> Value:
    numbers = [a for a in args if isinstance(a, int) and not isinstance(a, bool)]
    if len(numbers) != len(args):
        bad = next(a for a in args if a not in numbers)
        raise StaticTypeFault(f"`range` needs ints, got {kind_of(bad)}")
    return list(_range_of(*numbers))


def _range_of(*numbers: int) -> range:
    if any(abs(number) > 2**62 for number in numbers):
        raise StaticFault(f"`range` past the limit of {MAX_ITEMS:,} values")
    if len(numbers) == 3 and numbers[2] == 0:
        raise StaticFault("`range` cannot take steps of 0")
    result = range(*numbers)
    if len(result) > MAX_ITEMS:
        raise StaticFault(f"`range` of {len(result):,} values is past the limit of {MAX_ITEMS:,}")
    return result


def _len(value: Value) -> Value:
    if isinstance(value, list | tuple | str):
        return len(value)
    raise StaticTypeFault(f"`len` needs a list, got {kind_of(value)}")


def _sum(value: Value) -> Value:
    if not isinstance(value, list | tuple):
        raise StaticTypeFault(f"`sum` needs a list, got {kind_of(value)}")
    if are_ints(value):
        return binary("+", 0, sum(value))
    total: Value = 0
    for element in value:
        total = binary("+", total, element)
    return total


def _extreme(name: str, args: tuple[Value, ...]) -> Value:
    items = args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args
    if not items:
        raise StaticFault(f"`{name}` of nothing")
    if are_ints(items):
        return max(items) if name == "max" else min(items)
    dims = [i for i in items if isinstance(i, int | Sym) and not isinstance(i, bool)]
    if len(dims) == len(items):
        dims = list(dict.fromkeys(dims))
        return dim_max(*dims) if name == "max" else dim_min(*dims)
    numbers = [i for i in items if isinstance(i, int | float) and not isinstance(i, bool)]
    if len(numbers) != len(items):
        raise StaticTypeFault(f"`{name}` needs numbers")
    return max(numbers) if name == "max" else min(numbers)


def _round_to(name: str, value: Value) -> Value:
    if isinstance(value, Ratio):
        divide = ceil_div if name == "ceil" else floor_div
        return divide(value.numerator, value.denominator)
    if isinstance(value, int | Sym):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return math.ceil(value) if name == "ceil" else math.floor(value)
    raise StaticTypeFault(f"`{name}` needs a number, got {kind_of(value)}")


def _abs(value: Value) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value)
    raise StaticTypeFault(f"`abs` needs a number, got {kind_of(value)}")


def _round(value: Value) -> Value:
    if isinstance(value, int | float) and math.isfinite(value):
        return round(value)
    raise StaticTypeFault(f"`round` needs a number, got {kind_of(value)}")


def _float(value: Value) -> Value:
    if isinstance(value, int | float):
        return float(value)
    raise StaticTypeFault(f"`float` needs a number, got {kind_of(value)}")


def _enumerate(value: Value) -> Value:
    if isinstance(value, list | tuple):
        return [(i, element) for i, element in enumerate(value)]
    raise StaticTypeFault(f"`enumerate` needs a list, got {kind_of(value)}")


def _zip(*lists: Value) -> Value:
    rows = [value for value in lists if isinstance(value, list | tuple)]
    if len(rows) != len(lists):
        raise StaticTypeFault("`zip` needs lists")
    if len({len(row) for row in rows}) > 1:
        raise StaticFault(f"`zip` needs lists of one length, got {[len(row) for row in rows]}")
    return list(zip(*rows, strict=True))


_COMPUTE: Mapping[str, Callable[..., Value]] = {
    "range": _range,
    "len": _len,
    "sum": _sum,
    "min": lambda *args: _extreme("min", args),
    "max": lambda *args: _extreme("max", args),
    "ceil": lambda value: _round_to("ceil", value),
    "floor": lambda value: _round_to("floor", value),
    "abs": _abs,
    "round": _round,
    "float": _float,
    "enumerate": _enumerate,
    "zip": _zip,
}
