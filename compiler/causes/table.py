"""The rules that look for the cause of a refusal, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...dsl.diagnostics.codes import Code
from . import axes, ranks, repairs
from .refused import Cause, Refused


@dataclass(frozen=True, slots=True)
class Finder:
    """One rule: what it is called, what it finds, what the cure is, and for which codes."""

    name: str
    when: str
    cure: str
    find: Callable[[Refused], Cause | None]
    codes: frozenset[Code]


_ALL = frozenset(
    (Code.BROADCAST, Code.RANK, Code.DTYPE, Code.SHAPE, Code.SIGNATURE, Code.EMPTY_DIM)
)
_TWO_SIDES = frozenset((Code.BROADCAST, Code.SHAPE))

FINDERS: tuple[Finder, ...] = (
    Finder(
        "channels first",
        "a net's input has its channels in front of the picture",
        "`[N, 224, 224, 3]` in the signature",
        axes.channels_first,
        _ALL,
    ),
    Finder(
        "result channels first",
        "a result is declared with its channels in front of the picture",
        "`[N, 28, 28, 1]` in the signature",
        axes.result_channels_first,
        frozenset((Code.SIGNATURE,)),
    ),
    Finder(
        "batch missing",
        "a net's input has no batch axis",
        "`[N, 224, 224, 3]` in the signature",
        axes.batch_missing,
        _ALL,
    ),
    Finder(
        "flattened too early",
        "`Flatten` or a pool over everything stands in front of a layer that needs the axes",
        "one of the two goes, or changes places",
        ranks.flattened_too_early,
        frozenset((Code.RANK, Code.SIGNATURE)),
    ),
    Finder(
        "valid padding",
        "a window without `padding=same` makes one side of a sum smaller",
        "`padding=same`",
        repairs.valid_padding,
        _TWO_SIDES | {Code.SIGNATURE},
    ),
    Finder(
        "strides forgotten",
        "one side of a sum has strides, and the layer on the other has none",
        "the strides of the other side",
        repairs.strides_forgotten,
        _TWO_SIDES,
    ),
    Finder(
        "keepdims missing",
        "a pool or mean drops axes that the tensor it meets has",
        "`keepdims=true`",
        repairs.keepdims_missing,
        _TWO_SIDES | {Code.SIGNATURE},
    ),
    Finder(
        "promised width",
        "a layer makes another number of channels than the signature says",
        "the number of the signature, or the signature's of the layer",
        repairs.promised_width,
        frozenset((Code.SIGNATURE,)),
    ),
)


def cause_of(refused: Refused) -> Cause | None:
    """The first cause that a rule finds; None where none does."""
    for finder in FINDERS:
        if refused.code in finder.codes:
            cause = finder.find(refused)
            if cause is not None:
                return cause
    return None
