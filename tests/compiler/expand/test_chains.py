"""What is said where layers cannot be put together in place: a block that works when pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.diagnostics.diagnostic import Diagnostic

PATH = Path("a.net").resolve()
HEAD = 'net A(x: float32[N, 4], f: int = 4, a: string = "relu", act: layer = tanh) -> [N, 4] {\n'
BLOCK = re.compile(r"write a block, `(block .*)`, and use it as `(.*)`")


def errors(text: str) -> list[Diagnostic]:
    found = check_files([PATH], overlay={PATH: text}).diagnostics
    return [one for one in found if one.severity == "error"]


def net(*lines: str) -> str:
    keep = '  assert f == 4 and a != "" and act != none\n'
    return HEAD + keep + "".join(f"  {line}\n" for line in lines) + "}\n"


@pytest.mark.parametrize(
    ("lines", "instead"),
    [
        (("return x -> (Dense(f) -> Add(x)) * 2",), "(Dense(f) -> Add(x))"),
        (("return x -> (Dense(f, activation=a) -> act -> Add(x))",), None),
        (("y = x -> Dense(4)", "return y -> (Dense(f) * 2 as d -> Add(x))"), None),
        (("widths = [4, f]", "return x -> (Dense(widths[0]) -> Add(x))"), None),
        (("return x -> ((Dense(f), (Dense(f) -> act)) -> Add)",), None),
        (("return x -> (Dense(f) + (Dense(f) -> ReLU))",), None),
        (("return x -> ((Dense(f) -> ReLU) * 2 - tanh)",), None),
        (("return x -> (0.5 / (Dense(f) -> sigmoid))",), None),
        (("unit = (Dense(8) -> Dense(f))", "return x -> unit(16)"), "unit(16)"),
        (
            ("unit = (ReLU -> Dense(units=3, activation=a))", "return x -> unit(units=f)"),
            "unit(units=f)",
        ),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_the_block_of_a_help_works(lines: tuple[str, ...], instead: str | None) -> None:
    text = net(*lines)
    (found,) = errors(text)
    written = BLOCK.fullmatch(found.help)
    assert written is not None, found.help
    block, use = written.groups()
    refused = instead or lines[-1].partition(" -> ")[2]
    assert errors(text.replace(refused, use) + block + "\n") == []


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("x -> Dense(f, activation=(BatchNormalization -> ReLU))", "put it behind"),
        ("x -> Dense(activation=(Dropout(0.1) * 2 as d -> act), units=f)", "put it behind"),
    ],
)
def test_a_chain_goes_behind_the_layer_that_does_not_take_it(line: str, better: str) -> None:
    text = net(f"return {line}")
    (found,) = errors(text)
    help, _, code = found.help.partition(": ")
    assert help == better
    assert errors(text.replace(line, f"x -> {code.strip('`')}")) == []


def test_a_wrapper_goes_around_each_layer() -> None:
    text = (
        "net A(x: float32[N, T, 4]) -> [N, T, 2] {\n"
        "  return x -> TimeDistributed((Dense(8) * 2 -> ReLU -> Dense(2)))\n}\n"
    )
    (found,) = errors(text)
    code = found.help.removeprefix("wrap each of them: `").removesuffix("`")
    assert code.startswith("TimeDistributed(Dense(8)) * 2 -> ")
    before = "TimeDistributed((Dense(8) * 2 -> ReLU -> Dense(2)))"
    assert errors(text.replace(before, code)) == []


def test_what_can_be_no_parameter_gets_no_block() -> None:
    text = net("i = HeNormal()", "return x -> (Dense(f, kernel_initializer=i) -> Add(x))")
    (found,) = errors(text)
    assert found.help == ""
