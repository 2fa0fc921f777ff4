"""The shipped models and their nets."""

from __future__ import annotations

import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source

from ..places import MODELS as MODELS

FILES = sorted(MODELS.glob("*.net"))
NETS = [
    pytest.param(path.name, item.name.name, id=f"{path.stem}-{item.name.name}")
    for path in FILES
    for item in parse(Source(path.name, path.read_text(encoding="utf-8"))).items
    if isinstance(item, ast.Definition) and item.kind == "net"
]
"""Their nets as parameters; read alone, since every process of the suite makes this list."""


def graph(file: str, name: str, **settings: object) -> CheckedGraph:
    """A checked net of the models."""
    (net,) = check_files([MODELS / file], net=name, settings=settings).nets
    assert net.graph is not None
    return net.graph
