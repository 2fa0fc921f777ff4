"""Nets for tests, checked from text or from the shipped files."""

from __future__ import annotations

from pathlib import Path

from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph

from .places import MODELS


def shipped(file: str, net: str | None = None) -> CheckedGraph:
    """A net of a shipped file; the first one, where none is named."""
    return _checked(MODELS / file, net)


def written(folder: Path, text: str, name: str = "test.net") -> CheckedGraph:
    """The first net of a text, which is written into a folder."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return _checked(file, None)


def _checked(file: Path, net: str | None) -> CheckedGraph:
    analysis = check_files([file], net=net)
    assert not analysis.failed, [finding.message for finding in analysis.diagnostics]
    graph = analysis.nets[0].graph
    assert graph is not None
    return graph
