"""Bad input at the level of the API: one diagnostic, at the right line, in bounded time and memory.

Nothing here runs against a clock. What bounds the time is counted: the steps of an expansion and
the layers of its graph are limited, and the tests lower the limit and watch it hold.
"""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest
from netc.compiler.check import Analysis, check_files
from netc.compiler.expansion import MAX_CALL_DEPTH, MAX_LAYERS, Expansion
from netc.dsl.codes import Code
from netc.dsl.diagnostic import Diagnostic
from netc.dsl.read import MAX_BYTES, MAX_LINE

GOOD = "net A(x: float32[N, 4]) -> [N, 2] {\n  return x -> Dense(2)\n}\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own for each test, and the current folder."""
    (tmp_path / "netc.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def analyse(data: str | bytes, max_layers: int = MAX_LAYERS) -> Analysis:
    path = Path("a.net")
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return check_files([path], max_layers=max_layers)


def errors(data: str | bytes, max_layers: int = MAX_LAYERS) -> list[Diagnostic]:
    analysis = analyse(data, max_layers)
    assert analysis.failed
    return [one for one in analysis.diagnostics if one.severity == "error"]


def only(data: str | bytes) -> tuple[Code, int]:
    """The code and line of the one error in a file."""
    (found,) = errors(data)
    return found.code, found.span.line


def body(*lines: str, inputs: str = "x: float32[N, 4]") -> str:
    """A net whose first statement is on line 2."""
    return "\n".join([f"net A({inputs}) {{", *(f"  {line}" for line in lines), "}", ""])


# Files


def test_a_missing_file() -> None:
    analysis = check_files([Path("missing.net")])
    (found,) = analysis.diagnostics
    assert (found.code, found.span.line) == (Code.UNREADABLE_FILE, 1)
    assert found.message == "there is no file `missing.net`"


def test_a_folder_is_not_a_file(project: Path) -> None:
    (project / "folder.net").mkdir()
    (found,) = check_files([Path("folder.net")]).diagnostics
    assert found.code is Code.UNREADABLE_FILE


@pytest.mark.parametrize("data", ["", "\n\n", "# nothing\n", b"\xef\xbb\xbf"])
def test_an_empty_file(data: str | bytes) -> None:
    assert only(data) == (Code.EMPTY_FILE, 1)


def test_nuls() -> None:
    assert only(GOOD.encode() + b"\x00\x00") == (Code.CONTROL_CHARACTER, 4)


def test_random_bytes() -> None:
    rng = random.Random(7)
    for size in (1, 2, 10, 100, 10_000):
        data = rng.randbytes(size) + b"\xff"
        code, line = only(data)
        assert code is Code.NOT_UTF8
        assert 1 <= line <= data.count(b"\n") + 1


def test_random_characters() -> None:
    rng = random.Random(8)
    alphabet = "netblock(){}[]->=:,.\n \"#'01_éx\u2028"
    for size in (1, 10, 100, 1000):
        text = "".join(rng.choice(alphabet) for _ in range(size)) + "$"
        found = errors(text)
        assert 1 <= len(found) <= 20
        assert {one.code.id[:5] for one in found} <= {"NET00", "NET01"}


def test_another_encoding() -> None:
    assert only("# ok\n# caf\xe9\n".encode("latin-1")) == (Code.NOT_UTF8, 2)
    assert only(GOOD.encode("utf-16"))[0] is Code.NOT_UTF8


def test_a_byte_order_mark_and_crlf_are_text() -> None:
    analysis = analyse(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert analysis.diagnostics == []
    assert analysis.nets[0].graph is not None


def test_lines_are_counted_the_same_with_crlf() -> None:
    text = body("return x -> Dense(zz)")
    assert only(text) == only(text.replace("\n", "\r\n")) == (Code.UNKNOWN_NAME, 2)


def test_a_10_mb_line() -> None:
    assert only("x" * 10_000_000)[0] is Code.TOO_LARGE


def test_a_long_line() -> None:
    assert only(GOOD + "#" * (MAX_LINE + 1)) == (Code.TOO_LARGE, 4)


def test_no_more_of_a_file_is_read_than_may_be_long(project: Path) -> None:
    with (project / "a.net").open("wb") as file:
        file.truncate(50 * MAX_BYTES)
    tracemalloc.start()
    try:
        (found,) = check_files([Path("a.net")]).diagnostics
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.code is Code.TOO_LARGE
    assert peak < 4 * MAX_BYTES


@pytest.mark.parametrize(
    "text",
    [
        body("return " + "(" * 10_000 + "x" + ")" * 10_000),
        body("return x -> Reshape(" + "[" * 10_000 + "]" * 10_000 + ")"),
        body("if true {\n" * 10_000 + "}" * 10_000, "return x"),
        body("return " + "-" * 10_000 + "x"),
    ],
    ids=["parentheses", "lists", "blocks", "signs"],
)
def test_nesting_10_000_deep(text: str) -> None:
    assert only(text)[0] is Code.TOO_DEEP


# Expansion


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


# Sizes and arguments


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


# Definitions


def test_two_nets_of_one_name() -> None:
    assert only(GOOD + GOOD) == (Code.DUPLICATE_NAME, 4)


def test_a_net_without_a_return() -> None:
    assert only("net A(x: float32[N, 4]) {\n  _y = x -> Dense(2)\n}\n") == (Code.NO_RETURN, 1)
    assert only("net A(x: float32[N, 4]) { }\n") == (Code.NO_RETURN, 1)


def test_a_return_in_a_branch_that_is_not_taken() -> None:
    found = errors(body("if 1 > 2 {", "  return x", "}"))
    assert [(one.code, one.span.line) for one in found] == [(Code.NO_RETURN, 1)]


def test_a_net_without_an_input() -> None:
    assert only("net A(n: int = 2) {\n  return n\n}\n") == (Code.BAD_SIGNATURE, 1)


@pytest.mark.parametrize("value", ["3", "[1, 2]", '"x"', "none"])
def test_an_output_that_is_no_tensor(value: str) -> None:
    assert only(body("_y = x", f"return {value}")) == (Code.CONSTANT_OUTPUT, 3)


def test_a_second_output_that_is_no_tensor() -> None:
    assert only(body("return x, 3")) == (Code.CONSTANT_OUTPUT, 2)


# Imports


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ('"./missing.net"', Code.IMPORT_MISSING),
        ('""', Code.IMPORT_MISSING),
        ('"."', Code.IMPORT_MISSING),
        ('"b.txt"', Code.IMPORT_MISSING),
        ('"../../etc/passwd"', Code.IMPORT_OUTSIDE),
        ('"/etc/passwd"', Code.IMPORT_OUTSIDE),
        ('"../outside.net"', Code.IMPORT_OUTSIDE),
        ('"link.net"', Code.IMPORT_OUTSIDE),
        ('"./a.net"', Code.IMPORT_CYCLE),
        ('"nul\\0.net"', None),
        ("zoo.missing", Code.IMPORT_MISSING),
        ("os.path", Code.IMPORT_MISSING),
        ("zoo", Code.IMPORT_MISSING),
    ],
)
def test_imports_that_are_refused(origin: str, code: Code | None, project: Path) -> None:
    (project.parent / "outside.net").write_text(GOOD)
    (project / "link.net").symlink_to("../outside.net")
    (project / "b.txt").write_text(GOOD)
    text = f"# first line\nfrom {origin} import B\n{body('return x -> B')}"
    found, line = only(text)
    assert line == 2
    assert found is code or code is None


def test_a_name_as_long_as_no_file_can_have() -> None:
    text = f'from "{"a" * 5000}.net" import B\n{body("return x -> B")}'
    assert only(text) == (Code.IMPORT_MISSING, 1)


def test_links_in_a_circle(project: Path) -> None:
    (project / "l.net").symlink_to("m.net")
    (project / "m.net").symlink_to("l.net")
    assert only(f'from "./l.net" import B\n{body("return x -> B")}') == (Code.IMPORT_MISSING, 1)
    (found,) = check_files([Path("l.net")]).diagnostics
    assert found.code is Code.UNREADABLE_FILE


def test_files_that_import_each_other(project: Path) -> None:
    (project / "b.net").write_text(
        'from "./a.net" import A\nblock B(x: [N, C]) { return x -> A }\n'
    )
    (found,) = errors(f'from "./b.net" import B\n{body("return x -> B")}')
    assert (found.code, str(found.span)) == (Code.IMPORT_CYCLE, "b.net:1:6")
    assert found.message == "import cycle: a.net -> b.net -> a.net"


def test_a_long_chain_of_imports(project: Path) -> None:
    for i in range(200):
        (project / f"f{i}.net").write_text(
            f'from "./f{i + 1}.net" import B\nblock C{i}(x: [N, C]) {{ return x -> B }}\n'
        )
    (project / "f200.net").write_text("block B(x: [N, C]) { return x }\n")
    found = errors(f'from "./f0.net" import C0\n{body("return x -> C0")}')
    assert {one.code for one in found} <= {Code.IMPORT_CYCLE, Code.IMPORT_MISSING}


def test_a_faulty_file_is_reported_once_however_often_it_is_imported(project: Path) -> None:
    (project / "bad.net").write_text("block B(x: [N, C]) { return ) }\n")
    (project / "b.net").write_text(
        'from "./bad.net" import B\nblock D(x: [N, C]) { return x -> B }\n'
    )
    text = f'from "./b.net" import D\nfrom "./bad.net" import B\n{body("return x -> D -> B")}'
    (found,) = errors(text)
    assert found.span.source.path == "bad.net"


# All of it


def test_every_fault_of_every_file_in_one_run(project: Path) -> None:
    (project / "one.net").write_text(body("return x -> Dens(2)"))
    (project / "two.net").write_text(body("return x -> Conv2D(2, 3)"))
    (project / "three.net").write_text("net (")
    found = check_files([Path("one.net"), Path("two.net"), Path("three.net")]).diagnostics
    assert [one.code for one in found if one.code is not Code.UNEXPECTED_TOKEN] == [
        Code.UNKNOWN_LAYER,
        Code.RANK,
    ]
    assert len({one.span.source.path for one in found}) == 3


def test_one_fault_in_a_block_is_reported_once_however_often_it_is_called() -> None:
    text = "block B(x: [N, C]) {\n  return x -> Conv2D(4, 3)\n}\n"
    assert only(text + body("repeat 50 {", "  x = x -> B", "}", "return x")) == (Code.RANK, 2)


def test_the_limits_are_those_the_pages_name() -> None:
    assert MAX_LAYERS == 1_000_000
    assert MAX_CALL_DEPTH == 100
    assert (MAX_BYTES, MAX_LINE) == (8 * 2**20, 100_000)
