"""Whether what `data` says of pixels fits the input that they go into."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ...ir.graph import Node
from ...ir.preprocessing import Preprocessing
from ...ops.core.preprocessing import Rescaling
from ...shapes.types import FLOATS
from ..prepared import picture_sizes, prepared_input, preprocessing_of
from ..read.case import Case, Given

SMALL = 1 / 16
"""Factors below this make small numbers of bytes; two of them in a row are one too many."""
VALUES = (("scale", 1), ("mean", 0), ("std", 1))
"""The arguments of a source that make other numbers of values, and what changes nothing."""


def check_preprocessing(case: Case) -> None:
    """Reports scales, channels and sizes that an input cannot have."""
    given, source = case.given.get("data"), case.data
    if given is None or source is None:
        return
    if prepared_input(case.checked) is None:
        _check_unused(case, given)
        return
    made = preprocessing_of(source, case.checked)
    if made is None:
        return
    node = case.checked.graph.node(made.input)
    _check_channels(case, given, made, node)
    _check_size(case, given, made, node)
    if node.outputs[0].dtype in FLOATS:
        _check_twice(case, given, made, node)
    else:
        _check_dtype(case, given, made, node)


def _check_unused(case: Case, given: Given) -> None:
    """Reports values for the one input of pictures where there is none, or several."""
    for name, neutral in VALUES:
        if getattr(case.data, name, neutral) != neutral:
            inputs = ", ".join(f"`{path}`" for path in case.checked.graph.inputs)
            case.findings.fault(
                Code.DATA_MISFIT,
                f"`{name}` is for the one input of pictures, and `{case.checked.name}` has "
                f"{inputs}",
                given.argument(name),
                "for which one?",
                help="scale in the net: `image -> Rescaling(1 / 255)`",
            )


def _check_channels(case: Case, given: Given, made: Preprocessing, node: Node) -> None:
    type = node.outputs[0]
    channels = 1 if made.axis is None or type.rank < 2 else type.shape[made.axis]
    has = f"`{node.path}` has {'one channel' if channels == 1 else f'{channels} channels'}"
    for name in ("mean", "std"):
        value = getattr(made, name)
        if isinstance(value, tuple) and len(value) != 1 and len(value) != channels:
            case.findings.fault(
                Code.DATA_MISFIT,
                f"`{name}` holds {len(value)} numbers, and {has}",
                given.argument(name),
                "one for each channel",
                related=(_declared(node),),
                help="give one number for all, or one for each channel",
            )
    if made.color_order != "rgb" and channels != 3:
        case.findings.fault(
            Code.DATA_MISFIT,
            f"`color_order` is about three channels, and {has}",
            given.argument("color_order"),
            "of three channels",
            related=(_declared(node),),
            help="remove it",
        )


def _check_dtype(case: Case, given: Given, made: Preprocessing, node: Node) -> None:
    """Reports fractions for an input of integers."""
    for name, neutral in VALUES:
        if getattr(made, name) != neutral:
            case.findings.fault(
                Code.DATA_MISFIT,
                f"`{name}` makes floats, and `{node.path}` is {node.outputs[0]}",
                given.argument(name),
                "makes floats",
                related=(_declared(node),),
                help="make the input float32, or scale in the net by `Rescaling(1 / 255)`",
            )
            return


def _check_size(case: Case, given: Given, made: Preprocessing, node: Node) -> None:
    """Reports a resize to less than the net's size, of which no middle can be cut."""
    sizes = picture_sizes(node.outputs[0])
    if made.shorter_side is None or sizes is None:
        return
    known = made.image_size or sizes
    larger = [size for size in known if isinstance(size, int) and size > made.shorter_side]
    if larger:
        case.findings.fault(
            Code.DATA_MISFIT,
            f"`shorter_side` is {made.shorter_side}, and the middle that is cut out is "
            f"{known[0]} by {known[1]}",
            given.argument("shorter_side"),
            "too small",
            related=(_declared(node),),
            help=f"give at least {max(larger)}",
        )


def _check_twice(case: Case, given: Given, made: Preprocessing, node: Node) -> None:
    graph = case.checked.graph
    for path in graph.readers(node.path) if abs(made.scale) < SMALL else ():
        reader = graph.node(path)
        op = reader.op
        if isinstance(op, Rescaling) and isinstance(op.scale, float) and abs(op.scale) < SMALL:
            case.findings.fault(
                Code.SCALED_TWICE,
                f"pixels are scaled here, and scaled again by `{path}`",
                given.argument("scale"),
                "scaled here",
                related=(Related("and here", reader.span),),
                help="remove one of them",
            )
            return


def _declared(node: Node) -> Related:
    return Related(f"`{node.path}` is {node.outputs[0]}", node.span)
