"""Folds a model: block after block while one saves text, then rows and rounds."""

from __future__ import annotations

from collections.abc import Sequence

from ..steps import Step, Value
from .loops import looped
from .naming import named
from .optional import merged
from .tokens import Block, Token, tokens_of
from .unify import unified
from .windows import Window, best_window


def fold(
    steps: Sequence[Step], results: Sequence[Value], taken: set[str]
) -> tuple[list[Token], list[Block]]:
    """Steps with their repeats as calls and loops, and the blocks, inner ones first.

    Blocks are chosen by what they save (Nevill-Manning and Witten 1997, "Identifying Hierarchical
    Structure in Sequences", do so for words), over steps that read each other in the same way.
    """
    tokens = tokens_of(steps)
    blocks: list[Block] = []
    while (window := best_window(tokens, results)) is not None:
        tokens, block = _called(tokens, window, taken)
        blocks.append(block)
        tokens, blocks = merged(tokens, blocks)
    return looped(tokens, results), blocks


def _called(tokens: Sequence[Token], window: Window, taken: set[str]) -> tuple[list[Token], Block]:
    """The tokens with calls in the places of a window, and the block that is called."""
    found = [tuple(tokens[at : at + window.length]) for at in window.places]
    common = unified(found)
    block = Block(
        named(found[0], taken),
        found[0],
        window.entries[0],
        window.exits[0],
        common.parameters,
        common.texts,
    )
    calls = {
        at: Token(
            ("call", block.name),
            given,
            common.roles,
            tuple(step for token in inner for step in token.steps),
            entries,
            exits,
            block=block,
            inner=inner,
        )
        for at, inner, given, entries, exits in zip(
            window.places, found, common.given, window.entries, window.exits, strict=True
        )
    }
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        made.append(calls.get(at, tokens[at]))
        at += window.length if at in calls else 1
    return made, block
