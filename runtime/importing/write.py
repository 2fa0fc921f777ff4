"""Writes a model as `.net` text in the one formatting."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ...compiler.ops.base.op import arguments
from ...compiler.ops.table import OPS
from ...compiler.shapes.dims import Sym
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from .blocks import Block, Token, fold, tokens_of, unified
from .regions import Part, chain, items_of, needed, part
from .steps import Argument, Imported, Step, Value

SIGNS = frozenset(("+", "-", "*", "/", "**", "@"))
PLACES = {2: "[N, C]", 3: "[N, T, C]", 4: "[N, H, W, C]", 5: "[N, D, H, W, C]"}
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


PLAIN = frozenset(("pool_size", "padding", "cropping", "size"))
"""Arguments with a default that are written where they come first."""


@dataclass(frozen=True)
class Text:
    """The text of a net, and its steps in the order in which the text runs them."""

    net: str
    text: str
    order: Sequence[Step]


def write(model: Imported, notes: Sequence[str], params: int) -> Text:
    """The text, with comments above and a contract below."""
    steps = needed(model)
    taken = {model.name}
    blocks: list[Block] = []
    exits = [view.value for _, view in model.outputs]
    if len(model.inputs) == 1 and len(exits) == 1:
        entry = Value(model.inputs[0])
        tokens, blocks = fold(tokens_of(chain(entry, steps, exits)), taken)
    else:
        tokens = [_one(part(Value(model.inputs[0]), steps, exits[0]))]
    lines = [f"# {note}" for note in notes]
    if notes:
        lines.append("")
    for block in blocks:
        lines += [*_block(block), ""]
    inputs = [f"{step.args['name']}: {step.types[0]}" for step in model.inputs]
    body = _Body({Value(step): str(step.args["name"]) for step in model.inputs})
    body.owners = frozenset(id(step.shared) for step in steps if step.shared is not None)
    body.taken |= set(body.names.values())
    for step in model.inputs:
        body.taken |= {str(dim) for dim in step.types[0].shape}
    ends = body.run(tokens, exits)
    results = ", ".join(
        f"{name}: [{', '.join(map(str, v.shape))}]" for name, v in _results(model, body.taken)
    )
    if len(exits) > 1:
        results = f"({results})"
    lines.append(f"net {model.name}({', '.join(inputs)}) -> {results} {{")
    lines += [f"  {line}" for line in body.lines]
    lines += [
        f"  return {ends}",
        "}",
        "",
        f"expect {model.name} {{",
        f"  params == {params:_}",
        "}",
    ]
    text = format_file(parse(Source("imported.net", "\n".join(lines) + "\n")))
    return Text(model.name, text, [step for token in tokens for step in token.steps])


def _results(model: Imported, taken: set[str]) -> Iterator[tuple[str, Value]]:
    from .convert import identifier

    used = {str(step.args["name"]) for step in model.inputs}
    for name, view in model.outputs:
        word = identifier(name, "output")
        while word in used:
            word = f"{word}_"
        used.add(word)
        yield word, view.value


def _one(whole: Part) -> Token:
    return Token("whole", whole.numbers, whole.roles, whole.steps, whole.entry, part=whole)


def _block(block: Block) -> list[str]:
    entry = block.tokens[0].entry
    body = _Body({entry: "x"})
    body.taken |= {"x", *block.parameters}
    end = body.run(block.tokens, None, iter(block.texts))
    place = PLACES.get(entry.type.rank, "[N, ...]")
    if entry.type.rank not in PLACES:
        place = f"[{', '.join('NABCDEFGH'[: entry.type.rank])}]"
    parameters = "".join(f", {name}: int" for name in block.parameters)
    return [
        f"block {block.name}(x: {place}{parameters}) {{",
        *(f"  {line}" for line in body.lines),
        f"  return {end}",
        "}",
    ]


@dataclass
class _Body:
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
                stage = _call(stage, given) + ("" if times == "1" else f" * {times}")
            else:
                stage = _call(stage, given)
            self.stage(entry, stage, exit_, "x")
            return
        self.flush("x")
        variables, inside, rows = unified(token.rounds)
        variables_taken = [self.fresh(name) for name in variables]
        renamed = dict(zip(variables, variables_taken, strict=True))
        before = self.names[entry]
        body = _Body({token.rounds[0][0].entry: "x"}, taken=set(self.taken) | {"x"})
        inside = tuple(_renamed(text, renamed) for text in inside)
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
        args = {name: _filled(value, texts) for name, value in step.args.items()}
        value = Value(step)
        if step.op == "weight":
            sizes = _filled(list(step.types[0].shape), texts)
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
            self.pending = (value, self._onnx(step), step.op)
            if len(step.types) > 1:
                self._several(step)
            return
        call = self._layer(step, args)
        head = ", ".join(self.operand(each) for each in step.inputs)
        if len(step.inputs) > 1:
            head = f"({head})"
        self.pending = (value, f"{head} -> {call}", step.op)
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
        name = self.fresh(word or WORDS.get(made or "+", _small(made)))
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
            sides[place] = (
                f"({side})"
                if (" " in side and not side.endswith(")")) or "->" in side or _is_sum(side)
                else side
            )
        return f"{sides[0]} {step.op} {_signed(sides[1] or '')}"

    def _onnx(self, step: Step) -> str:
        shown = [self.operand(value) for value in step.inputs]
        shown += [f"{name}={text_of(value)}" for name, value in step.args.items()]
        return f"{step.op}({', '.join(shown)})"

    def _layer(self, step: Step, args: Mapping[str, str]) -> str:
        if step.shared is not None:
            return self.layers[id(step.shared)]
        if id(step) in self.owners:
            name = self.layers[id(step)] = self.fresh(WORDS.get(step.op, "shared"))
            self.lines.append(f"layer {name} = {call_of(step, args)}")
            return name
        return call_of(step, args)


def _is_sum(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character == " ":
            return True
    return False


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _renamed(text: str, names: Mapping[str, str]) -> str:
    *factor, name = text.split(" * ")
    return " * ".join([*factor, names.get(name, name)])


def _call(name: str, given: Sequence[str]) -> str:
    return f"{name}({', '.join(given)})" if given else name


def call_of(step: Step, args: Mapping[str, str]) -> str:
    """A layer with its arguments; what is the default is left out."""
    table = arguments(OPS[step.op])
    shown: list[str] = []
    for place, (name, argument) in enumerate(table.items()):
        if name not in args:
            continue
        text = args[name]
        spelt = argument.required or (place == 0 and name in PLAIN)
        if not argument.required and name != "pool_size":
            plain = step.args[name]
            whole = (
                plain == argument.default
                or argument.default == (plain,)
                or (
                    isinstance(plain, int)
                    and isinstance(argument.default, tuple)
                    and set(argument.default) == {plain}
                )
            )
            if whole and text == text_of(plain):
                continue
        plainly = place == len(shown) and spelt
        shown.append(text if plainly else f"{name}={text}")
    return _call(step.op, shown)


def _small(name: str) -> str:
    """A layer's name in small letters: `MaxPooling2D` is `max_pooling2d`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removeprefix("onnx.")).lower()


def _filled(value: Argument, texts: Iterator[str]) -> str:
    """The text of an argument, whose integers are the next of some texts."""
    if isinstance(value, list | tuple):
        inner = ", ".join(_filled(item, texts) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, Sym) or (isinstance(value, int) and not isinstance(value, bool)):
        return next(texts)
    return text_of(value)


def text_of(value: Argument) -> str:
    """A value as a file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        return (
            value
            if value.isidentifier()
            else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        )
    if isinstance(value, list | tuple):
        inner = ", ".join(map(text_of, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    return str(value)
