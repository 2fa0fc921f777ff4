"""Writes tables.py, the parser's tables, from grammar.lark: `make tables`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from pprint import pformat
from string import punctuation
from typing import TYPE_CHECKING, cast

from .grammar import GRAMMAR, Plan, Tables, checksum

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule, Terminal

TABLES = GRAMMAR.with_name("tables.py")


def build(grammar: str, *, strict: bool = False) -> Tables:
    """Compile a grammar; `strict` also refuses terminals that collide (needs interegular)."""
    from lark import Lark

    lark = Lark(grammar, parser="lalr", start="file", maybe_placeholders=True, strict=strict)
    return _tables(lark)


def _tables(lark: Lark) -> Tables:
    patterns: dict[str, str] = {}
    words: dict[str, str] = {}
    for terminal in lark.terminals:
        regexp = terminal.pattern.to_regexp()
        if terminal.name in lark.ignore_tokens and terminal.name != "COMMENT":
            continue
        if regexp.isalpha():
            words[terminal.name] = regexp
        else:
            patterns[terminal.name] = regexp
    # Words, numbers and strings come first as they are most frequent, then the longest signs.
    names = sorted(patterns, key=lambda name: (not _is_word(name), -len(patterns[name]), name))
    terminals = ["$END", *names, *sorted(words)]
    symbols = terminals + sorted({str(rule.origin.name) for rule in lark.rules})
    number = {name: index for index, name in enumerate(symbols)}
    rule_number = {rule: index for index, rule in enumerate(lark.rules)}
    table = lark.parser.parser._parse_table
    # Lark numbers its states anew in every run; here they are in the order of first use.
    start = table.start_states["file"]
    order = {start: 0}
    waiting = [start]
    states: list[dict[int, int]] = []
    for state in waiting:
        row: dict[int, int] = {}
        for symbol, (action, target) in sorted(table.states[state].items(), key=_symbol):
            if action.name == "Shift":
                if target not in order:
                    order[target] = len(waiting)
                    waiting.append(target)
                row[number[symbol]] = order[target]
            else:
                row[number[symbol]] = ~rule_number[target]
        states.append(dict(sorted(row.items())))
    return Tables(
        symbols=tuple(symbols),
        terminals=len(terminals),
        pattern="|".join(f"({patterns[name]})" for name in names),
        signs=_signs({patterns[name]: number[name] for name in names if not _is_word(name)}),
        keywords={words[name]: number[name] for name in sorted(words)},
        states=states,
        rules=[
            (number[rule.origin.name], len(rule.expansion), _name(rule), _plan(rule))
            for rule in lark.rules
        ],
        start=0,
        end=order[table.end_states["file"]],
    )


def _symbol(entry: tuple[str, object]) -> str:
    return entry[0]


def _signs(patterns: Mapping[str, int]) -> dict[str, int]:
    """Every text that is a sign, and its terminal; a newline is one."""
    found: dict[str, int] = {}
    for pattern, kind in patterns.items():
        letters = [sign for sign in punctuation if sign in pattern] + ["\n"]
        for length in (1, 2, 3):
            texts = map("".join, product(letters, repeat=length))
            found |= {text: kind for text in texts if re.fullmatch(pattern, text)}
    return found


def _is_word(terminal: str) -> bool:
    return terminal in ("NAME", "NUMBER", "STRING", "COMMENT")


def _name(rule: Rule) -> str:
    if rule.alias:
        return str(rule.alias)
    name = str(rule.origin.name)
    plan = _plan(rule)
    if rule.options.expand1 and len(plan) == 1:
        return "="
    return "[]" if name.startswith("_") else name


def _plan(rule: Rule) -> Plan:
    symbols = iter(range(len(rule.expansion)))
    empty = rule.options.empty_indices or (False,) * len(rule.expansion)
    plan: list[int | None] = []
    for absent in empty:
        if absent:
            plan.append(None)
            continue
        index = next(symbols)
        symbol = rule.expansion[index]
        if symbol.is_term:
            if not cast("Terminal", symbol).filter_out:
                plan.append(index)
        else:
            plan.append(~index if symbol.name.startswith("_") else index)
    return tuple(plan)


def text(tables: Tables, lark_version: str, grammar: bytes) -> str:
    """The source text of tables.py."""
    lines = [
        '"""The parser\'s tables, made from grammar.lark by `make tables`."""',
        "",
        "# fmt: off",
        "# ruff: noqa: E501",
        "from .grammar import Tables",
        "",
        f"LARK = {lark_version!r}",
        f"CHECKSUM = {checksum(grammar)}",
        "TABLES = Tables(",
        f"symbols={_wrapped(tables.symbols)},",
        f"terminals={tables.terminals},",
        f"pattern={tables.pattern!r},",
        f"signs={_wrapped(tables.signs)},",
        f"keywords={_wrapped(tables.keywords)},",
        "states=[",
        *(f"{re.sub(': ', ':', str(state))}," for state in tables.states),
        "],",
        "rules=[",
        *(f"{rule}," for rule in tables.rules),
        "],",
        f"start={tables.start},",
        f"end={tables.end},",
        ")",
    ]
    return "\n".join(lines) + "\n"


def _wrapped(value: object) -> str:
    return pformat(value, width=100, compact=True, sort_dicts=False)


def main() -> None:
    """Write tables.py from grammar.lark."""
    import lark

    grammar = GRAMMAR.read_bytes()
    tables = build(grammar.decode())
    TABLES.write_text(text(tables, lark.__version__, grammar), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
