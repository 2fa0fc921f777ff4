"""What strangers wrote reaches terminals and logs as text, and their links lead nowhere."""

from __future__ import annotations

import ast
import json
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.cli import execute

import netc

from ...places import ROOT
from .run_netc import netc as run_netc

NET = "net A(x: float32[N, 4]) {\n  return x -> Dense(3, activation=softmax)\n}\n"
CLASSES = ("a\x1b[2J\n::error::pwn", "=1+1", "##[error]b\u202e\x9b")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model whose classes have hostile names, and inputs for it, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.net").write_text(NET)
    netc.load("a.net").to_onnx("evil.onnx", classes=CLASSES)
    np.save(tmp_path / "x.npy", np.ones((1, 4), np.float32))
    return tmp_path / "evil.onnx"


def check_lines(text: str, count: int) -> None:
    """Holds that a text has some lines, and nothing in it acts."""
    lines = text.splitlines()
    assert len(lines) == count
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert "##[" not in text
    assert not set(text) & {"\x1b", "\x9b", "\x07", "\u202e"}


def test_class_names_of_a_model_are_text(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["run", str(model), "x.npy"]) == 0
    out = capsys.readouterr().out
    check_lines(out, 1)
    assert "a␛[2J␊::error::pwn" in out
    assert "#<U+0023>[error]b<U+202E><U+009B>" in out


def test_and_in_json_they_are_themselves(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["run", str(model), "x.npy", "--format", "json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "##[" not in out
    (result,) = json.loads(out)["results"]
    assert {each["class"] for each in result["top"]} == set(CLASSES)


@pytest.mark.parametrize("name", ["::error::x.npy", "a\x1b[31m\nb.npy", "##[group]x.npy"])
def test_names_of_files_are_text(
    model: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    Path("x.npy").rename(name)
    assert execute(["run", str(model), name]) == 0
    check_lines(capsys.readouterr().out, 1)
    assert execute(["run", str(model), f"no{name}"]) == 1
    check_lines(capsys.readouterr().err, 1)


@pytest.mark.parametrize("verb", ["check", "fmt", "summary", "explain", "ops", "verify", "compile"])
def test_no_verb_repeats_what_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    execute([verb, "no\x1b]0;x\x07\n::error::\x9b.net", "--bad\x1b"])
    execute([verb, "no\x1b]0;x\x07\n::error::\x9b.net"])
    found = capsys.readouterr()
    text = found.out + found.err
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert not set(text) & {"\x1b", "\x9b", "\x07"}


def test_annotations_name_files_without_what_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "a\x1b\x07\x9b,line=1::x.net"
    Path(name).write_text("net A(x: float32[N, 4]) { return x -> Dens(3) }\n")
    assert execute(["check", "--format", "github", name]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=a␛␇<U+009B>%2Cline=1%3A%3Ax.net,line=1,")


def test_a_name_that_is_no_text_can_be_in_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a\udcff.net").write_text(NET)
    Path("classes.txt").write_text("a\x85b\nc\u202ed\n=e\n")
    args = ["compile", "a\udcff.net", "-o", "a.onnx", "--classes", "classes.txt"]
    assert execute(args) == 0
    found = onnx.load("a.onnx")
    assert found.graph.doc_string == "The net A of a<U+DCFF>.net"
    (classes,) = [each.value for each in found.metadata_props if each.key == "netc.classes"]
    assert "\u202e" not in classes
    assert json.loads(classes) == ["a\x85b", "c\u202ed", "=e"]


def test_only_one_place_prints() -> None:
    """`say.py` lets nothing act, so nothing else may write to a terminal."""
    writers = {"click.echo", "print", "sys.stdout.write", "sys.stderr.write", "click.secho"}
    writers |= {"sys.stdout.writelines", "sys.stderr.writelines"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "runtime").rglob("*.py"))
        if path.relative_to(ROOT).as_posix() != "runtime/cli/say.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in writers
    ]
    assert not found


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_nobody_s_fault(tmp_path: Path, closed: str) -> None:
    (tmp_path / "a.net").write_text(NET)
    (tmp_path / "bad.net").write_text("net A(x) {}\n")
    for args, status in (("check a.net", 0), ("check bad.net", 1), ("compile a.net -o a.py", 0)):
        command = f'"{sys.executable}" -m netc {args} {closed}'
        made = subprocess.run(
            command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert made.returncode == status, made.stderr
        assert "Traceback" not in made.stderr
    assert (tmp_path / "a.py").read_text().startswith('"""A of a.net')


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.net").write_text("net A(x) {}\n")
    command = f'"{sys.executable}" -m netc check bad.net >/dev/full'
    made = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert made.returncode == 1
    assert "Traceback" not in made.stderr


class TestLinks:
    @pytest.fixture
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "secret.txt").write_text("TOKEN=0123456789\n")
        root = tmp_path / "project"
        root.mkdir()
        (root / "netc.toml").touch()
        (root / "a.net").write_text(NET)
        monkeypatch.chdir(root)
        return root

    @pytest.mark.parametrize("args", [["check"], ["fmt"], ["check", "."], ["check", "env.net"]])
    def test_the_walk_reads_nothing_of_the_runner(
        self, project: Path, args: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        (project / "env.net").symlink_to("/proc/self/environ")
        (project / "token.net").symlink_to("../secret.txt")
        assert execute(args) == 1
        found = capsys.readouterr()
        assert "is a link that leads out of the project" in found.out
        assert "TOKEN" not in found.out + found.err
        assert "PATH=" not in found.out + found.err

    def test_classes_and_weights_stay_in_the_project(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (project / "names.txt").symlink_to("../secret.txt")
        compile_ = ["compile", "a.net", "-o", "a.onnx"]
        for option in ("--classes", "--weights"):
            assert execute([*compile_, option, "names.txt"]) == 1
            (line,) = capsys.readouterr().err.splitlines()
            assert "leads out of the project, to" in line
            assert "TOKEN" not in line
        (project.parent / "names").write_text("a\nb\nc\n")
        assert execute([*compile_, "--classes", "../names"]) == 0, "it is named itself"

    def test_an_output_goes_through_a_link_within_the_project_only(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (project / "out").mkdir()
        (project / "in.py").symlink_to("out/model.py")
        (project / "away.py").symlink_to("../away.py")
        assert execute(["compile", "a.net", "-o", "in.py"]) == 0
        assert (project / "in.py").is_symlink()
        assert (project / "out" / "model.py").exists()
        capsys.readouterr()
        assert execute(["compile", "a.net", "-o", "away.py"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "leads out of the project" in line
        assert not (project.parent / "away.py").exists()

    def test_formatting_keeps_links_and_modes(self, project: Path) -> None:
        path = project / "a.net"
        path.write_text(NET.replace("\n  ", " "))
        path.chmod(0o600)
        (project / "b.net").symlink_to("a.net")
        assert execute(["fmt", "b.net"]) == 0
        assert (project / "b.net").is_symlink()
        assert path.read_text() == NET
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("kind", ["py", "onnx", "safetensors"])
    def test_a_read_only_file_is_left_as_it_is(
        self, project: Path, kind: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = project / f"a.{kind}"
        out.write_text("mine")
        out.chmod(0o444)
        assert execute(["compile", "a.net", "-o", out.name]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith(f"{out} is read-only")
        assert out.read_text() == "mine"


def test_a_list_of_a_million_numbers_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(
        "net A(x: float32[N, 4], y: list = [1] * 1000000) {\n  return x -> Reshape(y)\n}\n"
    )
    made = run_netc("check", tmp_path / "a.net")
    assert made.status == 1
    assert len(made.out) < 10_000
