"""What to say about text in the manner of Python, PyTorch, Keras and Darknet."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .lex import TABLES
from .unexpected import UnexpectedToken, said, unexpected

FILE = "a file holds `net` or `block` definitions: `net Name(x: float32[N, 4]) { ... }`"
_STARTS = ("", "_NEWLINE", "LBRACE", "RBRACE")


def _top(fault: UnexpectedToken) -> Diagnostic | None:
    """Prose, JSON or a `.cfg` of Darknet where a definition should begin."""
    if "NET" not in fault.expected or fault.kind_before() not in ("", "_NEWLINE"):
        return None
    if fault.found == "LSQB":
        return unexpected(fault, f"sections of Darknet are not read; {FILE}")
    return unexpected(fault, FILE) if fault.index == 0 or fault.found == "LBRACE" else None


def _self(fault: UnexpectedToken) -> Diagnostic | None:
    """`self.fc = Dense(4)`: a layer is named without `self`."""
    before, owner = fault.before(), fault.before(3)
    if fault.found != "EQUAL" or before is None or owner is None or owner.text != "self":
        return None
    if fault.kind_before(4) not in _STARTS:
        return None
    span = Span(owner.source, owner.start, before.end)
    help = f"write `layer {before.text} = ...`: names need no `self`"
    return Diagnostic(unexpected(fault).code, "a layer has a name of its own", span, help=help)


def _docstring(fault: UnexpectedToken) -> Diagnostic | None:
    """A text in three quotes."""
    before = fault.before()
    if fault.found != "STRING" or before is None or not before.text.startswith('""'):
        return None
    if before.end != fault.span.start:
        return None
    return said(fault, "a net has no docstring", "comments begin with `#`")


def _shift(fault: UnexpectedToken) -> Diagnostic | None:
    """`x >> Dense(4)`."""
    before = fault.before()
    if fault.text != ">" or before is None or before.text != ">" or before.end != fault.span.start:
        return None
    span = Span(before.source, before.start, fault.span.end)
    fix = Fix(span, "->")
    return Diagnostic(
        unexpected(fault).code, "`>>` is not an arrow here", span, help="write `->`", fix=fix
    )


def _colon_in_call(fault: UnexpectedToken) -> Diagnostic | None:
    """`Dense(units: 4)`."""
    if fault.found != "COLON" or fault.kind_before() != "NAME" or "EQUAL" not in fault.expected:
        return None
    name = fault.before()
    assert name is not None
    if not fault.expected & {"RPAR"}:
        return None
    text = fault.tokens.source.text
    gap = re.compile(r":[^\S\n]*").match(text, fault.span.start)
    end = fault.span.end if gap is None else gap.end()
    fix = Fix(Span(fault.span.source, name.end, end), "=")
    return unexpected(fault, f"write `{name.text}=...`", fix)


def _loop_in_parentheses(fault: UnexpectedToken) -> Diagnostic | None:
    """`for (i in range(3))` and `for (int i = 0; ...)`."""
    if fault.found == "LPAR" and fault.kind_before() == "FOR":
        return unexpected(fault, "write `for i in range(n) { ... }`, without parentheses")
    return None


def _bare_list(fault: UnexpectedToken) -> Diagnostic | None:
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


def _comprehension(fault: UnexpectedToken) -> Diagnostic | None:
    """`[Dense(i) for i in range(3)]`."""
    if fault.found == "FOR" and fault.expected & {"RSQB", "RPAR"}:
        return unexpected(fault, "a `for` is a statement of its own, with a body in `{ }`")
    return None


def _lambda(fault: UnexpectedToken) -> Diagnostic | None:
    """`Lambda(lambda t: t * 2)`."""
    before = fault.before()
    if before is None or before.text != "lambda" or fault.found not in ("NAME", "COLON"):
        return None
    return said(
        fault, "there are no functions in expressions", "write the arithmetic, or a `block`"
    )


def _shapeless(fault: UnexpectedToken) -> Diagnostic | None:
    """`x: Tensor`, `x: torch.Tensor`."""
    before = fault.before()
    if before is None or fault.kind_before(2) not in ("COLON", "ARROW"):
        return None
    if before.text not in ("Tensor", "torch", "tf", "np", "jnp", "Array", "ndarray"):
        return None
    return unexpected(fault, "write dtype and shape of a tensor, such as `float32[N, 8]`")


def _dtype_behind(fault: UnexpectedToken) -> Diagnostic | None:
    """`x: [N, 8] float32`."""
    if fault.kind_before() != "RSQB" or not re.fullmatch(r"b?float\d+|u?int\d+|bool", fault.text):
        return None
    text, end = fault.tokens.source.text, fault.span.end
    start = text.rfind("[", 0, fault.span.start)
    if ":" not in text[text.rfind("\n", 0, start) + 1 : start] or "]" not in text[start:end]:
        return None
    dims = text[start : text.index("]", start) + 1]
    fix = Fix(Span(fault.span.source, start, end), fault.text + dims)
    return said(fault, "the dtype stands in front of the shape", f"write `{fix.text}`", fix)


def _decorator(fault: UnexpectedToken) -> Diagnostic | None:
    """`@tf.function`."""
    if fault.text != "@" or fault.kind_before() not in _STARTS:
        return None
    return unexpected(fault, "there are no decorators; delete the line")


def _comma_before_brace(fault: UnexpectedToken) -> Diagnostic | None:
    """`return x,` before the brace that closes the body."""
    before = fault.before()
    if fault.found != "RBRACE" or fault.kind_before() != "COMMA" or before is None:
        return None
    return unexpected(fault, "delete the `,` before it", Fix(before, ""))


def _comma_at_the_end(fault: UnexpectedToken) -> Diagnostic | None:
    """`y = x -> Dense(4),` at the end of a line."""
    source = fault.tokens.source
    rest = source.text[fault.span.end :].partition("\n")[0].strip()
    if fault.found != "COMMA" or "_NEWLINE" not in fault.expected or rest.partition("#")[0]:
        return None
    return unexpected(fault, "the end of the line ends a statement", Fix(fault.span, ""))


def _indented(fault: UnexpectedToken) -> Diagnostic | None:
    """`for i in range(3):` with its body indented: braces around the body."""
    if fault.found != "COLON" or "LBRACE" not in fault.expected:
        return None
    text = fault.tokens.source.text
    start = text.rfind("\n", 0, fault.span.start) + 1
    indent = text[start : start + len(text[start:]) - len(text[start:].lstrip(" \t"))]
    at = text.find("\n", fault.span.end)
    if at < 0 or text[fault.span.end : at].strip():
        return None
    end = at
    while at >= 0:
        stop = text.find("\n", at + 1)
        line = text[at + 1 : stop if stop >= 0 else len(text)]
        if line.strip() and not re.match(re.escape(indent) + r"[ \t]+\S", line):
            break
        if line.strip():
            end = at + 1 + len(line.rstrip())
        at = stop
    following = text[end:].lstrip()
    if following.startswith(("else", "elif")) or end <= fault.span.end:
        return None
    source = fault.span.source
    close = Fix(Span(source, end, end), f"\n{indent}}}")
    fix = Fix(fault.span, " {", unsafe=True, also=(close,))
    return unexpected(fault, "a body stands in `{ }`, without `:`", fix)


RULES: tuple[Callable[[UnexpectedToken], Diagnostic | None], ...] = (
    _self,
    _docstring,
    _shift,
    _colon_in_call,
    _loop_in_parentheses,
    _bare_list,
    _comprehension,
    _lambda,
    _shapeless,
    _dtype_behind,
    _comma_at_the_end,
    _comma_before_brace,
    _decorator,
    _indented,
)
"""The rules that are asked first."""

LAST: tuple[Callable[[UnexpectedToken], Diagnostic | None], ...] = (_top,)
"""The rules that are asked where no other knows."""
