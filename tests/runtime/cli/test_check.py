"""`netc check`: formats, folders, exit status, and files that are not what they should be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from ...places import DOCS
from .run_netc import MODELS, netc

WRONG = """net Wrong(x: float32[N, 8]) -> y: [N, 3] {
  a = x -> Dense(4)
  b = x -> Dense(5)
  return a + b -> Dense(3)
}
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.net"
    path.write_text(WRONG)
    return path


def test_the_zoo_is_clean() -> None:
    made = netc("check", MODELS)
    assert (made.status, made.out) == (0, "")
    assert "no faults" in made.err


def test_a_fault_is_shown_with_both_sides_and_where_they_come_from(wrong: Path) -> None:
    made = netc("check", "wrong.net", cwd=wrong.parent)
    assert made.status == 1
    assert made.out.startswith("error[NET0301]: `+` cannot broadcast [N, 4] with [N, 5]")
    for part in ("wrong.net:4:10", "2 │   a = x -> Dense(4)", "3 │   b = x -> Dense(5)"):
        assert part in made.out
    assert "1 error" in made.err


def test_json(wrong: Path) -> None:
    made = netc("check", "wrong.net", "--format", "json", cwd=wrong.parent)
    assert made.status == 1
    found = json.loads(made.out)
    assert found.keys() == {"version", "files", "counts", "diagnostics"}
    assert found["counts"] == {"errors": 1, "warnings": 0, "fixable": 0}
    assert found["files"] == 1
    (diagnostic,) = found["diagnostics"]
    assert (diagnostic["code"], diagnostic["severity"]) == ("NET0301", "error")
    assert diagnostic["file"] == "wrong.net"
    assert diagnostic["span"] == {
        "start": {"line": 4, "column": 14},
        "end": {"line": 4, "column": 15},
    }
    assert [related["span"]["start"]["line"] for related in diagnostic["related"]] == [4, 2, 3, 1]


@pytest.mark.parametrize("text", [WRONG, WRONG.replace("Dense", "Dens"), "net A(x: float32[N])"])
def test_json_is_what_its_schema_says(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.net").write_text(
        "block B(x: [N, C]) { return x -> Dense(0) }\n"
        f"net C(x: float32[N, 3]) {{ return x -> B }}\n{text}\n"
    )
    schema = json.loads((DOCS / "diagnostics.schema.json").read_text(encoding="utf-8"))
    found = json.loads(netc("check", "--format", "json", cwd=tmp_path).out)
    assert found["diagnostics"]
    jsonschema.Draft202012Validator(schema).validate(found)


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("github", "::error file=wrong.net,line=4"),
        ("sarif", '"ruleId": "NET0301"'),
        ("junit", "<testsuite"),
    ],
)
def test_other_formats(wrong: Path, form: str, part: str) -> None:
    made = netc("check", "wrong.net", "--format", form, cwd=wrong.parent)
    assert made.status == 1
    assert part in made.out


def test_all_files_are_reported_in_one_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.net").write_text(WRONG)
    (tmp_path / "c.net").write_text("net C(x: float32[N, 3]) { return x -> Dence(3) }\n")
    made = netc("check", cwd=tmp_path)
    assert made.out.count("error[") == 3
    assert "checked 3 files: 3 errors" in made.err


def test_findings_of_two_projects_never_merge(tmp_path: Path) -> None:
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "netc.toml").touch()
        (tmp_path / name / "s.net").write_text(WRONG)
    (tmp_path / "here").mkdir()
    made = netc("check", "../p1", "../p2", "--format", "json", cwd=tmp_path / "here")
    found = json.loads(made.out)
    assert [one["file"] for one in found["diagnostics"]] == ["../p1/s.net", "../p2/s.net"]
    assert found["files"] == 2
    other = netc("check", tmp_path / "p1", tmp_path / "p2", "--format", "json", cwd=Path("/"))
    files = [one["file"] for one in json.loads(other.out)["diagnostics"]]
    assert files == [str(tmp_path / name / "s.net")[1:] for name in ("p1", "p2")]


def test_copies_in_the_folders_of_runs_are_passed_over(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "Wrong"
    (run / "source").mkdir(parents=True)
    (run / "source" / "wrong.net").write_text(WRONG)
    (run / "recipe.net").write_text("train Wrong {\n  loss = mse\n}\n")
    (tmp_path / "right.net").write_text("net A(x: float32[N, 3]) { return x -> Dense(4) }\n")
    assert netc("check", cwd=tmp_path).status == 1
    for name in ("recipe.json", "run.json"):
        (run / name).write_text("{}")
    made = netc("check", cwd=tmp_path)
    assert (made.status, made.out) == (0, "")
    assert "checked 1 file" in made.err
    assert netc("check", "runs/Wrong/source/wrong.net", cwd=tmp_path).status == 1


def test_warnings_do_not_fail_a_check(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(
        "net A(x: float32[N, 3]) {\n  unused = x -> Dense(2)\n  return x -> Dense(3)\n}\n"
    )
    made = netc("check", cwd=tmp_path)
    assert made.status == 0
    assert "warning[NET0601]" in made.out


def test_set_gives_parameters_their_values(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(
        "net A(x: float32[N, 32, 32, 3], kernel: int = 3) {\n  return x -> Conv2D(4, kernel)\n}\n"
    )
    assert netc("check", cwd=tmp_path).status == 0
    made = netc("check", "--set", "kernel=33", cwd=tmp_path)
    assert made.status == 1
    assert "NET0306" in made.out


def test_a_missing_file_and_an_empty_folder(tmp_path: Path) -> None:
    made = netc("check", "nothing.net", cwd=tmp_path)
    assert made.status == 1
    assert "NET0001" in made.out
    made = netc("check", cwd=tmp_path)
    assert made.status == 2
    assert "no .net file" in made.err


def test_colours_only_on_a_terminal(wrong: Path) -> None:
    assert "\x1b" not in netc("check", wrong).out


@pytest.mark.parametrize("args", [["check", "--format", "xml"], ["check", "--set", "3"], ["chek"]])
def test_wrong_usage_exits_with_2(args: list[str]) -> None:
    assert netc(*args).status == 2


def test_the_layer_limit(tmp_path: Path) -> None:
    (tmp_path / "deep.net").write_text("net A(x: float32[N, 3]) { return x -> Dense(3) * 1000 }\n")
    assert netc("check", cwd=tmp_path).status == 0
    made = netc("check", "--max-layers", "500", cwd=tmp_path)
    assert made.status == 1
    assert "NET0255" in made.out


def test_fix_corrects_what_was_misspelt(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(
        "block Wide(x: [N, C], width: int) {\n"
        "  return x -> Dense(width, activaton=relu)\n}\n"
        "net A(image: float32[N, 8, 8, 3]) {\n"
        "  stem = image -> Conv2d(4, 3, padding=smae)\n"
        "  return stme -> Flatten -> Wide(widht=3) -> Dense(2, activation=sofmax)\n}\n"
    )
    made = netc("check", "--fix", path)
    assert made.status == 0, made.out
    assert "applied 6 fixes" in made.err
    assert path.read_text() == (
        "block Wide(x: [N, C], width: int) {\n"
        "  return x -> Dense(width, activation=relu)\n}\n"
        "net A(image: float32[N, 8, 8, 3]) {\n"
        "  stem = image -> Conv2D(4, 3, padding=same)\n"
        "  return stem -> Flatten -> Wide(width=3) -> Dense(2, activation=softmax)\n}\n"
    )


def test_a_fault_of_set_alone_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(NET_OF_CLASSES)
    made = netc("check", "a.net", "--set", "classes=0", cwd=tmp_path)
    assert made.status == 1
    assert "note: without --set classes=0 there is no fault" in made.err
    (tmp_path / "a.net").write_text(NET_OF_CLASSES.replace("Dense", "Dens"))
    made = netc("check", "a.net", "--set", "classes=0", cwd=tmp_path)
    assert "note:" not in made.err


NET_OF_CLASSES = """\
net A(x: float32[N, 3], classes: int = 10) -> y: [N, classes] {
  return x -> Dense(classes)
}
"""


NET_OF_DOUBTS = """\
net A(x: float32[N, 3]) {
  unused = x -> Dense(2)
  return x -> Dense(3)
}
"""


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    path = tmp_path / "doubtful.net"
    path.write_text(NET_OF_DOUBTS)
    return path


def test_warnings_can_fail_a_check(doubtful: Path) -> None:
    made = netc("check", "--warnings-as-errors", cwd=doubtful.parent)
    assert made.status == 1
    assert "warning[NET0601]" in made.out


def test_concise_is_a_line_a_finding(wrong: Path, doubtful: Path) -> None:
    made = netc("check", "--format", "concise", cwd=wrong.parent)
    assert made.out.splitlines() == [
        "doubtful.net:2:3: NET0601 `unused` is never used",
        "wrong.net:4:14: NET0301 `+` cannot broadcast [N, 4] with [N, 5]",
    ]
    assert "checked 2 files: 1 error, 1 warning" in made.err


def test_codes_are_chosen_by_how_they_begin(wrong: Path, doubtful: Path) -> None:
    for options, codes in (
        (["--select", "NET06"], ["NET0601"]),
        (["--select", "net0301,NET0601"], ["NET0601", "NET0301"]),
        (["--ignore", "NET06"], ["NET0301"]),
        (["--select", "NET0", "--ignore", "NET0601", "--ignore", "NET03"], []),
    ):
        made = netc("check", "--format", "json", *options, cwd=wrong.parent)
        found = [one["code"] for one in json.loads(made.out)["diagnostics"]]
        assert found == codes
        assert made.status == ("NET0301" in codes)
    made = netc("check", "--ignore", "NTE0301", cwd=wrong.parent)
    assert made.status == 2
    assert "no code begins with `NTE0301`" in made.err


@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "gitlab", "sarif", "junit"])
def test_findings_go_into_a_file(wrong: Path, form: str) -> None:
    printed = netc("check", "wrong.net", "--format", form, cwd=wrong.parent)
    made = netc("check", "wrong.net", "--format", form, "-o", "found", cwd=wrong.parent)
    assert (made.status, made.out) == (1, "")
    assert (wrong.parent / "found").read_text() == printed.out


def test_an_output_that_cannot_be_written_is_said_before_the_check(wrong: Path) -> None:
    made = netc("check", "wrong.net", "-o", "no/found", cwd=wrong.parent)
    assert made.status == 1
    assert "the folder no of the output does not exist" in made.err
    assert made.out == ""


def test_statistics_count_codes(wrong: Path) -> None:
    (wrong.parent / "two.net").write_text(
        "net A(x: float32[N, 3]) { return x -> Dens(3) }\n"
        "net B(x: float32[N, 3]) { return x -> Dens(3) }\n"
    )
    made = netc("check", "--statistics", cwd=wrong.parent)
    assert made.status == 1
    assert made.out.splitlines() == [
        "2  NET0201  [*] no layer, block or net has this name",
        "1  NET0301      two shapes cannot be broadcast",
    ]


def test_a_text_on_standard_input_is_checked_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "blocks.net").write_text("block Wide(x: [N, C]) { return x -> Dense(9) }\n")
    text = 'from "./blocks.net" import Wide\nnet A(x: float32[N, 3]) { return x -> Wide(3) }\n'
    (tmp_path / "a.net").write_text("what the editor has not saved yet\n")
    args = ("check", "-", "--format", "concise")
    made = netc(*args, "--stdin-filename", "a.net", cwd=tmp_path, stdin=text)
    assert made.status == 1
    assert made.out.startswith("a.net:2:")
    made = netc(*args, cwd=tmp_path, stdin=text)
    assert made.out.startswith("stdin.net:2:")
    fine = netc(*args, cwd=tmp_path, stdin=text.replace("(3)", ""))
    assert (fine.status, fine.out) == (0, "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-", "a.net"], "the path `-` stands alone"),
        (["a.net", "--stdin-filename", "b.net"], "goes with the path `-`"),
        (["-", "--fix"], "--fix takes files"),
        (["-", "--watch"], "--watch takes files"),
    ],
)
def test_wrong_uses_of_standard_input(args: list[str], said: str) -> None:
    made = netc("check", *args, stdin="")
    assert made.status == 2
    assert said in made.err


def test_standard_input_that_is_no_text() -> None:
    made = netc("check", "-", stdin="net \udcff")
    assert made.status == 1
    assert "standard input is not UTF-8 text" in made.err


def test_colours_can_be_forced_and_forbidden(wrong: Path) -> None:
    assert "\x1b[" in netc("check", wrong, FORCE_COLOR="1").out
    assert "\x1b[" not in netc("check", wrong, FORCE_COLOR="1", NO_COLOR="1").out


def test_watching_checks_again_when_a_file_changes(wrong: Path) -> None:
    command = [sys.executable, "-m", "netc", "check", "--watch", "--format", "concise"]
    process = subprocess.Popen(
        command, cwd=wrong.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        try:
            assert "NET0301" in process.stdout.readline()
            assert "1 error" in process.stderr.readline()
            # Whole at once: an empty file would be checked, too.
            (wrong.parent / "new").write_text(NET_OF_DOUBTS)
            (wrong.parent / "new").replace(wrong)
            assert "NET0601" in process.stdout.readline()
            assert "1 warning" in process.stderr.readline()
            process.terminate()
            assert process.wait() in (-signal.SIGTERM, 128 + signal.SIGTERM)
        finally:
            process.kill()
            process.wait()


def test_full_shows_every_place_in_each_verb(tmp_path):
    (tmp_path / "a.net").write_text(
        "net A(image: float32[N, 16, 16, 1]) -> [N, 10] {\n"
        "  x = image -> Conv2D(8, 5) -> MaxPooling2D(3)\n"
        "  x = x -> Conv2D(8, 5)\n"
        "  return x -> Flatten -> Dense(10)\n"
        "}\n"
    )
    short, full = "is made here", "[N, 16, 16, 1] becomes [N, 12, 12, 8]"
    for verb in (["check"], ["summary"], ["compile", "-o", "a.onnx"], ["verify"]):
        found = netc(*verb, "a.net", cwd=tmp_path)
        assert (found.status, short in found.out, full in found.out) == (1, True, False)
        found = netc(*verb, "a.net", "--full", cwd=tmp_path)
        assert (found.status, short in found.out, full in found.out) == (1, True, True)
    assert "; --full shows more of them" in netc("check", "a.net", cwd=tmp_path).err
    assert "--full" not in netc("check", "a.net", "--full", cwd=tmp_path).err
