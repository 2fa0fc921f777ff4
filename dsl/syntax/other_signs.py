"""What to say about comments of C, and about `=` beside another sign or in the place of `==`."""

from __future__ import annotations

import re

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .expected import symbols
from .unexpected import UnexpectedToken, in_pipeline, said, unexpected

_COMMENT = "comments begin with `#`"


def foreign_comment(fault: UnexpectedToken) -> Diagnostic | None:
    """A comment that begins with `//` or `/*`."""
    source = fault.tokens.source
    line_start = source.text.rfind("\n", 0, fault.span.start) + 1
    line = source.text[line_start : fault.span.end].lstrip()
    if fault.adjacent("/*") or line.startswith(("//", "/*")) or _behind_a_stage(fault):
        return said(fault, "a comment begins with `#`", _COMMENT, _commented(fault))
    if fault.found == "NAME" and "//" in line and fault.kind_before() == "NAME":
        at = source.text.rindex("//", line_start, fault.span.end)
        fix = Fix(Span(source, at, at + 2), "#", unsafe=True)
        return unexpected(fault, f"{_COMMENT}; `//` divides", fix)
    return None


def _behind_a_stage(fault: UnexpectedToken) -> bool:
    """Whether `//` follows a layer: it divides no tensors, so that a comment is meant."""
    return fault.text == "//" and in_pipeline(fault)


def _commented(fault: UnexpectedToken) -> Fix | None:
    """The edit that makes a comment of what is one elsewhere, where it begins at the token."""
    span = fault.span
    if fault.text == "//":
        return Fix(span, "#", unsafe=True)
    source = span.source
    end = source.text.find("*/", span.start + 2)
    behind = source.text[end + 2 :].partition("\n")[0].strip()
    if not fault.adjacent("/*") or end < 0 or behind:
        return None
    lines = source.text[span.start + 2 : end].strip("*").rstrip().split("\n")
    texts = [line.strip().removeprefix("* ").strip("*") for line in lines]
    indent = source.text[source.text.rfind("\n", 0, span.start) + 1 : span.start]
    join = "\n" + (indent if not indent.strip() else "")
    made = join.join(f"# {text.strip()}".rstrip() for text in texts)
    return Fix(Span(source, span.start, end + 2), made, unsafe=True)


def equal_sign(fault: UnexpectedToken) -> Diagnostic | None:
    """`:=`, `+=` and the like, and `=` where values are compared."""
    before = fault.before()
    if fault.adjacent(":="):
        help = "write `=`"
        message = "`:=` is not an operator here"
        span = Span(fault.tokens.source, fault.span.start, fault.span.start + 2)
        return Diagnostic(Code.UNEXPECTED_TOKEN, message, span, help=help, fix=Fix(span, "="))
    if fault.found != "EQUAL" or before is None:
        return None
    if fault.kind_before() in ("PLUS", "MINUS", "STAR", "TIMES") and before.end == fault.span.start:
        return _written_out(fault, before)
    if "COMPARE" not in fault.expected:
        return None
    stack = symbols(fault.states)
    for symbol in reversed(stack):
        if symbol in ("EQUAL", "IF", "ASSERT", "EXPECT", "RETURN", "AND", "OR", "NOT"):
            fix = Fix(fault.span, "==")
            return said(fault, "`=` names a value, it does not compare", "compare with `==`", fix)
        if symbol in ("LBRACE", "_NEWLINE", "LPAR"):
            break
    if "EXPECT" in stack:
        fix = Fix(fault.span, "==")
        return said(fault, "a contract is a comparison", "compare with `==`", fix)
    if stack and "LPAR" in stack and fault.expected & {"RPAR"}:
        return said(fault, "only a plain name can be given a value by `=`", "compare with `==`")
    return said(fault, "only a name can stand to the left of `=`", "to compare, write `==`")


def _written_out(fault: UnexpectedToken, sign: Span) -> Diagnostic:
    """`x += y`: what the sign would do, in full; the edit takes the rest of the line."""
    name, source = fault.before(2), fault.tokens.source
    if name is None or fault.kind_before(2) != "NAME":
        name = None
    known = name.text if name is not None else "x"
    message = f"`{sign.text}=` is not an operator here"
    help = f"write it out: `{known} = {known} {sign.text} ...`"
    code = source.text[fault.span.end :].partition("\n")[0].partition("#")[0].rstrip()
    value = code.strip()
    if name is None or not value or value.count("(") != value.count(")"):
        return said(fault, message, help)
    if re.fullmatch(r"[\w.]+(\([^()]*\))?", value) is None:
        value = f"({value})"
    whole = Span(source, name.end, fault.span.end + len(code))
    return said(fault, message, help, Fix(whole, f" = {name.text} {sign.text} {value}"))
