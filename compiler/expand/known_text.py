"""What is remembered of a text in the place of a layer."""

from __future__ import annotations

from ...dsl.record import record
from ..ir.graph import Inferred
from ..link.module import Module
from ..ops.base.op import Op
from ..shapes.types import TensorType


@record
class KnownText:
    """What a text in the place of a layer means, and what it takes to find that out."""

    module: Module
    names: frozenset[str]
    """The words of the text that a name of the program would hide."""
    op: Op
    base: str
    """What its uses are called where nothing else names them."""
    steps: int
    evaluated: int
    inferred: dict[int, tuple[TensorType, Inferred]]
    """What it makes of the types that came again, by their identity."""
