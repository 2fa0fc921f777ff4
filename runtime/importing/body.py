"""The statements of a net or block that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from .folding.tokens import Optional, Token, uses_of
from .folding.unify import unified
from .order import items_of
from .raw import TENSORS
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
    "PositionEmbedding": "positions",
    "x": "features",
    "LSTM": "steps",
    "GRU": "steps",
    "Bidirectional": "steps",
    **dict.fromkeys(
        (
            *("ReLU", "ReLU6", "SiLU", "HardSiLU", "GELU", "LeakyReLU", "ELU", "Tanh", "Mish"),
            *("BatchNormalization", "MaxPooling2D", "AveragePooling2D", "Conv2D", "Conv1D"),
            *("DepthwiseConv2D", "Conv2DTranspose", "UpSampling2D"),
        ),
        "features",
    ),
    **dict.fromkeys(("GlobalAveragePooling2D", "GlobalMaxPooling2D", "Mean"), "pooled"),
}
BRANCHES = frozenset(
    (
        *("Conv2D", "Conv1D", "DepthwiseConv2D", "BatchNormalization", "ReLU", "Dense", "x"),
        *("AveragePooling2D", "MaxPooling2D", "features"),
    )
)
"""What ends a branch that is added or joined to others."""
GATES = frozenset(("Sigmoid", "HardSigmoid", "Softmax"))


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
    uses: Mapping[Value, int] = field(default_factory=dict)
    """How often each value is read."""
    readers: dict[Value, str] = field(default_factory=dict)
    """What reads a value first."""
    owners: frozenset[int] = frozenset()
    """The steps whose weights others use, too: layers with a name."""
    labelled: bool = False
    """Whether layers are written with the labels that they have."""
    used: set[str] = field(default_factory=set)
    """The labels that are taken."""

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
        at = 0
        while at < len(tokens):
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
        return ", ".join(self.names.get(value) or self.inline[value] for value in exits)

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
        inner = Body({**self.names, optional.instead: name}, taken=self.taken)
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
            self.step(token.steps[0], iter(texts), self.uses)

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
        names = [self._named(value, "features") for value in token.exits]
        self.lines.append(f"{', '.join(names)} = {text}")
        self.names.update(zip(token.exits, names, strict=True))

    def _loop(self, token: Token) -> None:
        """Rounds that one tensor goes through."""
        entry, *others = token.entries
        for value in [value for value, name in self.names.items() if name == "x"]:
            if self.uses.get(value, 0) < 2 and value != entry:
                del self.names[value]
                self.taken.discard("x")
        self.flush("x" if self.pending is not None and self.pending[0] == entry else "")
        common = unified(token.rounds)
        variables = [self.fresh(name) for name in common.parameters]
        chosen = dict(zip(common.parameters, variables, strict=True))
        names = {value: self.names.get(value) or self.inline[value] for value in others}
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
        name = self.fresh(word) if word else self._named(value, made)
        self.lines.append(f"{name} = {text}")
        self.names[value] = name

    def _named(self, value: Value, made: str) -> str:
        """A name for a value by what made it and what reads it."""
        reader = self.readers.get(value, "")
        word = WORDS.get(made or "+", small(made))
        if reader == "+" and made in BRANCHES:
            word = "shortcut" if "residual" in self.taken else "residual"
        elif reader == "Concatenate" and made in BRANCHES:
            word = "branch"
        elif reader == "*" and made in GATES:
            word = "gate"
        return self.fresh(word)

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
