"""`netc check`: formats, folders, exit status, and files that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
    assert found.keys() == {"files", "diagnostics"}
    assert found["files"] == 1
    (diagnostic,) = found["diagnostics"]
    assert (diagnostic["code"], diagnostic["severity"]) == ("NET0301", "error")
    assert diagnostic["file"] == "wrong.net"
    assert diagnostic["span"] == {
        "start": {"line": 4, "column": 14},
        "end": {"line": 4, "column": 15},
    }
    assert [related["span"]["start"]["line"] for related in diagnostic["related"]] == [4, 2, 3, 1]


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
