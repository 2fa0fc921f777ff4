"""The tokens of a text, and the numbers of their kinds: the terminals of grammar.lark."""

from __future__ import annotations

from dataclasses import field

from ..diagnostics.diagnostic import Diagnostic
from ..record import record
from ..text.source import Source, Span
from .ast import Comment
from .load import load

TABLES = load()
KIND = {name: number for number, name in enumerate(TABLES.symbols)}
KEYWORDS = frozenset(TABLES.keywords)
"""Every word that can be a keyword; before a single `=` and behind a dot it is a name."""
ITEM_WORDS = ("net", "block", "const", "expect", "train", "from")
"""The keywords that begin what stands at the top of a file."""
END = KIND["$END"]
NAME = KIND["NAME"]
OPENERS = {KIND["LPAR"]: KIND["RPAR"], KIND["LSQB"]: KIND["RSQB"], KIND["LBRACE"]: KIND["RBRACE"]}
CLOSERS = {close: open for open, close in OPENERS.items()}
FAT_ARROW = "=>"
"""Two tokens that never stand beside each other, so that an arrow is meant."""


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

    def remove(self, begin: int, end: int) -> None:
        """Takes some tokens out, which begin no item."""
        del self.kinds[begin:end], self.starts[begin:end], self.ends[begin:end]
        self.items = [item if item < begin else item - (end - begin) for item in self.items]
