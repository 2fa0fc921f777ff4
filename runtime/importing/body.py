"""The statements of a net or block that is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from .blocks import Token, unified
from .raw import TENSORS
from .regions import Part, items_of
from .spelling import (
    by_name,
    call,
    filled,
    in_quotes,
    is_sum,
    renamed,
    signed,
    small,
    spelt_call,
    text_of,
    with_more,
)
from .steps import Step, Value

SIGNS = frozenset(("+", "-", "*", "/", "**", "@", "negative"))


WORDS = {
    "Concatenate": "joined",
    "MultiHeadAttention": "attention",
    "Dense": "hidden",
    "LayerNormalization": "normed",
    "Embedding": "words",
    "ReversibleEmbedding": "words",
    "Softmax": "weights",
    "+": "total",
    "*": "scaled",
    "index": "part",
}


@dataclass
class Body:
    """The statements of one body; `pending` is the expression that is being put together."""

    names: dict[Value, str]
    lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    layers: dict[int, str] = field(default_factory=dict)
    pending: tuple[Value, str, str] | None = None
    """A value, its text, and what it was made by last."""
    inline: dict[Value, str] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    """What the next values are called, in a region that adds branches."""
    owners: frozenset[int] = frozenset()
    """The steps whose weights others use, too: layers with a name."""
    labelled: bool = False
    """Whether layers are written with the labels that they have."""
    used: set[str] = field(default_factory=set)
    """The labels that are taken."""

    def run(
        self,
        tokens: Sequence[Token],
        exits: Sequence[Value] | None,
        texts: Iterator[str] | None = None,
    ) -> str:
        """Writes the links; the text of what the body returns."""
        for token in tokens:
            given = (
                list(islice(texts, len(token.numbers)))
                if texts is not None
                else [text_of(n) for n in token.numbers]
            )
            self.token(token, given, exits)
        if exits is None:
            return self._end()
        if len(exits) == 1:
            if self.pending is not None and self.pending[0] == exits[0]:
                return self.pending[1]
            self.flush()
            return self.names.get(exits[0]) or self.inline[exits[0]]
        self.flush()
        return ", ".join(self.names.get(value) or self.inline[value] for value in exits)

    def _end(self) -> str:
        assert self.pending is not None
        return self.pending[1]

    def token(self, token: Token, texts: Sequence[str], exits: Sequence[Value] | None) -> None:
        """One link."""
        if token.part is not None:
            self.part(token.part, iter(texts), exits)
            return
        entry, exit_ = token.entry, Value(token.steps[-1])
        if token.block is not None:
            stage = token.block.name
            given = texts
            if token.rounds:
                *given, times = texts
                stage = call(stage, given) + ("" if times == "1" else f" * {times}")
            else:
                stage = call(stage, given)
            self.stage(entry, stage, exit_, "x")
            return
        self.flush("x")
        variables, inside, rows = unified(token.rounds)
        variables_taken = [self.fresh(name) for name in variables]
        chosen = dict(zip(variables, variables_taken, strict=True))
        before = self.names[entry]
        body = Body({token.rounds[0][0].entry: "x"}, taken=set(self.taken) | {"x"})
        inside = tuple(renamed(text, chosen) for text in inside)
        end = body.run(token.rounds[0], None, iter(inside))
        if before != "x":
            self.lines.append(f"x = {before}")
        if not variables:
            self.lines.append(f"repeat {len(token.rounds)} {{")
        else:
            values = ", ".join(
                text_of(row[0]) if len(row) == 1 else f"({', '.join(map(text_of, row))})"
                for row in rows
            )
            self.lines.append(f"for {', '.join(variables_taken)} in [{values}] {{")
        self.lines += [*(f"  {line}" for line in body.lines), f"  x = {end}", "}"]
        self.names[exit_] = "x"
        self.taken.add("x")

    def part(self, each: Part, texts: Iterator[str], exits: Sequence[Value] | None) -> None:
        """One step, or the statements of a region."""
        uses = Counter(value for step in each.steps for value in step.inputs)
        uses[each.exit] += 1
        for value in exits or ():
            uses[value] += 1
        if len(each.steps) > 1 and uses[each.entry] > 1:
            self.flush()
        if len(each.steps) > 1 and each.steps[-1].op == "+":
            self.hints = ["residual", "shortcut"]
        for step in each.steps:
            self.step(step, texts, uses)
        self.hints = []

    def step(self, step: Step, texts: Iterator[str], uses: Mapping[Value, int]) -> None:
        """One layer, sign, index, constant or learned tensor."""
        args = {name: filled(value, texts) for name, value in step.args.items()}
        value = Value(step)
        if step.op == "weight":
            sizes = filled(list(step.types[0].shape), texts)
            self.flush()
            name = self.fresh("scale" if step.types[0].rank == 1 else "table")
            self.lines.append(f"weight {name}: {sizes} = zeros")
            self.names[value] = name
            return
        if not step.inputs and not step.op.startswith("onnx."):
            keyed = [f"dtype={text}" if name == "dtype" else text for name, text in args.items()]
            self.inline[value] = f"{step.op}({', '.join(keyed)})"
            return
        held = self.pending
        if held is not None and not (
            step.inputs[0] == held[0]
            and uses.get(held[0], 1) == 1
            and held[0] not in step.inputs[1:]
            and (step.op not in SIGNS or not held[2])
            and (step.op != "index")
            and not step.op.startswith("onnx.")
        ):
            self.flush()
        if step.op in SIGNS:
            self.pending = (value, self._sign(step, args), "")
            return
        if step.op == "index":
            operand = self.operand(step.inputs[0])
            items = ", ".join(map(str, items_of(step)))
            self.pending = (value, f"{operand}[{items}]", "")
            return
        if step.op.startswith("onnx."):
            self.pending = (value, self._onnx(step, args), step.op)
            if len(step.types) > 1:
                self._several(step)
            return
        layer = self._layer(step, args)
        shown = [self.operand(each) for each in step.inputs]
        plain, named = by_name(step, shown)
        layer = with_more(layer, named)
        head = ", ".join(plain)
        if len(plain) > 1:
            head = f"({head})"
        self.pending = (value, f"{head} -> {layer}{self._label(step)}", step.op)
        if len(step.types) > 1:
            self._several(step)

    def stage(self, entry: Value, stage: str, exit_: Value, made: str) -> None:
        """A call behind what is pending, or behind the entry."""
        if self.pending is not None and self.pending[0] != entry:
            self.flush()
        self.pending = (exit_, f"{self.operand(entry)} -> {stage}", made)

    def operand(self, value: Value) -> str:
        """The text of a value that a step reads."""
        if self.pending is not None and self.pending[0] == value:
            text = self.pending[1]
            self.pending = None
            return text
        return self.names.get(value) or self.inline[value]

    def flush(self, word: str = "") -> None:
        """Gives what is pending a name."""
        if self.pending is None:
            return
        value, text, made = self.pending
        self.pending = None
        if not word and self.hints and made not in WORDS:
            word = self.hints.pop(0)
        name = self.fresh(word or WORDS.get(made or "+", small(made)))
        self.lines.append(f"{name} = {text}")
        self.names[value] = name

    def fresh(self, word: str) -> str:
        """A name not taken yet."""
        result, count = word, 2
        while result in self.taken:
            result, count = f"{word}_{count}", count + 1
        self.taken.add(result)
        return result

    def _several(self, step: Step) -> None:
        assert self.pending is not None
        names = [self.fresh("state") for _ in step.types]
        self.lines.append(f"{', '.join(names)} = {self.pending[1]}")
        self.pending = None
        for index, name in enumerate(names):
            self.names[Value(step, index)] = name

    def _sign(self, step: Step, args: Mapping[str, str]) -> str:
        sides = [args.get("left"), args.get("right")]
        for value in step.inputs:
            side = self.operand(value)
            place = 0 if sides[0] is None else 1
            around = (" " in side and not side.endswith(")")) or "->" in side or is_sum(side)
            sides[place] = f"({side})" if around or side.startswith("-") else side
        if step.op == "negative":
            return f"-{sides[0]}"
        return f"{sides[0]} {step.op} {signed(sides[1] or '')}"

    def _onnx(self, step: Step, args: Mapping[str, str]) -> str:
        named = step.args.get(TENSORS, ())
        assert isinstance(named, tuple)
        shown = [
            f"{name}={self.operand(value)}" if name else self.operand(value)
            for value, name in zip_longest(step.inputs, named)
        ]
        for name, text in args.items():
            given = step.args[name]
            if name != TENSORS:
                shown.append(f"{name}={in_quotes(given) or text}")
        return f"{step.op}({', '.join(shown)})"

    def _label(self, step: Step) -> str:
        """` as head`, in the net itself, where each layer is one."""
        if not self.labelled or not step.label or step.shared or id(step) in self.owners:
            return ""
        if step.label in self.used:
            return ""
        self.used.add(step.label)
        return f" as {step.label}"

    def _layer(self, step: Step, args: Mapping[str, str]) -> str:
        if step.shared is not None:
            return self.layers[id(step.shared)]
        if id(step) in self.owners:
            name = self.layers[id(step)] = self.fresh(step.label or WORDS.get(step.op, "shared"))
            self.lines.append(f"layer {name} = {spelt_call(step, args)}")
            return name
        return spelt_call(step, args)
