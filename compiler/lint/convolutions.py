"""Whether the numbers of a convolution are in PyTorch's order: in, out, kernel."""

from __future__ import annotations

import re

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.findings import Findings
from ...dsl.text.source import Span
from ..ir.graph import Graph, Node

LEAST_WIDTH = 12
"""Kernels below this are in use: AlexNet's first is 11 wide."""
WIDTHS = 8
"""Numbers of filters are multiples of this; kernels are mostly odd."""
KERNELS = (1, 3, 5, 7)
"""What is given as strides where a kernel is meant. Strides are mostly 1, 2 or 4."""

_VALUE = r"[\w.]+(?:\s*(?:\*|//|\+)\s*[\w.]+)*"
_NUMBERS = rf"\(\s*(({_VALUE})\s*,\s*({_VALUE})\s*,\s*({_VALUE}))\s*[,)]"


def check_order(graph: Graph, node: Node, findings: Findings) -> None:
    """Reports as many filters as channels come in, with a kernel that counts filters.

    `Conv2D(3, 64, 3)` has 3 filters of 64 by 64, which move by 3.
    """
    kernel = _one(node, "kernel_size")
    if kernel < LEAST_WIDTH:
        return
    strides, filters = _one(node, "strides"), getattr(node.op, "filters", None)
    channels = graph.type(node.inputs[0]).shape[-1]
    if filters != channels or strides not in KERNELS:
        return
    sides = graph.type(node.inputs[0]).shape[1:-1]
    wider = all(isinstance(side, int) and side < kernel for side in sides)
    # A filter of a signal has one channel in, one out, and a long kernel.
    if (kernel % WIDTHS and not wider) or (len(sides) == 1 and filters == strides == 1):
        return
    found = re.search(_NUMBERS, node.span.text)
    if found is None:
        return
    given, _, out, size = found.groups()
    start = node.span.start + found.start(1)
    name = type(node.op).__name__
    wide = " by ".join([str(kernel)] * len(sides))
    findings.fault(
        Code.CONV_ORDER,
        f"`{name}({given})` has a kernel of {wide} that moves by {strides}, and as many filters as "
        "channels come in",
        node.span,
        f"{graph.type(node.inputs[0])} comes in",
        trace=node.trace,
        help=f"`({given})` is (in, out, kernel), as PyTorch writes it; what comes in is inferred "
        f"here: write `{name}({out}, {size})`",
        fix=Fix(Span(node.span.source, start, start + len(given)), f"{out}, {size}", unsafe=True),
    )


def _one(node: Node, name: str) -> int:
    """The number that an argument has for every axis; 0 where they differ."""
    value = getattr(node.op, name, 0)
    if isinstance(value, tuple) and value:
        value = value[0] if value.count(value[0]) == len(value) else 0
    return value if isinstance(value, int) else 0
