"""What the parser does at each terminal: shifts and the rules behind them, worked out once each."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from .lex import KIND, TABLES
from .tree import TreeMaker

# How a rule makes its value: its only symbol's, one symbol's, a list, a grown one, a tuple, a node.
UNIT, PART, LIST, GROWN, TUPLE, NODE = range(6)

# Terminals whose spans the makers want.
_KEPT = frozenset(
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
    found = SHIFTS[below, kind, following] = state, bool(makers) or kind in _KEPT, tuple(makers)
    return found
