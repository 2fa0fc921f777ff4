"""Text to tokens: the terminals of grammar.lark, with only the newlines that end something."""

from __future__ import annotations

import re
from dataclasses import field
from functools import cache

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, DiagnosticError
from ..record import record
from ..text.source import Source, Span
from .ast import Comment
from .load import load

MAX_BRACKETS = 200

TABLES = load()
KIND = {name: number for number, name in enumerate(TABLES.symbols)}
END = KIND["$END"]
NAME = KIND["NAME"]

_TOKEN = re.compile(rf"[ \t\f\r]*+(?:{TABLES.pattern}|([^ \t\f\r\n])|\Z)")
_BAD = _TOKEN.groups
"""The group of what begins no token."""

OPENERS = {KIND["LPAR"]: KIND["RPAR"], KIND["LSQB"]: KIND["RSQB"], KIND["LBRACE"]: KIND["RBRACE"]}
CLOSERS = {close: open for open, close in OPENERS.items()}

_NEWLINE = KIND["_NEWLINE"]
_SPECIAL = {_NEWLINE, KIND["COMMENT"], _BAD, *OPENERS, *CLOSERS}
_NO_NEWLINE_BEFORE = {KIND[name] for name in ("RBRACE", "LBRACE", "ARROW", "ELSE")}
_NEVER_NAMES = {KIND[name] for name in ("TRUE", "FALSE", "NONE")}
_BEFORE_EQUAL = re.compile(r"[ \t]*=(?!=)")
_ITEM = re.compile(r"(?:net|block|const|expect|train|from)[ \t]+[\"A-Za-z_]")


@record(frozen=False)
class Tokens:
    """The tokens of one source, the last one the end of the text.

    `kinds[i]` is a terminal's number, `starts[i]:ends[i]` its characters. `items` are the indices
    of tokens that surely begin a top-level item: its keyword at the start of a line, then a name.
    `faults` are the offsets of text that was skipped because it means nothing.
    """

    source: Source
    kinds: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)

    def span(self, index: int) -> Span:
        """The span of one token."""
        return Span(self.source, self.starts[index], self.ends[index])

    def insert(self, index: int, kind: int) -> None:
        """Puts a token that the text lacks before another one."""
        self.kinds.insert(index, kind)
        self.starts.insert(index, self.starts[index])
        self.ends.insert(index, self.starts[index])
        self.items = [item + (item >= index) for item in self.items]


def lex(source: Source) -> Tokens:
    """Split a text into tokens.

    Raises DiagnosticError (NET0006) where brackets nest deeper than MAX_BRACKETS. Characters that
    begin no token are reported in `problems` and, where it is clear what was meant, replaced.
    """
    tokens = _lexed(source, _TOKEN)
    if tokens is None:
        tokens = _lexed(source, _with_mistakes())
        assert tokens is not None
    return tokens


@cache
def _with_mistakes() -> re.Pattern[str]:
    """The tokens, and text that is none but worth reading as one piece: it has the last group."""
    from .mistakes import MISTAKES

    bad = r"([^ \t\f\r\n])"
    assert bad in _TOKEN.pattern
    return re.compile(_TOKEN.pattern.replace(bad, rf"({MISTAKES}|[^ \t\f\r\n])"))


def _lexed(source: Source, pattern: re.Pattern[str]) -> Tokens | None:
    """The tokens by a pattern; None where that does not know the pieces of what is no token."""
    tokens = Tokens(source)
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    text = source.text
    keywords = TABLES.keywords
    comment = KIND["COMMENT"]
    dot = KIND["DOT"]
    brace = KIND["LBRACE"]
    no_newline_behind = (brace, KIND["COMMA"])
    open_brackets: list[int] = []
    newline = -1
    previous = brace
    for match in pattern.finditer(text):
        group = match.lastindex
        if group is None:
            break
        kind = group
        start, end = match.span(group)
        # The most frequent terminals, then those that mean nothing here, then the others.
        if kind == NAME:
            keyword = keywords.get(match[group])
            if keyword is not None and previous != dot:
                if keyword in _NEVER_NAMES or not _BEFORE_EQUAL.match(text, end):
                    kind = keyword
                if (start == 0 or text[start - 1] == "\n") and _ITEM.match(text, start):
                    open_brackets.clear()
                    tokens.items.append(
                        len(kinds) + (newline >= 0 and previous not in no_newline_behind)
                    )
        elif kind not in _SPECIAL:
            pass
        elif kind == _NEWLINE:
            if newline < 0 and (not open_brackets or open_brackets[-1] == brace):
                newline = start
            continue
        elif kind == comment:
            tokens.comments.append(Comment(match[group], Span(source, start, end)))
            continue
        elif kind == _BAD:
            if pattern is _TOKEN:
                return None
            from .mistakes import explain_text  # patterns and names that only faults should cost

            problem, replacement = explain_text(source, start, end)
            tokens.problems.append(problem)
            if replacement is None or problem.code is Code.UNCLOSED:
                tokens.faults.append(start)
            if replacement is None:
                continue
            kind = KIND[replacement]
            if kind == _NEWLINE:
                newline = start if newline < 0 else newline
                continue
        elif kind in OPENERS:
            open_brackets.append(kind)
            if len(open_brackets) > MAX_BRACKETS:
                raise DiagnosticError((_too_deep(Span(source, start, end)),))
        elif kind in CLOSERS:
            opener = CLOSERS[kind]
            if opener in open_brackets:
                while open_brackets.pop() != opener:
                    pass
        if newline >= 0:
            if previous not in no_newline_behind and kind not in _NO_NEWLINE_BEFORE:
                kinds.append(_NEWLINE)
                starts.append(newline)
                ends.append(newline + 1)
            newline = -1
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
        previous = kind
    kinds.append(END)
    starts.append(len(text))
    ends.append(len(text))
    return tokens


def _too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        Code.TOO_DEEP,
        f"brackets are nested more than {MAX_BRACKETS} deep",
        span,
        label="this one goes too deep",
        help="give the inner parts names of their own, or put them into blocks",
    )
