"""Small files end soon: work is counted by the items it touches, and what is equal is done once.

Nothing here runs against a clock. Calls of Python are counted, which are the same in every run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netc.compiler.check import check_files
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic

from .inputs import analyse, body, errors

PATH = Path("a.net").resolve()
LIMIT = 1_000


def calls_of(text: str, max_layers: int = LIMIT) -> int:
    """How many functions, built-in ones included, a check calls."""
    return watched(text, max_layers)[0]


def watched(text: str, max_layers: int) -> tuple[int, list[Diagnostic]]:
    """How many functions a check calls, and the errors it finds.

    It is checked once before: what is imported, and marked for coverage, is no work of the check.
    """
    count = 0
    check_files([PATH], overlay={PATH: text}, max_layers=max_layers)

    marking = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count, marking
        # SlipCover takes its marks off at times of its own choosing, which is no work of a check.
        if "slipcover" in frame.f_code.co_filename:
            marking += {"call": 1, "return": -1}.get(event, 0)
        elif not marking:
            count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        analysis = check_files([PATH], overlay={PATH: text}, max_layers=max_layers)
    finally:
        sys.setprofile(before)
    return count, [found for found in analysis.diagnostics if found.severity == "error"]


def test_a_fan_of_blocks_that_doubles() -> None:
    blocks = "".join(
        f"block B{i}(x: [N, C]) {{ return (x -> B{i - 1}) + (x -> B{i - 1}) }}\n"
        for i in range(1, 30)
    )
    text = f"block B0(x: [N, C]) {{ return x }}\n{blocks}" + body("return x -> B29")
    (found,) = errors(text)
    assert found.code is Code.EXPANSION_LIMIT
    assert "more than 1,000,000 layers" in found.message
    assert calls_of(text, max_layers=1_000_000) < 100_000


def test_repetitions_inside_repetitions() -> None:
    blocks = "".join(
        f"block A{i}(x: [N, C]) {{ return x -> A{i - 1} * 100 }}\n" for i in range(1, 13)
    )
    text = f"block A0(x: [N, C]) {{ return x -> Dense(4) }}\n{blocks}" + body("return x -> A12")
    (found,) = errors(text)
    assert (found.code, found.span.line) == (Code.EXPANSION_LIMIT, 4)
    assert calls_of(text, max_layers=1_000_000) < 100_000


@pytest.mark.parametrize(
    "line",
    ["x = x -> ReLU -> ReLU", "x = x -> Two", "y = x -> ReLU", "if n == 3 { x = x -> ReLU }"],
)
def test_loops_inside_loops(line: str) -> None:
    two = "block Two(x: [N, C]) { return x -> Dense(C) -> ReLU }\n"
    lines = ["n = 3", "repeat 1000 {", "repeat 1001 {", line, "}", "}", "return x"]
    (found,) = errors(two + body(*lines))
    assert (found.code, found.span.line) == (Code.EXPANSION_LIMIT, 4)
    assert "1000" in found.span.text
    assert calls_of(two + body(*lines), max_layers=1_000_000) < 500_000


def test_a_loop_whose_first_rounds_make_most() -> None:
    lines = ["n = 0", "repeat 900 {", "if n < 3 {", "x = x -> ReLU * 100", "}", "n = n + 1", "}"]
    assert not analyse(body(*lines, "return x"), max_layers=LIMIT).failed


def test_lists_that_share_their_parts_are_compared_once() -> None:
    lists = "".join(
        f"const A{i} = [A{i - 1}, A{i - 1}]\nconst B{i} = [B{i - 1}, B{i - 1}]\n"
        for i in range(1, 19)
    )
    text = f"const A0 = [1]\nconst B0 = [1]\n{lists}" + body("assert A18 == B18", "return x")
    assert not analyse(text).failed
    assert calls_of(text) < 100_000


LISTS = {
    "z = sum(y)",
    "z = max(y)",
    "z = enumerate(y)",
    "z = zip(y, y)",
    "z = y == y",
    "z = y != [0]",
    "z = y + []",
    "z = y[1:]",
    "z = y * 1",
    "a, b = y",
    "z = range(1000)",
    "z = len(y)",
    "z = y[3]",
    'z = "a" * 1000',
    "z = x -> Same",
    "z = x -> Same(y)",
    "z = Dense(4)",
    "z = y -> Dense(4)",
    "for i in y { }",
    "z = nothing",
    "z = x -> Nothing",
    "z = x.nothing",
    "z = x -> Dense(0)",
    "z = x -> Dense(4, no=1)",
    "z = x -> Same(no=1)",
    "z = x -> Conv2D(4, 3)",
    "z = y + 1",
}


@pytest.mark.parametrize("line", sorted(LISTS))
def test_every_line_in_a_long_loop_is_counted(line: str) -> None:
    same = "block Same(x: [N, C], y: list = []) { return x }\n"
    text = same + body(
        "y = range(1000)", "repeat 1000 {", "repeat 1000 {", line, "}", "}", "return x"
    )
    (limit,) = [e for e in errors(text, LIMIT) if e.code is Code.EXPANSION_LIMIT]
    assert limit.span.line in (3, 4, 5, 6)
    assert calls_of(text) < 120 * LIMIT


def test_products_of_sizes_are_counted_by_their_terms() -> None:
    names = [f"N{i}" for i in range(20)]
    text = body(
        f"y = {' + '.join(names)}",
        "repeat 1000 {",
        "z = y * y",
        "}",
        "return x",
        inputs=f"x: float32[{', '.join(names)}]",
    )
    assert errors(text, max_layers=LIMIT)[-1].code is Code.EXPANSION_LIMIT
    assert calls_of(text) < 400 * LIMIT


def test_a_name_that_is_missing_costs_its_explanation_once() -> None:
    once = calls_of(body("z = nothing", "return x"))
    often = calls_of(body("repeat 20 {", "z = nothing", "}", "return x"))
    assert often - once < once


def test_large_nets_are_as_legal_as_ever() -> None:
    one = "block One(x: [N, C], k: int) { return x -> Dense(C) }\n"
    for lines in (
        ["return x -> Dense(4) * 999"],
        ["repeat 999 {", "x = x -> Dense(4, activation=relu)", "}", "return x"],
        ["for i in range(999) {", "x = x -> Dense(i + 1)", "}", "return x"],
        ["return x -> One(1) * 999"],
        ["for i in range(999) {", "x = x -> One(i)", "}", "return x"],
    ):
        assert not analyse(one + body(*lines), max_layers=LIMIT).failed


MILLION = 1_000_000
LONG_LOOPS = {
    "a layer": ["repeat 900000 { x = x -> ReLU }"],
    "in a row": ["x = x -> ReLU * 900000"],
    "chains in a row": ["x = x -> (Dense(4) -> ReLU as r) * 450000"],
    "a number that is not used": ["for i in range(900000) { x = x -> Dense(4) }"],
    "two that are carried": [
        "y = x",
        "repeat 900000 {",
        "z = x + y",
        "x = y",
        "y = z",
        "}",
        "x = x + y",
    ],
    "labels": ["repeat 900000 {", "x -> ReLU as r", "x = r", "}"],
    "constants": ["repeat 200000 {", "x = x * [3, 4] + [1, 2]", "}"],
    "weights": ["repeat 200000 {", "weight w: [2] = zeros", "x = x * w", "}"],
    "blocks": ["repeat 400000 { x = x -> Two }"],
    "in loops": ["repeat 900 {", "repeat 900 { x = x -> ReLU }", "x = x -> Two", "}"],
    "in blocks": ["x = x -> Long -> Long -> Two"],
}
LONG = (
    "block Two(x: [N, C]) { return x -> Dense(C) -> ReLU }\n"
    "block Long(x: [N, C]) {\nrepeat 400000 { x = x -> ReLU }\nreturn x\n}\n"
)


@pytest.mark.parametrize("lines", LONG_LOOPS.values(), ids=LONG_LOOPS)
def test_rounds_that_are_alike_are_counted(lines: list[str]) -> None:
    text = LONG + body(*lines, "return x", inputs="x: float32[N, 2]")
    calls, found = watched(text, MILLION)
    assert not found
    assert calls < 300_000


def test_what_a_long_loop_costs_is_told_as_its_rounds_are() -> None:
    lines = ["repeat 900000 { x = x -> Dense(4) }", "return x"]
    assert not analyse(
        body(*lines) + "expect A {\nlayers == 900_000\nparams == 18_000_000\n"
        'shape("x_654321") == [N, 4]\n}\n'
    ).failed


TOO_LONG = {
    "layers that differ": (["for i in range(19000) {", "x = x -> Dense(i + 1)", "}"], 3),
    "sizes that grow": (["repeat 19000 {", "x = (x, x[:, :1]) -> Concatenate", "}"], 3),
    "layers without use": (["repeat 900000 {", "y = x -> ReLU", "}"], 3),
    "blocks without use": (["repeat 400000 {", "y = x -> Two", "}"], 3),
}


@pytest.mark.parametrize(("lines", "line"), TOO_LONG.values(), ids=TOO_LONG)
def test_long_loops_that_are_refused(lines: list[str], line: int) -> None:
    text = body(*lines, "return x") + LONG
    most = MILLION if "00000" in lines[0] else 20_000
    calls, (found,) = watched(text, most)
    assert (found.code, found.span.line) == (Code.EXPANSION_LIMIT, line)
    assert calls < 3_000_000


NAMED_SIZES = {
    "that shrink": ["x = x -> Conv2D(i % 5 + 1, 3)"],
    "that are halved and doubled": ["x = x -> Conv2D(1, 3, strides=2) -> UpSampling2D(2)"],
    "of slices": ["x = x[:, 1:, i % 3:]"],
    "of parts put together": ["x = (x, x[:, :1]) -> Concatenate(axis=1)"],
    "of blocks": ["x = x -> Valid(i)"],
}


@pytest.mark.parametrize("lines", NAMED_SIZES.values(), ids=NAMED_SIZES)
def test_work_with_named_sizes_is_counted(lines: list[str]) -> None:
    valid = (
        "block Valid(x: [N, H, W, C], k: int) -> [N, H - 2, W - 2, k % 5 + 1] {\n"
        "return x -> Conv2D(k % 5 + 1, 3)\n}\n"
    )
    text = valid + body(
        "for i in range(10000) {", *lines, "}", "return x", inputs="x: float32[N, H, W, 1]"
    )
    calls, (found,) = watched(text, 20_000)
    assert found.code is Code.EXPANSION_LIMIT
    assert "too many steps" in found.message
    assert calls < 1_700_000


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ('train A {\ndata = csv("t.csv")\nloss = MeanSquaredError\noptimizer = Adam\n}\n', 5),
        ("expect A {\nreceptive_field(x_9) == 3\n}\n", 6),
        ("expect A {\nshape(nothing) == [N, 4]\n}\n", 6),
    ],
)
def test_what_looks_at_each_layer_is_refused_for_a_long_loop(after: str, line: int) -> None:
    lines = ["repeat 900000 { x = x -> ReLU }", "return x"]
    text = body(*lines) + after
    calls, (found,) = watched(text, MILLION)
    assert found.span.line == line
    assert "has 900,001 layers: the limit of a net that is " in found.message
    assert calls < 100_000


NUMBERS = st.sampled_from(["0", "1", "3", "900", "1000", "-1", "2.5", "N", "k"])


def _values() -> st.SearchStrategy[str]:
    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            st.builds("[{}, {}]".format, inner, inner),
            st.builds(
                "({} {} {})".format,
                inner,
                st.sampled_from(["+", "-", "*", "//", "%", "==", "<", "**"]),
                inner,
            ),
            pair.map(lambda p: f"zip({p[0]}, {p[1]})"),
            st.builds(
                "{}({})".format,
                st.sampled_from(["sum", "max", "len", "range", "enumerate", "abs"]),
                inner,
            ),
            st.builds("{}[{}:]".format, inner, NUMBERS),
            st.builds("{}[0]".format, inner),
        )

    leaves = st.one_of(
        NUMBERS, st.sampled_from(['"ab"', "K", "v", "x", "range(1000)", "[1] * 1000"])
    )
    return st.recursive(leaves, more, max_leaves=6)


def _statements() -> st.SearchStrategy[str]:
    simple = st.one_of(
        st.builds("{} = {}".format, st.sampled_from(["v", "w", "k"]), _values()),
        st.builds(
            "x = x -> {}".format,
            st.sampled_from(["B", "B * 3", "ReLU * 900", "ReLU", "Dense(k)", "B -> B"]),
        ),
        st.sampled_from(["y = x", "x = x + y", "y = x -> ReLU", "x -> B as y"]),
        st.builds("assert {} == {}".format, _values(), _values()),
    )

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        block = st.lists(inner, min_size=1, max_size=3).map("\n".join)
        return st.one_of(
            st.builds("repeat {} {{\n{}\n}}".format, NUMBERS, block),
            st.builds("for i in {} {{\n{}\n}}".format, _values(), block),
            st.builds("if {} == {} {{\n{}\n}}".format, _values(), _values(), block),
        )

    return st.recursive(simple, more, max_leaves=8)


@given(
    st.lists(_statements(), min_size=1, max_size=6), _values(), st.lists(_statements(), max_size=2)
)
@settings(max_examples=60, deadline=None)
def test_any_small_program(lines: list[str], constant: str, inner: list[str]) -> None:
    text = (
        f"const K = {constant}\n"
        f"block B(x: [N, C], k: int = 2) {{\nv = [k, k]\n{chr(10).join(inner)}\nreturn x\n}}\n"
    ) + body("k = 3", "v = [1, 2]", "y = x", *lines, "return x")
    assert calls_of(text) < 600 * LIMIT


SLOWEST = {
    "calls without layers": (
        "block B(x: [N, C]) { return x }\n",
        ["repeat 1000000 {", "z = x -> B", "}"],
    ),
    "sums": ("", ["y = range(1000000)", "repeat 100000 {", "z = sum(y)", "}"]),
    "lists that are kept": ("", [f"y{i} = range(1000000)" for i in range(1000)]),
    "layers that differ": ("", ["for i in range(1000000) { z = Dense(i + 1) }"]),
    "layers that are applied": ("", ["for i in range(900000) { x = x -> Dense(i + 1) }"]),
    "sizes with names": (
        "net B(x: float32[N, H, 1]) {\nrepeat 900000 { x = x -> Conv1D(1, 3) }\nreturn x\n}\n",
        [],
    ),
    "nets": (
        "".join(
            f"net A{i}(x: float32[N, 4]) {{\nrepeat 99999 {{ k = 1 }}\nreturn x\n}}\n"
            for i in range(900)
        ),
        [],
    ),
    "unknown names": ("", [f"y{i} = nothing{i}" for i in range(3000)]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("before", "lines"), SLOWEST.values(), ids=SLOWEST)
def test_time_and_memory_of_one_process(before: str, lines: list[str]) -> None:
    """What the counts stand for: 2 s and 300 MB, doubled since machines differ."""
    Path("a.net").write_text(before + body(*lines, "return x"))
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    command = [sys.executable, "-m", "netc", "check", "a.net"]
    _, status, used = os.wait4(
        os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet), 0
    )
    assert os.waitstatus_to_exitcode(status) == 1
    assert used.ru_utime + used.ru_stime < 4
    assert used.ru_maxrss < 600_000
