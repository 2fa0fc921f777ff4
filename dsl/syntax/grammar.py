"""The compiled grammar: what `make_tables` builds from grammar.lark and the parser runs on."""

from __future__ import annotations

import zlib
from pathlib import Path

from ..record import record

GRAMMAR = Path(__file__).with_name("grammar.lark")

# What a rule's value is made of: `i` the value of its i-th symbol, `~i` those of a list, None none.
Plan = tuple[int | None, ...]


@record
class Tables:
    """The LALR tables of a grammar.

    A symbol is its place in `symbols`; the first `terminals` of them are terminals, and those with
    a pattern have the number of their group in `pattern`. `states[s][symbol]` is the next state,
    or `~r` to reduce by rule `r`: its left side, length, name, and how its value is made.
    """

    symbols: tuple[str, ...]
    terminals: int
    pattern: str
    signs: dict[str, int]
    keywords: dict[str, int]
    states: list[dict[int, int]]
    rules: list[tuple[int, int, str, Plan]]
    start: int
    end: int


def checksum(grammar: bytes) -> int:
    """The checksum of a grammar, which tells whether tables were made from it."""
    return zlib.crc32(grammar.replace(b"\r\n", b"\n"))
