"""Whether a batch normalization is over the channels, which come last."""

from __future__ import annotations

import re

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.findings import Findings
from ...dsl.text.source import Span
from ..ir.graph import Graph, Node
from ..shapes.types import normal_axis

_AXIS = r"axis\s*=\s*(-?\w+)"


def check_axis(graph: Graph, node: Node, findings: Findings) -> None:
    """Reports a normalization over an axis that is not the last, as `[N, C, H, W]` had it."""
    type = node.outputs[0]
    given = getattr(node.op, "axis", -1)
    axis = normal_axis(given, type.rank)
    if axis is None or axis == type.rank - 1:
        return
    findings.fault(
        Code.NORM_AXIS,
        f"`axis={given}` of {type} are not the channels, which come last",
        node.span,
        f"one mean for each of {type.shape[axis]}",
        trace=node.trace,
        help="remove `axis`: the last one is meant where it is not given",
        fix=_without_axis(node.span),
    )


def _without_axis(call: Span) -> Fix | None:
    """The edit that lets an argument say the last axis; None where it is not written so."""
    found = re.search(_AXIS, call.text)
    if found is None:
        return None
    text, start, end = call.text, found.start(), found.end()
    rest = text[end:]
    if rest.lstrip().startswith(","):
        end = len(text) - len(rest.lstrip()[1:].lstrip())
    elif text[:start].rstrip().endswith(","):
        start = len(text[:start].rstrip()[:-1].rstrip())
    return Fix(Span(call.source, call.start + start, call.start + end), "", unsafe=True)
