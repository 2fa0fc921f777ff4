"""A strategy that writes random legal `.net` programs as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from hypothesis import strategies as st
from netc.compiler.shapes.types import TensorType

from .arguments import Draw, Step
from .inputs import inputs
from .own import attended, own
from .statements import chained, choice, gather, several, states, together
from .typed import Typing

OF_SEVERAL = (several, states, choice, gather, together, chained, own, attended)
MAX_STATEMENTS = 5
MAX_LAYERS = 14


@dataclass(frozen=True)
class Program:
    """A net as text, and what its named sizes are when it runs."""

    text: str
    sizes: Mapping[str, int]

    def __str__(self) -> str:
        return f"# {', '.join(f'{k} = {v}' for k, v in self.sizes.items())}\n{self.text}"


@dataclass
class Writer:
    """A net in the making."""

    draw: Draw
    typing: Typing
    live: dict[str, TensorType] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    layers: int = 0
    names: int = 0

    def pick(self, *options: str) -> str:
        chosen = self.draw(st.sampled_from(options))
        assert isinstance(chosen, str)
        return chosen

    def number(self, low: int, high: int) -> int:
        chosen = self.draw(st.sampled_from(range(low, high + 1)))
        assert isinstance(chosen, int)
        return chosen

    def pick_number(self, *options: int) -> int:
        return options[self.number(0, len(options) - 1)]

    def some_value(self) -> str:
        return self.pick(*self.live)

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def chain(self, type: TensorType, most: int = 3) -> tuple[list[Step], TensorType]:
        """A few layers in a row."""
        steps = []
        for _ in range(most + 1 - self.number(1, most)):
            step, type = self.typing.layer(type)
            steps.append(step)
        self.layers += len(steps)
        return steps, type

    def statement(self) -> None:
        """One statement, or a few that belong together."""
        kinds = {
            "pipeline": self.pipeline,
            "merge": self.merge,
            "join": self.join,
            "arithmetic": self.arithmetic,
            "slice": self.slice,
            "loop": self.loop,
            "row": self.row,
            "block": self.block,
            "shared": self.shared,
            "condition": self.condition,
            **{each.__name__: partial(each, self) for each in OF_SEVERAL},
        }
        kinds[self.pick(*kinds)]()

    def target(self) -> str:
        """A new name, or one to shadow."""
        return self.some_value() if self.number(0, 3) == 0 else self.fresh("v")

    def let(self, name: str, text: str, type: TensorType) -> None:
        self.lines.append(f"{name} = {text}")
        self.live[name] = type

    def pipeline(self) -> None:
        source = self.some_value()
        steps, type = self.chain(self.live[source])
        text = " -> ".join([source, *map(str, steps)])
        if self.number(0, 3) == 0:
            label = self.fresh("label")
            self.lines.append(f"{text} as {label}")
            self.live[label] = type
        else:
            self.let(self.target(), text, type)

    def merge(self) -> None:
        """Two branches of one tensor that a layer or a sign brings together."""
        source = self.some_value()
        type = self.live[source]
        branches = [self.typing.keeping(type) for _ in range(self.number(2, 3))]
        self.layers += len(branches) + 1
        texts = [f"{source} -> {step}" for step in branches]
        if self.number(0, 2) == 0 and type.dtype == "float32":
            text = " + ".join(f"({each})" for each in texts)
            self.let(self.target(), text, type)
            return
        step, made = self.typing.layer(*[type] * len(branches))
        values = [self.fresh("b") for _ in branches]
        for value, each in zip(values, texts, strict=True):
            self.lines.append(f"{value} = {each}")
        self.let(self.target(), f"({', '.join(values)}) -> {step}", made)

    def join(self) -> None:
        """A merge of any two values that fit each other."""
        first, second = self.some_value(), self.some_value()
        types = self.live[first], self.live[second]
        for name in ("Add", "Concatenate", "Multiply", "Maximum", "Average", "Subtract"):
            made = self.typing.result(Step(name, {}), types)
            if made is not None and self.number(0, 1):
                self.layers += 1
                self.let(self.target(), f"{name}({first}, {second})", made)
                return

    def arithmetic(self) -> None:
        left = self.some_value()
        number = self.pick("0.5", "2", "1.5", "-3")
        sign = self.pick("+", "-", "*", "/", "**", "@")
        type = self.live[left]
        if sign == "**":
            made, text = self.typing.arithmetic(sign, None, 2, type), f"{left} ** 2"
        elif sign == "/" or self.number(0, 1):
            made = self.typing.arithmetic(sign, None, float(number), type)
            text = f"{left} {sign} {number}"
        else:
            right = self.some_value()
            made = self.typing.arithmetic(sign, None, None, type, self.live[right])
            text = f"{left} {sign} {right}"
        if made is not None and 1 < made.rank <= 5 and sign != "@":
            self.layers += 1
            self.let(self.target(), text, made)

    def slice(self) -> None:
        source = self.some_value()
        found = self.typing.slice(self.live[source])
        if found is not None:
            self.layers += 1
            self.let(self.target(), f"{source}{found[0]}", found[1])

    def loop(self) -> None:
        """A loop over a list of widths."""
        name = self.some_value()
        type = self.live[name]
        widths = [self.number(1, 4) for _ in range(self.number(1, 3))]
        width = self.fresh("w")
        keep = self.typing.keeping(type)
        for each in widths:
            made = self.typing.result(Step("Dense", {"units": each}), [type])
            if made is None:
                break
            keep_type = self.typing.result(keep, [made])
            if keep_type is None:
                break
            type = keep_type
        else:
            self.layers += 2 * len(widths)
            body = f"{name} = {name} -> Dense({width}) -> {keep}"
            self.lines += [f"for {width} in {widths} {{", f"  {body}", "}"]
            self.live[name] = type

    def row(self) -> None:
        """Some of one layer in a row, by `* n` or `repeat`."""
        name = self.some_value()
        step = self.typing.keeping(self.live[name])
        count = self.number(1, 3)
        self.layers += count
        if self.number(0, 1):
            self.let(self.target(), f"{name} -> {step} * {count}", self.live[name])
        else:
            self.lines += [f"repeat {count} {{", f"  {name} = {name} -> {step}", "}"]

    def block(self) -> None:
        """A block with a signature and a static parameter, used once or several times."""
        source = self.some_value()
        type = self.live[source]
        block, width = self.fresh("Block"), self.number(1, 4)
        dims = ["N", *(f"D{i}" for i in range(1, type.rank))]
        first = Step("Dense", {"units": width})
        made = self.typing.result(first, [type])
        if made is None:
            return
        steps, out = self.chain(made, 2)
        result = f" -> [{', '.join(['N'] + ['_'] * (out.rank - 1))}]"
        stages = " -> ".join(map(str, steps))
        residual = out == type and self.number(0, 1) == 1
        inner = f"  x -> Dense(width) as inner\n  y = inner -> {stages}\n"
        self.blocks.append(
            f"block {block}(x: [{', '.join(dims)}], width: int = {width})"
            f"{result if self.number(0, 1) and out.shape[:1] == type.shape[:1] else ''} {{\n"
            f"{inner}  return {'x + y' if residual else 'y'}\n}}\n"
        )
        self.layers += len(steps) + 1
        call = self.pick(block, f"{block}(width={width})", f"{block}({width})")
        label = self.fresh("block")
        self.lines.append(f"{source} -> {call} as {label}")
        if self.number(0, 1):
            self.let(self.fresh("tap"), f"{label}.inner", made)
        again = self.fresh("v")
        if out == type and self.number(0, 1):
            self.layers += 2 * (len(steps) + 1)
            self.let(again, f"{label} -> {call} * 2", type)
        else:
            self.let(again, label, out)

    def shared(self) -> None:
        """One layer used twice, with one set of weights."""
        source = self.some_value()
        type = self.live[source]
        step, made = self.typing.layer(type)
        layer, other = self.fresh("shared"), self.typing.keeping(type)
        self.layers += 3
        self.lines.append(f"layer {layer} = {step}")
        self.let(self.fresh("v"), f"{source} -> {layer}", made)
        self.let(self.target(), f"{source} -> {other} -> {layer}", made)

    def condition(self) -> None:
        """A choice that is made when the net is compiled."""
        source = self.some_value()
        type = self.live[source]
        then, other = self.chain(type, 2), self.chain(type, 2)
        last = type.shape[-1] if type.rank else None
        if not isinstance(last, int):
            return
        limit = self.number(1, 4)
        _, made = then if last > limit else other
        name = self.fresh("v")
        bodies = [" -> ".join([source, *map(str, steps)]) for steps, _ in (then, other)]
        self.lines += [
            f"if shape({source})[-1] > {limit} {{",
            f"  {name} = {bodies[0]}",
            "} else {",
            f"  {name} = {bodies[1]}",
            "}",
        ]
        self.live[name] = made


@st.composite
def programs(draw: Draw) -> Program:
    """A legal net of at most about a dozen layers."""
    given, sizes = inputs(draw)
    writer = Writer(draw, Typing(draw, sizes), dict(given))
    writer.pipeline()
    for _ in range(MAX_STATEMENTS - writer.number(0, MAX_STATEMENTS)):
        if writer.layers < MAX_LAYERS:
            writer.statement()
    made = [name for name in writer.live if name not in given]
    results = [made[-1]] if made else list(given)[:1]
    for _ in range(writer.number(0, 2)):
        extra = writer.some_value()
        if extra not in results and extra not in given:
            results.append(extra)
    params = ", ".join(f"{name}: {type}" for name, type in given.items())
    body = "".join(f"  {line}\n" for line in writer.lines)
    blocks = "".join(f"{block}\n" for block in writer.blocks)
    text = f"{blocks}net Net({params}) {{\n{body}  return {', '.join(results)}\n}}\n"
    return Program(text, sizes)
