"""Whether arithmetic pairs every sample of a batch with every other: `[N, 1] - [N]` is `[N, N]`."""

from __future__ import annotations

import re

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.text.source import Span
from ..ir.graph import Graph, Node
from ..shapes.dims import Sym
from ..shapes.types import TensorType, show_shape

_OPERATION = r"(?P<left>\w+)(?P<sign>\s*[-+*/]\s*)(?P<right>\w+)"


def check_pairs(graph: Graph, node: Node, findings: Findings) -> None:
    """Reports arithmetic of two ranks whose result has the batch twice, which neither had.

    Who means it writes the new axis out: `a[:, none] - b` is left alone.
    """
    if len(node.inputs) != 2 or getattr(node.op, "op", "") == "@":
        return
    types = [graph.type(ref) for ref in node.inputs]
    batch = _batch(graph)
    if types[0].rank == types[1].rank or batch is None:
        return
    if not all(_once(type, batch) for type in types):
        return
    if sum(size == batch for size in node.outputs[0].shape) != 2:
        return
    longer = max((0, 1), key=lambda index: types[index].rank)
    if _spread(graph.node(node.inputs[longer].node)):
        return
    written = _indexed(node.span, longer) if types[longer].rank == 2 else None
    shown = [show_shape(type.shape) for type in types]
    findings.fault(
        Code.BATCH_PAIRS,
        f"{shown[0]} and {shown[1]} make {show_shape(node.outputs[0].shape)}: every sample meets "
        "every other",
        node.span,
        f"{show_shape(node.outputs[0].shape)}",
        related=tuple(
            Related(f"{text} is made here", graph.node(ref.node).span)
            for text, ref in zip(shown, node.inputs, strict=True)
        ),
        trace=node.trace,
        help=_help(written),
        fix=None if written is None else Fix(node.span, written, unsafe=True),
    )


def _help(written: str | None) -> str:
    if written is None:
        return "give both as many axes: index the longer one with `[:, 0]`"
    return f"write `{written}`; where every pair is meant, put the axis in with `[:, none]`"


def _indexed(span: Span, longer: int) -> str | None:
    """`a - b` with the axis of size 1 taken out of the longer one, where both are plain names."""
    found = re.fullmatch(_OPERATION, span.text)
    if found is None:
        return None
    names = [found["left"], found["right"]]
    names[longer] += "[:, 0]"
    return f"{names[0]}{found['sign']}{names[1]}"


def _batch(graph: Graph) -> Sym | None:
    """The size that every input of the net begins with."""
    first = {graph.node(path).outputs[0].shape[:1] for path in graph.inputs}
    sizes = [size for shape in first for size in shape]
    return sizes[0] if len(first) == 1 and sizes and isinstance(sizes[0], Sym) else None


def _once(type: TensorType, batch: Sym) -> bool:
    return type.shape[:1] == (batch,) and sum(size == batch for size in type.shape) == 1


def _spread(node: Node) -> bool:
    """Whether an axis was put into a tensor on purpose, by `x[:, none]`."""
    return type(node.op).__name__ in ("ExpandDims", "Slice")
