"""What is remembered of a text in the place of a layer: in one net, and in this process."""

from __future__ import annotations

from collections.abc import Hashable

from ...dsl.record import record
from ..ir.graph import Inferred
from ..link.module import Module
from ..ops.base.op import Op
from ..shapes.types import TensorType


@record
class Meaning:
    """What the text of a layer whose arguments are literals means, and what it takes to find out.

    It means that wherever nothing of the program is called as one of its words.
    """

    names: frozenset[str]
    """Its words."""
    op: Op
    base: str
    """What its uses are called where nothing else names them."""
    key: Hashable
    """What equal calls have in common."""
    steps: int
    """Those of the first use in a net, which makes the operator, are more."""
    evaluated: int


@record
class KnownText:
    """What a text means in one file while a net is expanded."""

    module: Module
    meaning: Meaning
    op: Op
    inferred: dict[int, tuple[TensorType, Inferred]]
    """What it makes of the types that came again, by their identity."""


MEANINGS: dict[str, Meaning] = {}
"""What texts mean that some net of this process holds."""
MOST_MEANINGS = 2000


def keep_meaning(text: str, meaning: Meaning) -> None:
    """Remembers what a text means for the nets that follow."""
    if len(MEANINGS) >= MOST_MEANINGS:
        MEANINGS.clear()
    MEANINGS[text] = meaning
