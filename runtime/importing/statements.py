"""The lines of a net or block that is written: its names, and the steps put together to lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from .names import fresh, identifier
from .order import items_of
from .raw import TENSORS
from .spelling import (
    by_name,
    filled,
    in_quotes,
    is_sum,
    signed,
    spelt_call,
    with_more,
)
from .steps import Step, Value
from .words import WORDS, word_for

SIGNS = frozenset(("+", "-", "*", "/", "**", "@", "negative"))


@dataclass
class Statements:
    """The lines so far; `pending` is the expression that is being put together."""

    names: dict[Value, str]
    lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    layers: dict[int, str] = field(default_factory=dict)
    pending: tuple[Value, str, str] | None = None
    """A value, its text, and what it was made by last."""
    inline: dict[Value, str] = field(default_factory=dict)
    uses: Mapping[Value, int] = field(default_factory=dict)
    """How often each value is read."""
    last: Mapping[Value, int] = field(default_factory=dict)
    """The place of the token that reads a value last."""
    at: int = 0
    """The place of the token that is being written."""
    readers: dict[Value, str] = field(default_factory=dict)
    """What reads a value first."""
    owners: frozenset[int] = frozenset()
    """The steps whose weights others use, too: layers with a name."""
    wanted: Mapping[Value, str] = field(default_factory=dict)
    """What values are called that have a name of their own: results of a net."""
    labelled: bool = False
    """Whether layers are written with the labels that they have."""
    used: set[str] = field(default_factory=set)
    """The labels that are taken."""

    def step(self, step: Step, texts: Iterator[str]) -> None:
        """One layer, sign, index, constant or learned tensor; `texts` are its numbers."""
        args = {name: filled(value, texts) for name, value in step.args.items()}
        value = Value(step)
        if step.op == "weight":
            sizes = filled(list(step.types[0].shape), texts)
            self.flush()
            name = self.fresh("scale" if step.types[0].rank == 1 else "table")
            self.lines.append(f"weight {name}: {sizes} = zeros")
            self.names[value] = name
            return
        raw = step.op.startswith("onnx.")
        if not step.inputs and not raw:
            keyed = [f"dtype={text}" if name == "dtype" else text for name, text in args.items()]
            self.inline[value] = f"{step.op}({', '.join(keyed)})"
            return
        if raw or step.op == "index" or not self._goes_on(step):
            self.flush()
        if step.op in SIGNS:
            self.pending = (value, self._sign(step, args), "")
            return
        if step.op == "index":
            items = ", ".join(map(str, items_of(step)))
            name = self.names.get(step.inputs[0], "x")
            if name != "x" and self.pending is None and self.uses.get(value) == 1:
                # What goes through rounds is `x`, and may be another one where this is read.
                self.inline[value] = f"{name}[{items}]"
                return
            self.pending = (value, f"{self.operand(step.inputs[0])}[{items}]", "")
            return
        text = self._onnx(step, args) if raw else self._called(step, args)
        self.pending = (value, text, step.op)
        if len(step.types) > 1:
            self._several(step)

    def operand(self, value: Value) -> str:
        """The text of a value that a step reads."""
        if self.pending is not None and self.pending[0] == value:
            text = self.pending[1]
            self.pending = None
            return text
        return self.text(value)

    def text(self, value: Value) -> str:
        """The name of a value, or what it is written as where it is read."""
        return self.names.get(value) or self.inline[value]

    def flush(self, word: str = "") -> None:
        """Gives what is pending a name."""
        if self.pending is None:
            return
        value, text, made = self.pending
        self.pending = None
        name = self.fresh(word) if word else self.named(value, made)
        self.lines.append(f"{name} = {text}")
        self.names[value] = name

    def named(self, value: Value, made: str) -> str:
        """A name for a value by what made it and what reads it."""
        if value in self.wanted:
            return self.fresh(self.wanted[value])
        return self.fresh(word_for(made, self.readers.get(value, ""), self.taken))

    def fresh(self, word: str) -> str:
        """A name not taken yet."""
        name = fresh(word, self.taken)
        self.taken.add(name)
        return name

    def _goes_on(self, step: Step) -> bool:
        """Whether a step can be written behind what is pending."""
        held = self.pending
        return (
            held is not None
            and step.inputs[0] == held[0]
            and self.uses.get(held[0], 1) == 1
            and held[0] not in step.inputs[1:]
            and (step.op not in SIGNS or not held[2])
        )

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

    def _called(self, step: Step, args: Mapping[str, str]) -> str:
        """A layer behind its tensors."""
        layer = self._layer(step, args)
        plain, named = by_name(step, [self.operand(each) for each in step.inputs])
        head = ", ".join(plain)
        if len(plain) > 1:
            head = f"({head})"
        return f"{head} -> {with_more(layer, named)}{self._label(step)}"

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
            word = identifier(step.label, "shared") if step.label else WORDS.get(step.op, "shared")
            name = self.layers[id(step)] = self.fresh(word)
            self.lines.append(f"layer {name} = {spelt_call(step, args)}")
            return name
        return spelt_call(step, args)
