"""What of GitHub a composite action needs: a runner for its steps, and an API for its comment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
import threading
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import netc

from ..places import ROOT

TOKEN = "ghs_secret"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)


def read_yaml(path: Path) -> Any:
    """What a file of YAML 1.2 says."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


ACTION = read_yaml(ROOT / "action.yml")
STEPS = ACTION["runs"]["steps"]


def python_with_netc(place: Path) -> Path:
    """A Python that has this netc installed, and knows no PYTHONPATH where it is called with -I."""
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    scheme = sysconfig.get_path("purelib", "venv", {"base": str(place)})
    paths = [Path(netc.__file__).parent.parent, sysconfig.get_path("purelib")]
    Path(scheme, "netc.pth").write_text("\n".join(map(str, paths)) + "\n")
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(place)})) / "python"


@dataclass
class Step:
    """A step that ran: what it printed and gave."""

    status: int
    out: str
    err: str
    outputs: dict[str, str]

    @property
    def commands(self) -> list[str]:
        """The lines that the runner takes for commands."""
        return [line for line in self.out.splitlines() if re.match(r"\s*::|.*##\[", line)]


@dataclass
class Runner:
    """Runs the steps of action.yml as GitHub's runner does, but for the installation."""

    workspace: Path
    temp: Path
    python: Path
    inputs: Mapping[str, str]
    event: Mapping[str, Any]
    environment: Mapping[str, str]
    steps: dict[str, Step] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """The other actions that were called, and with what."""

    @property
    def summary(self) -> str:
        path = self.temp / "summary.md"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def run(self) -> int:
        """Runs all steps; the exit status that the job would have."""
        worst = 0
        for number, step in enumerate(STEPS):
            name = step.get("id", step["name"])
            if name == "install":
                self.steps[name] = Step(0, "", "", {"python": str(self.python)})
                continue
            condition = step.get("if")
            wanted = not worst if condition is None else bool(self._value(condition))
            if condition is not None and "cancelled" not in condition and worst:
                wanted = False
            if not wanted:
                continue
            if "uses" in step:
                self.used[step["uses"]] = {k: self._text(v) for k, v in step["with"].items()}
                continue
            self.steps[name] = self._run(step, number)
            worst = worst or self.steps[name].status
        return worst

    def _run(self, step: Mapping[str, Any], number: int) -> Step:
        script = self.temp / f"step{number}.sh"
        script.write_text(step["run"])
        output = self.temp / f"output{number}"
        output.write_text("")
        made = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace / self._text(step.get("working-directory", ".")),
            env={
                **os.environ,
                **self.environment,
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "RUNNER_TEMP": str(self.temp),
                **{name: self._text(value) for name, value in step.get("env", {}).items()},
            },
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        assert "Traceback" not in made.stderr, made.stderr
        lines = output.read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        return Step(made.returncode, made.stdout, made.stderr, outputs)

    def _text(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: str(self._value(found[0])), str(text))

    def _value(self, text: str) -> str | bool:
        """What an expression comes to: of `&&`, `==`, `!cancelled()` and names, all we use."""
        inner = _EXPRESSION.fullmatch(text)
        assert inner, text
        terms = [self._term(term.strip()) for term in inner[1].split("&&")]
        return terms[0] if len(terms) == 1 else all(terms)

    def _term(self, text: str) -> str | bool:
        if text == "!cancelled()":
            return True
        left, equal, right = text.partition(" == ")
        value = self._name(left)
        return value == right.strip("'") if equal else value

    def _name(self, text: str) -> str:
        first, *rest = text.split(".")
        if first == "inputs":
            given = self.inputs.get(rest[0])
            default = ACTION["inputs"][rest[0]]["default"]
            return self._text(default) if given is None else str(given)
        if first == "steps":
            step = self.steps.get(rest[0])
            if rest[1] == "outcome":
                return "skipped" if step is None else "failure" if step.status else "success"
            return "" if step is None else step.outputs.get(rest[2], "")
        assert first == "github", text
        if rest[0] == "event":
            value: Any = self.event
            for name in rest[1:]:
                value = value.get(name, {})
            return "" if value == {} else str(value)
        return {"token": TOKEN, "action_path": str(ROOT)}[rest[0]]


@dataclass
class GitHub:
    """The comments of one pull request, and the requests that were made."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    """What is answered to whoever wants to write."""

    def say(self, login: str, body: str) -> None:
        self.comments.append(
            {"id": 100 + len(self.comments), "user": {"login": login}, "body": body}
        )

    def answer(self, method: str, path: str, value: Any) -> tuple[int, Any]:
        self.requests.append((method, path))
        if method == "GET":
            page = int(path.rpartition("page=")[2])
            return 200, self.comments[100 * (page - 1) : 100 * page]
        if self.status != 200:
            return self.status, {"message": "Resource not accessible by integration"}
        if method == "POST":
            self.say("github-actions[bot]", value["body"])
            return 201, self.comments[-1]
        (one,) = [each for each in self.comments if each["id"] == int(path.rpartition("/")[2])]
        one["body"] = value["body"]
        return 200, one


@contextmanager
def github() -> Iterator[GitHub]:
    """GitHub's API at an address of this machine."""
    fake = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            length = int(self.headers.get("Content-Length") or 0)
            value = json.loads(self.rfile.read(length)) if length else None
            status, answer = fake.answer(self.command, self.path, value)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if 300 <= status < 400:
                self.send_header("Location", f"{fake.url}/elsewhere")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Prints nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
