"""What the parser does at each terminal, and at stretches that come often: worked out once each."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from .tokens import END, KIND, TABLES
from .tree import TreeMaker

# How a rule makes its value: its only symbol's, one symbol's, a list, a grown one, a tuple, a node.
UNIT, PART, LIST, GROWN, TUPLE, NODE = range(6)

# Terminals whose spans the makers want.
KEPT = frozenset(
    KIND[word]
    for word in (
        *("NAME", "NUMBER", "STRING", "NET", "BLOCK"),
        *("OR", "AND", "NOT", "COMPARE", "PLUS", "MINUS", "STAR", "TIMES", "POWER"),
    )
)
# (state below, symbol, next terminal) -> the state behind the symbol and all unit reductions that
# follow, for those seen so far.
GOTOS: dict[tuple[int, int, int], int] = {}
# (state, terminal, next terminal) -> the state behind the terminal and the rules that end with it
# alone; whether its span is wanted; the makers of those rules, which get the span and the value.
SHIFTS: dict[tuple[int, int, int], tuple[int, bool, tuple[Callable[..., Any], ...]]] = {}


class Rule(NamedTuple):
    """How a rule makes its value of those of its symbols."""

    left: int
    length: int
    mode: int
    make: Callable[..., Any]
    """The maker of a node."""
    pick: Callable[[list[Any]], tuple[Any, ...]]
    """Takes some values of those of the symbols and a None behind them."""
    tail: int
    """The symbol whose value is a list of the last parts, or 0."""
    plan: tuple[int | None, ...]


def _rule(left: int, length: int, name: str, plan: tuple[int | None, ...]) -> Rule:
    tail = plan[-1] if plan else None
    tail = ~tail if tail is not None and tail < -1 else 0
    picked = [length if index is None else index for index in (plan[:-1] if tail else plan)]
    pick: Callable[[list[Any]], tuple[Any, ...]]
    if name == "[]" and plan[0] == -1:
        mode, pick = GROWN, _picked(picked[1:])
    else:
        mode, pick = LIST, _picked(picked)
    if name == "=":
        mode = UNIT if plan == (0,) else PART
    elif name != "[]":
        make = getattr(TreeMaker, name, None) or getattr(TreeMaker, name + "_", None)
        if make is not None:
            return Rule(left, length, NODE, make, pick, tail, plan)
        mode = TUPLE
    return Rule(left, length, mode, tuple, pick, tail, plan)


def _picked(indices: list[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """What takes the values at some indices out of a list."""
    if len(indices) > 1:
        return itemgetter(*indices)
    if not indices:
        return lambda parts: ()
    (index,) = indices
    return lambda parts: (parts[index],)


RULES = [_rule(*rule) for rule in TABLES.rules]


def climbed(below: int, state: int, kind: int) -> int:
    """The state after all the unit reductions that follow in `state`."""
    while True:
        action = TABLES.states[state].get(kind, 0)
        if action >= 0 or RULES[~action].mode != UNIT:
            return state
        state = TABLES.states[below][RULES[~action].left]


def _of_one(rule: Rule) -> Callable[..., Any]:
    """What makes the value of a rule of one symbol of that symbol's."""
    make, pick = rule.make, rule.pick
    if rule.mode == TUPLE:
        return lambda maker, span, value: pick([value, None])
    if rule.plan == (0,):
        return make
    return lambda maker, span, value: make(maker, span, *pick([value, None]))


def shift(
    below: int, kind: int, following: int
) -> tuple[int, bool, tuple[Callable[..., Any], ...]]:
    """What a terminal does before another one; remembered."""
    state = TABLES.states[below][kind]
    makers: list[Callable[..., Any]] = []
    while True:
        action = TABLES.states[state].get(following, 0)
        if action >= 0:
            break
        rule = RULES[~action]
        if rule.length != 1 or rule.mode not in (UNIT, TUPLE, NODE):
            break
        if rule.mode != UNIT:
            makers.append(_of_one(rule))
        state = TABLES.states[below][rule.left]
    found = SHIFTS[below, kind, following] = state, bool(makers) or kind in KEPT, tuple(makers)
    return found


BREAKS = frozenset(KIND[name] for name in ("_NEWLINE", "LBRACE", "ARROW"))
"""Terminals that a stretch may begin with."""
OFTEN = 28
"""How often a stretch is read by the automaton itself: compiling takes the time of 28 readings."""
LONGEST = 48
"""Tokens of a stretch. It nests less deep than that, too."""
MOST = 500
"""Templates that are kept, and eight times as many counts."""

_END, _NEWLINE, _LBRACE, _RBRACE, _ARROW = (
    re.escape(bytes([kind]))
    for kind in (END, *(KIND[name] for name in ("_NEWLINE", "LBRACE", "RBRACE", "ARROW")))
)
_STOPS = b"".join((_END, _NEWLINE, _LBRACE, _RBRACE))
# To the end of the statement or, from an arrow, of the stage; and the token behind it.
_STRETCH = re.compile(
    b"(?s:%b[^%b%b]{1,%d}+[%b%b]|[^%b][^%b]{0,%d}+[%b])"
    % (_ARROW, _STOPS, _ARROW, LONGEST, _STOPS, _ARROW, _ARROW, _STOPS, LONGEST, _STOPS)
)


class Template(NamedTuple):
    """What a stretch does to the parser's stack."""

    make: Callable[..., tuple[Any, ...]]
    """Takes the tree's maker, the source, the starts and ends of all tokens, the index of the
    stretch's first and the value below it, which it may grow. Returns the values to push."""
    width: int
    """Tokens that are read."""
    states: tuple[int, ...]
    """The states to push."""
    firsts: tuple[int, ...]
    """For each value the token that it starts with, counted from the stretch's first."""
    depths: tuple[int, ...]
    """How deep each value nests."""
    below: int
    """How deep that nests which the value below gets."""


class Templates:
    """The templates of stretches that came often, and how often others came."""

    def __init__(
        self, compiled: Callable[[int, bytes], Template | None], often: int = OFTEN
    ) -> None:
        """`compiled` makes the template of a state and kinds, None where there cannot be one."""
        self.compiled = compiled
        self.often = often
        self.known: dict[tuple[int, bytes], Template | None] = {}
        """By the state and the kinds; None where a stretch cannot have one."""
        self.counts: dict[tuple[int, bytes], int] = {}

    def find(self, state: int, kinds: bytes, index: int) -> Template | None:
        """What the tokens from `index` on do in a state, if they came often; counts them."""
        stretch = _STRETCH.match(kinds, index)
        if stretch is None:
            return None
        key = state, stretch[0]
        found = self.known.get(key)
        return found if found is not None or key in self.known else self._counted(key)

    def _counted(self, key: tuple[int, bytes]) -> Template | None:
        count = self.counts.get(key, 0) + 1
        if count < self.often:
            # Texts of ever new stretches must not fill the memory.
            if len(self.counts) >= 8 * MOST:
                self.counts.clear()
            self.counts[key] = count
            return None
        if len(self.known) >= MOST:
            self.known.clear()
        self.counts.pop(key, None)
        found = self.known[key] = self.compiled(*key)
        return found
