"""Writes a file of any bytes in a project of its own and says what is found in it."""

from __future__ import annotations

from pathlib import Path

from netc.compiler.check import Analysis, check_files
from netc.compiler.expand.body import MAX_LAYERS
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic

GOOD = "net A(x: float32[N, 4]) -> [N, 2] {\n  return x -> Dense(2)\n}\n"


def analyse(data: str | bytes, max_layers: int = MAX_LAYERS) -> Analysis:
    path = Path("a.net")
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return check_files([path], max_layers=max_layers)


def errors(data: str | bytes, max_layers: int = MAX_LAYERS) -> list[Diagnostic]:
    analysis = analyse(data, max_layers)
    assert analysis.failed
    return [one for one in analysis.diagnostics if one.severity == "error"]


def only(data: str | bytes) -> tuple[Code, int]:
    """The code and line of the one error in a file."""
    (found,) = errors(data)
    return found.code, found.span.line


def body(*lines: str, inputs: str = "x: float32[N, 4]") -> str:
    """A net whose first statement is on line 2."""
    return "\n".join([f"net A({inputs}) {{", *(f"  {line}" for line in lines), "}", ""])
