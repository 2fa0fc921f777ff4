"""What the parser does about a fault, so that it can go on behind it."""

from __future__ import annotations

from bisect import bisect_right

from .tokens import CLOSERS, KIND, NAME, OPENERS, Tokens

_NEWLINE = KIND["_NEWLINE"]
_ELSE = KIND["ELSE"]
_LBRACE = KIND["LBRACE"]
_RBRACE = KIND["RBRACE"]
_COLON, _EQUAL, _ARROW, _IF = KIND["COLON"], KIND["EQUAL"], KIND["ARROW"], KIND["IF"]
_ELSE_IF = ("elif", "elseif", "elsif")


def read_as_meant(tokens: Tokens, index: int, row: dict[int, int]) -> bool:
    """Makes of a token what was meant by it, where that is clear, so that no more is reported."""
    if supply_brace(tokens, index, row):
        return True
    kind = tokens.kinds[index]
    if kind == _COLON and _EQUAL in row and index and tokens.kinds[index - 1] == NAME:
        tokens.kinds[index] = _EQUAL
        return True
    text = tokens.source.text[tokens.starts[index] : tokens.ends[index]]
    if kind == NAME and _ELSE in row and text in _ELSE_IF:
        tokens.kinds[index] = _ELSE
        tokens.insert(index + 1, _IF)
        return True
    if text == "//":
        return _leave_out_comment(tokens, index)
    return False


def _leave_out_comment(tokens: Tokens, index: int) -> bool:
    """Takes the tokens of a line from one on out; all to come is silent if a line then goes on."""
    end = tokens.source.text.find("\n", tokens.starts[index])
    end = end if end >= 0 else len(tokens.source.text)
    behind = index
    while tokens.starts[behind] < end:
        behind += 1
    tokens.faults[:] = [at for at in tokens.faults if not tokens.starts[index] <= at < end]
    if tokens.kinds[behind] == _ARROW:
        tokens.faults.append(tokens.starts[index])
    alone = index == 0 or tokens.kinds[index - 1] in (_NEWLINE, _LBRACE)
    if alone and tokens.kinds[behind] == _NEWLINE:
        behind += 1
    tokens.remove(index, behind)
    return True


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
