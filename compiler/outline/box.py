"""The boxes of a net: layers in blocks, blocks in repeats and loops, each with what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ...dsl.record import record
from ...dsl.text.source import Span
from ..ir.graph import Ref
from ..shapes.dims import Dim
from ..shapes.types import TensorType


class Kind(Enum):
    """What a box stands for."""

    INPUT = "input"
    OUTPUT = "output"
    LAYER = "layer"
    BLOCK = "block"
    """One call of a block."""
    REPEAT = "repeat"
    """Equal boxes one behind the other: `-> Block * 12`, or a loop whose rounds are all alike."""
    LOOP = "loop"
    ROUND = "round"
    """One round of a loop."""
    NET = "net"


@record
class Cost:
    """What a box costs. FLOPs and bytes are for one example, and depend on named sizes."""

    layers: int = 0
    params: int = 0
    """Numbers in all weights; a layer that is used twice in the box counts once."""
    trainable: int = 0
    flops: Dim = 0
    bytes: Dim = 0
    """Bytes of the outputs of its layers."""


@dataclass(frozen=True, eq=False)
class Box:
    """One thing of a net.

    `path` is what the paths of its layers begin with. Boxes with equal `shape_key` have equal
    insides: the same layers with the same arguments and types, wired alike.
    """

    path: str
    kind: Kind
    name: str
    """The operator, the block, or the loop as it is written."""
    args: str
    """The arguments with their values."""
    children: tuple[Box, ...]
    nodes: tuple[str, ...]
    """The paths of the layers inside; of an output what its wire leads to."""
    outputs: tuple[TensorType, ...]
    """What leaves it, in the order it is made."""
    cost: Cost
    span: Span
    shape_key: int
    shared: bool = False
    """Whether its weights are used elsewhere, too."""

    @property
    def count(self) -> int:
        """How many boxes a repeat or a loop is made of; 1 for others."""
        return len(self.children) if self.kind in (Kind.REPEAT, Kind.LOOP) else 1

    def walk(self) -> Iterator[Box]:
        """The box and all inside it, outer ones first."""
        yield self
        for child in self.children:
            yield from child.walk()


@record
class Wire:
    """A value that goes from one place to another: `target` is a layer, or an output's node."""

    source: Ref
    target: str


@record
class Outline:
    """A net's boxes and the values between its layers."""

    root: Box
    wires: tuple[Wire, ...]
    types: dict[Ref, TensorType]
    """The type of every value."""
