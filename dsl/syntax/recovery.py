"""What the parser does about a fault, so that it can go on behind it."""

from __future__ import annotations

from bisect import bisect_right

from .lex import CLOSERS, KIND, OPENERS, Tokens

_NEWLINE = KIND["_NEWLINE"]
_ELSE = KIND["ELSE"]
_LBRACE = KIND["LBRACE"]
_RBRACE = KIND["RBRACE"]


def supply_brace(tokens: Tokens, index: int, row: dict[int, int]) -> bool:
    """Puts a brace where a body lacks it, so that the rest is read as it was meant.

    An item with as many opening as closing braces lacks none.
    """
    found = tokens.kinds[index]
    if found not in (_NEWLINE, _ELSE):
        return False
    after = bisect_right(tokens.items, index)
    begin = tokens.items[after - 1] if after else 0
    kinds = tokens.kinds[begin : tokens.items[after] if after < len(tokens.items) else None]
    open_braces = kinds.count(_LBRACE) - kinds.count(_RBRACE)
    if found == _NEWLINE and _LBRACE in row and open_braces < 0:
        tokens.kinds[index] = _LBRACE
        return True
    if found == _ELSE and _RBRACE in row and open_braces > 0:
        tokens.insert(index, _RBRACE)
        return True
    return False


def end_of_statement(tokens: Tokens, first: int, index: int) -> int | None:
    """The token at or behind `index` that ends the statement begun at `first`."""
    begin = bisect_right(tokens.items, index)
    stop = tokens.items[begin] if begin < len(tokens.items) else len(tokens.kinds) - 1
    level: list[int] = []
    for at in range(first, stop):
        kind = tokens.kinds[at]
        if at >= index and (
            (kind == _NEWLINE and not level) or (kind == _RBRACE and _LBRACE not in level)
        ):
            return at
        if kind in OPENERS:
            level.append(kind)
        elif CLOSERS.get(kind) in level:
            while level.pop() != CLOSERS[kind]:
                pass
    return None
