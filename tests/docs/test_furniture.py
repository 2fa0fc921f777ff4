"""What stands around the code names versions, suites and files that are there."""

from __future__ import annotations

import re
import tomllib

from ..places import ROOT

CI = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
RELEASE = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = [
    path
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    if path.name != "config.yml"
]


def test_each_python_that_is_promised_is_tried() -> None:
    promised = {
        version
        for line in PROJECT["classifiers"]
        for version in re.findall(r"Python :: (3\.\d+)$", line)
    }
    tried = set(re.findall(r'"(3\.\d+)"', CI))
    assert tried == promised


def test_the_suites_and_files_of_the_workflows_are_there() -> None:
    named = re.findall(r"\b(?:tests|models)/[\w/.]+|\.ci/run|constraints\.txt", CI + RELEASE)
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_extras_that_ci_installs_are_there() -> None:
    (extras,) = re.findall(r'"\.\[(.*?)\]"', CI)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


def test_only_the_job_that_publishes_gets_a_token() -> None:
    assert CI.count("permissions:\n  contents: read") == 1
    assert "id-token" not in CI
    assert "id-token: write" not in RELEASE.partition("  publish:")[0]
    assert "secrets." not in RELEASE


def test_before_a_commit_ruff_is_the_one_of_make_lint() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    versions = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (ruff,) = re.findall(r"ruff-pre-commit\n\s+rev: v(\S+)", hooks)
    assert f"ruff=={ruff}\n" in versions


def test_each_form_asks_for_the_net_first() -> None:
    assert len(FORMS) == 3
    for form in FORMS:
        text = form.read_text(encoding="utf-8")
        first = re.search(r"id: (\w+)", text)
        assert first is not None
        assert first[1] == "net"
        assert re.search(r"Paste the .*file", text), form.name
