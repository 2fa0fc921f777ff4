"""A package names nothing as one of its modules, which takes that name when it is imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ...places import ROOT

PACKAGES = sorted(
    path for room in ("dsl", "compiler", "runtime") for path in (ROOT / room).rglob("__init__.py")
)


def bound(tree: ast.Module) -> set[str]:
    """The names that a module's own statements bind."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("init", PACKAGES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_no_name_of_a_package_is_that_of_a_module_in_it(init: Path) -> None:
    modules = {path.stem for path in init.parent.glob("*.py")}
    modules |= {path.parent.name for path in init.parent.glob("*/__init__.py")}
    assert bound(ast.parse(init.read_text(encoding="utf-8"))) & modules == set()


def test_commands_run_after_the_verb_run_was_loaded() -> None:
    code = (
        "import netc.runtime.cli.run; from netc.runtime.cli import execute; "
        "execute(['ops', 'Dense'])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.startswith("Dense(")
