"""What the automaton could have read next, in words."""

from __future__ import annotations

from functools import cache

from .tokens import END, TABLES

# Stacks deeper than this are not replayed; the words then come from the last state alone.
_MAX_REPLAY = 2_000

_VALUE = ("NUMBER", "STRING", "NAME", "LPAR", "LSQB")
_AFTER_VALUE = ("PLUS", "MINUS", "TIMES", "POWER", "STAR", "COMPARE")

# (last token, terminals that must be possible, what is expected); the first row that fits counts.
_PHRASES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("ARROW", ("LPAR", "NUMBER"), "a layer name after `->`"),
    ("ARROW", ("NAME",), "the type of the result, as in `[N, 10]`, after `->`"),
    ("COLON", ("LSQB",), "a type after `:`"),
    ("EQUAL", _VALUE, "a value after `=`"),
    ("RETURN", _VALUE, "a value after `return`"),
    ("IF", _VALUE, "a condition after `if`"),
    ("ASSERT", _VALUE, "a condition after `assert`"),
    ("REPEAT", _VALUE, "a count after `repeat`"),
    ("IN", _VALUE, "a list after `in`"),
    ("ELSE", ("IF", "LBRACE"), "`{` or `if` after `else`"),
    ("AS", ("NAME",), "a label after `as`"),
    ("FROM", ("STRING",), 'a module or a path in quotes, as in `"./blocks.net"`, after `from`'),
    ("IMPORT", ("NAME",), "a name after `import`"),
    ("NET", ("NAME",), "the name of the net"),
    ("BLOCK", ("NAME",), "the name of the block"),
    ("CONST", ("NAME",), "the name of the constant"),
    ("LAYER", ("NAME",), "the name of the layer"),
    ("WEIGHT", ("NAME",), "the name of the weight"),
    ("EXPECT", ("NAME",), "the name of a net after `expect`"),
    ("TRAIN", ("NAME",), "the name of a net or recipe after `train`"),
    ("FOR", ("NAME",), "a name after `for`"),
    ("DOT", ("NAME",), "a name after `.`"),
)

# The same without regard to the last token, which `{last}` names.
_GENERAL: tuple[tuple[tuple[str, ...], str], ...] = (
    (("NET", "BLOCK"), "`net`, `block`, `const`, `expect`, `train` or `from`"),
    (("RETURN", "RBRACE"), "a statement or `}`"),
    (("RETURN",), "a statement"),
    (("PHASE", "RBRACE"), "a setting `key = value`, a `phase` or `}`"),
    (("PHASE",), "a setting `key = value` or a `phase`"),
    (("LPAR", "NUMBER", "RPAR"), "a value or `)` after {last}"),
    (("LSQB", "NUMBER", "RSQB"), "a value or `]` after {last}"),
    (("NUMBER", "RBRACE"), "a comparison or `}`"),
    (_VALUE, "a value after {last}"),
    (("NAME", "RPAR"), "a parameter name or `)` after {last}"),
    (("DOT", "IMPORT"), "`import` after the module"),
    (("IMPORT",), "`import` after the path"),
    (("IN", "COMMA"), "`in` after {last}"),
    (("FOR", "LBRACE"), "`{` or `for` after {last}"),
    (("ARROW", "LBRACE", "PLUS"), "`{` to open the body"),
    (("ARROW", "LBRACE"), "`->` and a result type, or `{` to open the body"),
    (("COMMA", "RPAR"), "`,` or `)` after {last}"),
    (("COMMA", "RSQB"), "`,` or `]` after {last}"),
    (("COMMA", "IN"), "`,` or `in` after {last}"),
    (("LBRACE", "LPAR"), "`{` after {last}"),
    (("COLON", "LSQB"), "`:` or `[` and a shape after {last}"),
    (("COLON",), "`:` and a type after the parameter name {last}"),
    (("RPAR",), "`)` after {last}"),
    (("RSQB",), "`]` after {last}"),
    (("ELSE",), "`else` and the other value after {last}"),
    (("LBRACE",), "`{` to open the body"),
    (("_NEWLINE",), "the end of the line after {last}"),
    (("EQUAL",), "`=` after {last}"),
    (("LPAR",), "`(` and the parameters after {last}"),
    (("NAME",), "a name after {last}"),
)


def possible(states: list[int]) -> frozenset[str]:
    """The terminals that can come next in the automaton's `states`."""
    row = TABLES.states[states[-1]]
    terminals = [symbol for symbol in row if symbol < TABLES.terminals]
    if states[-1] == TABLES.end:
        terminals.append(END)
    if len(states) <= _MAX_REPLAY:
        terminals = [symbol for symbol in terminals if _accepts(states, symbol)]
    return frozenset(TABLES.symbols[symbol] for symbol in terminals)


def _accepts(states: list[int], symbol: int) -> bool:
    stack = states.copy()
    while True:
        action = TABLES.states[stack[-1]].get(symbol)
        if action is None:
            return symbol == END and stack[-1] == TABLES.end
        if action >= 0:
            return True
        left, length, *_ = TABLES.rules[~action]
        del stack[-length:]
        stack.append(TABLES.states[stack[-1]][left])


@cache
def _entered_by() -> dict[int, str]:
    return {
        action: TABLES.symbols[symbol]
        for row in TABLES.states
        for symbol, action in row.items()
        if action >= 0
    }


def symbols(states: list[int], last: int = 40) -> list[str]:
    """The names of the last symbols read, each as far reduced as it was."""
    entered = _entered_by()
    return [entered[state] for state in states[1:][-last:]]


def phrase(last: str, last_text: str, terminals: frozenset[str]) -> str:
    """What is expected, given the last token (its terminal and text) and what can follow."""
    for token, needed, words in _PHRASES:
        if token == last and terminals.issuperset(needed):
            return words
    for needed, words in _GENERAL:
        if terminals.issuperset(needed):
            return words.replace("{last}", last_text)
    return "the end of the file"
