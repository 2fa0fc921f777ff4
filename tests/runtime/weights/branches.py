"""Random nets whose branches have layers of equal shapes, as Keras, PyTorch and a `.net` file have
them: each makes the layers in an order of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 4
ACTIVATIONS = ("relu", "tanh", "sigmoid")
SIGNS = {"add": "+", "multiply": "*", "subtract": "-"}
Take = Callable[[int, Sequence[Any]], Any]
"""Makes a part, by its place, of what it takes."""


@dataclass(frozen=True)
class Part:
    """A step of a net: what it is, which parts it takes, and the activation behind a layer."""

    kind: str
    takes: tuple[int, ...]
    activation: str = ""


@dataclass(frozen=True)
class Branched:
    """A net of one input and one output, `[N, WIDTH]` each; the last part is the output."""

    parts: tuple[Part, ...]

    def layers(self) -> list[int]:
        """The parts with weights."""
        return [place for place, part in enumerate(self.parts) if part.kind == "dense"]

    def order(self, draw: random.Random) -> list[int]:
        """The parts in some order in which they can be made."""
        made: list[int] = []
        left = list(range(len(self.parts)))
        while left:
            ready = [i for i in left if all(j < 0 or j in made for j in self.parts[i].takes)]
            made.append(draw.choice(ready))
            left.remove(made[-1])
        return made

    def compute(
        self, draw: random.Random, take: Callable[[int, Sequence[Any]], Any], x: Any
    ) -> Any:
        """What the parts come to, made one by one in some order."""
        values = {-1: x}
        for place in self.order(draw):
            values[place] = take(place, [values[source] for source in self.parts[place].takes])
        return values[len(self.parts) - 1]


def branched(seed: int) -> Branched:
    """A random net of three to seven Dense layers of one shape."""
    draw = random.Random(seed)
    parts: list[Part] = []
    for _ in range(draw.randint(3, 7)):
        source = draw.randint(max(-1, len(parts) - 4), len(parts) - 1)
        parts.append(Part("dense", (source,), draw.choice(("", *ACTIVATIONS))))
        if len(parts) > 2 and draw.random() < 0.5:
            others = draw.sample(range(len(parts)), 2)
            parts.append(Part(draw.choice(list(SIGNS)), tuple(others)))
    read = {source for part in parts for source in part.takes}
    ends = [place for place in range(len(parts)) if place not in read]
    while len(ends) > 1:
        parts.append(Part("add", (ends.pop(0), ends.pop(0))))
        ends.append(len(parts) - 1)
    return Branched(tuple(parts))


def net_text(net: Branched, seed: int) -> str:
    """The net as a `.net` file, its statements and what sums take in some order."""
    draw = random.Random(seed)
    lines = []
    for place in net.order(draw):
        part = net.parts[place]
        names = ["x" if source < 0 else f"v{source}" for source in part.takes]
        if part.kind != "dense":
            if part.kind != "subtract":
                draw.shuffle(names)
            lines.append(f"v{place} = {names[0]} {SIGNS[part.kind]} {names[1]}")
        elif part.activation and draw.random() < 0.5:
            lines.append(f"v{place} = {names[0]} -> Dense({WIDTH}) -> {part.activation}")
        else:
            fused = f", activation={part.activation}" if part.activation else ""
            lines.append(f"v{place} = {names[0]} -> Dense({WIDTH}{fused})")
    body = "\n".join(f"  {line}" for line in lines)
    last = len(net.parts) - 1
    return f"net Branched(x: float32[N, {WIDTH}]) {{\n{body}\n  return v{last}\n}}\n"


def keras_model(net: Branched, seed: int, *, named: bool) -> Any:
    """The net as Keras makes it; layers have Keras's names or names that say nothing."""
    import keras

    keras.utils.clear_session(free_memory=False)
    draw = random.Random(seed)
    words = [f"{letter}{draw.randint(0, 9)}{letter}" for letter in "abcdefgh"]
    draw.shuffle(words)
    layers = keras.layers

    def take(place: int, values: Sequence[Any]) -> Any:
        part = net.parts[place]
        if part.kind != "dense":
            return getattr(layers, part.kind.capitalize())()(list(values))
        apart = bool(part.activation) and draw.random() < 0.5
        made = layers.Dense(
            WIDTH,
            activation=None if apart or not part.activation else part.activation,
            bias_initializer="random_normal",
            name=words.pop() if named else None,
        )(values[0])
        return layers.Activation(part.activation)(made) if apart else made

    x = keras.Input((WIDTH,))
    return keras.Model(x, net.compute(draw, take, x))


def torch_module(net: Branched, seed: int) -> Any:
    """The net as a PyTorch module that has its layers in the order in which they run."""
    import torch

    draw = random.Random(seed)
    order = net.order(draw)

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for place in order:
                if net.parts[place].kind == "dense":
                    setattr(
                        self, f"{draw.choice('abcdefgh')}{place}x", torch.nn.Linear(WIDTH, WIDTH)
                    )

        def forward(self, x: Any) -> Any:
            found = {int(name[1:-1]): layer for name, layer in self.named_children()}

            def take(place: int, values: Sequence[Any]) -> Any:
                part = net.parts[place]
                if part.kind != "dense":
                    return getattr(torch, part.kind)(*values)
                made = found[place](values[0])
                return getattr(torch, part.activation)(made) if part.activation else made

            return net.compute(draw, take, x)

    return Module()
