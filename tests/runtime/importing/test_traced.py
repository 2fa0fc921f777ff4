"""Sizes that a file leaves open, and for which an exporter traced a number into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .graphs import Graph

SAID = "is open in the file, but was traced into it as"


def test_a_reshape_to_a_traced_length(tmp_path: Path) -> None:
    """nn.MultiheadAttention of a TorchScript export: keys are `[12, N * heads, size]`."""
    g = Graph(x=["N", "time", 32])
    first = g.call("Transpose", "x", perm=[1, 0, 2])
    batch = g.call("Gather", g.call("Shape", first), g.known([1]), axis=0)
    heads = g.call("Mul", batch, g.known([4]))
    sizes = g.call("Concat", g.known([12]), heads, g.known([8]), axis=0)
    made = g.imported(tmp_path, g.call("Relu", g.call("Reshape", first, sizes)))

    assert made.proof.equal
    assert f"# `time` {SAID} 12, which it is here.\n" in made.text
    assert "(x: float32[N, 12, 32])" in made.text


def test_a_table_of_a_traced_length(tmp_path: Path) -> None:
    """`self.positions[:int(x.shape[1])]` is a table of as many rows as the exporter saw."""
    g = Graph(x=["N", "time", 6])
    made = g.imported(tmp_path, g.call("Relu", g.call("Add", "x", g.weight(9, 6))))

    assert made.proof.equal
    assert f"# `time` {SAID} 9, which it is here.\n" in made.text
    assert "torch.onnx.export(..., dynamo=True)" in made.text


def test_a_traced_batch(tmp_path: Path) -> None:
    """`x.view(int(x.shape[0]), -1)`."""
    g = Graph(x=["batch", 3, 4])
    made = g.imported(tmp_path, g.call("Relu", g.call("Reshape", "x", g.known([2, 12]))))

    assert made.proof.equal
    assert f"# `N` {SAID} 2, which it is here.\n" in made.text


@pytest.mark.parametrize("wide", [1, 6])
def test_a_size_that_stays_open(wide: int, tmp_path: Path) -> None:
    """What is repeated along it, or as long as another axis, says nothing of it."""
    g = Graph(x=["N", "time", 6])
    made = g.imported(tmp_path, g.call("Relu", g.call("Add", "x", g.weight(1, wide))))

    assert made.proof.equal
    assert SAID not in made.text
    assert "[N, time, 6]" in made.text
