"""The body of a net or block that is written: its tokens, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from .folding.tokens import Optional, Token, uses_of
from .folding.unify import unified
from .spelling import call, renamed, text_of
from .statements import Statements
from .steps import Value


class Body(Statements):
    """The statements of one body."""

    def run(
        self,
        tokens: Sequence[Token],
        exits: Sequence[Value],
        texts: Iterator[str] | None = None,
        optional: Optional | None = None,
    ) -> str:
        """Writes the tokens; the text of what the body returns.

        `texts` are what stands at the numbers of the tokens, where that is not the numbers.
        """
        self.uses = uses_of(tokens, exits)
        for token in tokens:
            for value in token.steps[0].inputs if token.block is None else token.entries:
                self.readers.setdefault(value, token.steps[0].op if token.block is None else "")
        given = [
            [text_of(n) for n in token.numbers]
            if texts is None
            else list(islice(texts, len(token.numbers)))
            for token in tokens
        ]
        read = [list(token.entries) for token in tokens] + [list(exits)]
        self.last = {value: place for place, values in enumerate(read) for value in values}
        at = 0
        while at < len(tokens):
            self.at = at
            if optional is not None and at == optional.first:
                part = tokens[at : optional.last]
                inside = [text for row in given[at : optional.last] for text in row]
                if at + len(part) == len(tokens) and len(part) == 1 and part[0].block is None:
                    return self._either(part[0], optional, inside)
                self._if(part, optional, iter(inside))
                at = optional.last
                continue
            self.token(tokens[at], given[at])
            at += 1
        if len(exits) == 1 and self.pending is not None and self.pending[0] == exits[0]:
            return self.pending[1]
        self.flush()
        return ", ".join(self.text(value) for value in exits)

    def _either(self, token: Token, optional: Optional, texts: Sequence[str]) -> str:
        """`a if condition else b`, for one step at the end."""
        self.flush()
        without = self.operand(optional.instead)
        self.token(token, texts)
        assert self.pending is not None
        return f"{self.pending[1]} if {optional.condition} else {without}"

    def _if(self, part: Sequence[Token], optional: Optional, texts: Iterator[str]) -> None:
        """Some tokens that are there on a condition."""
        if self.pending is not None and self.pending[0] != optional.instead:
            self.flush()
        word = "shortcut" if optional.instead in self.names else "features"
        name = self.fresh(word)
        self.lines.append(f"{name} = {self.operand(optional.instead)}")
        names = {**self.names, optional.instead: name}
        inner = Body(names, taken=self.taken, inline=self.inline)
        if word == "shortcut":
            inner.names[optional.instead] = self.names[optional.instead]
        end = inner.run(part, [optional.exit], texts)
        self.lines += [
            f"if {optional.condition} {{",
            *(f"  {line}" for line in inner.lines),
            f"  {name} = {end}",
            "}",
        ]
        self.names[optional.exit] = name

    def token(self, token: Token, texts: Sequence[str]) -> None:
        """One step, call, row of calls, or loop."""
        if token.block is not None:
            self._call(token, texts)
        elif token.rounds:
            self._loop(token)
        else:
            self.step(token.steps[0], iter(texts))

    def _call(self, token: Token, texts: Sequence[str]) -> None:
        """A block behind what it reads."""
        assert token.block is not None
        *given, times = texts if token.rounds else (*texts, "1")
        if token.block.flag:
            *given, flag = given
            given += [f"{token.block.flag}=true"] if flag != "false" else []
        stage = call(token.block.name, given) + ("" if times == "1" else f" * {times}")
        held = self.pending
        if held is not None:
            there = token.entries.count(held[0]) == 1 and self.uses[held[0]] == 1
            if not there or (len(token.entries) > 1 and "->" in held[1]):
                self.flush()
        operands = [self.operand(value) for value in token.entries]
        head = operands[0] if len(operands) == 1 else f"({', '.join(operands)})"
        text = f"{head} -> {stage}"
        if len(token.exits) == 1:
            self.pending = (token.exits[0], text, "x")
            return
        names = [self.named(value, "features") for value in token.exits]
        self.lines.append(f"{', '.join(names)} = {text}")
        self.names.update(zip(token.exits, names, strict=True))

    def _loop(self, token: Token) -> None:
        """Rounds that one tensor goes through, as `x`."""
        entry, *others = token.entries
        for value in [value for value, name in self.names.items() if name == "x"]:
            if value in others or self.last.get(value, -1) > self.at:
                kept = self.fresh("memory" if value in others else "features")
                self.lines.append(f"{kept} = x")
                self.names[value] = kept
            elif value != entry:
                del self.names[value]
                self.taken.discard("x")
        self.flush("x" if self.pending is not None and self.pending[0] == entry else "")
        common = unified(token.rounds)
        variables = [self.fresh(name) for name in common.parameters]
        chosen = dict(zip(common.parameters, variables, strict=True))
        names = {value: self.text(value) for value in others}
        before = self.names[entry]
        body = Body({entry: "x", **names}, taken=set(self.taken) | {"x"})
        inside = iter([renamed(text, chosen) for text in common.texts])
        end = body.run(token.rounds[0], token.rounds[0][-1].exits, inside)
        if before != "x":
            self.lines.append(f"x = {before}")
        if not variables:
            self.lines.append(f"repeat {len(token.rounds)} {{")
        else:
            values = ", ".join(
                text_of(row[0]) if len(row) == 1 else f"({', '.join(map(text_of, row))})"
                for row in common.given
            )
            self.lines.append(f"for {', '.join(variables)} in [{values}] {{")
        self.lines += [*(f"  {line}" for line in body.lines), f"  x = {end}", "}"]
        self.names[token.exits[0]] = "x"
        self.taken.add("x")
