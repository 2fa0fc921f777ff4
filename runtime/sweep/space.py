"""What `--set` of a sweep says: ranges, choices, and settings that stay."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...compiler.expand.values import Value
from ...compiler.ops.base.kinds import show
from ..api.literal import literal
from ..errors import SettingError
from ..runs.sweeps import Choice, Parameter, as_text

_RANGE = re.compile(r"([^,()\[\]\"]*?[^,()\[\]\".])\.\.([^,:()\[\]\".][^,:()\[\]\"]*)(?::(.*))?")
_OPENING, _CLOSING = "([{", ")]}"
MOST_CHOICES, MOST = 1000, 2**53
"""Choices of one setting; how far a range may reach, which floats can count."""


@dataclass(frozen=True)
class Space:
    """All settings of a sweep in the order they were given: some tried, the others fixed."""

    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, Value]
    order: tuple[str, ...]

    @property
    def size(self) -> int | None:
        """How many settings there are; None where that has no number."""
        sizes = [each.size for each in self.parameters]
        known = [size for size in sizes if size is not None]
        return math.prod(known) if len(known) == len(sizes) else None

    def settings(self, values: Mapping[str, Choice]) -> dict[str, Value]:
        """All settings with some values of parameters, by name; others are left out."""
        known = {each.name: each for each in self.parameters}
        found: dict[str, Value] = {}
        for name in self.order:
            if name in self.fixed:
                found[name] = self.fixed[name]
            elif name in values:
                value = values[name]
                listed = isinstance(value, str) and bool(known[name].choices)
                found[name] = literal(str(value)) if listed else value
        return found

    def texts(self) -> dict[str, str]:
        """What was written of each."""
        tried = {each.name: each.text for each in self.parameters}
        return {n: tried[n] if n in tried else as_text(self.fixed[n]) for n in self.order}


def read_space(settings: Sequence[str]) -> Space:
    """The space of some `NAME=VALUE`, `NAME=LOW..HIGH[:log|:step=S]` and `NAME=A,B,…`.

    Raises SettingError for one that is none of these, a range that is empty or has no logarithm, a
    name that is given twice, and where nothing is tried.
    """
    parameters: list[Parameter] = []
    fixed: dict[str, Value] = {}
    order: list[str] = []
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals or not all(part.isidentifier() for part in name.split(".")):
            raise SettingError(
                f"a sweep takes NAME=VALUE, NAME=LOW..HIGH or NAME=A,B; got `{setting}`"
            )
        if name in order:
            raise SettingError(f"`{name}` is given twice")
        order.append(name)
        found = _parameter(name, text)
        if found is None:
            fixed[name] = literal(text)
        else:
            parameters.append(found)
    if not parameters:
        single = f", and `{settings[-1]}` is one value" if settings else ""
        raise SettingError(
            f"a sweep tries values of something{single}: give a range such as "
            "optimizer.learning_rate=1e-4..1e-1:log, or choices such as batch=16,32"
        )
    return Space(tuple(parameters), fixed, tuple(order))


def _parameter(name: str, text: str) -> Parameter | None:
    """The parameter that a text describes; None where it is one value."""
    choices = list(_split(text))
    if len(choices) > 1:
        return _choices(name, text, choices)
    match = _RANGE.fullmatch(text)
    ends = [] if match is None else [_number(match[1]), _number(match[2])]
    if match is None or ends == [None, None]:
        return None
    low, high = ends
    if low is None or high is None:
        raise SettingError(f"`{name}={text}`: both ends of a range are numbers")
    return _range(name, text, low, high, match[3])


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand in no brackets and no quotes."""
    depth, quoted, part = 0, False, ""
    for at, letter in enumerate(text):
        if letter == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        if not quoted:
            depth += (letter in _OPENING) - (letter in _CLOSING)
            if letter == "," and depth == 0:
                yield part.strip()
                part = ""
                continue
        part += letter
    yield part.strip()


def _choices(name: str, text: str, parts: Sequence[str]) -> Parameter:
    if not all(parts):
        raise SettingError(f"`{name}={text}`: between two commas there is no value")
    if len(parts) > MOST_CHOICES:
        raise SettingError(f"`{name}` has {len(parts):,} choices, more than {MOST_CHOICES:,}")
    found: list[Choice] = []
    for part in parts:
        value = literal(part)
        # A study keeps plain values; what is none is kept as its text and read again.
        kept: Choice = value if isinstance(value, bool | int | float) or value is None else part
        if kept in found:
            raise SettingError(f"`{name}={text}`: `{part}` is there twice")
        if isinstance(kept, float) and not math.isfinite(kept):
            raise SettingError(f"`{name}={text}`: `{part}` is no finite number")
        found.append(kept)
    return Parameter(name, text, tuple(found))


def _range(name: str, text: str, low: float, high: float, how: str | None) -> Parameter:
    said = f"`{name}={text}`"
    if not (-MOST <= low <= MOST and -MOST <= high <= MOST):
        raise SettingError(f"{said}: an end is too large")
    if not low < high:
        raise SettingError(f"{said}: the range is empty: {show(low)} is not below {show(high)}")
    step: float | None = None
    if how is not None and how.startswith("step="):
        step = _number(how.removeprefix("step="))
        if step is None or not 0 < step <= high - low:
            raise SettingError(f"{said}: a step is a number above 0, and no longer than the range")
    elif how is not None and how != "log":
        raise SettingError(f"{said}: behind a range stands `:log` or `:step=NUMBER`, not `:{how}`")
    if how == "log" and low <= 0:
        raise SettingError(f"{said}: {show(low)} has no logarithm; `:log` takes ends above 0")
    whole = (
        isinstance(low, int) and isinstance(high, int) and (step is None or isinstance(step, int))
    )
    if step is not None:
        high = low + step * int((high - low) / step + 1e-9)
    if not whole:
        low, high = float(low), float(high)
    return Parameter(name, text, (), low, high, how == "log", step)


def _number(text: str) -> float | None:
    value = literal(text.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value
