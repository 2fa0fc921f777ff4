"""Bad files, definitions and imports: one diagnostic each, at the right line."""

from __future__ import annotations

import os
import random
import tracemalloc
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.diagnostics.codes import Code
from netc.dsl.syntax.read import MAX_BYTES, MAX_LINE

from .inputs import GOOD, analyse, body, errors, only


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


def test_a_long_line_among_lines_of_the_greatest_length() -> None:
    line = "#" * MAX_LINE + "\n"
    assert not analyse(line * 3 + GOOD).failed
    assert only(line * 3 + "#" + line + GOOD) == (Code.TOO_LARGE, 4)
    assert only(GOOD + line * 60 + "#" * (MAX_LINE + 1)) == (Code.TOO_LARGE, 64)


def test_a_pipe_is_not_read(project: Path) -> None:
    os.mkfifo(project / "a.net")
    (found,) = check_files([Path("a.net")]).diagnostics
    assert (found.code, found.message) == (Code.UNREADABLE_FILE, "`a.net` is not a regular file")


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
    assert [str(other.span) for other in found.related] == ["a.net:1:6"]


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
