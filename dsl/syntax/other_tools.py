"""What to say about text in the manner of Python, PyTorch, Keras and Darknet."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .other_loops import bare_list, comprehension, loop_in_parentheses
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
    return said(
        fault, "an argument gets its value by `=`, not `:`", f"write `{name.text}=...`", fix
    )


_DTYPE = re.compile(r"b?float\d+|u?int\d+|bool|Tensor|tensor")


_RESULT = re.compile(r"->\s*(\(\s*[^():\[\]{}\n]+,[^():\[\]{}\n]*\))\s*\{")
"""A result type whose sizes stand in parentheses."""


def _sizes_in_parentheses(fault: UnexpectedToken) -> Diagnostic | None:
    """`x: float32(N, 10)`, `x: (N, 10)` and `-> (N, 10) {`."""
    source = fault.tokens.source
    fixes = []
    before = fault.before()
    if fault.found == "LPAR" and before is not None:
        typed = _DTYPE.fullmatch(before.text) is not None
        place = fault.kind_before(2 if typed else 1)
        sizes = re.compile(r"\(([^()\n]*)\)").match(source.text, fault.span.start)
        if sizes is None or place not in ("COLON", "ARROW"):
            return None
        start = before.start if typed else fault.span.start
        dtype = before.text if typed and before.text.lower() != "tensor" else ""
        dtype = dtype or ("float32" if _is_of_a_net(fault) else "")
        fixes = [Fix(Span(source, start, sizes.end()), dtype + _bracketed(sizes[0]))]
    elif fault.kind_before(2) != "LPAR" or fault.kind_before(3) != "ARROW":
        return None
    head = re.compile(r"[^{]*\{").match(source.text, fault.span.start - 2)
    begin = fault.span.start - len(source.text[: fault.span.start].rpartition("\n")[2])
    result = _RESULT.search(source.text, begin, head.end() if head is not None else begin)
    if result is not None:
        fixes.append(Fix(Span(source, *result.span(1)), _bracketed(result[1])))
    if not fixes:
        return None
    first, *others = fixes
    fix = Fix(first.span, first.text, also=tuple(others))
    return said(fault, "the sizes of a tensor stand in `[ ]`", f"write `{fix.text}`", fix)


def _is_of_a_net(fault: UnexpectedToken) -> bool:
    """Whether the token stands in a net, whose inputs say what they hold."""
    begun = [at for at in fault.tokens.items if at < fault.index]
    return bool(begun) and fault.tokens.span(begun[-1]).text == "net"


def _bracketed(sizes: str) -> str:
    return f"[{sizes[1:-1].strip().removesuffix(',')}]"


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
    loop_in_parentheses,
    _sizes_in_parentheses,
    bare_list,
    comprehension,
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
