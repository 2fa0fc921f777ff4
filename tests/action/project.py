"""The demo project as a repository on a server, with a pull request, and a runner's copy of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .runner import GitHub, Runner, read_yaml

HERE = Path(__file__).parent
DEMO = HERE / "demo"
CHANGE = HERE / "change"
NUMBER = 7

WORKFLOW = read_yaml(DEMO / ".github" / "workflows" / "nets.yml")
(INPUTS,) = [
    {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in step["with"].items()
    }
    for step in WORKFLOW["jobs"]["nets"]["steps"]
    if step["uses"].startswith("netc-lang/netc")
]
"""What the workflow of the demo gives to the action."""


def git(folder: Path, *words: str) -> str:
    settings = ("user.name=a", "user.email=a@b", "commit.gpgsign=false", "init.defaultBranch=main")
    options = [word for setting in settings for word in ("-c", setting)]
    made = subprocess.run(
        ["git", *options, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


@dataclass(frozen=True)
class Project:
    """A server's repository with `refs/pull/7/merge`, and a clone that stands at some commit."""

    server: Path
    workspace: Path
    base: str
    merge: str

    def runner(
        self,
        folder: Path,
        python: Path,
        fake: GitHub,
        inputs: Mapping[str, str] = INPUTS,
        target: bool = False,
        **environment: str,
    ) -> Runner:
        """A runner for the pull request; with `target` on `pull_request_target`."""
        folder.mkdir()
        return Runner(
            workspace=self.workspace,
            temp=folder,
            python=python,
            inputs=inputs,
            event={"pull_request": {"number": NUMBER, "head": {"ref": "$(touch pwned)`id`"}}},
            environment={
                "GITHUB_SHA": self.base if target else self.merge,
                "GITHUB_REF": "refs/heads/main" if target else f"refs/pull/{NUMBER}/merge",
                "GITHUB_EVENT_NAME": "pull_request_target" if target else "pull_request",
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_REPOSITORY": "somebody/nets",
                "GITHUB_API_URL": fake.url,
                **environment,
            },
        )


def make_project(folder: Path, change: Callable[[Path], object], *, merged: bool = True) -> Project:
    """The demo, and a pull request in which `change` changed its files.

    The clone is as actions/checkout makes it for `pull_request`: the merge, two commits deep.
    """
    server, work = folder / "server.git", folder / "work"
    shutil.copytree(DEMO, work)
    git(work, "init", "-q")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "base")
    base = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "-q", "-b", "change")
    change(work)
    git(work, "add", "-A", "-f")
    git(work, "commit", "-q", "-m", "change", "--allow-empty")
    git(work, "checkout", "-q", "main")
    git(work, "merge", "-q", "--no-ff", "-m", "merge", "change")
    merge = git(work, "rev-parse", "HEAD")
    git(folder, "clone", "-q", "--bare", str(work), str(server))
    git(server, "update-ref", "refs/heads/main", base)
    if merged:
        git(server, "update-ref", f"refs/pull/{NUMBER}/merge", merge)
    git(server, "config", "uploadpack.allowAnySHA1InWant", "true")
    workspace = folder / "workspace"
    workspace.mkdir()
    git(workspace, "init", "-q")
    git(workspace, "remote", "add", "origin", server.as_uri())
    commit = merge if merged else base
    git(workspace, "fetch", "-q", "--depth=2", "origin", commit)
    git(workspace, "checkout", "-q", commit)
    return Project(server, workspace, base, merge)


def copy_change(work: Path) -> None:
    """The change that breaks a shape."""
    # With times of their own: git takes a file of the same size and time to be the same.
    shutil.copytree(CHANGE, work, dirs_exist_ok=True, copy_function=shutil.copyfile)
