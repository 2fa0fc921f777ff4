"""Whatever a recipe says, the answer is a recipe or diagnostics; never another exception."""

from __future__ import annotations

import random
from functools import partial

import pytest
from netc.compiler.ops.base.op import arguments
from netc.compiler.recipe.objects.find import class_of, names
from netc.compiler.recipe.read.settings import KEYS
from netc.compiler.recipe.show import show_recipe
from netc.dsl.diagnostics.render.text import render_text

from .nets import CODER, DIGITS, analyse

RECIPES = 150

ATOMS = [
    *("0", "1", "-1", "2", "3", "10", "10 ** 30", "1e30", "1e300 * 1e300", "1.5", "-0.0", "0.1"),
    *('"val_loss"', '"a.npz"', '"../../x"', '""', '"low/*"', '"**"', '"\\n"', "true", "false"),
    *("none", "all", "balanced", "last", "best", "low", "low.conv", "low/conv", "classes", "RATES"),
    *("[]", "()", "[1, 2]", "[low, head]", "(3,)", "x -> Dense(2)", "Stage", "shape(x)", "Missing"),
    *("range(3)", "same", "horizontal", "relu", "L2(0.1)", "x[0]", "low.conv.deeper", "1 / 0"),
]
CALLABLE = [*names(), "per_output", "load", "Dense", "Stage", "range", "nothing"]
OUTPUTS = ["probs", "recon", "code", "x", "path"]
SIGNS = ["+", "-", "*", "/", "==", "and"]


class Author(random.Random):
    """Writes recipes whose every part is possible somewhere, but seldom here."""

    def value(self, depth: int) -> str:
        if depth == 0 or self.random() < 0.3:
            return self.choice([*ATOMS, self.choice(CALLABLE)])
        inner = partial(self.value, depth - 1)
        shape = self.randrange(6)
        if shape <= 2:
            return self.call(depth)
        if shape == 3:
            return f"[{', '.join(inner() for _ in range(self.randint(0, 3)))}]"
        if shape == 4:
            return f"({inner()} {self.choice(SIGNS)} {inner()})"
        return f"({inner()} if {inner()} else {inner()})"

    def call(self, depth: int) -> str:
        name = self.choice(CALLABLE)
        cls = class_of(name)
        known = [*(arguments(cls) if cls is not None else OUTPUTS), self.choice(OUTPUTS)]
        args = []
        for _ in range(self.randint(0, 4)):
            value = self.value(depth - 1)
            args.append(f"{self.choice(known)}={value}" if self.random() < 0.5 else value)
        return f"{name}({', '.join(args)})"

    def fitting(self, key: str) -> str:
        """A value of a kind that the setting takes, more often than not."""
        cls = {
            "data": ["image_folder", "npz", "csv", "sequence_folder", "jsonl"],
            "stop": ["EarlyStopping"],
            "plateau": ["ReduceLROnPlateau"],
            "keep": ["best", "last"],
            "weights": ["load"],
        }.get(key)
        if cls is None:
            return self.value(self.randint(0, 2))
        name = self.choice(cls)
        args = [
            f"{argument}={self.choice(ATOMS)}"
            for argument in arguments(class_of(name) or object)
            if self.random() < 0.3
        ]
        return f"{name}({', '.join(args)})"

    def settings(self) -> list[str]:
        keys = self.sample(sorted(KEYS), self.randint(0, self.randint(0, 6)))
        lines = [f"{key} = {self.fitting(key)}" for key in keys]
        if self.random() < 0.8:
            loss = self.choice(["mse", "kld", "hinge", "binary_crossentropy", self.value(1)])
            lines.append(f"loss = {loss}")
        return lines

    def recipe(self, net: str) -> str:
        lines = self.settings()
        for name in self.sample(["a", "b", "a"], self.randint(0, 2)):
            lines.append(f"phase {name} {{")
            lines += [*self.settings(), "}"]
        return f"train {net} {{\n" + "\n".join(lines) + "\n}\n"


@pytest.mark.parametrize("seed", range(6))
def test_any_recipe(seed: int) -> None:
    author = Author(seed)
    made = 0
    for _ in range(RECIPES):
        net, name = author.choice([(DIGITS, "Digits"), (CODER, "Coder")])
        analysis = analyse(f"const RATES = [0.1, 0.2]\n{net}\n{author.recipe(name)}")
        for found in analysis.diagnostics:
            assert found.message
            assert 0 <= found.span.start <= found.span.end <= len(found.span.source.text)
        render_text(analysis.diagnostics, color=False)
        assert analysis.failed or len(analysis.recipes) == 1
        for recipe in analysis.recipes:
            made += 1
            assert show_recipe(recipe)
    assert made
