"""Whether sequences of unequal lengths fit the net, and the net knows which steps are padding."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ...ir.sequences import Sequences, mask_ends, sees_padding
from ..objects.base import DataSource
from ..objects.source_sequences import jsonl, sequence_folder
from ..objects.sources import csv, npz
from ..prepared import padded_to_longest, recipe_sequences
from ..read.case import Case, Given
from .data import misfit


def check_sequences(case: Case) -> None:
    """Reports sequences for a net that takes none, and one that takes padding for data."""
    _check_buckets(case)
    source, given = case.data, case.given.get("data")
    argument = _argument(source)
    if given is None or argument is None:
        return
    found = recipe_sequences(source, case.net)
    if found is None:
        name = case.net.graph.inputs[0]
        made = case.net.graph.node(name).outputs[0]
        if argument != "length":
            misfit(
                case,
                given.argument(argument),
                "sequences",
                f"a sequence is [N, steps, …], and `{name}` is {made}",
                "give the input an axis of steps, such as float32[N, T, 6]",
            )
        return
    fixed = case.net.graph.node(found.input).outputs[0].shape[1]
    length = getattr(source, "length", None)
    if isinstance(fixed, int) and length not in (None, fixed):
        misfit(
            case,
            given.argument("length"),
            "does not fit",
            f"`length` is {length}, and `{found.input}` has {fixed} steps",
            "remove `length`: sequences get the size of the input",
        )
    _check_seen(case, given, argument, found)


def _check_buckets(case: Case) -> None:
    """Reports batches by length where all of them have the same."""
    buckets, given = case.given.get("bucket_by_length"), case.given.get("data")
    if buckets is None or buckets.value is not True or given is None:
        return
    found = recipe_sequences(case.data, case.net)
    if found is not None and found.length is None:
        return
    why = "these data bring no sequences of unequal lengths"
    if found is not None:
        why = f"every batch has {found.length} steps"
    case.findings.fault(
        Code.IDLE_ARGUMENT,
        f"{why}, so batches have one length anyhow",
        buckets.span,
        "changes nothing",
        related=(Related("these data", given.span),),
        help="remove `bucket_by_length`",
    )


def _argument(source: DataSource | None) -> str | None:
    """The argument that makes samples of unequal lengths; None where they are not."""
    if isinstance(source, sequence_folder | jsonl):
        return "path"
    if isinstance(source, npz):
        return "lengths" if source.lengths is not None else None
    if not isinstance(source, csv):
        return None
    if source.sequence is not None:
        return "sequence"
    return "length" if padded_to_longest(source) else None


def _check_seen(case: Case, given: Given, argument: str, found: Sequences) -> None:
    graph = case.net.graph
    input = graph.node(found.input)
    made = input.outputs[0]
    span, related = given.argument(argument), Related(f"`{input.path}` is {made}", input.span)
    if not sees_padding(case.net):
        ids = "int" in made.dtype
        case.findings.fault(
            Code.PADDING_COUNTS,
            f"sequences are padded, and nothing tells `{case.net.name}` which steps of "
            f"`{input.path}` are real",
            span,
            "of unequal lengths",
            related=(related,),
            help="give its `Embedding` `mask_zero=true`"
            if ids
            else f"put `Masking` behind `{input.path}`, or take `real: bool[N, T]` and give it to "
            "the layers",
        )
        return
    end = mask_ends(case.net, made.shape[1])
    if end is not None:
        assert end.op is not None
        case.findings.fault(
            Code.PADDING_COUNTS,
            f"sequences are padded, and the mask of `{input.path}` ends at `{end.op.name}`: behind "
            "it padded steps count",
            span,
            "of unequal lengths",
            related=(Related(f"`{end.op.name}` takes no mask", end.span),),
            help="use layers that skip masked steps, or attention with `value_mask`",
        )
