"""What to say about loops in the manner of C and Python."""

from __future__ import annotations

import re

from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .tokens import TABLES
from .unexpected import UnexpectedToken, said, unexpected

_COUNTED = re.compile(
    r"\(\s*(?:(?:int|let|var|auto|size_t)\s+)?(\w+)\s*=\s*(\w+)\s*;"
    r"\s*\1\s*(<=?)\s*([^;\n()]+?)\s*;\s*(?:\1\s*\+\+|\+\+\s*\1|\1\s*\+=\s*(\w+))\s*\)"
)
"""The head of a loop in C: name, first value, sign, last value and step."""
_LOOP = "`for i in range(n) { ... }`"
_ITEMS = re.compile(r"\(\s*((?:(?:\w+\s*,\s*)*\w+)\s+in\s+.+)\)\s*\{")
"""The head of a loop over items, in parentheses."""


def loop_in_parentheses(fault: UnexpectedToken) -> Diagnostic | None:
    """`for (i in range(3))` and `for (int i = 0; ...)`."""
    if fault.found != "LPAR" or fault.kind_before() != "FOR":
        return None
    source, start = fault.tokens.source, fault.span.start
    message = "a loop goes over a list, without parentheses"
    counted = _COUNTED.match(source.text, start)
    if counted is not None:
        name, first, sign, last, step = counted.groups()
        stop = last if sign == "<" else _one_more(last)
        given = [stop] if first == "0" and step is None else [first, stop]
        head = f"{name} in range({', '.join([*given, *([step] if step else [])])})"
        fix = Fix(Span(source, start, counted.end()), head, unsafe=True)
        return said(fault, message, f"write `for {head}`, as in {_LOOP}", fix)
    items = _ITEMS.match(source.text, start)
    if items is not None:
        head = items[1].strip()
        fix = Fix(Span(source, start, items.end(1) + 1), head)
        return said(fault, message, f"write `for {head}`", fix)
    return said(fault, message, f"write {_LOOP}")


def _one_more(last: str) -> str:
    return str(int(last) + 1) if last.isdecimal() else f"{last} + 1"


def bare_list(fault: UnexpectedToken) -> Diagnostic | None:
    """`for width in 8, 16 {`: a list stands in `[ ]`."""
    if fault.found not in ("COMMA", "NUMBER") or "LBRACE" not in fault.expected:
        return None
    tokens = fault.tokens
    kinds = [TABLES.symbols[kind] for kind in tokens.kinds]
    begin = fault.index
    while kinds[begin] != "IN":
        if begin == 0 or kinds[begin] in ("LBRACE", "_NEWLINE"):
            return None
        begin -= 1
    loop = begin
    while kinds[loop] != "FOR":
        loop -= 1
    end = fault.index
    while kinds[end] not in ("LBRACE", "COLON", "_NEWLINE", "$END"):
        end += 1
    text, starts, ends = tokens.source.text, tokens.starts, tokens.ends
    spans = [(starts[at], ends[at]) for at in range(begin + 1, end)]
    last = ends[end - 1] if kinds[end - 1] != "COMMA" else ends[end - 2]
    items = text[spans[0][0] : last]
    if fault.found == "NUMBER":
        items = ", ".join(text[a:b] for a, b in spans)
    if "\n" in items:
        return None
    fix = Fix(Span(tokens.source, spans[0][0], ends[end - 1]), f"[{items}]")
    head = text[starts[loop] : ends[begin]]
    return unexpected(fault, f"a list stands in `[ ]`: `{head} [{items}] {{`", fix)


def comprehension(fault: UnexpectedToken) -> Diagnostic | None:
    """`[Dense(i) for i in range(3)]`."""
    if fault.found == "FOR" and fault.expected & {"RSQB", "RPAR"}:
        return unexpected(fault, "a `for` is a statement of its own, with a body in `{ }`")
    return None
