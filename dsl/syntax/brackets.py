"""Brackets without a partner: which one, and on which line it is missing."""

from __future__ import annotations

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix, Related
from ..text.source import Span
from .lex import CLOSERS, KIND, OPENERS, TABLES, Tokens
from .unexpected import UnexpectedToken, found_words, said

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
    message = (
        f"expected `{close_sign}` to close the `{open_sign}` at line {opener.line}, "
        f"found {found_words(fault)}"
    )
    related = (Related(f"this `{open_sign}` is not closed", opener),)
    if not new_line or kind == KIND["LBRACE"]:
        return Diagnostic(Code.UNCLOSED, message, fault.span, related=related)
    return _open_on_a_line(fault, level[-1], message)


def _open_on_a_line(fault: UnexpectedToken, opening: int, message: str) -> Diagnostic:
    """A `(` or `[` whose partner is missing before the line ends, told at that line."""
    tokens = fault.tokens
    open_sign, close_sign = _BRACKETS[tokens.kinds[opening]]
    opener, last = tokens.span(opening), tokens.span(fault.index - 1)
    end = _end_of_call(tokens, opening, fault.index)
    fix = Fix(Span(opener.source, end, end), close_sign)
    called = tokens.span(opening - 1) if opening and open_sign == "(" else opener
    text = tokens.source.text[called.start : end] + close_sign
    name = TABLES.symbols[tokens.kinds[opening - 1]] == "NAME" if opening else False
    help = f"write `{text}`" if name and "\n" not in text else ""
    if opener.line == last.line:
        label = f"this `{open_sign}` is not closed"
        return Diagnostic(Code.UNCLOSED, message, opener, label, help=help, fix=fix)
    related = (Related(f"this `{open_sign}` is not closed", opener),)
    gap = Span(last.source, last.end, last.end)
    label = f"`{close_sign}` is missing"
    return Diagnostic(Code.UNCLOSED, message, gap, label, related, help=help, fix=fix)


def _end_of_call(tokens: Tokens, opening: int, stop: int) -> int:
    """Where the arguments end that a call's parenthesis opens: before an arrow, if there is one."""
    called = opening > 0 and TABLES.symbols[tokens.kinds[opening - 1]] == "NAME"
    level = 0
    for at in range(opening + 1, stop):
        kind = tokens.kinds[at]
        level += (kind in OPENERS) - (kind in CLOSERS)
        if called and not level and kind == KIND["ARROW"] and at > opening + 1:
            return tokens.ends[at - 1]
    return tokens.ends[stop - 1]
