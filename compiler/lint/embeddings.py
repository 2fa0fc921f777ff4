"""Whether the two sizes of an Embedding look swapped."""

from __future__ import annotations

import re

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.findings import Findings
from ...dsl.text.source import Span
from ..ir.graph import Graph, Node

LEAST_WORDS = 1000
"""A row this long may be a vocabulary."""
LEAST_WIDTH = 16
"""Tables of fewer rows are for flags and classes: BERT has 2 kinds of tokens in 768 numbers."""
WIDTHS = 64
"""Widths of published models are multiples of this; most sizes of vocabularies are not."""
FAR = 16
"""A multiple of `WIDTHS` is a vocabulary where it is this many times the rows. Byte models come
near it: 256 rows of 4096."""

_SIZES = r"\(\s*(?:(?:input|output)_dim\s*=\s*)?(\w+)(\s*,\s*(?:(?:input|output)_dim\s*=\s*)?)(\w+)"


def check_embedding(graph: Graph, node: Node, findings: Findings) -> None:
    """Reports few rows that are as long as a vocabulary: `Embedding(64, 10000)`."""
    rows = int(getattr(node.op, "input_dim", 0))
    width = int(getattr(node.op, "output_dim", 0))
    if rows < LEAST_WIDTH or width < LEAST_WORDS:
        return
    if width <= (2 if width % WIDTHS else FAR) * rows:
        return
    findings.fault(
        Code.EMBEDDING_SWAPPED,
        f"a table of {rows} rows that are {width:,} long: its sizes look swapped",
        node.span,
        f"takes integers below {rows}",
        trace=node.trace,
        help=f"the number of words comes first: write `Embedding({width}, {rows})`",
        fix=_swapped(node.span),
    )


def _swapped(call: Span) -> Fix | None:
    """The edit that swaps the two sizes; None where they are not plainly written."""
    found = re.search(_SIZES, call.text)
    if found is None:
        return None
    first, between, second = found.groups()
    start = call.start + found.start(1)
    span = Span(call.source, start, start + len(first + between + second))
    return Fix(span, f"{second}{between}{first}", unsafe=True)
