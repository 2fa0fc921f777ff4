"""Files of another kind than a verb reads: one line says what they are, and a way out."""

from __future__ import annotations

import errno
import io
import os
import re
from pathlib import Path

import pytest
from netc.runtime.cli import execute

from ...places import ROOT

DIGITS = "net Digits(x: float32[N, 4]) -> [N, 2] { return x -> Dense(2) }\n"
PICTURES = "net P(x: float32[N, 8, 8, 1]) -> [N, 2] { return x -> Flatten -> Dense(2) }\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits.net").write_text(DIGITS)
    Path("pictures.net").write_text(PICTURES)


def said(capsys: Captured, *args: str, status: int = 1) -> str:
    assert execute([*args]) == status
    printed = capsys.readouterr()
    return printed.out + printed.err


@pytest.mark.parametrize("verb", ["check", "summary", "fmt", "verify", "bench"])
@pytest.mark.parametrize(
    ("name", "data", "way_out"),
    [
        ("m.onnx", b"\x08\x0a\xff", "`netc import` makes a net of such a model"),
        ("m.keras", b"PK\x03\x04", "`netc import` makes a net of such a model"),
        ("large.h5", b" " * (2**23 + 1), "`netc import` makes a net of such a model"),
        (
            "w.safetensors",
            b"\x40\0\0\0",
            "such a file holds weights: name the `.net` file, and this one by",
        ),
        ("wide.net", DIGITS.encode("utf-16"), "it is UTF-16; save the file as UTF-8"),
        ("wide.net", b"\xfe\xff\0n", "it is UTF-16; save the file as UTF-8"),
        ("latin.net", b"# caf\xe9\n", "save the file as UTF-8"),
    ],
)
def test_a_model_in_the_place_of_a_net(
    verb: str, name: str, data: bytes, way_out: str, capsys: Captured
) -> None:
    Path(name).write_bytes(data)
    assert f"= help: {way_out}" in said(capsys, verb, name)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("m.tflite", "is a model of TensorFlow; tf2onnx makes an .onnx of it"),
        ("frozen.pb", "is a model of TensorFlow; tf2onnx makes an .onnx of it"),
        ("w.safetensors", "holds weights and no net; of Hugging Face, name the folder"),
        ("w.npz", "holds weights and no net"),
        ("digits.net", "is a net already"),
        ("m.zip", "netc imports .onnx, .keras and .h5 files, and folders of Hugging Face"),
    ],
)
def test_what_import_says_of_other_formats(name: str, line: str, capsys: Captured) -> None:
    Path(name).write_bytes(b"\x08\x01")
    assert f"error: {name}: {line}" in said(capsys, "import", name, "-o", "out.net")
    assert not Path("out.net").exists()


def test_a_saved_model_is_no_folder_of_hugging_face(capsys: Captured) -> None:
    Path("saved").mkdir()
    Path("saved/saved_model.pb").write_bytes(b"\x08\x01")
    line = "error: saved: is a model of TensorFlow; tf2onnx makes an .onnx of it"
    assert line in said(capsys, "import", "saved", "-o", "out.net")


@pytest.mark.parametrize(
    ("name", "what", "command"),
    [
        ("m.onnx", "a model", "import m.onnx -o out.net"),
        ("m.keras", "a model", "import m.keras -o out.net"),
        ("m.onnx", "a model", "run m.onnx x.png"),
        ("x.png", "a picture", "run pictures.net x.png"),
        ("w.npz", "a weights file", "compile digits.net -o d.onnx --weights w.npz"),
    ],
)
def test_a_pointer_of_git_lfs_is_named(
    name: str, what: str, command: str, capsys: Captured
) -> None:
    Path(name).write_text(POINTER)
    line = f"error: {name}: is a pointer of Git LFS, not {what}; `git lfs pull` fetches it"
    assert line in said(capsys, *command.split())


@pytest.mark.parametrize("verb", ["run", "serve", "cam"])
def test_a_folder_that_holds_no_run(verb: str, capsys: Captured) -> None:
    Path("runs").mkdir()
    options = {"run": ["x.png"], "serve": [], "cam": ["x.png", "-o", "h.png"]}[verb]
    line = "error: runs: is no folder of a run; name one of those in runs/, or a .net file"
    assert line in said(capsys, verb, "runs", *options)


def test_a_file_of_the_zoo_is_called_by_its_name(capsys: Captured) -> None:
    several = said(capsys, "summary", "zoo.vgg")
    assert "error: zoo.vgg has 2 nets; name one of them: zoo.vgg:VGG16, zoo.vgg:VGG19" in several
    assert "error: zoo.vgg has no net `VGG17`" in said(capsys, "summary", "zoo.vgg:VGG17")


def test_a_net_without_labels_says_how_to_give_one(capsys: Captured) -> None:
    line = "Digits has no label to tap; a layer gets one by `as`: `-> Dense(64) as features`\n"
    assert said(capsys, "summary", "digits.net", "--labels", status=0) == line


@pytest.mark.parametrize("begun", ["NET05", "net05"])
def test_explain_lists_the_codes_that_begin_so(begun: str, capsys: Captured) -> None:
    line = f"error: there is no code `{begun}`. so begin NET0501, NET0502"
    assert line in said(capsys, "explain", begun)


def test_an_address_that_is_none(capsys: Captured) -> None:
    line = said(capsys, "serve", "digits.net", "--host", "1.2.3.4.5.6.invalid", "--port", "0")
    assert "cannot listen there: " in line
    assert not {"Errno", "bind"} & set(re.findall(r"\w+", line))


class Full(io.StringIO):
    """A file on a disk without room."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("command", [["ops", "Dense"], ["check", "digits.net", "--format", "json"]])
def test_results_that_find_no_room(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("sys.stdout", Full())
    assert execute(command) == 1
    assert capsys.readouterr().err.endswith("error: standard output: No space left on device\n")


@pytest.mark.parametrize("target", ["digits.net", str(ROOT / "models" / "breast_cancer.net")])
def test_no_line_of_a_table_ends_in_spaces(target: str, capsys: Captured) -> None:
    printed = said(capsys, "verify", target, "--no-reference", status=0)
    assert " ─" in printed
    assert [line for line in printed.splitlines() if line != line.rstrip()] == []
