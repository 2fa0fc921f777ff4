"""The rules that look for the cause of a refusal, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...dsl.diagnostics.codes import Code
from . import (
    axes,
    batches,
    declared,
    divisors,
    joined,
    loops,
    missing,
    order,
    ranks,
    repairs,
    scales,
    sequences,
    shortcuts,
    sides,
    sizes,
    sums,
    widths,
    windows,
)
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

_SIGNATURE = frozenset((Code.SIGNATURE,))

FINDERS: tuple[Finder, ...] = (
    Finder(
        "arrow missing",
        "the line behind a returned chain is a layer without `->`",
        "`->` in front of it",
        missing.arrow_missing,
        _SIGNATURE,
    ),
    Finder(
        "PyTorch's order",
        "the first numbers of a convolution are (in, out, kernel)",
        "`Conv2D(64, 3)`: what comes in is inferred",
        order.torch_order,
        _ALL,
    ),
    Finder(
        "channels first",
        "a net's input has its channels in front of the picture",
        "`[N, 224, 224, 3]` in the signature",
        axes.channels_first,
        _ALL,
    ),
    Finder(
        "block channels first",
        "a block names its channels in front of the picture",
        "`[N, H, W, C]` in the signature",
        axes.block_channels_first,
        _ALL,
    ),
    Finder(
        "result channels first",
        "a result is declared with its channels in front of the picture",
        "`[N, 28, 28, 1]` in the signature",
        axes.result_channels_first,
        _SIGNATURE,
    ),
    Finder(
        "batch missing",
        "a net's input has no batch axis",
        "`[N, 224, 224, 3]` in the signature",
        axes.batch_missing,
        _ALL,
    ),
    Finder(
        "never applied",
        "a layer has a name, nothing goes through it, and with it everything fits",
        "its name in the chain",
        missing.never_applied,
        _ALL,
    ),
    Finder(
        "whole numbers declared as others",
        "an input of float32 goes where whole numbers are taken",
        "`int32[N, 200]` in the signature",
        declared.ids_as_floats,
        frozenset((Code.DTYPE,)),
    ),
    Finder(
        "embedding missing",
        "whole numbers go where a vector for each is taken",
        "`-> Embedding(input_dim, output_dim)`",
        sequences.embedding_missing,
        frozenset((Code.RANK, Code.DTYPE, Code.SIGNATURE)),
    ),
    Finder(
        "sequence dropped",
        "a recurrent layer in front of one that takes steps gives its last state alone",
        "`return_sequences=true`",
        sequences.sequence_dropped,
        frozenset((Code.RANK, Code.SIGNATURE)),
    ),
    Finder(
        "sequence kept",
        "the last recurrent layer gives every step, and a vector is wanted",
        "`return_sequences=false`, or a pool over the steps",
        sequences.sequence_kept,
        frozenset((Code.SIGNATURE, Code.SHAPE)),
    ),
    Finder(
        "maps into steps",
        "a recurrent layer gets pictures",
        "`Reshape((steps, features))`, or `TimeDistributed`",
        sequences.maps_into_steps,
        frozenset((Code.RANK,)),
    ),
    Finder(
        "flattened too early",
        "`Flatten` or a pool over everything stands in front of a layer that needs the axes",
        "one of the two goes, or changes places",
        ranks.flattened_too_early,
        frozenset((Code.RANK, Code.SIGNATURE)),
    ),
    Finder(
        "sizes that fit only sometimes",
        "two sizes are equal for some numbers of a named size, such as the even ones alone",
        "`[N, 2 * H, 2 * W, 3]` in the signature",
        sizes.only_sometimes,
        _TWO_SIDES | {Code.SIGNATURE},
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
        "strides of a pool",
        "a pool stands beside layers that keep the size of the map",
        "`strides=1`, with `padding=same`",
        repairs.pool_strides,
        frozenset((Code.SHAPE,)),
    ),
    Finder(
        "factor of an enlargement",
        "one side is enlarged by another factor than makes it as large as the other",
        "the factor that does",
        scales.enlarged_otherwise,
        _TWO_SIDES,
    ),
    Finder(
        "enlargement missing",
        "one side is smaller than the other by a whole factor",
        "`-> UpSampling2D(2)`, or a pool on the other side",
        scales.not_enlarged,
        _TWO_SIDES,
    ),
    Finder(
        "size of a start",
        "maps that a `Reshape` starts are enlarged to another size than is promised",
        "the size from which the promised one is reached",
        scales.starts_small,
        _SIGNATURE,
    ),
    Finder(
        "odd halves",
        "what was halved at an odd size and enlarged again meets what was not",
        "a pad or a crop, or sizes that can be halved",
        shortcuts.odd_halves,
        _TWO_SIDES | _SIGNATURE,
    ),
    Finder(
        "result without a batch",
        "a net's result is declared as what is made of one sample",
        "`[N, 10]` in the signature",
        axes.result_batch_missing,
        _SIGNATURE,
    ),
    Finder(
        "keepdims missing",
        "a pool or mean drops axes that the tensor it meets has",
        "`keepdims=true`",
        repairs.keepdims_missing,
        _TWO_SIDES | {Code.SIGNATURE},
    ),
    Finder(
        "batch in a reshape",
        "the sizes of a `Reshape` begin with the batch, or with -1 in its place",
        "the sizes of one sample",
        batches.batch_reshaped,
        _ALL,
    ),
    Finder(
        "flatten missing",
        "maps or steps reach the last layers, and the signature wants one vector",
        "`-> Flatten`, or a pool over all places",
        missing.flatten_missing,
        _SIGNATURE,
    ),
    Finder(
        "maps beside vectors",
        "maps or steps are put together with vectors",
        "`-> Flatten`, or a pool over all places",
        missing.maps_beside_vectors,
        frozenset((Code.SHAPE,)),
    ),
    Finder(
        "groups",
        "groups do not divide the channels",
        "a number that divides them",
        divisors.groups_misfit,
        frozenset((Code.SHAPE,)),
    ),
    Finder(
        "division with a remainder",
        "heads or another number do not divide what `//` divides by them",
        "a number that divides it",
        divisors.floored_division,
        frozenset((Code.SHAPE, Code.SIGNATURE, Code.BROADCAST)),
    ),
    Finder(
        "elements of a reshape",
        "the sizes of a `Reshape` hold more or fewer elements than come in",
        "sizes like those written that hold as many",
        widths.reshape_product,
        frozenset((Code.SHAPE,)),
    ),
    Finder(
        "rounds of a loop",
        "a size lacks what some more rounds of a loop would add",
        "that many rounds",
        loops.loop_count,
        _SIGNATURE,
    ),
    Finder(
        "window too large",
        "layers on the way have made the map smaller than a kernel or pool",
        "`padding=same` on the way, or fewer pools",
        windows.window_too_large,
        frozenset((Code.EMPTY_DIM,)),
    ),
    Finder(
        "branch left out",
        "a tensor that nothing reads would make the result as wide as it is promised",
        "`(a, b) -> Concatenate`",
        joined.branch_left_out,
        _SIGNATURE,
    ),
    Finder(
        "promised width",
        "a layer makes another number of channels than the signature says",
        "the number of the signature, or the signature's of the layer; or a last `Dense`",
        widths.promised_width,
        _SIGNATURE,
    ),
    Finder(
        "size of a weight",
        "a weight of the net's own has another size than the tensor it meets",
        "the size of the tensor",
        declared.size_of_a_weight,
        frozenset((Code.BROADCAST,)),
    ),
    Finder(
        "width of a gate",
        "what multiplies maps at all places at once has another width",
        "the width of the maps",
        sides.gate_width,
        frozenset((Code.BROADCAST,)),
    ),
    Finder(
        "shortcut without projection",
        "what came in is added to what layers with other channels made of it",
        "`(x -> Conv2D(width, 1))` in its place",
        shortcuts.unprojected,
        frozenset((Code.BROADCAST,)),
    ),
    Finder(
        "width of a side",
        "the last layer of one side of a sum makes another width than the other side has",
        "the width of the other side",
        sides.side_width,
        frozenset((Code.BROADCAST,)),
    ),
    Finder(
        "sums of sizes",
        "sizes of several names are equal for some numbers of them, such as those whose sum is 96",
        "`[N, 96 - H, 8]` in the signature",
        sums.only_together,
        _TWO_SIDES | {Code.SIGNATURE},
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
