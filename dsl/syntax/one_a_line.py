"""What to say of two contracts, settings or statements on one line: the edit that breaks it."""

from __future__ import annotations

from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .expected import symbols
from .tokens import CLOSERS, KIND, OPENERS, TABLES
from .unexpected import UnexpectedToken, quoted, unexpected

_WHAT = {"EXPECT": "contract", "TRAIN": "setting", "PHASE": "setting", "entry": "setting"}
"""What a body holds, by what stands before it; others hold statements."""
ENDS = frozenset(("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "RPAR", "RSQB"))
"""What can end a value."""
_STARTS = frozenset(("RETURN", "FOR", "REPEAT", "LAYER", "WEIGHT", "ASSERT"))
_INDENT = "  "


def two_on_a_line(fault: UnexpectedToken) -> Diagnostic | None:
    """`expect Net { params < 10M  flops < 1G }`: each has a line of its own."""
    if "_NEWLINE" not in fault.expected:
        return None
    what = _held(fault)
    if not what or not _begins(fault, fault.index, what):
        return None
    first = _first(fault)
    breaks = [first]
    level, at = 0, first
    kinds = fault.tokens.kinds
    while True:
        kind = TABLES.symbols[kinds[at]]
        if kind == "$END" or (not level and kind in ("RBRACE", "LBRACE")):
            break
        if not level and kind == "_NEWLINE" and what != "contract":
            break
        if not level and at > first and _begins(fault, at, what):
            breaks.append(at)
        level += (kinds[at] in OPENERS) - (kinds[at] in CLOSERS)
        at += 1
    pieces = [_text(fault, a, b) for a, b in zip(breaks, [*breaks[1:], at], strict=True)]
    help = f"one {what} a line: {', then '.join(quoted(piece) for piece in pieces[:2])}"
    return unexpected(fault, help, _broken(fault, breaks, at))


def _held(fault: UnexpectedToken) -> str:
    """What the innermost body holds; nothing where the token stands in none."""
    stack = symbols(fault.states)
    if "LBRACE" not in stack:
        return ""
    before = stack[: len(stack) - stack[::-1].index("LBRACE")]
    return next((_WHAT[symbol] for symbol in reversed(before) if symbol in _WHAT), "statement")


def _begins(fault: UnexpectedToken, at: int, what: str) -> bool:
    """Whether a token begins another one behind the end of a value."""
    kinds = fault.tokens.kinds
    kind, before = TABLES.symbols[kinds[at]], TABLES.symbols[kinds[at - 1]]
    if before not in ENDS:
        return False
    if what == "statement" and kind in _STARTS:
        return True
    if kind != "NAME":
        return False
    return what == "contract" or kinds[at + 1] == KIND["EQUAL"]


def _first(fault: UnexpectedToken) -> int:
    """The token that the line's first one begins with."""
    kinds, at, level = fault.tokens.kinds, fault.index, 0
    while at > 0:
        kind = kinds[at - 1]
        if not level and kind in (KIND["LBRACE"], KIND["RBRACE"], KIND["_NEWLINE"]):
            break
        level += (kind in CLOSERS) - (kind in OPENERS)
        at -= 1
    return at


def _text(fault: UnexpectedToken, begin: int, end: int) -> str:
    """The text of some tokens up to the end of their line."""
    tokens = fault.tokens
    newline = KIND["_NEWLINE"]
    last = next((at for at in range(begin, end) if tokens.kinds[at] == newline), end)
    return tokens.source.text[tokens.starts[begin] : tokens.ends[last - 1]]


def _broken(fault: UnexpectedToken, breaks: list[int], end: int) -> Fix:
    """The edit that gives each its line, and the braces theirs where they stand on the same."""
    tokens = fault.tokens
    text = tokens.source.text
    opened = bool(_line(fault, breaks[0]).strip())
    gaps: list[tuple[int, str]] = []
    for at in breaks if opened else breaks[1:]:
        before = _line(fault, at)
        indent = before[: len(before) - len(before.lstrip(" \t"))]
        on_first = opened and "\n" not in text[tokens.starts[breaks[0]] : tokens.starts[at]]
        gaps.append((at, f"\n{indent}{_INDENT if on_first else ''}"))
    closing = tokens.kinds[end] == KIND["RBRACE"] and "\n" not in _between(fault, end)
    if closing and opened:
        gaps.append((end, gaps[0][1].removesuffix(_INDENT)))
    first, *others = (
        Fix(Span(tokens.source, tokens.ends[at - 1], tokens.starts[at]), new) for at, new in gaps
    )
    return Fix(first.span, first.text, also=tuple(others))


def _line(fault: UnexpectedToken, at: int) -> str:
    """What stands on a token's line before it."""
    text, start = fault.tokens.source.text, fault.tokens.starts[at]
    return text[text.rfind("\n", 0, start) + 1 : start]


def _between(fault: UnexpectedToken, at: int) -> str:
    """What stands between a token and the one before it."""
    tokens = fault.tokens
    return tokens.source.text[tokens.ends[at - 1] : tokens.starts[at]]
