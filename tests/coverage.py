"""Counts the lines of the package that the suite runs: `python -m pytest -p tests.coverage`.

A figure, not a gate. SlipCover marks lines and takes the marks out again once they were reached,
so a run costs a few hundredths more; a tracer makes the compiler's suites slower by half. What
runs in processes of its own, such as the verbs in `tests/runtime/cli/`, is not counted.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from slipcover import Slipcover
from slipcover.importer import SlipcoverLoader

from .places import ROOT

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

PARTS = ("dsl", "compiler", "runtime")

Lines = dict[str, dict[str, list[int]]]

_COVERAGE = Slipcover(source=[str(ROOT / part) for part in PARTS])


class _Marking(MetaPathFinder):
    """Finds modules of netc as the finders behind it do, and has their lines marked."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("netc."):
            return None
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :]
        for finder in behind:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
                    file = str(Path(spec.origin).resolve())  # past links into the checkout
                    loader = SourceFileLoader(fullname, file)
                    spec.loader = SlipcoverLoader(_COVERAGE, loader, file)
                return spec
        return None


sys.meta_path.insert(0, _Marking())


def lines_by_part(files: Lines) -> dict[str, tuple[int, int]]:
    """Lines that ran, and lines that can run, of each part of the package.

    `files` has for each file, by its path in the checkout, its executed and its missing lines.
    """
    ran, all_lines = Counter[str](), Counter[str]()
    for name, lines in files.items():
        part = _part(name)
        if part in PARTS:
            ran[part] += len(lines["executed_lines"])
            all_lines[part] += len(lines["executed_lines"]) + len(lines["missing_lines"])
    return {part: (ran[part], all_lines[part]) for part in PARTS if all_lines[part]}


def _part(name: str) -> str:
    path = Path(name)
    inside = path.relative_to(ROOT) if path.is_absolute() and path.is_relative_to(ROOT) else path
    return inside.parts[0]


def figure(parts: dict[str, tuple[int, int]]) -> str:
    """`lines that ran: 81% (dsl 92%, compiler 88%, runtime 70%)`."""
    ran, all_lines = map(sum, zip(*parts.values(), strict=True))
    each = ", ".join(f"{part} {a / b:.0%}" for part, (a, b) in parts.items())
    return f"lines that ran: {ran / all_lines:.0%} ({each})"


_OF_WORKERS: list[Lines] = []


def together(runs: Sequence[Lines]) -> Lines:
    """The lines of each file that any of several processes ran."""
    files: Lines = {}
    for run in runs:
        for name, lines in run.items():
            known = files.setdefault(name, {"executed_lines": [], "missing_lines": []})
            all_lines = {*known["executed_lines"], *known["missing_lines"]}
            all_lines |= {*lines["executed_lines"], *lines["missing_lines"]}
            ran = {*known["executed_lines"], *lines["executed_lines"]}
            files[name] = {
                "executed_lines": sorted(ran),
                "missing_lines": sorted(all_lines - ran),
            }
    return files


def _own_lines() -> Lines:
    return {
        name: {key: list(lines[key]) for key in ("executed_lines", "missing_lines")}
        for name, lines in _COVERAGE.get_coverage()["files"].items()
    }


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Lines] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["lines"] = _own_lines()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    lines: Lines | None = getattr(node, "workeroutput", {}).get("lines")
    if lines is not None:
        _OF_WORKERS.append(lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    parts = lines_by_part(together([_own_lines(), *_OF_WORKERS]))
    if parts:
        terminalreporter.write_line(figure(parts))
