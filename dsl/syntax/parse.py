"""Text to syntax tree: an LALR automaton over the tables of grammar.lark."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, cast

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, DiagnosticError
from ..text.source import Source, Span, quick_span
from .ast import File, Item
from .lex import lex
from .steps import (
    BREAKS,
    GOTOS,
    GROWN,
    LIST,
    NODE,
    PART,
    RULES,
    SHIFTS,
    UNIT,
    Template,
    Templates,
    climbed,
    shift,
)
from .tokens import END, KIND, NAME, TABLES, Tokens
from .tree import TreeMaker

MAX_DEPTH = 500
MAX_PROBLEMS = 20

# Words that begin an item, a setting or a statement, and are names wherever they cannot.
SOFT = frozenset(
    KIND[word]
    for word in (
        *("NET", "BLOCK", "CONST", "EXPECT", "TRAIN", "FROM", "IMPORT"),
        *("PHASE", "LAYER", "WEIGHT", "REPEAT"),
    )
)
_RESUMABLE = (KIND["entry"], KIND["setting"], KIND["statement"])


def _compiled(state: int, kinds: bytes) -> Template | None:
    from .templates import compiled  # a small text needs none

    return compiled(state, kinds)


SHARED = Templates(_compiled)
"""The templates of all texts that this process reads."""


def parse(source: Source, templates: Templates = SHARED) -> File:
    """The syntax tree of a text.

    Raises DiagnosticError with every syntax error found, at most MAX_PROBLEMS, in order.
    """
    tokens = lex(source)
    if len(tokens.kinds) == 1 and not tokens.problems:
        raise DiagnosticError((_empty(source),))
    parser = _Parser(tokens, templates)
    items = parser.file()
    if parser.problems:
        from .gathered import gathered  # what explains faults should cost no other text

        first = {problem.span.start: problem for problem in reversed(parser.problems)}
        raise DiagnosticError(tuple(gathered(list(first.values()))[:MAX_PROBLEMS]))
    return File(source, items, tuple(tokens.comments))


class _Parser:
    """One run over one source's tokens; collects problems and goes on behind them."""

    def __init__(self, tokens: Tokens, templates: Templates) -> None:
        self.tokens = tokens
        self.templates = templates
        self.maker = TreeMaker()
        self.errors: list[Diagnostic] = []

    @property
    def problems(self) -> list[Diagnostic]:
        """Every problem; a statement without effect only where nothing else is wrong."""
        wrong = self.tokens.problems + self.errors
        made = self.maker.problems
        return wrong + [p for p in made if not wrong or p.code is not Code.BAD_STATEMENT]

    def file(self) -> tuple[Item, ...]:
        """The items of the file; None among them where there are problems."""
        items: tuple[Item, ...] | None = None
        begin: int | None = 0
        while begin is not None:
            items, begin = self._run(begin)
        return items or ()

    def _run(self, index: int) -> tuple[tuple[Item, ...] | None, int | None]:
        """Parse from a token on. Returns the items, or None and the token to start again at."""
        tokens, source = self.tokens, self.tokens.source
        kinds, token_starts, token_ends = tokens.kinds, tokens.starts, tokens.ends
        rules, table, maker = RULES, TABLES.states, self.maker
        gotos, shifts, template = GOTOS, SHIFTS, self.templates.find
        begin, shape = index, bytes(kinds)
        items = frozenset(tokens.items)
        # What nests so deep has more tokens.
        deep = len(kinds) > MAX_DEPTH
        states = [TABLES.start]
        values: list[Any] = []
        starts: list[int] = []
        depths: list[int] = []
        value: Any
        kind = kinds[index]
        row = table[TABLES.start]
        while True:
            action = row.get(kind)
            if action is None:
                if kind == END and states[-1] == TABLES.end:
                    return cast("tuple[Item, ...]", values[0]), None
                if kind in SOFT and NAME in row and index not in items:
                    kind = NAME
                    continue
                resume = self._report(index, states, starts)
                from .recovery import read_as_meant  # only faults should cost it

                if read_as_meant(tokens, index, row):
                    kind, items = kinds[index], frozenset(tokens.items)
                    shape = bytes(kinds)
                    continue
                if resume is None:
                    return None, self._next_item(index, len(states) > 1)
                keep, symbol, index = resume
                del states[keep + 1 :], values[keep:], starts[keep:], depths[keep:]
                states.append(table[states[-1]][symbol])
                values.append(None)
                starts.append(token_starts[index])
                if deep:
                    depths.append(0)
                kind = kinds[index]
                row = table[states[-1]]
                continue
            if action >= 0:
                if kind in BREAKS or index == begin:
                    found = template(states[-1], shape, index)
                    if found is not None and not (depths and depths[-1] >= MAX_DEPTH):
                        below = values[-1] if values else None
                        values += found.make(maker, source, token_starts, token_ends, index, below)
                        states += found.states
                        starts += [token_starts[index + first] for first in found.firsts]
                        if deep:
                            if depths:
                                depths[-1] = max(depths[-1], found.below)
                            depths += found.depths
                        index += found.width
                        kind = kinds[index]
                        row = table[states[-1]]
                        continue
                start = token_starts[index]
                following = kinds[index + 1]
                key = states[-1], kind, following
                state, kept, makers = shifts.get(key) or shift(*key)
                if kept:
                    value = span = quick_span(source, start, token_ends[index])
                    for make in makers:
                        value = make(maker, span, value)
                else:
                    value = None
                states.append(state)
                values.append(value)
                starts.append(start)
                if deep:
                    depths.append(0)
                index += 1
                kind = following
                row = table[state]
                continue
            left, length, mode, make, pick, tail, _ = rules[~action]
            below = states[-1 - length]
            if mode != UNIT:
                parts = values[-length:]
                if mode == GROWN:
                    value = parts[0]
                    value.extend(pick(parts))
                else:
                    parts.append(None)
                    made = pick(parts)
                    if tail:
                        made = (*made, *parts[tail])
                    if mode == NODE:
                        # No rule is empty, so the last symbol ends where the last token does.
                        value = make(
                            maker, quick_span(source, starts[-length], token_ends[index - 1]), *made
                        )
                    elif mode == PART:
                        (value,) = made
                    else:
                        value = list(made) if mode == LIST else made
                if length > 1:
                    rest = 1 - length
                    if deep:
                        depth = max(depths[-length:])
                        if depth >= MAX_DEPTH:
                            start = starts[-length]
                            self.errors.append(_too_deep(Span(source, start, start + 1)))
                            return None, None
                        del depths[rest:]
                        depths[-1] = depth + 1 if mode == NODE else depth
                    del states[rest:], values[rest:], starts[rest:]
                values[-1] = value
            goto = below, left, kind
            state = gotos.get(goto, -1)
            if state < 0:
                state = gotos[goto] = climbed(below, table[below][left], kind)
            states[-1] = state
            row = table[state]

    def _report(
        self, index: int, states: list[int], starts: list[int]
    ) -> tuple[int, int, int] | None:
        """Report the token at `index`; find where to go on inside the item.

        Returns how much of the stack to keep, the symbol to take for read, and the next token.
        """
        from .recovery import end_of_statement

        tokens = self.tokens
        items = tokens.items
        begin = bisect_right(items, index) - 1
        offset = tokens.starts[items[begin]] if begin >= 0 else 0
        if index in items[begin : begin + 1] and begin > 0:
            offset = tokens.starts[items[begin - 1]]
        here = tokens.starts[index]
        if not any(offset <= fault <= here for fault in tokens.faults):
            from .syntax_errors import explain  # 2 ms that only a fault should cost

            self.errors.append(explain(tokens, index, states))
        if index in items[begin : begin + 1] or len(self.errors) >= MAX_PROBLEMS:
            return None
        for keep in range(len(states) - 1, -1, -1):
            row = TABLES.states[states[keep]]
            symbol = next((symbol for symbol in _RESUMABLE if symbol in row), None)
            if symbol is not None:
                first = (
                    bisect_right(tokens.starts, starts[keep]) - 1 if keep < len(starts) else index
                )
                following = end_of_statement(tokens, first, index)
                return None if following is None else (keep, symbol, following)
        return None

    def _next_item(self, index: int, begun: bool) -> int | None:
        """The token of the next top-level item; the one at `index` too if another was `begun`."""
        if len(self.errors) >= MAX_PROBLEMS:
            return None
        return next((at for at in self.tokens.items if at > index or (at == index and begun)), None)


def _empty(source: Source) -> Diagnostic:
    return Diagnostic(
        Code.EMPTY_FILE,
        "the file defines nothing",
        Span(source, 0, 0),
        help="a file holds `net` or `block` definitions: `net Name(x: float32[N, 4]) { ... }`",
    )


def _too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        Code.TOO_DEEP,
        f"an expression or statement is nested more than {MAX_DEPTH} deep",
        span,
        help="give the inner parts names of their own",
    )
