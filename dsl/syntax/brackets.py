"""Brackets without a partner: which one, and on which line it is missing."""

from __future__ import annotations

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix, Related
from ..text.source import Span
from .tokens import CLOSERS, KIND, OPENERS, TABLES, Tokens
from .unexpected import UnexpectedToken, found_words, said

_LONGEST = 60
_SIGNS = frozenset(KIND[name] for name in ("PLUS", "MINUS", "STAR", "TIMES"))
_BRACKETS = {KIND["LPAR"]: ("(", ")"), KIND["LSQB"]: ("[", "]"), KIND["LBRACE"]: ("{", "}")}


def open_bracket(fault: UnexpectedToken) -> Diagnostic | None:
    """What to say of a bracket without partner before or at a token; None where there is none."""
    tokens = fault.tokens
    level: list[int] = []
    items = [at for at in tokens.items if at < fault.index]
    for at in range(items[-1] if items else 0, fault.index):
        kind = tokens.kinds[at]
        if kind in OPENERS:
            level.append(at)
        elif kind in CLOSERS and level:
            level.pop()
    closes = fault.found in ("RPAR", "RSQB", "RBRACE")
    if closes and (not level or tokens.kinds[level[-1]] == KIND["LBRACE"]):
        if fault.found != "RBRACE" or not level:
            return said(fault, f"this `{fault.text}` closes nothing", "delete it")
        return None
    if not level:
        return None
    opener = tokens.span(level[-1])
    kind = tokens.kinds[level[-1]]
    close = TABLES.symbols[OPENERS[kind]]
    before = fault.before()
    assert before is not None
    new_line = "\n" in tokens.source.text[before.end : fault.span.start]
    broken = closes or fault.found in ("$END", "LBRACE", "ELSE") or fault.index in tokens.items
    if not broken and not (new_line and kind != KIND["LBRACE"] and fault.kind_before() != "COMMA"):
        return None
    if close not in fault.expected and fault.found != "$END" and fault.index not in tokens.items:
        return None
    open_sign, close_sign = _BRACKETS[kind]
    if kind == KIND["LBRACE"] and fault.found != "ELSE":
        return _open_body(fault, items[-1] if items else 0, level[-1])
    message = (
        f"expected `{close_sign}` to close the `{open_sign}` at line {opener.line}, "
        f"found {found_words(fault)}"
    )
    if not new_line or kind == KIND["LBRACE"]:
        related = (Related(f"this `{open_sign}` is not closed", opener),)
        return Diagnostic(Code.UNCLOSED, message, fault.span, related=related)
    return _open_on_a_line(fault, level[-1], message)


def open_before_sign(fault: UnexpectedToken) -> Diagnostic | None:
    """`(x -> Dense(4) + x`: a pipeline whose `)` is missing before a sign."""
    tokens, level, at = fault.tokens, 0, fault.index
    if tokens.kinds[at] not in _SIGNS or "RPAR" not in fault.expected:
        return None
    while at and level >= 0:
        at -= 1
        level += (tokens.kinds[at] in CLOSERS) - (tokens.kinds[at] in OPENERS)
    text, opener, sign = tokens.source.text, tokens.span(at), fault.span
    before = tokens.kinds[at - 1] if at else -1
    rest = text[opener.start :].partition("\n")[0]
    if opener.text != "(" or before == KIND["NAME"] or rest.count("(") <= rest.count(")"):
        return None
    message = f"expected `)` to close the `(` at line {opener.line}, found {found_words(fault)}"
    return _open_on_a_line(fault, at, message) if sign.line == opener.line else None


def _open_body(fault: UnexpectedToken, begin: int, opening: int) -> Diagnostic:
    """A body whose `}` is missing: that which a line behind it is indented too little for."""
    tokens = fault.tokens
    text = tokens.source.text
    opening, missing = _outdented(tokens, begin, fault.index) or (opening, fault.index)
    last = missing - 1 - (tokens.kinds[missing - 1] == KIND["_NEWLINE"])
    opener, before = tokens.span(opening), tokens.span(last)
    message = f"expected `}}` to close the `{{` at line {opener.line}, found {found_words(fault)}"
    line_end = text.find("\n", before.end)
    end = line_end if line_end >= 0 else len(text)
    related: tuple[Related, ...] = ()
    if tokens.span(missing).text.strip():
        related = (Related("`}` is missing before this", tokens.span(missing)),)
    indent = _indent(text, opener.start)
    alone = opener.line != before.line or text[opener.end : end].strip() == ""
    fix = Fix(Span(tokens.source, end, end), f"\n{indent}}}") if alone else None
    help = f"write `}}` in a line of its own behind line {before.line}" if alone else "write `}`"
    label = "this `{` is not closed"
    return Diagnostic(Code.UNCLOSED, message, opener, label, related, help=help, fix=fix)


def _outdented(tokens: Tokens, begin: int, stop: int) -> tuple[int, int] | None:
    """The `{` behind which a line begins too far to the left, and that line's first token."""
    text, level = tokens.source.text, list[int]()
    for at in range(begin, stop + 1):
        start, kind = tokens.starts[at], tokens.kinds[at]
        begins = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        if level and begins and at > begin and kind != KIND["_NEWLINE"]:
            indent = len(_indent(text, start).expandtabs())
            least = len(_indent(text, tokens.starts[level[-1]]).expandtabs())
            if indent < least or (indent == least and kind != KIND["RBRACE"]):
                return level[-1], at
        if kind == KIND["LBRACE"]:
            level.append(at)
        elif kind == KIND["RBRACE"] and level:
            level.pop()
    return None


def _indent(text: str, at: int) -> str:
    """The space that a line begins with."""
    line = text[text.rfind("\n", 0, at) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _open_on_a_line(fault: UnexpectedToken, opening: int, message: str) -> Diagnostic:
    """A `(` or `[` whose partner is missing before the line ends, told at that line."""
    tokens = fault.tokens
    open_sign, close_sign = _BRACKETS[tokens.kinds[opening]]
    opener, last = tokens.span(opening), tokens.span(fault.index - 1)
    end = _end_of_call(tokens, opening, fault.index)
    fix = Fix(Span(opener.source, end, end), close_sign)
    name = TABLES.symbols[tokens.kinds[opening - 1]] == "NAME" if opening else False
    called = tokens.span(opening - 1) if name and open_sign == "(" else opener
    text = tokens.source.text[called.start : end] + close_sign
    tuple_ = open_sign == "(" and len(text) <= _LONGEST
    help = f"write `{text}`" if (name or tuple_) and "\n" not in text else ""
    if opener.line == last.line:
        label = f"this `{open_sign}` is not closed"
        return Diagnostic(Code.UNCLOSED, message, opener, label, help=help, fix=fix)
    related = (Related(f"this `{open_sign}` is not closed", opener),)
    gap = Span(last.source, last.end, last.end)
    label = f"`{close_sign}` is missing"
    return Diagnostic(Code.UNCLOSED, message, gap, label, related, help=help, fix=fix)


def _end_of_call(tokens: Tokens, opening: int, stop: int) -> int:
    """Where a parenthesis ought to close that nothing closes before a token.

    A call's arguments end before an arrow, if there is one. The last of several values has as many
    arrows as the first; behind the arrows of a single one no other sign goes on.
    """
    called = opening > 0 and TABLES.symbols[tokens.kinds[opening - 1]] == "NAME"
    level, arrows = 0, [0]
    for at in range(opening + 1, stop):
        kind = tokens.kinds[at]
        level += (kind in OPENERS) - (kind in CLOSERS)
        if level:
            continue
        if kind == KIND["COMMA"]:
            arrows.append(0)
        elif kind == KIND["ARROW"]:
            arrows[-1] += 1
            values = not called and len(arrows) > 1 and arrows[-1] > arrows[0]
            if (called and at > opening + 1) or values:
                return tokens.ends[at - 1]
        elif kind in _SIGNS and not called and arrows == [arrows[0]] and arrows[0]:
            return tokens.ends[at - 1]
    return tokens.ends[stop - 1]
