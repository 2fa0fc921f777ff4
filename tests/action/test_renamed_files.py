"""What a pull request changes about a file that it also renames."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from netc.dsl.text.escape import markdown_code
from netc.runtime.ci.compare import command
from netc.runtime.cli import execute

NET = """net Digits(x: float32[N, 8]) -> y: [N, 4] {
  return x
    -> Dense(16) as hidden
    -> ReLU
    -> Dense(4) as out
}
"""
OTHER = "net Other(x: float32[N, 3]) -> y: [N, 2] {\n  return x -> Dense(2)\n}\n"


def git(*args: str) -> None:
    names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *args], check=True, capture_output=True)


def test_a_renamed_file_is_compared_with_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    Path("old.net").write_text(NET)
    Path("gone.net").write_text(OTHER)
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    Path("old.net").rename("new.net")
    Path("new.net").write_text(NET.replace("as hidden", "as body"))
    Path("gone.net").unlink()
    Path("came.net").write_text(OTHER.replace("Other", "Else").replace("Dense(2)", "ReLU"))
    git("add", "-A")
    git("commit", "-q", "-m", "two")
    asked = ["--base", "HEAD~1", "--head", "HEAD", "--fail-if", "incompatible", "-o", "page.md"]
    assert execute(asked, command) == 0
    page = Path("page.md").read_text()
    assert f"#### {markdown_code('old.net')} → {markdown_code('new.net')}" in page
    assert "| hidden | body |" in page
    assert f"Added: {markdown_code('came.net')}." in page
    assert f"Removed: {markdown_code('gone.net')}." in page
