"""`netc check --baseline`: what a project lives with is counted, what is new is reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from netc.runtime.cli import execute
from netc.runtime.cli.formats import FORMATS

from .run_netc import Result

OLD = """\
net A(x: float32[N, 3]) {
  unused = x -> Dense(2)
  return x -> Dens(3)
}
"""
NEW = "net B(x: float32[N, 3]) { return x -> Dence(3) }\n"

Check = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a project with two files, one of them at fault in two ways."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "netc.toml").touch()
    (tmp_path / "a.net").write_text(OLD)
    (tmp_path / "right.net").write_text("net C(x: float32[N, 3]) { return x -> Dense(1) }\n")
    return tmp_path


@pytest.fixture
def check(project: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def run(*args: str, form: str = "concise") -> Result:
        status = execute(["check", "--format", form, *args])
        found = capsys.readouterr()
        return Result(status, found.out, found.err)

    return run


@pytest.fixture
def known(project: Path, check: Check) -> Path:
    """A baseline of what is at fault."""
    made = check("--baseline", "known.json", "--write-baseline")
    assert (made.status, made.out) == (0, "")
    assert "known.json: 2 known findings, 2 added, 0 removed" in made.err
    return project / "known.json"


def test_known_findings_are_counted_and_new_ones_reported(
    project: Path, check: Check, known: Path
) -> None:
    made = check("--baseline", "known.json")
    assert (made.status, made.out) == (0, "")
    assert made.err == "checked 2 files: no faults; 2 known left out\n"
    (project / "b.net").write_text(NEW)
    made = check("--baseline", "known.json")
    assert made.status == 1
    assert made.out == "b.net:1:39: NET0201 [*] there is no layer, block or net called `Dence`\n"
    assert "1 error; 2 known left out" in made.err
    assert check("--baseline", "known.json", "--quiet").err == ""
    assert len(check().out.splitlines()) == 3


def test_known_findings_stay_known_where_lines_move(
    project: Path, check: Check, known: Path
) -> None:
    (project / "a.net").write_text(f"# moved\n\n{OLD.replace('unused', '    unused')}")
    assert check("--baseline", "known.json").out == ""
    (project / "a.net").write_text(OLD.replace("unused", "other"))
    assert "NET0601 `other` is never used" in check("--baseline", "known.json").out


def test_each_of_equal_findings_counts(project: Path, check: Check) -> None:
    (project / "b.net").write_text(NEW * 2)
    check("--baseline", "known.json", "--write-baseline")
    before = check().out.splitlines()
    (project / "b.net").write_text(NEW * 3)
    after = check().out.splitlines()
    made = check("--baseline", "known.json")
    assert len(made.out.splitlines()) == len(after) - len(before) == 2
    assert all(line.startswith("b.net:3:") for line in made.out.splitlines())


def test_the_file_is_a_line_a_finding(known: Path) -> None:
    lines = known.read_text().splitlines()
    assert [json.loads(line.strip(" ,"))["code"] for line in lines[3:-2]] == ["NET0201", "NET0601"]
    document = json.loads(known.read_text())
    assert document["version"] == 1
    assert [one["file"] for one in document["findings"]] == ["a.net", "a.net"]


def test_what_is_no_longer_found_is_said_and_removed(
    project: Path, check: Check, known: Path
) -> None:
    (project / "a.net").write_text(OLD.replace("  unused = x -> Dense(2)\n", ""))
    made = check("--baseline", "known.json")
    assert made.status == 0
    stale = "known.json: 1 entry is no longer found; --write-baseline removes it\n"
    assert made.err.endswith(stale)
    made = check("--baseline", "known.json", "--write-baseline")
    assert "known.json: 1 known finding, 0 added, 1 removed" in made.err
    assert "no longer found" not in check("--baseline", "known.json").err
    (project / "a.net").unlink()
    assert check("--baseline", "known.json").err.endswith(stale)


def test_what_a_check_does_not_look_for_is_not_stale(
    project: Path, check: Check, known: Path
) -> None:
    before = known.read_text()
    for args in (("right.net",), ("--select", "NET03"), ("--ignore", "NET06,NET02")):
        made = check("--baseline", "known.json", *args)
        assert "no longer found" not in made.err
        check("--baseline", "known.json", "--write-baseline", *args)
        assert known.read_text() == before
    # A new error may hide what stands behind it.
    (project / "a.net").write_text(OLD.replace("return x -> Dens(3)", "retrun x -> Dense(3)"))
    made = check("--baseline", "known.json")
    assert made.status == 1
    assert "no longer found" not in made.err


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_leaves_known_findings_out(
    project: Path, check: Check, known: Path, form: str
) -> None:
    made = check("--baseline", "known.json", form=form)
    assert made.status == 0
    assert "2 known left out" in made.err
    assert "NET0601" not in made.out.replace('"id": "NET0601"', "").replace("/NET0601.md", "") or (
        form == "sarif" and not json.loads(made.out)["runs"][0]["results"]
    )
    if form == "json":
        found = json.loads(made.out)
        assert found["diagnostics"] == []
        assert found["counts"] == {"errors": 0, "warnings": 0, "fixable": 0, "known": 2}
    if form == "junit":
        assert ElementTree.fromstring(made.out).get("failures") == "0"
    (project / "b.net").write_text(NEW)
    assert "Dence" in check("--baseline", "known.json", form=form).out


def test_a_project_says_its_baseline_once(
    project: Path, check: Check, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (
        ("netc.toml", 'baseline = "known.json"'),
        ("pyproject.toml", '[tool.netc]\nbaseline = ["known.json"]'),
    ):
        (project / "netc.toml").unlink(missing_ok=True)
        (project / name).write_text(text)
        assert check().out == ""
    (project / "nets").mkdir()
    (project / "nets" / "b.net").write_text(NEW)
    monkeypatch.chdir(project / "nets")
    assert check("..").out.splitlines() == [
        "b.net:1:39: NET0201 [*] there is no layer, block or net called `Dence`"
    ]
    made = check("..", "--write-baseline")
    assert "../known.json: 3 known findings, 1 added, 0 removed" in made.err
    assert check("..").out == check("b.net").out == ""


def test_files_of_a_name_are_told_apart_from_below(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "nets").mkdir()
    (project / "nets" / "a.net").write_text(OLD)
    monkeypatch.chdir(project / "nets")
    places = [line.split(": ")[0] for line in check("..").out.splitlines()]
    assert places == ["../a.net:2:3", "../a.net:3:15", "a.net:2:3", "a.net:3:15"]


def test_several_projects_have_theirs(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal faults of equal files in two projects are two, and the nearest baseline has each."""
    for name in ("p1", "p2"):
        (project / name).mkdir()
        (project / name / "netc.toml").touch()
        (project / name / "s.net").write_text(OLD)
    one = ("p1", "p2", "--baseline", "known.json")
    made = check(*one, "--write-baseline")
    assert "4 known findings" in made.err
    assert check(*one).out == ""
    both = ("p1", "p2", "--baseline", "p1/known.json", "--baseline", "p2/known.json")
    made = check(*both, "--write-baseline")
    assert made.err.count("2 known findings, 2 added, 0 removed") == 2
    assert check(*both).out == ""
    made = check(*both[:-2])
    assert [line.split(":")[0] for line in made.out.splitlines()] == ["p2/s.net"] * 2
    monkeypatch.chdir(project / "p2")
    assert check("--baseline", "known.json").out == ""


def test_a_bug_of_netc_is_never_known(
    project: Path, check: Check, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("netc.compiler.check.check_contracts", fail)
    made = check("--baseline", "known.json", "--write-baseline")
    assert made.status == 1
    assert "NET0007" in made.out
    assert "NET0007" not in known.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such baseline; --write-baseline makes it"),
        ("", "is empty"),
        ("net A(x) {}", "is no baseline of netc: it is no JSON"),
        ("\xff", "is no baseline of netc"),
        ("[" * 100_000, "is no baseline of netc: it is no JSON"),
        ("[]", "it has no findings"),
        ('{"findings": []}', "another version of netc; this one reads version 1"),
        ('{"version": 2, "findings": []}', "another version of netc; this one reads version 1"),
        ('{"version": 1, "findings": {}}', "its findings are no list"),
        ('{"version": 1, "findings": [3]}', "finding 1 of the baseline has not the strings file"),
        (
            '{"version": 1, "findings": [{"file": "a", "code": 3}]}',
            "finding 1 of the baseline has not the strings file, code, message, fingerprint",
        ),
    ],
)
def test_what_is_no_baseline_is_one_line_and_left_alone(
    project: Path, check: Check, text: str | None, said: str
) -> None:
    path = project / "known.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    for args in ((), ("--write-baseline",)):
        if args and text is None:
            continue
        made = check("--baseline", "known.json", *args)
        assert (made.status, made.out) == (1, "")
        (line,) = made.err.splitlines()
        assert line.startswith("error: known.json: ")
        assert said in line
        assert not path.exists() if text is None else path.read_text("latin-1") == text


def test_a_baseline_that_cannot_be_written_is_left_whole(
    project: Path, check: Check, known: Path
) -> None:
    before = known.read_text()
    known.chmod(0o444)
    (project / "b.net").write_text(NEW)
    made = check("--baseline", "known.json", "--write-baseline")
    assert (made.status, made.out) == (1, "")
    assert made.err == f"error: {known} is read-only\n"
    assert known.read_text() == before
    made = check("--baseline", "no/known.json", "--write-baseline")
    assert made.err == "error: the folder no of the output does not exist\n"


@pytest.mark.parametrize("name", ["../known.json", "/etc/passwd", "", ".", "a\\u0000", "out.json"])
def test_settings_name_no_baseline_outside_the_project(
    project: Path, check: Check, name: str
) -> None:
    (project / "out.json").symlink_to("../known.json")
    (project / "netc.toml").write_text(f'baseline = "{name}"')
    made = check("--write-baseline")
    assert made.status == 1
    assert "baseline: `" in made.err
    assert "is no file of the project" in made.err
    assert len(made.err.splitlines()) == 1


def test_settings_are_read_through_no_link_out_of_the_project(project: Path, check: Check) -> None:
    (project / "netc.toml").unlink()
    (project / "nets").mkdir()
    (project / "pyproject.toml").touch()
    (project / "netc.toml").symlink_to("/etc/hostname")
    made = check()
    assert (made.status, made.out) == (1, "")
    assert "netc.toml: is a link that leads out of the project" in made.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--write-baseline"], "--write-baseline goes with --baseline FILE"),
        (["--write-baseline", "--baseline", "k.json", "--watch"], "goes neither with"),
        (["--write-baseline", "--baseline", "k.json", "-"], "goes neither with"),
    ],
)
def test_wrong_uses(
    check: Check, args: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "netc.runtime.cli.check.standard_input",
        lambda paths, _: {} if "-" in map(str, paths) else None,
    )
    made = check(*args)
    assert made.status == 2
    assert said in made.err


def test_a_text_on_standard_input_is_compared(
    project: Path, check: Check, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {(project / "a.net").resolve(): OLD + NEW}
    monkeypatch.setattr("netc.runtime.cli.check.standard_input", lambda *_: texts)
    made = check("-", "--baseline", "known.json")
    assert made.out == "a.net:5:39: NET0201 [*] there is no layer, block or net called `Dence`\n"
