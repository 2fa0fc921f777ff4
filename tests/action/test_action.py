"""The action on a pull request of the demo project: its own steps, run as GitHub's runner does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
from netc.dsl.text.escape import markdown_code
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from ..places import ROOT
from ..runtime.cli.hostile import hold_markdown
from .project import CHANGE, INPUTS, copy_change, git, make_project
from .runner import STEPS, TOKEN, GitHub, github, python_with_netc, read_yaml

(_PACKAGE,) = find_spec("check_jsonschema").submodule_search_locations
SCHEMAS = Path(_PACKAGE) / "builtin_schemas" / "vendor"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return python_with_netc(tmp_path_factory.mktemp("env"))


@pytest.fixture
def fake() -> Iterator[GitHub]:
    with github() as made:
        yield made


def test_a_pull_request_that_breaks_a_shape(tmp_path: Path, python: Path, fake: GitHub) -> None:
    project = make_project(tmp_path, copy_change)
    fake.say("somebody", "<!-- netc netc -->\nnothing changes, merge it")
    runner = project.runner(tmp_path / "first", python, fake)
    assert runner.run() == 1

    (annotation,) = runner.steps["check"].commands
    assert annotation.startswith("::error file=nets/digits.net,line=6,")
    assert "title=NET0301::" in annotation
    assert "1 error; 1 known left out" in runner.steps["check"].err
    assert runner.steps["check"].outputs == {"status": "1"}

    sarif = Path(runner.steps["sarif"].outputs["file"]).read_text()
    SarifLog.model_validate_json(sarif)
    (result,) = json.loads(sarif)["runs"][0]["results"]
    assert result["ruleId"] == "NET0301"
    (used,) = runner.used.values()
    assert used == {"sarif_file": runner.steps["sarif"].outputs["file"], "category": "netc"}

    theirs, ours = fake.comments
    assert theirs["body"].endswith("merge it")
    assert ours["body"].startswith("<!-- netc netc -->\n### What changes about nets")
    assert f"#### {markdown_code('nets/words.net')}\n" in ours["body"]
    assert "NET0301" in ours["body"]
    assert f"{project.merge[:12]}:nets/digits.net:6:10" in ours["body"]
    hold_markdown(ours["body"])
    assert runner.summary == ours["body"]
    assert [method for method, _ in fake.requests] == ["GET", "POST"]

    again = project.runner(tmp_path / "second", python, fake)
    assert again.run() == 1
    assert [method for method, _ in fake.requests[2:]] == ["GET", "PATCH"]
    assert len(fake.comments) == 2


def test_a_condition_on_what_changes(tmp_path: Path, python: Path, fake: GitHub) -> None:
    """The check passes, and the table grew by more than half."""
    words = CHANGE / "nets" / "words.net"
    project = make_project(
        tmp_path, lambda work: (work / "nets" / "words.net").write_bytes(words.read_bytes())
    )
    runner = project.runner(tmp_path / "run", python, fake)
    assert runner.run() == 1
    assert runner.steps["check"].outputs == {"status": "0"}
    (comment,) = fake.comments
    assert "a condition fails" in comment["body"]
    assert "**Failed**" in comment["body"]
    assert "digits" not in comment["body"]
    passing = project.runner(tmp_path / "again", python, fake, {**INPUTS, "fail-if": ""})
    assert passing.run() == 0
    assert "fails" not in comment["body"]


def test_a_block_changes_the_nets_that_import_it(
    tmp_path: Path, python: Path, fake: GitHub
) -> None:
    def widen(work: Path) -> None:
        path = work / "nets" / "blocks.net"
        path.write_text(path.read_text().replace("width, 3", "width, 5"))
        (work / "nets" / "new.net").write_text("net New(x: float32[N, 3]) { return x -> ReLU }\n")

    runner = make_project(tmp_path, widen).runner(tmp_path / "run", python, fake)
    runner.run()
    (comment,) = fake.comments
    assert re.findall("^#### (.*)$", comment["body"], re.MULTILINE) == [
        markdown_code("nets/digits.net")
    ]
    assert f"Added: {markdown_code('nets/new.net')}." in comment["body"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_fork_gets_the_comparison_in_the_summary(
    tmp_path: Path, python: Path, fake: GitHub, status: int
) -> None:
    """Its token reads; the result is that of the check."""
    fake.status = status
    project = make_project(tmp_path, lambda work: (work / "a.txt").write_text("a"))
    inputs = {**INPUTS, "check": "false", "sarif": "false"}
    runner = project.runner(tmp_path / "run", python, fake, inputs)
    assert runner.run() == 0
    (notice,) = runner.steps["Comment"].commands
    assert notice.startswith("::notice title=netc::The token may not comment here")
    assert "No net changes here." in runner.summary
    assert fake.comments == []


def test_an_api_that_leads_elsewhere_gets_no_second_request(
    tmp_path: Path, python: Path, fake: GitHub
) -> None:
    fake.status = 307
    project = make_project(tmp_path, lambda _: None)
    inputs = {**INPUTS, "check": "false", "sarif": "false"}
    runner = project.runner(tmp_path / "run", python, fake, inputs)
    assert runner.run() == 1
    assert runner.steps["Comment"].err == "error: GitHub did not take the comment: 307\n"
    assert not [path for _, path in fake.requests if "elsewhere" in path]


def test_a_workflow_of_the_base_reads_the_pull_request_as_objects(
    tmp_path: Path, python: Path, fake: GitHub
) -> None:
    """On `pull_request_target` the working folder stays that of the base."""
    project = make_project(tmp_path, copy_change)
    git(project.workspace, "checkout", "-q", project.base)
    before = git(project.workspace, "status", "--porcelain")
    inputs = {**INPUTS, "check": "false", "sarif": "false", "fail-if": ""}
    runner = project.runner(tmp_path / "run", python, fake, inputs, target=True)
    assert runner.run() == 0
    (comment,) = fake.comments
    assert "NET0301" in comment["body"]
    assert git(project.workspace, "rev-parse", "HEAD") == project.base
    assert git(project.workspace, "status", "--porcelain") == before


def test_what_does_not_merge_is_not_compared(tmp_path: Path, python: Path, fake: GitHub) -> None:
    project = make_project(tmp_path, copy_change, merged=False)
    inputs = {**INPUTS, "check": "false", "sarif": "false"}
    runner = project.runner(tmp_path / "run", python, fake, inputs, target=True)
    assert runner.run() == 0
    (notice,) = runner.steps["compare"].commands
    assert "nothing to compare" in notice
    assert fake.requests == []


PWN = "import os\nopen(os.environ['RUNNER_TEMP'] + '/pwned', 'w').close()\n"
NAMES = (
    *(
        "$(touch pwned).net",
        "`touch pwned`.net",
        "-opwned.net",
        "--help.net",
        "a b;touch pwned.net",
    ),
    *("a\n::error::pwn.net", "##[error]x.net", "@octocat.net", "[a](https:x).net", "<img>.net"),
    *("\u202e.net", "\x1b[2J.net", "${{ github.token }}.net", "é.net"),
)


def _attack(work: Path) -> None:
    for name in ("json", "pip", "venv", "click", "sitecustomize", "usercustomize", "netc", "runpy"):
        (work / f"{name}.py").write_text(PWN)
        (work / "nets" / f"{name}.py").write_text(PWN)
    (work / ".gitattributes").write_text("*.net diff=x filter=x merge=x text eol=crlf\n")
    (work / ".gitmodules").write_text(
        '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch%pwned\n'
    )
    for name in NAMES:
        (work / "nets" / name).write_text(
            f"net A(x: float32[N, 3]) {{ return x -> Dens(3) }}  # {name!r}\n"
        )
    base = git(work, "rev-parse", "main")
    (work / f"{base}:nets").mkdir()
    (work / f"{base}:nets" / "words.net").write_text("net Other(x: float32[N, 3]) { return x }\n")
    copy_change(work)


def test_nothing_of_a_pull_request_runs_or_acts(tmp_path: Path, python: Path, fake: GitHub) -> None:
    project = make_project(tmp_path, _attack)
    runner = project.runner(tmp_path / "run", python, fake, PYTHONPATH=".", GIT_PAGER="touch pwned")
    assert runner.run() == 1
    assert (
        not list(tmp_path.rglob("pwned*")) or [path.name for path in tmp_path.rglob("pwned*")] == []
    )
    commands = runner.steps["check"].commands
    assert len(commands) == 1 + len(NAMES)
    assert all(command.startswith("::error file=nets/") for command in commands)
    for step in runner.steps.values():
        assert TOKEN not in step.out + step.err
        assert not set("\x1b\u202e") & set(step.out + step.err)
    for name in ("compare", "Comment"):
        assert not runner.steps[name].commands
    (comment,) = fake.comments
    assert "Other" not in comment["body"]
    hold_markdown(comment["body"])
    assert "octocat" in comment["body"]
    assert "@octocat" not in comment["body"]


def test_no_expression_reaches_a_shell() -> None:
    """An expression is put into a script before it runs; what is in a variable stays a value."""
    files = [ROOT / "action.yml", *(ROOT / ".github" / "workflows").glob("*.yml")]
    files.append(Path(__file__).parent / "demo" / ".github" / "workflows" / "nets.yml")
    for path in files:
        document = read_yaml(path)
        jobs = document.get("jobs", {"action": document.get("runs")}).values()
        for step in (step for job in jobs for step in job["steps"]):
            assert "${{" not in step.get("run", ""), f"{path.name}: {step}"


def test_one_step_alone_gets_the_token() -> None:
    given = [step["name"] for step in STEPS if "inputs.token" in str(step)]
    assert given == ["Comment"]
    assert sum("github.token" in str(step) for step in STEPS) == 0


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("action.yml", "github-actions"),
        ("tests/action/demo/.github/workflows/nets.yml", "github-workflows"),
        ("ci/gitlab.yml", "gitlab-ci"),
    ],
)
def test_each_file_is_what_its_service_takes(path: str, schema: str) -> None:
    found = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(found)(found).validate(read_yaml(ROOT / path))


def test_the_job_of_gitlab_reports_a_merge_request(tmp_path: Path, python: Path) -> None:
    """Its own lines, but for those that install netc."""
    project = make_project(tmp_path, copy_change)
    job = read_yaml(ROOT / "ci" / "gitlab.yml")["netc"]
    lines = [line for line in job["script"] if "venv" not in line and "pip" not in line]
    assert len(lines) == len(job["script"]) - 2
    script = "\n".join(lines).replace("/tmp/netc/bin/python", str(python))
    made = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=project.workspace,
        env={
            **os.environ,
            **job["variables"],
            "NETC_PATHS": "nets",
            "NETC_OPTIONS": "--select NET03",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 1, made.stderr
    report = project.workspace / job["artifacts"]["reports"]["codequality"]
    (issue,) = json.loads(report.read_text())
    assert issue["location"]["path"] == "nets/digits.net"
