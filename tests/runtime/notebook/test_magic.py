"""`%%net` in IPython itself: a cell is a file, its nets are there in the next cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

import netc

SMALL = """%%net
net Small(x: float32[N, 4]) -> y: [N, 1] {
  return x -> Dense(3, activation=relu) -> Dense(1)
}
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell()
    made.history_manager.enabled = False
    made.run_line_magic("load_ext", "netc")
    return made


def run(shell: InteractiveShell, cell: str) -> ExecutionResult:
    return shell.run_cell(cell, store_history=False)


def test_the_nets_of_a_cell_are_names_of_the_notebook(shell: InteractiveShell) -> None:
    shown = run(shell, SMALL).result
    made = shell.user_ns["Small"]
    assert isinstance(made, netc.LoadedNet)
    assert repr(shown) == repr(made)
    assert run(shell, "Small.summary().params").result == 19


def test_a_cell_shows_its_pictures_and_what_the_check_says(shell: InteractiveShell) -> None:
    page = run(shell, SMALL).result._repr_html_()
    assert "<svg" in page
    assert "<h4>Small</h4>" in page
    cell = SMALL.replace("-> Dense(1)", "-> Dense(1) -> softmax -> softmax")
    warned = run(shell, cell).result
    assert "NET0606" in repr(warned)
    assert "NET0606" in warned._repr_html_()


def test_a_cell_at_fault_shows_its_findings_and_defines_nothing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run(
        shell, SMALL.replace("y: [N, 1]", "y: [N, 2]") + "\nnet Other(x: int32[N]) { return z }"
    )
    assert isinstance(ended.error_in_exec, netc.DiagnosticError)
    assert [one.code.id for one in ended.error_in_exec.diagnostics] == ["NET0305", "NET0203"]
    said = capsys.readouterr().out
    assert "NET0305" in said
    assert "NET0203" in said
    assert "Traceback" not in said
    assert {"Small", "Other"} & set(shell.user_ns) == set()


def test_a_cell_with_a_name_can_be_imported(shell: InteractiveShell) -> None:
    run(shell, "%%net parts\nblock Wide(x: [N, C]) -> [N, 8] { return x -> Dense(8) -> relu }\n")
    Path("more.net").write_text(
        "block Sum(x: [N, C]) -> [N, 1] { return x -> Dense(1) }\n", encoding="utf-8"
    )
    cell = """%%net
from "./parts.net" import Wide
from "./more.net" import Sum
net Both(x: float32[N, 4]) -> [N, 1] { return x -> Wide -> Sum }
"""
    assert [net.name for net in run(shell, cell).result.nets] == ["Both"]


def test_a_wrong_line_is_told_in_one(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, SMALL.replace("%%net", "%%net ../up"))
    assert capsys.readouterr().out.strip() == (
        "error: %%net takes a name for the cell or nothing, got `../up`"
    )
