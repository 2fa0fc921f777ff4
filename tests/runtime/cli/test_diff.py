"""`netc diff`: its formats, its conditions, its files for `--rename`, and revisions of git."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from netc.runtime.cli import execute

OLD = """net Digits(x: float32[N, 28, 28, 1]) -> y: [N, 10] {
  return x -> Conv2D(8, 3) -> ReLU -> Flatten -> Dense(16) as fc -> Dense(10)
}

expect Digits { params == 86_794 }
"""


class Work:
    """A folder with files, in which commands run in this process."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capfd = capfd

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / f"{name}.net"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def diff(self, *args: str) -> tuple[int, str, str]:
        status = execute(["diff", *args])
        out, err = self.capfd.readouterr()
        assert "Traceback" not in err, err
        return status, out, err

    def git(self, *args: str) -> None:
        names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *args], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        if not (self.folder / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "files")


@pytest.fixture
def work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Work:
    monkeypatch.chdir(tmp_path)
    return Work(tmp_path, capfd)


def test_what_did_not_change_is_said_in_a_line(work: Work) -> None:
    work.write(a=OLD, b="# a comment\n" + OLD)
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 0
    assert "No change" in out


def test_a_changed_layer_its_cost_its_contract_and_its_weights(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("Dense(16)", "Dense(32)").replace("86_794", "173_498"))
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 0
    assert "fc (Dense)" in out
    assert "units 16 -> 32; kernel [5408, 16] -> [5408, 32]; bias [16] -> [32]" in out
    assert "+86,704 (+99.9%)" in out
    assert "params == 86_794  params == 173_498" in out
    assert "Of 6 weights 2 load as they are, 4 must be trained anew." in out


def test_json_has_every_field_of_its_kind(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("as fc", "as head"))
    _, out, _ = work.diff("a.net", "b.net", "--format", "json")
    (net,) = json.loads(out)["nets"]
    assert net["layers"] == [
        {"kinds": ["renamed"], "old": "fc", "new": "head", "op": "Dense", "differences": []}
    ]
    assert net["checkpoint"]["renames"] == {"fc": "head"}
    assert net["checkpoint"]["compatible"] is True


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("params > +5%", 1),
        ("params > +150%", 0),
        ("params > 100K", 1),
        ("params > 1M", 0),
        ("memory > +100KiB", 1),
        ("memory > +1GB", 0),
        ("flops < +0", 0),
        ("layers != 5", 0),
        ("incompatible", 1),
    ],
)
def test_conditions(work: Work, condition: str, status: int) -> None:
    work.write(a=OLD, b=OLD.replace("Dense(16)", "Dense(32)").replace("86_794", "173_498"))
    found, out, _ = work.diff("a.net", "b.net", "--fail-if", condition)
    assert found == status, out
    assert ("failed: " in out) == bool(status)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("parms > 1", "did you mean"),
        ("params > 5%", "write `+` or `-` before it"),
        ("params > 1MB", "no number of bytes"),
        ("params", "no condition"),
        ("params > 1x", "no condition"),
    ],
)
def test_a_wrong_condition_is_wrong_usage(work: Work, condition: str, said: str) -> None:
    work.write(a=OLD)
    status, _, err = work.diff("a.net", "a.net", "--fail-if", condition)
    assert status == 2
    assert said in err


def test_a_side_at_fault_is_reported(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("ReLU", "Relu6"), c=OLD.replace("Dense(16)", "Dense(32)"))
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 1
    assert "b.net:2" in out
    status, out, _ = work.diff("a.net", "c.net")
    assert status == 1
    assert "breaks its contract" in out
    assert "units 16 -> 32" in out, "what a broken contract is about is shown with it"
