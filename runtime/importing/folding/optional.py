"""Two blocks that differ in a part that one of them has: one block, with an `if`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..steps import Argument, Value
from .tokens import Block, Optional, Token, makers
from .unify import ABSENT, Unified, unify
from .windows import MOST_PARAMETERS


@dataclass(frozen=True)
class _Part:
    """What one block has more: the places of its tokens, and what stands for them elsewhere."""

    first: int
    last: int
    instead: Value
    exit: Value


def merged(tokens: list[Token], blocks: list[Block]) -> tuple[list[Token], list[Block]]:
    """The last block made one with another, where it differs from that in an optional part."""
    new = blocks[-1]
    for old in blocks[:-1]:
        for more, less in ((new, old), (old, new)):
            if more.optional or less.optional or not _only_here(blocks, (more, less)):
                continue
            for part in _parts(more, less):
                made = _one(tokens, more, less, part)
                if made is not None:
                    calls, block = made
                    kept = [each for each in blocks if each not in (more, less)]
                    place = min(blocks.index(more), blocks.index(less))
                    return calls, [*kept[:place], block, *kept[place:]]
    return tokens, blocks


def _only_here(blocks: Sequence[Block], pair: Sequence[Block]) -> bool:
    """Whether no other block calls one of two."""
    return not any(token.block in pair for block in blocks for token in block.tokens)


def _parts(more: Block, less: Block) -> Iterator[_Part]:
    """The parts without which one block is the other."""
    size = len(more.tokens) - len(less.tokens)
    if size < 1 or len(more.entries) != 1 or len(less.entries) != 1:
        return
    if len(more.exits) != 1 or len(less.exits) != 1:
        return
    theirs = _refs(less.tokens, less.entries[0], {})
    for first in range(len(less.tokens) + 1):
        part = more.tokens[first : first + size]
        inside = {value for token in part for value in token.exits}
        rest = [*more.tokens[:first], *more.tokens[first + size :]]
        read = {value for token in rest for value in token.entries} | {more.exits[0]}
        given = inside & read
        if len(given) != 1:
            continue
        exit_ = given.pop()
        outside = {value for token in part for value in token.entries} - inside
        for instead in sorted(outside, key=lambda v: v != more.entries[0]):
            if _refs(rest, more.entries[0], {exit_: instead}) != theirs:
                continue
            ends = {exit_: instead}.get(more.exits[0], more.exits[0])
            if makers(rest).get(ends) == makers(less.tokens).get(less.exits[0]):
                yield _Part(first, first + size, instead, exit_)


def _refs(tokens: Sequence[Token], entry: Value, instead: dict[Value, Value]) -> object:
    """What tokens are and read; some values stand for others."""
    made = makers(tokens)
    rows = []
    for token in tokens:
        read = [instead.get(value, value) for value in token.entries]
        rows.append((token.sign, ["x" if v == entry else made.get(v) for v in read]))
    return rows


def _one(
    tokens: Sequence[Token], more: Block, less: Block, part: _Part
) -> tuple[list[Token], Block] | None:
    """The calls of both blocks as calls of one; None where its numbers cannot be told."""
    calls = [token for token in tokens if token.block in (more, less)]
    inside = sum(len(token.numbers) for token in more.tokens[part.first : part.last])
    before = sum(len(token.numbers) for token in more.tokens[: part.first])
    rows: list[list[Argument]] = []
    for token in calls:
        row = [number for each in token.inner for number in each.numbers]
        if token.block is less:
            row[before:before] = [ABSENT] * inside
        rows.append(row)
    roles = [role for token in more.tokens for role in token.roles]
    common = unify(rows, roles)
    if common is None or len(common.parameters) > MOST_PARAMETERS:
        return None
    has = [token.block is more for token in calls]
    condition = _condition(common, calls, has, roles, more)
    flag = ""
    given = list(common.given)
    kinds = common.roles
    if condition is None:
        flag = condition = "shortcut" if part.instead == more.entries[0] else "residual"
        if flag in common.parameters:
            return None
        given = [(*row, here) for row, here in zip(given, has, strict=True)]
        kinds = (*kinds, flag)
    names = (*common.parameters, flag) if flag else common.parameters
    optional = Optional(part.first, part.last, part.instead, part.exit, condition)
    name = min(more.name, less.name, key=len)
    block = Block(name, more.tokens, more.entries, more.exits, names, common.texts, optional, flag)
    rewritten = iter(given)
    made = [
        replace(
            token,
            sign=("call", name),
            numbers=next(rewritten),
            roles=kinds,
            block=block,
        )
        if token.block in (more, less)
        else token
        for token in tokens
    ]
    return made, block


def _condition(
    common: Unified,
    calls: Sequence[Token],
    has: Sequence[bool],
    roles: Sequence[str],
    more: Block,
) -> str | None:
    """An expression of parameters and of the width of what comes in that is true where it is."""
    values = [dict(zip(common.parameters, row, strict=True)) for row in common.given]
    ones = [
        (f"{name} != 1", f"{name} == 1", [row[name] != 1 for row in values])
        for name, role in zip(common.parameters, common.roles, strict=True)
        if role == "strides"
    ]
    widths = []
    if 2 <= more.entries[0].type.rank <= 5:
        texts = [t for at, t in enumerate(common.texts) if roles[at] in ("filters", "units")]
        for text in dict.fromkeys(reversed(texts)):
            wide = [_value(text, row) for row in values]
            came = [token.entries[0].shape[-1] for token in calls]
            differ = [a != b for a, b in zip(came, wide, strict=True)]
            widths.append((f"C != {text}", f"C == {text}", differ))
    for (there, absent, differ), (also, neither, other) in [
        *((each, each) for each in (*ones, *widths)),
        *((one, width) for one in ones for width in widths),
    ]:
        either = [a or b for a, b in zip(differ, other, strict=True)]
        if either == list(has):
            return there if there == also else f"{there} or {also}"
        if [not each for each in either] == list(has):
            return absent if absent == neither else f"{absent} and {neither}"
    return None


def _value(text: str, row: dict[str, Argument]) -> Argument:
    """The number that `64`, `filters` or `4 * filters` is in a call."""
    *factor, name = text.split(" * ")
    base = row.get(name)
    if base is None:
        return int(name) if name.isdigit() else None
    return int(factor[0]) * base if factor and isinstance(base, int) else base
