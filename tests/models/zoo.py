"""The shipped models and their nets."""

from __future__ import annotations

import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph

from ..places import MODELS as MODELS

FILES = sorted(MODELS.glob("*.net"))
NETS = [
    pytest.param(path.name, net.name, id=f"{path.stem}-{net.name}")
    for path in FILES
    for net in check_files([path]).nets
]


def graph(file: str, name: str, **settings: object) -> CheckedGraph:
    """A checked net of the models."""
    (net,) = check_files([MODELS / file], net=name, settings=settings).nets
    assert net.graph is not None
    return net.graph
