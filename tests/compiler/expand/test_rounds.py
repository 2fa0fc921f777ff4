"""Rounds of a loop that make what the round before made are not run: the graph is the same."""

from __future__ import annotations

import random

import pytest
from netc.compiler.check import check_files
from netc.compiler.cost.totals import parameters, work
from netc.compiler.expand import blocks, loops, rounds
from netc.compiler.ir.graph import CheckedGraph

from tests.compiler.expand.test_replay import PATH, described

BLOCKS = """
block B(x: [N, C]) { return x -> Dense(C) as d -> ReLU }
block Two(x: [N, C]) -> (a: [N, C], b: [N, C]) { return x -> ReLU, x -> Dense(C) }
block Deep(x: [N, C], k: int) {
  repeat k { x = x -> Dense(C) -> ReLU }
  return x
}
block Tap(x: [N, C]) { return x.d + x }
"""

LOOPS = {
    "a layer": "repeat 40 { x = x -> ReLU }\nreturn x",
    "layers in a row": "return x -> Dense(4) * 40 -> ReLU * 40",
    "several in a row": "y = x -> ReLU -> Dense(4) * 40 -> ReLU\nreturn y -> Dense(4) * 40",
    "a label": "repeat 40 { x -> Dense(4) as d\nx = d + x }\nd -> ReLU as d\nreturn d + x",
    "a loop over numbers": "for i in range(40) { x = x -> Dense(4) }\nreturn x -> Dense(i)",
    "a loop over equal sizes": (
        "for k in [4] * 40 + [5] * 40 + [6, 7] { x = x -> Dense(k) }\nreturn x -> Dense(k)"
    ),
    "pairs": "for i, k in zip(range(40), [4] * 40) { x = x -> Dense(k) }\nreturn x -> Dense(i)",
    "a number that is used": "for i in range(40) { x = x -> Dense(i % 3 + 1) }\nreturn x",
    "a number that an inner loop sets": (
        "for k in range(40) {\nfor k in [4] * 40 { x = x -> Dense(4) }\n}\nreturn x -> Dense(k)"
    ),
    "a choice by number": (
        "for i in range(40) { if i == 25 { x = x -> ReLU }\nx = x -> Dense(4) }\nreturn x"
    ),
    "a first round that differs": (
        "first = true\nrepeat 40 {\nif first { y = x -> Dense(4)\nfirst = false }\n"
        "x = x + y -> Dense(4)\n}\nreturn x + y"
    ),
    "two that go on": "y = x\nrepeat 40 {\nz = x + y\nx = y\ny = z\n}\nreturn x + y + z",
    "three that go round": (
        "y = x -> ReLU\nz = y -> ReLU\nrepeat 40 {\nt = x -> Dense(4)\nx = y\ny = z\nz = t\n}\n"
        "return x + y + z"
    ),
    "a swap": "y = x -> ReLU\nrepeat 41 {\nt = x -> Dense(4)\nx = y\ny = t\n}\nreturn x - y",
    "what stays": "y = x -> ReLU\nrepeat 40 { x = x + y -> Dense(4) }\nreturn x + y",
    "lists": (
        "both = [x, x -> ReLU]\nrepeat 40 { both = [both[1], both[0] -> Dense(4)] }\n"
        "return both[0] + both[1]"
    ),
    "a list that grows": (
        "all = [x]\nrepeat 40 {\nx = x -> Dense(4)\nall = all + [x]\n}\nreturn Concatenate(all)"
    ),
    "blocks": "repeat 40 { x = x -> B -> Deep(k=2) }\nreturn x",
    "blocks in a row": "return x -> B * 40 -> Deep(k=40) * 40 -> (B -> ReLU) * 40",
    "loops in blocks": "return (x -> Deep(k=40)) + (x -> Deep(k=40) -> Deep(k=41))",
    "loops in loops": (
        "repeat 40 {\nrepeat 20 { x = x -> Dense(4)\ny = x -> ReLU }\nx = x + y -> Deep(k=40)\n}\n"
        "return x -> ReLU * 20"
    ),
    "loops in loops in loops": (
        "repeat 20 {\nrepeat 18 {\nrepeat 19 { x = x -> ReLU }\nx = x + (x -> ReLU * 30)\n}\n}\n"
        "return x"
    ),
    "several results": "u = x -> Two\nrepeat 40 { u = u.a + u.b -> Two }\nreturn u.a - u.b",
    "taps behind a loop": (
        "repeat 40 { x = x -> B }\ny = x -> ReLU\nreturn x.d + x.x + x.x.x.x.d + x.x.d + y"
    ),
    "taps in a loop": "x = x -> B\nrepeat 40 { x = x + x.d -> B }\nreturn x.d",
    "taps of what a round makes": "repeat 40 {\ny = x -> B\nx = y.d + y\n}\nreturn y.d",
    "taps by a block": "x = x -> B\nrepeat 40 { x = x -> Tap -> B }\nreturn x.d",
    "a shared layer": "layer s = Dense(4)\nrepeat 40 { x = x -> s -> ReLU }\nreturn x -> s * 40",
    "a shared block": (
        "layer s = Deep(k=40)\nlayer t = B\nrepeat 40 { x = x -> s -> t }\nreturn x -> s"
    ),
    "a layer of each round": (
        "repeat 40 {\nlayer s = Dense(4)\nx = x -> s -> s\n}\nreturn x -> s"
    ),
    "weights": "repeat 40 {\nweight w: [4] = zeros\nx = x * w + 1.5\n}\nreturn x + w",
    "names that meet": (
        "x_7 = x -> ReLU\nx_3_1 = x -> Dense(4)\nrepeat 40 { x = x -> Dense(4) }\n"
        "x_60 = x -> ReLU\nx_12 = x -> Dense(4)\nx = x -> ReLU\n"
        "return x + x_7 + x_60 + x_12 + x_3_1"
    ),
    "names that meet in a round": (
        "repeat 40 {\nx_9 = x -> ReLU\nx = x_9 -> Dense(4) -> ReLU\n}\n"
        "x = x -> ReLU\nreturn x + x_9"
    ),
    "layers of one round in vain": "repeat 40 {\ny = x -> ReLU\nx = x -> Dense(4)\n}\nreturn x + y",
    "rounds in vain": "repeat 40 { y = x -> ReLU }\nreturn x + y",
    "sizes that grow": "repeat 40 { x = (x, x[:, :1]) -> Concatenate }\nreturn x",
    "values that count": "n = 1\nrepeat 40 {\nx = x -> Dense(n)\nn = n + 1\n}\nreturn x",
    "a layer that is a value": (
        "f = Dense(4)\nrepeat 40 {\ng = (f -> ReLU)\nx = x -> g\n}\nreturn x -> g"
    ),
}  # fmt: skip

MASKS = {
    "masks": (
        "e = x -> Embedding(9, 4, mask_zero=true)\n"
        "repeat 40 { e = e -> LSTM(4, return_sequences=true) -> Dropout(0.5) }\n"
        "return e -> Dropout(0.1) * 40 -> LSTM(3)"
    ),
    "masks that meet": (
        "e = x -> Embedding(9, 4, mask_zero=true)\nf = e -> Dropout(0.1)\n"
        "repeat 40 {\ng = Multiply(e, f) -> Masking\ne = f\nf = g\n}\nreturn e + f -> GRU(3)"
    ),
}


def _program(text: str, inputs: str = "x: float32[N, 4]") -> str:
    return f"{BLOCKS}net A({inputs}) {{\n{text}\n}}\n"


PROGRAMS = {
    **{name: _program(text) for name, text in LOOPS.items()},
    **{name: _program(text, "x: int32[N, T]") for name, text in MASKS.items()},
}


def _said(text: str, monkeypatch: pytest.MonkeyPatch, worth: int) -> tuple[list[str], object]:
    """All that a check finds and a graph holds, where loops of more than `worth` rounds fold."""
    for module in (blocks, loops, rounds):
        monkeypatch.setattr(module, "WORTH", worth)
    analysis = check_files([PATH], overlay={PATH: text})
    found = [f"{d.code} {d.span} {d.message} {d.related} {d.trace}" for d in analysis.diagnostics]
    (net,) = analysis.nets
    if net.graph is None:
        return found, None
    opened = CheckedGraph(net.graph.graph)
    totals = parameters(net.graph), work(net.graph)
    assert totals == (parameters(opened), work(opened))
    return [*found, *described(net.graph)], totals


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_loop(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _said(text, monkeypatch, 10**9)
    for worth in (1, 16):
        assert _said(text, monkeypatch, worth) == run


STATEMENTS = (
    "{a} = {b} -> Dense(4)",
    "{a} = {b} -> ReLU -> Dense(4)",
    "{a} = {b} -> B",
    "{a} = {b} -> Deep(k={n})",
    "{a} = {b} -> Dense(4) * {n}",
    "{a} = {b} -> s",
    "{a} = {b} + {c}",
    "{a} = {b}",
    "{a} = {b} -> B as l\n{c} = {a} + l",
    "u = {a} -> Two\n{b} = u.a\n{c} = u.b",
    "{a} = {b} -> B -> Tap",
    "p = [{a}, {b}]\n{c} = p[0] + p[1] -> ReLU",
    "p = [p[1], p[0] -> Dense(4)]\n{a} = p[0]",
    "if k == 4 {{ {a} = {b} -> ReLU }}",
    "if k < 6 {{ k = k + 1 }}",
    "{a} = {b} -> Dense(k) -> Dense(4)",
    "x_{n} = {a} -> ReLU\n{b} = x_{n}",
)


def _random_program(seed: int) -> str:
    """Loops inside loops whose rounds are alike, or begin alike, or are not."""
    draw = random.Random(seed)

    def statement(depth: int) -> str:
        if depth and draw.random() < 0.3:
            loop = draw.choice(
                [
                    "repeat {n}",
                    "for i in range({n})",
                    "for k in [4] * {n}",
                    "for k in [4, 4, 4, {n}]",
                ]
            ).format(n=draw.randint(3, 9))
            return f"{loop} {{\n{lines(depth - 1)}\n}}"
        a, b, c = draw.choices("xyz", k=3)
        return draw.choice(STATEMENTS).format(a=a, b=b, c=c, n=draw.randint(1, 5))

    def lines(depth: int) -> str:
        return "\n".join(statement(depth) for _ in range(draw.randint(1, 3)))

    start = "layer s = Dense(4)\nk = 4\ny = x -> ReLU\nz = x -> B\np = [x, y]"
    loop = f"repeat {draw.randint(4, 9)} {{\n{lines(2)}\n}}"
    inner = draw.choice(["", f"block Loop(x: [N, C]) {{\n{start}\n{loop}\nreturn x + y + z\n}}\n"])
    ending = "return (x -> Loop) + (y -> Loop)" if inner else "return x + y + z + (x -> ReLU)"
    return inner + _program(f"{start}\n{loop if not inner else ''}\n{lines(1)}\n{ending}")


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_loops(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(first, first + 20):
        text = _random_program(seed)
        assert _said(text, monkeypatch, 1) == _said(text, monkeypatch, 10**9), text
