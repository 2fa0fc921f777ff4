"""Proofs of fixes have a budget of steps, so that a slow file costs little more than its check."""

from __future__ import annotations

from pathlib import Path

from netc.compiler.check import Analysis, check_files
from netc.compiler.prove import BUDGET, Checked, mended, proved
from netc.dsl.diagnostics.diagnostic import Diagnostic

MISSPELT = "".join(
    f"net A{i}(x: float32[N, 8]) {{\n  return x -> Dens({i + 1})\n}}\n" for i in range(40)
)
LONG = "net B(x: float32[N, 8]) {\n  y = x\n" + 3000 * "  y = y -> Dense(3)\n" + "  return y\n}\n"
HIDDEN = (
    "net C(x: float32[N, 8]) {\n  y = x -> Dens(3)\n"
    "  for i in range(900) {\n    y = y -> Dense(i + 1) * 900\n  }\n  return y\n}\n"
)
"""One word put right lets the net grow to 810,000 layers."""


class Counting:
    """Checks texts of a file, and counts the steps of all but the first."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        path.write_text(text)
        self.first = self.analysis(text, None)
        self.known = {text: Checked(self.first.diagnostics, self.first.work)}
        self.work = self.checks = 0

    def analysis(self, text: str, most_work: int | None) -> Analysis:
        return check_files([self.path], overlay={self.path.resolve(): text}, most_work=most_work)

    def __call__(self, text: str, most_work: int | None) -> Checked:
        if text not in self.known:
            made = self.analysis(text, most_work)
            self.work += made.work
            self.checks += 1
            self.known[text] = Checked(made.diagnostics, made.work)
        return self.known[text]

    def proved(self) -> list[Diagnostic]:
        (name,) = self.first.paths
        return proved(self.first.diagnostics, name, self)


def test_a_small_file_has_all_of_its_fixes(tmp_path: Path) -> None:
    check = Counting(tmp_path / "a.net", MISSPELT[: MISSPELT.index("net A12")])
    assert [one.fix is not None for one in check.proved()] == [True] * 12
    assert check.checks == 12


def test_a_slow_file_gets_a_few_proofs_and_keeps_its_helps(tmp_path: Path) -> None:
    check = Counting(tmp_path / "a.net", LONG + MISSPELT)
    found = check.proved()
    offered = [one.fix is not None for one in found]
    assert 0 < sum(offered) < 40
    assert offered == sorted(offered, reverse=True)
    assert {one.help for one in found} == {"did you mean `Dense`?"}
    assert check.work <= BUDGET


def test_what_a_fix_brings_to_light_is_within_the_budget_too(tmp_path: Path) -> None:
    check = Counting(tmp_path / "a.net", HIDDEN)
    (one,) = check.proved()
    assert (one.fix, one.help) == (None, "did you mean `Dense`?")
    assert 0 < check.work <= 2 * BUDGET


def test_what_is_offered_is_counted_not_timed(tmp_path: Path) -> None:
    first, again = (Counting(tmp_path / name, LONG + MISSPELT) for name in ("a.net", "b.net"))
    ways = [[one.fix is not None for one in check.proved()] for check in (first, again)]
    assert ways[0] == ways[1]
    assert first.work == again.work


def test_fixes_past_the_budget_are_applied_together(tmp_path: Path) -> None:
    check = Counting(tmp_path / "a.net", LONG + MISSPELT)
    (name,) = check.first.paths
    text, count = mended(name, LONG + MISSPELT, check)
    assert count == 40
    assert text == LONG + MISSPELT.replace("Dens(", "Dense(")
