"""Text to tokens: the terminals of grammar.lark, with only the newlines that end something.

A text is split by one call, and what a piece is asked once a process. Python then looks only at
lines' ends, keywords, and brackets that are not closed on their line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import accumulate, compress
from operator import add

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, DiagnosticError
from ..text.source import Source, Span
from .ast import Comment
from .tokens import CLOSERS, END, FAT_ARROW, ITEM_WORDS, KIND, NAME, OPENERS, TABLES, Tokens

MAX_BRACKETS = 200

_SPACE = " \t\f\r"
_BAD_TOKEN = r"[^ \t\f\r\n]"
_UNGROUPED = re.sub(r"(?<!\\)\((?!\?)", "(?:", TABLES.pattern)
_PIECE = re.compile(rf"[{_SPACE}]*+(?:{_UNGROUPED}|{_BAD_TOKEN}|\Z)")
"""A token with the space before it; without groups, so that a text is split at once."""

_NEWLINE = KIND["_NEWLINE"]
_COMMENT = KIND["COMMENT"]
_DOT = KIND["DOT"]
_LBRACE = KIND["LBRACE"]
_BAD, _HARD = 254, 255
"""What begins no token, and a sign that was meant as a newline: one inside brackets, too."""
_LINE = frozenset((_NEWLINE, _COMMENT, _HARD))
_NO_NEWLINE_BEHIND = (_LBRACE, KIND["COMMA"])
_NO_NEWLINE_BEFORE = {KIND[name] for name in ("RBRACE", "LBRACE", "ARROW", "ELSE")}
_NEVER_NAMES = {KIND[name] for name in ("TRUE", "FALSE", "NONE")}
_WORDS = frozenset(TABLES.keywords.values())
BEFORE_EQUAL = re.compile(r"[ \t]*=(?!=)")
"""What makes a name of the keyword in front of it."""
_ITEM = re.compile(rf"(?:{'|'.join(ITEM_WORDS)})[ \t]+[\"A-Za-z_]")


def _any_of(kinds: Iterable[int]) -> bytes:
    """A pattern for one of some kinds."""
    return b"[%b]" % re.escape(bytes(sorted(kinds)))


def _same(*kinds: int) -> bytes:
    """A pattern for some kinds one after the other."""
    return re.escape(bytes(kinds))


_PLAIN = _any_of(
    set(range(1, TABLES.terminals)) - {*_LINE, *OPENERS, *CLOSERS, _DOT} - (_WORDS - _NEVER_NAMES)
)
_STEP = re.compile(
    b"(?s:(?:%b++|%b|%b)*+(%b++|.))"
    % (
        _PLAIN,
        _same(_DOT, NAME),
        b"|".join(_same(a) + _PLAIN + b"*+" + _same(b) for a, b in OPENERS.items()),
        _any_of(_LINE),
    )
)
"""Over what means the same wherever it stands, brackets around it too: to ends of lines with what
follows of them, or to one other token."""
_DEEPER = b"(?s:(?:%b++|%b)*+(%b))" % (_PLAIN, _same(_DOT, NAME), _any_of(OPENERS))
_LINE_END, _HARD_END = re.compile(_any_of(_LINE - {_COMMENT})), re.compile(_any_of({_HARD}))


def lex(source: Source) -> Tokens:
    """Split a text into tokens.

    Raises DiagnosticError (NET0006) where brackets nest deeper than MAX_BRACKETS. Characters that
    begin no token are reported in `problems` and, where it is clear what was meant, replaced.
    """
    kinds, starts, ends = _pieces(source.text)
    tokens = Tokens(source)
    if _BAD in kinds or FAT_ARROW in source.text:
        kinds, starts, ends = _meant(tokens)
    _Arranged(tokens, kinds, starts, ends).run()
    return tokens


class _Known(dict[str, int]):
    """What is known of pieces of texts, found where it is first asked for."""

    MOST, LONGEST = 10_000, 40
    """Pieces that are remembered, and characters of one."""

    def __init__(self, find: Callable[[str], int]) -> None:
        super().__init__()
        self.find = find

    def __missing__(self, piece: str) -> int:
        found = self.find(piece)
        if len(piece) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[piece] = found
        return found


def _kind(piece: str) -> int:
    token = piece.lstrip(_SPACE)
    kind = TABLES.signs.get(token) or TABLES.keywords.get(token)
    first = token[:1]
    if kind is not None:
        return kind
    if not token:
        return END
    if first == "_" or (first.isascii() and first.isalpha()):
        return NAME
    if first.isascii() and first.isdecimal():
        return KIND["NUMBER"]
    if first == '"' and len(token) > 1:
        return KIND["STRING"]
    return _COMMENT if first == "#" else _BAD


def _space(piece: str) -> int:
    return len(piece) - len(piece.lstrip(_SPACE))


_kinds, _spaces = _Known(_kind), _Known(_space)


def _pieces(text: str) -> tuple[bytes, list[int], list[int]]:
    """The kinds, starts and ends of all pieces of a text, and of its end."""
    pieces = _PIECE.findall(text)
    kinds = bytes(map(_kinds.__getitem__, pieces))
    ends = list(accumulate(map(len, pieces)))
    starts = list(map(add, [0, *ends], map(_spaces.__getitem__, pieces)))
    return kinds, starts, ends


def _meant(tokens: Tokens) -> tuple[bytes, list[int], list[int]]:
    """The same of a text with characters that begin no token: they are reported.

    They get the kind that was meant, where that is clear, and are left out where it is not.
    """
    from .mistakes import MISTAKES, explain_text  # patterns and names that only faults should cost

    pattern = re.compile(
        rf"[{_SPACE}]*+(?:(?!{FAT_ARROW})(?:{TABLES.pattern})|({MISTAKES}|{_BAD_TOKEN})|\Z)"
    )
    kinds, starts, ends = bytearray(), list[int](), list[int]()
    for match in pattern.finditer(tokens.source.text):
        kind = match.lastindex or END
        start, end = match.span(kind)
        if kind == END:
            start = end
        elif kind == NAME:
            kind = TABLES.keywords.get(match[kind], kind)
        elif kind == pattern.groups:
            problem, replacement = explain_text(tokens.source, start, end)
            tokens.problems.append(problem)
            if replacement is None or problem.code is Code.UNCLOSED:
                tokens.faults.append(start)
            if replacement is None:
                continue
            kind = KIND[replacement]
            if kind == _NEWLINE:
                kind, end = _HARD, start + 1
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
    return bytes(kinds), starts, ends


class _Arranged:
    """The tokens of some pieces: keywords told from names, what ends nothing left out."""

    def __init__(self, tokens: Tokens, raw: bytes, starts: list[int], ends: list[int]) -> None:
        self.tokens, self.text = tokens, tokens.source.text
        size = raw.index(END) + 1
        self.raw, self.starts, self.ends = raw[:size], starts[:size], ends[:size]
        self.kinds = bytearray(self.raw)
        self.keep = bytearray(b"\1") * size
        self.left_out = 0
        self.open_brackets: list[int] = []

    def run(self) -> None:
        """Fills in the tokens. Raises DiagnosticError where brackets nest too deep."""
        raw, open_brackets = self.raw, self.open_brackets
        for match in _STEP.finditer(raw):
            index, stop = match.span(1)
            kind = raw[index]
            if kind in _LINE:
                self._line(index, stop)
            elif kind in _WORDS:
                self._word(index)
            elif kind in OPENERS:
                open_brackets.append(kind)
            elif kind in CLOSERS:
                opener = CLOSERS[kind]
                if opener in open_brackets:
                    while open_brackets.pop() != opener:
                        pass
            elif kind == _DOT:
                self._behind_dot(stop)
            if len(open_brackets) >= MAX_BRACKETS:
                self._require_shallow(index, stop)
        tokens, columns = self.tokens, (self.kinds, self.starts, self.ends)
        kept = [compress(column, self.keep) for column in columns] if self.left_out else columns
        tokens.kinds, tokens.starts, tokens.ends = map(list, kept)

    def _line(self, index: int, stop: int) -> None:
        """Ends of lines and comments up to a token: of the newlines the first stays, if any.

        Inside ( ) and [ ] none ends anything, nor behind `{` and commas, nor before what goes on.
        """
        raw, keep, newline = self.raw, self.keep, index
        inside = self.open_brackets and self.open_brackets[-1] != _LBRACE
        if inside or raw[index] == _COMMENT:
            found = (_HARD_END if inside else _LINE_END).search(raw, index, stop)
            newline = found.start() if found is not None else -1
        behind = self._kind(stop)
        if behind == END or behind in _NO_NEWLINE_BEFORE:
            newline = -1
        if newline >= 0 and (index == 0 or raw[index - 1] in _NO_NEWLINE_BEHIND):
            newline = -1
        if newline >= 0:
            self.kinds[newline] = _NEWLINE
            if stop == index + 1:
                return
        for at in range(index, stop):
            if raw[at] == _COMMENT:
                span = Span(self.tokens.source, self.starts[at], self.ends[at])
                self.tokens.comments.append(Comment(span.text, span))
            keep[at] = at == newline
        self.left_out += stop - index - (newline >= 0)

    def _word(self, index: int) -> None:
        """A keyword, or a name that looks like one."""
        self.kinds[index] = self._kind(index)
        start = self.starts[index]
        begins = start == 0 or self.text[start - 1] == "\n"
        if begins and _ITEM.match(self.text, start) and not self._is_behind_dot(index):
            self.open_brackets.clear()
            self.tokens.items.append(index - self.left_out)

    def _kind(self, index: int) -> int:
        """The kind of a token: that of a name for a keyword before a single `=` or behind a `.`."""
        kind, end = self.raw[index], self.ends[index]
        if kind not in _WORDS or TABLES.keywords.get(self.text[self.starts[index] : end]) != kind:
            return kind
        if kind not in _NEVER_NAMES and BEFORE_EQUAL.match(self.text, end):
            return NAME
        return NAME if self._is_behind_dot(index) else kind

    def _is_behind_dot(self, index: int) -> bool:
        index -= 1
        while index >= 0 and self.raw[index] in _LINE:
            index -= 1
        return index >= 0 and self.raw[index] == _DOT

    def _behind_dot(self, index: int) -> None:
        """Makes a name of the word for a value behind a `.`, which is not looked at otherwise."""
        while self.raw[index] in _LINE:
            index += 1
        if self.raw[index] in _NEVER_NAMES:
            self.kinds[index] = NAME

    def _require_shallow(self, index: int, stop: int) -> None:
        """Raises DiagnosticError where a bracket opens past the limit: at `index`, or in front."""
        if len(self.open_brackets) == MAX_BRACKETS:
            found = re.compile(_DEEPER).match(self.raw, stop)
            if found is None:
                return
            index = found.start(1)
        span = Span(self.tokens.source, self.starts[index], self.ends[index])
        raise DiagnosticError((_too_deep(span),))


def _too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        Code.TOO_DEEP,
        f"brackets are nested more than {MAX_BRACKETS} deep",
        span,
        label="this one goes too deep",
        help="give the inner parts names of their own, or put them into blocks",
    )
