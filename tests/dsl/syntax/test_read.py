"""Reading files: what cannot be a `.net` text is refused with a reason."""

import os
from pathlib import Path

import pytest
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from netc.dsl.syntax.parse import parse
from netc.dsl.syntax.read import read_source

NET = b"net A(x: float32[N, 4]) {\n  return x\n}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.net"


def refused(path: Path) -> Diagnostic:
    with pytest.raises(DiagnosticError) as caught:
        read_source(path, "nets/a.net")
    (only,) = caught.value.diagnostics
    assert only.span.source.path == "nets/a.net"
    return only


def test_a_file_is_read_under_the_path_that_is_shown(path):
    path.write_bytes(NET)
    source = read_source(path, "nets/a.net")
    assert (source.path, source.text) == ("nets/a.net", NET.decode())


def test_a_byte_order_mark_is_dropped(path):
    path.write_bytes(b"\xef\xbb\xbf" + NET)
    (net,) = parse(read_source(path, "a.net")).items
    assert (net.span.line, net.span.column) == (1, 1)


def test_crlf_keeps_lines_and_columns(path):
    path.write_bytes(NET.replace(b"\n", b"\r\n"))
    (net,) = parse(read_source(path, "a.net")).items
    value = net.body[0].values[0]
    assert (value.span.line, value.span.column) == (2, 10)
    assert value.span.source.line(2) == "  return x"


def test_a_missing_file(path):
    found = refused(path)
    assert found.code is Code.UNREADABLE_FILE
    assert found.message == "there is no file `nets/a.net`"


def test_a_folder(tmp_path):
    found = refused(tmp_path)
    assert found.code is Code.UNREADABLE_FILE
    assert "folder" in found.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(path):
    path.write_bytes(NET)
    path.chmod(0)
    assert "permission denied" in refused(path).message


def test_a_path_that_no_system_can_open():
    assert refused(Path("a\0b")).code is Code.UNREADABLE_FILE


def test_bytes_that_are_not_utf8(path):
    path.write_bytes(b"# caf\xc3\xa9\n# caf\xe9\n")
    found = refused(path)
    assert found.code is Code.NOT_UTF8
    assert found.message == "`nets/a.net` is not UTF-8 text: byte 0xE9 at offset 13, on line 2"
    assert (found.span.line, found.span.column) == (2, 6)


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\x9b", "\r"])
def test_control_characters(path, character):
    path.write_bytes(b"# a\n" + character.encode() + b"b\n")
    found = refused(path)
    assert found.code is Code.CONTROL_CHARACTER
    assert (found.span.line, found.span.column) == (2, 1)


def test_tabs_and_form_feeds_are_spaces(path):
    path.write_bytes(b"\x0c" + NET.replace(b"  ", b"\t"))
    assert parse(read_source(path, "a.net")).items


def test_a_line_may_not_be_endless(path):
    path.write_bytes(b"# a\n# " + b"x" * 100_000)
    found = refused(path)
    assert found.code is Code.TOO_LARGE
    assert found.span.line == 2


def test_a_ten_megabyte_line_is_not_even_read_to_its_end(path):
    path.write_bytes(b"x" * 10_000_000)
    found = refused(path)
    assert found.code is Code.TOO_LARGE
    assert found.message == "`nets/a.net` is larger than 8 MiB"


def test_random_bytes(path):
    path.write_bytes(bytes(range(255, -1, -1)))
    assert refused(path).code is Code.NOT_UTF8


@pytest.mark.parametrize("mark", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_marks_that_turn_the_direction_of_text_are_refused(tmp_path: Path, mark: str) -> None:
    """A reviewer must see what is compiled."""
    path = tmp_path / "turned.net"
    path.write_text(f"net A(x: float32[N, 3]) {{ # {mark}\n  return x }}\n", encoding="utf-8")
    with pytest.raises(DiagnosticError) as raised:
        read_source(path, "turned.net")
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code is Code.CONTROL_CHARACTER
    assert diagnostic.span.line == 1
