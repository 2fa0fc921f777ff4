"""The built-in functions and static types of the language, by name."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.record import record


@record
class Builtin:
    """A built-in function: how many arguments it takes, and what it gives."""

    least: int
    most: int
    doc: str


FUNCTIONS: Mapping[str, Builtin] = {
    "range": Builtin(1, 3, "the ints from a start, or 0, up to before a stop"),
    "len": Builtin(1, 1, "how many items a list, tuple or string has"),
    "sum": Builtin(1, 1, "the sum of a list of numbers"),
    "min": Builtin(1, 64, "the least of some numbers, or of a list"),
    "max": Builtin(1, 64, "the greatest of some numbers, or of a list"),
    "ceil": Builtin(1, 1, "the least int that is not below a number"),
    "floor": Builtin(1, 1, "the greatest int that is not above a number"),
    "abs": Builtin(1, 1, "a number without its sign"),
    "round": Builtin(1, 1, "the nearest int; of two the even one"),
    "float": Builtin(1, 1, "an int as a float"),
    "enumerate": Builtin(1, 1, "the items of a list, each as (position, item)"),
    "zip": Builtin(1, 8, "the items of lists of one length, side by side"),
}
"""The functions on compile-time values; `expand/functions.py` computes them."""

STATIC_TYPES = ("int", "float", "bool", "string", "layer", "list")
"""The types that a static parameter can have."""
