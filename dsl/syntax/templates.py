"""What the automaton does with a stretch of tokens, as one function.

It depends on nothing but the state and the kinds of the tokens. So the automaton is run over kinds
alone, and what it would call for the values is written down as Python and compiled.
"""

from __future__ import annotations

from typing import Any

from .inlined import SCOPE, Nodes, Value
from .steps import GROWN, KEPT, LIST, NODE, PART, RULES, UNIT, Rule, Template
from .tokens import TABLES


def compiled(state: int, kinds: bytes) -> Template | None:
    """What a stretch does from a state on, of its kinds and that of the token behind it.

    None where it has a fault, or a keyword that may be a name.
    """
    return _Run(state, kinds).template()


class _Run:
    """One run of the automaton over kinds, which writes down what it would call."""

    def __init__(self, state: int, kinds: bytes) -> None:
        self.kinds = kinds
        self.states = [state]
        self.values: list[Value] = []
        self.firsts: list[int] = []
        self.depths: list[int] = []
        self.below = 0
        self.lines: list[str] = []
        self.spans: dict[str, str] = {}
        self.nodes = Nodes(self.lines, self._written)

    def template(self) -> Template | None:
        index, width = 0, len(self.kinds) - 1
        while True:
            kind = self.kinds[index]
            action = TABLES.states[self.states[-1]].get(kind)
            if action is not None and action < 0 and self._reduce(RULES[~action], index - 1):
                continue
            if index == width:
                break
            if action is None or action < 0:
                return None
            value = self._span(index, index) if kind in KEPT else "None"
            self._push(action, value, index, 0)
            index += 1
        self.lines.append(f"return {self._written(tuple(self.values))}")
        head = [
            "def make(maker, source, starts, ends, i, below):",
            "text = source.text",
            f"{''.join(f'a{at}, ' for at in range(width))} = starts[i : i + {width}]",
            f"{''.join(f'b{at}, ' for at in range(width))} = ends[i : i + {width}]",
        ]
        scope: dict[str, Any] = dict(SCOPE)
        exec("\n    ".join((*head, *self.lines)), scope)
        return Template(
            scope["make"],
            width,
            tuple(self.states[1:]),
            tuple(self.firsts),
            tuple(self.depths),
            self.below,
        )

    def _push(self, state: int, value: Value, first: int, depth: int) -> None:
        self.states.append(state)
        self.values.append(value)
        self.firsts.append(first)
        self.depths.append(depth)

    def _drop(self, keep: int) -> None:
        del self.states[keep + 1 :], self.values[keep:], self.firsts[keep:], self.depths[keep:]

    def _reduce(self, rule: Rule, last: int) -> bool:
        """Does what a rule says; False where that needs more than is known of what is below."""
        above = len(self.values)
        if rule.length > above:
            if rule.mode != GROWN or rule.length != above + 1 or not above:
                return False
            grown = rule.pick(["below", *self.values])
            self.lines.append(f"below.extend({self._written(grown)})")
            self.below = max(self.below, *self.depths)
            self._drop(0)  # What grows stays in its state.
            return True
        begin = above - rule.length
        first, depth = self.firsts[begin], max(self.depths[begin:])
        value = self._value(rule, self.values[begin:], first, last)
        self._drop(begin)
        state = TABLES.states[self.states[-1]][rule.left]
        self._push(state, value, first, depth + (rule.mode == NODE and rule.length > 1))
        return True

    def _value(self, rule: Rule, parts: list[Value], first: int, last: int) -> Value:
        if rule.mode == UNIT:
            return parts[0]
        if rule.mode == GROWN:
            return [*parts[0], *rule.pick(parts)]
        made: tuple[Value, ...] = rule.pick([*parts, "None"])
        if rule.tail:
            made = (*made, *parts[rule.tail])
        if rule.mode == PART:
            return made[0]
        if rule.mode != NODE:
            return list(made) if rule.mode == LIST else made
        return self.nodes.add(rule.make.__name__, self._span(first, last), made)

    def _span(self, first: int, last: int) -> str:
        """The name of the span of some tokens."""
        name = f"s{first}_{last}"
        self.spans.setdefault(name, self.nodes.span(name, first, last))
        return name

    def _written(self, value: Value) -> str:
        """A value as Python; a span is made where it is first used."""
        if isinstance(value, str):
            line = self.spans.get(value, "")
            if line:
                self.lines.append(line)
                self.spans[value] = ""
            return value
        inner = "".join(f"{self._written(part)}, " for part in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
