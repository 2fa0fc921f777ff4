"""Programs and sizes without measure are refused in bounded time and memory.

Nothing here runs against a clock. What bounds the time is counted: the steps of an expansion and
the layers of its graph are limited, and the tests lower the limit and watch it hold.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.expand.body import MAX_CALL_DEPTH, MAX_LAYERS, Expansion
from netc.dsl.diagnostics.codes import Code
from netc.dsl.syntax.read import MAX_BYTES, MAX_LINE

from .inputs import body, errors, only


def test_repeating_a_billion_times() -> None:
    text = body("repeat 1_000_000_000 {", "  x = x -> Dense(4)", "}", "return x")
    assert only(text) == (Code.EXPANSION_LIMIT, 2)


def test_a_billion_layers_in_a_row() -> None:
    assert only(body("return x -> Dense(4) * 1_000_000_000")) == (Code.EXPANSION_LIMIT, 2)


@pytest.mark.parametrize(
    "lines",
    [
        ("for i in range(1000) {", "  repeat 1000 {", "    x = x -> ReLU", "  }", "}"),
        ("for i in range(1000) {", "  repeat 1000 {", "    y = 1", "  }", "}"),
        ("for i in range(1000) {", "  repeat 1000 { }", "}"),
        ("for i in range(1000) {", "  x = x -> ReLU * 1000", "}"),
        ("for i in range(1000) {", "  for j in range(1000) { }", "}"),
    ],
    ids=["layers", "statements", "nothing", "in a row", "loops"],
)
def test_every_way_to_expand_is_counted(
    lines: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 2_000
    seen = {"steps": 0, "layers": 0}
    step = Expansion.step

    def counted(self: Expansion, *args: object, **kwargs: object) -> None:
        seen["steps"] = max(seen["steps"], self.steps)
        seen["layers"] = max(seen["layers"], len(self.graph))
        step(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Expansion, "step", counted)
    (found,) = errors(body(*lines, "return x"), max_layers=limit)
    assert found.code is Code.EXPANSION_LIMIT
    assert 2 <= found.span.line <= 5
    assert seen["layers"] <= limit
    assert seen["steps"] <= 4 * limit + 1000


def test_blocks_that_double() -> None:
    doubling = "\n".join(
        f"block B{i}(x: [N, C]) {{\n  return x -> B{i + 1} -> B{i + 1}\n}}" for i in range(60)
    )
    text = f"{doubling}\nblock B60(x: [N, C]) {{\n  return x -> ReLU\n}}\n{body('return x -> B0')}"
    (found,) = errors(text, max_layers=1000)
    assert found.code is Code.EXPANSION_LIMIT


def test_chains_that_double() -> None:
    doubling = ["y = ReLU", *["y = (y -> y)"] * 18, "return x -> y * 1000"]
    (found,) = errors(body(*doubling))
    assert found.code is Code.EXPANSION_LIMIT


def test_lists_that_double() -> None:
    lines = ["y = [1, 2]", *["y = y + y"] * 60, "return x -> Dense(len(y))"]
    assert only(body(*lines))[0] is Code.STATIC_FAULT


def test_strings_and_numbers_that_double() -> None:
    assert only(body('y = "ab"', *["y = y + y"] * 60, "return x -> Dense(len(y))"))[0] is (
        Code.STATIC_FAULT
    )
    assert only(body("y = 10", *["y = y * y"] * 60, "return x -> Dense(y)"))[0] is (
        Code.STATIC_FAULT
    )
    assert only(body("return x -> Dense(10 ** 10 ** 10)")) == (Code.STATIC_FAULT, 2)


def test_sizes_that_double() -> None:
    inputs = "x: float32[N, M, 4]"
    lines = ["y = N + M", *["y = y * y + M"] * 20, "return x -> Reshape((y, 4))"]
    assert only(body(*lines, inputs=inputs))[0] is Code.STATIC_FAULT


OF_LAYERS = ("y = TimeDistributed(y)", "y = Take(f=y)", "y = y * 2", "y = (y -> y)")
NESTED_TOO_DEEP = "nested more than 50 deep"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("y = [y]", NESTED_TOO_DEEP),
        ("y = (y,)", NESTED_TOO_DEEP),
        ("y = [y, y]", "of over 1,000,000 items"),
        ("y = [y] * 1000", "of over 1,000,000 items"),
        ("y = zip(y, y)", "of over 1,000,000 items"),
        ("y = TimeDistributed(y)", NESTED_TOO_DEEP),
        ("y = Take(f=y)", NESTED_TOO_DEEP),
        ("y = y * 2", NESTED_TOO_DEEP),
        ("y = (y -> y)", "of over 1,000,000 items"),
    ],
)
def test_values_inside_values(line: str, reason: str) -> None:
    take = "block Take(x: [N, C], f: layer) {\n  return x -> f\n}\n"
    start = "ReLU" if line in OF_LAYERS else "[1, 2]"
    text = body(f"y = {start}", "repeat 5000 {", f"  {line}", "}", "return x -> Dense(y)")
    (found,) = [one for one in errors(text + take) if one.code is Code.STATIC_FAULT]
    assert found.span.line == 4
    assert reason in found.message


@pytest.mark.parametrize(
    "line", ["z = y + [1]", "z = y == y", "z = sum(y)", "z = y[1:]", "z = [y]", "z = (y, y)"]
)
def test_work_with_long_lists_is_counted(line: str) -> None:
    text = body("y = [1] * 10_000", "repeat 900 {", f"  {line}", "}", "return x -> Dense(4)")
    (found,) = errors(text, max_layers=1000)
    assert (found.code, found.span.line) == (Code.EXPANSION_LIMIT, 4)


def test_of_a_long_value_the_beginning_is_shown() -> None:
    (found,) = errors(body("y = [[1, 2], (3,)] * 100_000", "return x -> Dense(y)"))
    assert "the list [[1, 2], (3,), [1, 2]," in found.message
    assert "…" in found.message
    assert len(found.message) < 1200


def test_a_list_of_a_billion() -> None:
    assert only(body("for i in range(1_000_000_000) {", "}", "return x")) == (Code.STATIC_FAULT, 2)
    assert only(body("y = [0] * 1_000_000_000", "return x -> Dense(len(y))")) == (
        Code.STATIC_FAULT,
        2,
    )


def test_calls_nested_too_deep() -> None:
    count = MAX_CALL_DEPTH + 1
    blocks = "\n".join(
        f"block B{i}(x: [N, C]) {{\n  return x -> B{i + 1}\n}}" for i in range(count)
    )
    text = f"{blocks}\nblock B{count}(x: [N, C]) {{\n  return x -> ReLU\n}}\n"
    (found,) = errors(text + body("return x -> B0"))
    assert found.code is Code.CALL_DEPTH
    assert len(found.trace) == MAX_CALL_DEPTH - 1


def test_a_block_that_calls_itself() -> None:
    text = "block B(x: [N, C]) {\n  return x -> B\n}\n"
    assert only(text + body("return x -> B")) == (Code.CALL_CYCLE, 2)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ("0", Code.EMPTY_DIM),
        ("-1", Code.EMPTY_DIM),
        ("10 ** 30", Code.BAD_VALUE),
        ("1_000_000_000_000_000_000_000_000_000_000", Code.BAD_VALUE),
        ("1e30", Code.WRONG_TYPE),
        ("1.5", Code.WRONG_TYPE),
        ("true", Code.WRONG_TYPE),
        ("none", Code.WRONG_TYPE),
        ('"4"', Code.WRONG_TYPE),
    ],
)
def test_sizes_that_no_input_can_have(size: str, code: Code) -> None:
    assert only(body("return x -> ReLU", inputs=f"x: float32[N, {size}]")) == (code, 1)


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("Dense(0)", Code.BAD_VALUE),
        ("Dense(-1)", Code.BAD_VALUE),
        ("Dense(10 ** 30)", Code.BAD_VALUE),
        ("Dense(10 ** 70)", Code.BAD_VALUE),
        ("Dense(1e30)", Code.BAD_VALUE),
        ("Dense(1e300)", Code.BAD_VALUE),
        ("Dense(1e999)", None),
        ("Dense(1.5)", Code.WRONG_TYPE),
        ("Dense(none)", Code.WRONG_TYPE),
        ("Dense([2])", Code.WRONG_TYPE),
        ("Dropout(1e999)", None),
    ],
)
def test_units_that_no_layer_can_have(layer: str, code: Code | None) -> None:
    found, line = only(body(f"return x -> {layer}"))
    assert line == 2
    assert found is code or (code is None and found in (Code.BAD_NUMBER, Code.BAD_VALUE))


PICTURE = "x: float32[N, 8, 8, 3]"


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("Conv2D(4, 9)", Code.EMPTY_DIM),
        ("Conv2D(4, (9, 3))", Code.EMPTY_DIM),
        ("Conv2D(4, 3, dilation_rate=4)", Code.EMPTY_DIM),
        ("MaxPooling2D(9)", Code.EMPTY_DIM),
        ("Cropping2D(4)", Code.EMPTY_DIM),
        ("Conv2D(4, 3, strides=0)", Code.BAD_VALUE),
        ("Conv2D(4, 3, strides=-1)", Code.BAD_VALUE),
        ("MaxPooling2D(2, strides=0)", Code.BAD_VALUE),
        ("Conv2D(0, 3)", Code.BAD_VALUE),
        ("Conv2D(4, 0)", Code.BAD_VALUE),
        ("Conv2D(4, 3, groups=2)", Code.SHAPE),
        ("UpSampling2D(10 ** 9)", Code.BAD_VALUE),
    ],
)
def test_windows_that_do_not_fit(layer: str, code: Code) -> None:
    found, line = only(body(f"return x -> {layer}", inputs=PICTURE))
    assert line == 2
    assert found is code


def test_of_many_faults_a_thousand_are_reported() -> None:
    assert len(errors(body(*[f"y{i} = x -> Dense(0)" for i in range(3000)], "return x"))) == 1000


def test_a_long_chain_of_blocks_is_walked_once() -> None:
    blocks = "".join(f"block B{i}(x: [N, C]) {{ return x -> B{i + 1} }}\n" for i in range(3000))
    text = f"{blocks}block B3000(x: [N, C]) {{ return x -> B0 }}\n{body('return x -> ReLU')}"
    assert only(text) == (Code.CALL_CYCLE, 3001)


def test_constants_that_need_each_other_too_deep() -> None:
    constants = "".join(f"const K{i} = K{i + 1}\n" for i in range(3000))
    found = errors(f"{constants}const K3000 = 3\n{body('return x -> Dense(K0)')}")
    assert {one.code for one in found} == {Code.STATIC_FAULT}


def test_a_contract_that_expands_without_end() -> None:
    text = body("return x") + "expect A {\n  params == (3 -> ReLU * 1_000_000_000)\n}\n"
    assert errors(text)


def test_the_limits_are_those_the_pages_name() -> None:
    assert MAX_LAYERS == 1_000_000
    assert MAX_CALL_DEPTH == 100
    assert (MAX_BYTES, MAX_LINE) == (8 * 2**20, 100_000)


def test_findings_of_a_file_hide_no_errors_and_none_of_others() -> None:
    """Whoever can add a file with a thousand warnings must not let a check pass by it."""
    unused = "\n".join(f"  u{number} = x -> Dense(2)" for number in range(1100))
    wrong = "net B(x: float32[N, 3]) { return x -> Dens(3) }\n"
    many = f"net A(x: float32[N, 3]) {{\n{unused}\n  return x -> Dense(3)\n}}\n{wrong}"
    errors = "\n".join(f"  y{number} = x -> Unknown{number}(2)" for number in range(1100))
    faulty = f"net C(x: float32[N, 3]) {{\n{errors}\n  return x\n}}\n"
    texts = {"many.net": many, "faulty.net": faulty, "wrong.net": wrong}
    paths = [Path(name).resolve() for name in texts]
    overlay = dict(zip(paths, texts.values(), strict=True))
    found = Counter(
        (one.span.source.path, one.code.id)
        for one in check_files(paths, overlay=overlay).diagnostics
        if one.code in (Code.UNUSED_VALUE, Code.UNKNOWN_LAYER)
    )
    assert found["many.net", "NET0601"] == found["faulty.net", "NET0201"] == 1000
    assert found["many.net", "NET0201"] == found["wrong.net", "NET0201"] == 1
