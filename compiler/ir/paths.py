"""Layer paths: unique within their block, stable under edits of any other block."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache

from ...dsl.record import record

CHAIN = "chain"
"""What a chain is called where nothing else names it."""

MAX_DIGITS = 9
"""No net has so many layers that their numbers are longer."""

_WORD_STARTS = (re.compile(r"(.)([A-Z][a-z]+)"), re.compile(r"([a-z])([A-Z])"))


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """A layer's class name as a path component, as Keras makes its default names.

    `Conv2D` is `conv2d`, `MaxPooling2D` is `max_pooling2d`; `ReLU` is `relu`, not `re_lu`;
    `onnx.Einsum` is `einsum`.
    """
    name = name.rpartition(".")[2]
    for pattern in _WORD_STARTS:
        name = pattern.sub(r"\1_\2", name)
    return name.lower().replace("re_lu", "relu").replace("si_lu", "silu").replace("p_relu", "prelu")


def numbered(base: str, number: int) -> str:
    """The name that is the given one of those with the same base, counted from 0."""
    return f"{base}_{number}" if number else base


def split_number(name: str) -> tuple[str, int]:
    """A name that ends in a number above 0, apart; no name and 0 for any other."""
    base, _, digits = name.rpartition("_")
    if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= MAX_DIGITS:
        return base, int(digits)
    return "", 0


class Namer:
    """Gives each layer of one body a name of its own: `conv2d`, `conv2d_1`, `conv2d_2`, …"""

    __slots__ = ("_counts", "_passed", "_taken")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._taken: set[str] = set()
        self._passed: dict[str, list[range]] = {}
        """The numbers of each base that were given without making the names."""

    @property
    def bases(self) -> int:
        """How many bases there are."""
        return len(self._counts)

    def counts(self) -> dict[str, int]:
        """The next number of each base."""
        return dict(self._counts)

    def pass_over(self, base: str, count: int) -> None:
        """Gives some numbers of a base, whose names nobody else may be given."""
        first = self._counts.get(base, 0)
        self._counts[base] = first + count
        self._passed.setdefault(base, []).append(range(first, first + count))

    def _is_passed(self, name: str) -> bool:
        base, number = split_number(name)
        return any(number in each for each in self._passed.get(base, ()))

    def unique(self, base: str) -> str:
        """`base`, or `base_k` with the first number that is free."""
        count = self._counts.get(base, 0)
        name = f"{base}_{count}" if count else base
        while name in self._taken or (self._passed and self._is_passed(name)):
            count += 1
            name = f"{base}_{count}"
        self._counts[base] = count + 1
        self._taken.add(name)
        return name


@record(frozen=False)
class Place:
    """Where in the graph layers are being made.

    `weights` is the prefix their weights live under; it differs from `prefix` inside a shared
    block, whose every use has nodes of its own. `shared` says that this is inside one.
    """

    prefix: str = ""
    weights: str = ""
    namer: Namer = field(default_factory=Namer)
    shared: bool = False

    def unique(self, base: str) -> Spot:
        """A free spot called `base` here."""
        name = self.namer.unique(base)
        return Spot(self.prefix + name, self.weights + name, self.shared)


@record
class Spot:
    """The path of one layer, and the path of its weights; whether other uses may share those."""

    path: str
    layer: str
    shared: bool = False

    def inside(self) -> Place:
        """The place below this spot."""
        return Place(f"{self.path}/", f"{self.layer}/", shared=self.shared)
