"""Whatever a program says, the answer is a graph or diagnostics; never another exception."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.link.builtins import FUNCTIONS
from netc.compiler.ops.base.op import arguments
from netc.compiler.ops.table import ACTIVATION_LAYERS, ALIASES, OBJECTS, OPS
from netc.dsl.diagnostics.render.text import render_text

PROGRAMS = 40

ATOMS = [
    *("x", "y", "img", "seq", "ids", "flag", "pair", "shared", "blk", "made", "missing", "N", "T"),
    *("0", "1", "-1", "2", "3", "7", "10 ** 30", "1e30", "1e300 * 1e300", "1.5", "-0.0", "2.0"),
    *('"same"', '""', "true", "false", "none", "[]", "()", "[1, 2]", "(3,)", "[x, y]", "(x, 3)"),
    *("same", "relu", "valid", "Dense", "Dense(4)", "ReLU()", "Block", "Block(3)", "Net", "K"),
    *("shape(x)", "shape(img)", "range(3)", "onnx.Erf", "onnx.Nope", "x.label", "pair.a"),
]
CALLABLE = [*OPS, *ALIASES, *ACTIVATION_LAYERS, *OBJECTS, *FUNCTIONS, "Block", "Pair", "Net", "blk"]
ARGUMENTS = sorted({name for cls in OPS.values() for name in arguments(cls)} | {"n", "f", "zz"})
SIGNS = ["+", "-", "*", "/", "//", "%", "**", "@", "<", "==", "!=", "and", "or"]

NAMES = ["x", "y", "img", "made", "z", "_"]
SIGNATURES = ["[N, 4]", "[...]", "[_, C, C]", "a: [N, ceil(T / 2)]", "([N], [2 * Q])"]


class Author(random.Random):
    """Writes programs whose every part is possible somewhere, but seldom here."""

    def expression(self, depth: int) -> str:
        if depth == 0 or self.random() < 0.2:
            return self.choice(ATOMS)
        inner = partial(self.expression, depth - 1)
        shape = self.randrange(7)
        if shape == 0:
            return self.call(depth)
        if shape == 1:
            return f"({inner()} {self.choice(SIGNS)} {inner()})"
        if shape == 2:
            items = [self.choice([inner(), f"{inner()}:{inner()}", ":", "...", "none", "::2"])]
            return f"({inner()})[{', '.join(items * self.randint(1, 3))}]"
        if shape == 3:
            stages = [self.choice([*CALLABLE, self.call(depth), "shared", "blk"]) for _ in "ab"]
            return f"({inner()} -> {' -> '.join(stages)})"
        if shape == 4:
            return f"({inner()} if {inner()} else {inner()})"
        if shape == 5:
            return f"({self.choice(['-', 'not ', '+'])}{inner()})"
        return f"({inner()}).{self.choice(['a', 'label', 'foo'])}"

    def call(self, depth: int) -> str:
        arguments = [self.expression(depth - 1) for _ in range(self.randint(0, 4))]
        named = [
            f"{self.choice(ARGUMENTS)}={value}" if self.random() < 0.3 else value
            for value in arguments
        ]
        return f"{self.choice(CALLABLE)}({', '.join(named)})"

    def statement(self) -> str:
        value = self.expression(self.randint(1, 3))
        one, other = self.choice(NAMES), self.choice(NAMES)
        forms = [
            f"{one} = {value}",
            f"{one} = {value}",
            f"{one}, {other} = {value}",
            f"layer {one} = {value}",
            f"for {one} in {value} {{ y = {other} }}",
            f"repeat {value} {{ y = y -> relu }}",
            f"if {value} {{ y = {one} }} else {{ return y }}",
            f'assert {value}, "no"',
            f"{value} -> Dense(3) as made",
            f"return {value}",
        ]
        return self.choice(forms)


HEAD = """
const K = [3, (1, 2)]
block Block(x: [N, C], n: int = 3, f: layer = ReLU) -> [N, n] {
  x -> Dense(n) as label
  return label -> f
}
block Pair(x: [..., C]) -> (a: [..., C], b: [..., 2 * C]) {
  return x, x -> Dense(2 * C)
}
net Net(x: float32[N, 4]) -> [N, 4] {
  return x -> Dense(4) as label
}
"""
INPUTS = (
    "x: float32[N, 4], y: float32[N, 4], img: float32[N, 8, 8, 3], seq: float32[N, T, 6], "
    "ids: int32[N, T], flag: bool = true"
)


def check(body: list[str], returned: str, signature: str) -> None:
    lines = ["pair = x -> Pair", "layer shared = Dense(4)", "blk = Block", "made = y", *body]
    text = f"{HEAD}net A({INPUTS}) -> {signature} {{\n" + "\n".join(f"  {line}" for line in lines)
    path = Path("/page/a.net")
    text += (
        f"\n  return {returned}\n}}\nexpect A {{\n  params < 10M\n  shape({returned}) == [N]\n}}\n"
    )
    analysis = check_files([path], overlay={path: text}, max_layers=2000)
    for found in analysis.diagnostics:
        assert found.message
        assert 0 <= found.span.start <= found.span.end <= len(found.span.source.text)
    render_text(analysis.diagnostics, color=False)
    assert analysis.failed or analysis.nets[-1].graph is not None


@pytest.mark.parametrize("seed", range(8))
def test_any_program(seed: int) -> None:
    author = Author(seed)
    for _ in range(PROGRAMS):
        body = [author.statement() for _ in range(author.randint(1, 6))]
        check(body, author.expression(1), author.choice(SIGNATURES))
