"""The tables the parser runs on: those that ship, or new ones where the grammar has changed."""

from __future__ import annotations

from . import tables
from .grammar import GRAMMAR, Tables, checksum


def load() -> Tables:
    """The tables in tables.py, or, where grammar.lark has changed since, new ones made by lark."""
    grammar = GRAMMAR.read_bytes()
    if checksum(grammar) == tables.CHECKSUM:
        return tables.TABLES
    from .make_tables import build

    return build(grammar.decode())
