"""Small nets from text, and weights to put in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import WeightSource


def net(folder: Path, text: str) -> CheckedGraph:
    """The checked graph of the only net of a text."""
    path = folder / "net.net"
    path.write_text(text, encoding="utf-8")
    analysis = check_files([path])
    assert not analysis.diagnostics, analysis.diagnostics
    (found,) = analysis.nets
    assert found.graph is not None
    return found.graph


def dense_net(folder: Path, *layers: str, size: int = 4) -> CheckedGraph:
    """A net that sends `[N, size]` through some layers, written as text."""
    steps = " -> ".join(layers)
    return net(folder, f"net Small(x: float32[N, {size}]) {{\n  return x -> {steps}\n}}\n")


def arrays(checked: CheckedGraph, seed: int = 0) -> dict[str, np.ndarray]:
    """Distinct values for every weight of a net, by `<layer>/<weight>`."""
    rng = np.random.default_rng(seed)
    return {
        f"{path}/{weight.name}": rng.uniform(0.5, 1.5, weight.shape).astype(weight.dtype)
        for path, node in checked.layers().items()
        for weight in node.weights
    }


def read_all(checked: CheckedGraph, source: WeightSource) -> dict[str, np.ndarray]:
    """Every weight a source gives to a net, by `<layer>/<weight>`."""
    return {
        f"{path}/{weight.name}": source.tensor(path, weight).read()
        for path, node in checked.layers().items()
        for weight in node.weights
    }
