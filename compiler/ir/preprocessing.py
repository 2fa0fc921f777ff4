"""How pictures, or arrays of them, become what an input of a net takes; kept in the saved model.

A recipe's `data` says it, decoding and batches follow it, and a model's metadata hold it as JSON
under the names that recipes use.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeAlias

from ...dsl.record import record
from ...dsl.text.escape import readable_json
from ..ops.base.kinds import (
    BOOL,
    FLOAT,
    INT,
    STRING,
    Kind,
    OutOfRange,
    between,
    choice,
    ints,
    optional,
    show,
    wanted,
)

KEY = "netc.preprocessing"
"""The key of a model's metadata that holds it."""
IN_GRAPH = "in_graph"
"""What the JSON calls the values that the model's own first layers change."""

Numbers: TypeAlias = float | tuple[float, ...]
"""One number for all channels, or one for each."""

LONGEST_SIDE = 1 << 16


def _finite(value: object) -> float:
    number = FLOAT.convert(value)
    if not math.isfinite(number):
        raise OutOfRange(f"{show(value)} is not finite")
    return number


def _nonzero(value: object) -> float:
    number = _finite(value)
    if number == 0:
        raise OutOfRange("0 makes all values alike")
    return number


def _positive(value: object) -> float:
    number = _finite(value)
    if number <= 0:
        raise OutOfRange(f"{show(number)} is not above 0")
    return number


def _numbers(one: Callable[[object], float], text: str) -> Kind[Numbers]:
    def convert(value: object) -> Numbers:
        if not isinstance(value, list | tuple):
            return one(value)
        if not value:
            raise OutOfRange("the list is empty")
        return tuple(one(item) for item in value)

    return Kind(text, convert)


SCALE = Kind("a number other than 0", _nonzero)
MEAN = _numbers(_finite, "a number, or a list with one for each channel")
STD = _numbers(_positive, "a number above 0, or a list with one for each channel")
SIZE = optional(ints(2))
SIDE = optional(between(INT, 1, LONGEST_SIDE, "an int of at least 1"))
INTERPOLATION = choice("bilinear", "nearest", "bicubic", "lanczos", "box", "hamming")
COLOR_ORDER = choice("rgb", "bgr")
AXES = (-1, 1, None)

KINDS: Mapping[str, Kind[Any]] = {
    "input": STRING,
    "axis": optional(INT),
    "image_size": SIZE,
    "interpolation": INTERPOLATION,
    "shorter_side": SIDE,
    "crop_to_aspect_ratio": BOOL,
    "pad_to_aspect_ratio": BOOL,
    "color_order": COLOR_ORDER,
    "scale": SCALE,
    "mean": MEAN,
    "std": STD,
}
"""What each field takes, in a recipe and in a model's metadata."""


@record
class Preprocessing:
    """What is done to pictures, or to arrays, on their way into one input.

    A picture of 0 to 255 is resized and cut to the input's size; then its channels are put in
    order, and each value becomes `(value * scale - mean) / std`. Arrays have the size already.
    """

    input: str
    """The name of the input."""
    axis: int | None = -1
    """The axis of the channels: -1, or 1 where they stand behind the batch; None: there is none."""
    image_size: tuple[int, int] | None = None
    """Height and width, where the net leaves them open."""
    interpolation: str = "bilinear"
    """Pillow's filter, by the names of `keras.utils.load_img`."""
    shorter_side: int | None = None
    """What the shorter side is resized to before the middle is cut out."""
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    color_order: str = "rgb"
    scale: float = 1.0
    mean: Numbers = 0.0
    std: Numbers = 1.0

    @property
    def changes_values(self) -> bool:
        """Whether values do not go into the net as 0 to 255, red before blue."""
        return self.geometry != self

    @property
    def geometry(self) -> Preprocessing:
        """What is left to do where the model itself does all that concerns values."""
        return replace(self, color_order="rgb", scale=1.0, mean=0.0, std=1.0)

    @property
    def plain(self) -> bool:
        """Whether it is what happens anyhow: a bilinear resize, and nothing else."""
        return self == Preprocessing(self.input, self.axis)

    def lengths(self) -> tuple[int, ...]:
        """How many channels `mean`, `std` and the order of colours ask for, where they do."""
        listed = [len(each) for each in (self.mean, self.std) if isinstance(each, tuple)]
        return (*listed, *([3] if self.color_order == "bgr" else []))

    def reach(self, low: float, high: float) -> tuple[float, float]:
        """The least and the greatest that values from `low` to `high` become."""
        means, spreads = (
            each if isinstance(each, tuple) else (each,) for each in (self.mean, self.std)
        )
        count = max(len(means), len(spreads))
        ends = [
            (value * self.scale - means[at % len(means)]) / spreads[at % len(spreads)]
            for value in (low, high)
            for at in range(count)
        ]
        return min(ends), max(ends)

    def formula(self) -> str:
        """What becomes of a value: `pixels / 255`."""
        text = "pixels" if self.color_order == "rgb" else "pixels (blue first)"
        if self.scale != 1:
            whole = round(1 / self.scale)
            by = f"/ {whole}" if math.isclose(whole * self.scale, 1) else f"* {self.scale:.6g}"
            text += f" {by}"
        if self.mean != 0:
            text += f" - {_shown(self.mean)}"
        if self.std != 1:
            text = f"({text})" if self.mean != 0 else text
            text += f" / {_shown(self.std)}"
        return text

    def resizing(self) -> str:
        """How pictures get their size, where it is not by a bilinear resize: `, cut out of 256`."""
        text = "" if self.interpolation == "bilinear" else f", {self.interpolation}"
        if self.shorter_side is not None:
            text += f", the middle of pictures whose shorter side is {self.shorter_side}"
        if self.crop_to_aspect_ratio:
            text += ", edges cut off"
        if self.pad_to_aspect_ratio:
            text += ", with black edges"
        return text


def two_ways(made: object) -> tuple[str, str] | None:
    """Two arguments of a source, or fields of a `Preprocessing`, that contradict each other."""
    ways = [
        name
        for name in ("shorter_side", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
        if getattr(made, name)
    ]
    return (ways[0], ways[1]) if len(ways) > 1 else None


def to_metadata(made: Preprocessing | None, *, in_graph: bool = False) -> dict[str, str]:
    """The metadata that tell a model's users what to do to pictures; none where that is plain.

    With `in_graph` the model changes the values itself: only what is left is said, and under
    `in_graph` what the model does.
    """
    if made is None or made.plain:
        return {}
    left = made.geometry if in_graph else made
    entries = asdict(left)
    if in_graph:
        done = asdict(made)
        entries[IN_GRAPH] = {name: done[name] for name in ("color_order", "scale", "mean", "std")}
    return {KEY: readable_json(entries)}


def from_metadata(metadata: Mapping[str, str]) -> Preprocessing | None:
    """What a model's metadata say; None where they say nothing. Raises ValueError."""
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        entries = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(entries, dict):
        raise ValueError("not an object of JSON")
    entries.pop(IN_GRAPH, None)
    unknown = entries.keys() - KINDS.keys()
    if unknown:
        raise ValueError(f"`{min(unknown)[:40]}` is not known to this netc")
    if "input" not in entries:
        raise ValueError("`input` is missing")
    made = Preprocessing(**{name: _converted(name, value) for name, value in entries.items()})
    if made.axis not in AXES:
        raise ValueError(f"`axis` is {made.axis}")
    both = two_ways(made)
    if both is not None:
        raise ValueError(f"`{both[0]}` and `{both[1]}` contradict each other")
    if made.axis is None and max(made.lengths(), default=1) > 1:
        raise ValueError("there is no axis of channels for lists of numbers")
    return made


def _converted(name: str, value: object) -> Any:
    try:
        return KINDS[name].convert(value)
    except ValueError as error:
        raise ValueError(f"`{name}` takes {wanted(KINDS[name], error)}") from None


def _shown(value: Numbers) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(f'{each:.6g}' for each in value)}]"
    return f"{value:.6g}"
