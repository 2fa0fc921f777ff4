"""The hooks of pre-commit, called as it calls them: entry, args, names of files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from netc.runtime.cli import execute

from ...places import ROOT

HOOKS = {
    found[1]: (shlex.split(found[2]), re.findall(r'"([^"]*)"', found[3]))
    for found in re.finditer(
        r"^- id: (\S+)$.*?^  entry: (.*?)$.*?^  args: \[(.*?)\]$",
        (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
}


def test_there_is_a_hook_for_check_and_fmt() -> None:
    assert HOOKS.keys() == {"netc-check", "netc-fmt"}


@pytest.mark.parametrize(
    ("hook", "text", "status"),
    [
        ("netc-check", "net A(x: float32[N, 3]) { return x -> Dens(3) }\n", 1),
        ("netc-check", "net A(x: float32[N, 3]) { return x -> Dense(3) }\n", 0),
        ("netc-fmt", "net A(x: float32[N, 3]) {\n  return x->Dense(3)\n}\n", 0),
    ],
)
def test_files_are_taken_whatever_their_names_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hook: str,
    text: str,
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a.net", "-oout.net", "--fix.net", "b c.net"]
    for name in names:
        Path(name).write_text(text)
    (program, *words), args = HOOKS[hook]
    assert program == "netc"
    assert execute([*words, *args, *names]) == status
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert capsys.readouterr().out.count("error[NET0201]") == (4 if status else 0)
    if hook == "netc-fmt":
        assert all("x -> Dense(3)" in Path(name).read_text() for name in names)
