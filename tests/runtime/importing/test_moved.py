"""Moves that a person would not write: joined and taken apart, turned behind a reshape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .graphs import Graph


def lstm(g: Graph, x: str, width: int) -> list[str]:
    """A bidirectional LSTM, time first: its steps and its last states."""
    weights = [g.weight(2, 4 * 3, width), g.weight(2, 4 * 3, 3), g.weight(2, 8 * 3)]
    return g.calls("LSTM", x, *weights, count=3, hidden_size=3, direction="bidirectional")


def test_the_last_states_of_two_layers(tmp_path: Path) -> None:
    """PyTorch stacks the states of all layers, and `h[-2], h[-1]` are the last layer's."""
    g = Graph(x=["N", "T", 4])
    steps, first, _ = lstm(g, g.call("Transpose", "x", perm=[1, 0, 2]), 4)
    both = g.call("Transpose", steps, perm=[0, 2, 1, 3])
    _, second, _ = lstm(g, g.call("Reshape", both, g.known([0, 0, 6])), 6)
    stacked = g.call("Concat", first, second, axis=0)
    ends = [g.call("Gather", stacked, g.known(at), axis=0) for at in (-2, -1)]
    made = g.imported(tmp_path, g.call("Relu", g.call("Concat", *ends, axis=1)))

    assert made.proof.equal
    last = "-> Bidirectional(LSTM(3, return_sequences=true)) -> Bidirectional(LSTM(3)) -> ReLU\n"
    assert last in made.text


def test_a_part_that_crosses_what_was_joined_stays(tmp_path: Path) -> None:
    g = Graph(a=["N", 4], b=["N", 4])
    joined = g.call("Concat", "a", "b", axis=1)
    part = g.call("Slice", joined, g.known([2]), g.known([6]), g.known([1]))
    made = g.imported(tmp_path, g.call("Relu", part))

    assert made.proof.equal
    assert "Concatenate" in made.layers


def test_a_part_of_one_of_two_is_taken_of_that(tmp_path: Path) -> None:
    g = Graph(a=["N", 4], b=["N", 4])
    joined = g.call("Concat", "a", "b", axis=1)
    part = g.call("Slice", joined, g.known([4]), g.known([8]), g.known([1]))
    made = g.imported(tmp_path, g.call("Relu", part), g.call("Tanh", "a"))

    assert made.proof.equal
    assert "b -> ReLU" in made.text
    assert "Concatenate" not in made.layers


@pytest.mark.parametrize("normed", [False, True])
def test_a_decoder_makes_features_channels_last(normed: bool, tmp_path: Path) -> None:
    """`Linear`, `view(-1, 3, 4, 4)`, a transposed convolution: a generator's first layers."""
    g = Graph(z=["N", 5])
    hidden = g.call("Gemm", "z", g.weight(5, 48), g.weight(48))
    if normed:
        ones = g.known(np.linspace(0.5, 1.5, 48).astype(np.float32))
        hidden = g.call("BatchNormalization", hidden, ones, g.weight(48), g.weight(48), ones)
    picture = g.call("Reshape", g.call("Relu", hidden), g.known([-1, 3, 4, 4]))
    made = g.imported(tmp_path, g.call("Conv", picture, g.weight(2, 3, 3, 3), pads=[1] * 4))

    assert made.proof.equal
    assert "Permute" not in made.layers
    assert "ReLU -> Reshape([4, 4, 3])" in " ".join(made.text.split())


def test_features_that_are_read_twice_keep_their_order(tmp_path: Path) -> None:
    g = Graph(z=["N", 5])
    hidden = g.call("Relu", g.call("Gemm", "z", g.weight(5, 48), g.weight(48)))
    picture = g.call("Reshape", hidden, g.known([-1, 3, 4, 4]))
    made = g.imported(
        tmp_path,
        g.call("Conv", picture, g.weight(2, 3, 3, 3), pads=[1] * 4),
        g.call("MatMul", hidden, g.weight(48, 2)),
    )

    assert made.proof.equal
    assert made.layers["Permute"] == 1


def test_channels_are_shuffled_in_pictures_of_open_sizes(tmp_path: Path) -> None:
    """ShuffleNet: groups of channels are turned, heights and widths stay."""
    g = Graph(x=["N", 6, "height", "width"])
    y = g.call("Conv", "x", g.weight(6, 6, 1, 1))
    sizes = g.call("Shape", y)
    lead, rest = (g.call("Slice", sizes, g.known([a]), g.known([b])) for a, b in ((0, 1), (2, 4)))
    apart = g.call("Reshape", y, g.call("Concat", lead, g.known([2, 3]), rest, axis=0))
    turned = g.call("Transpose", apart, perm=[0, 2, 1, 3, 4])
    whole = g.call("Reshape", turned, g.call("Concat", lead, g.known([6]), rest, axis=0))
    made = g.imported(tmp_path, g.call("Conv", whole, g.weight(4, 6, 1, 1)))

    assert made.proof.equal
    assert made.raw == {}
    assert "[N, height, width, 4]" in made.text


def test_one_cell_is_enlarged_to_an_open_size(tmp_path: Path) -> None:
    """DeepLab's pooled branch: whatever the mode, the cell is everywhere."""
    g = Graph(opset=13, x=["N", 4, "height", "width"])
    pooled = g.call("Relu", g.call("GlobalAveragePool", "x"))
    sizes = g.call("Concat", g.call("Shape", pooled), g.call("Shape", "x"), axis=0)
    goal = g.call("Gather", sizes, g.known([0, 1, 6, 7]), axis=0)
    wide = g.call("Resize", pooled, "", "", goal, mode="linear")
    y = g.call("Concat", "x", wide, axis=1)
    made = g.imported(tmp_path, g.call("Conv", y, g.weight(4, 8, 1, 1)))

    assert made.proof.equal
    assert made.raw == {}
    assert "Permute" not in made.layers


def test_means_over_channels_are_channels(tmp_path: Path) -> None:
    """CBAM looks at the mean and the maximum of all channels, as a picture of two."""
    g = Graph(x=["N", 4, 8, 8])
    y = g.call("Conv", "x", g.weight(4, 4, 1, 1))
    both = [g.call(op, y, axes=[1], keepdims=1) for op in ("ReduceMean", "ReduceMax")]
    seen = g.call("Conv", g.call("Concat", *both, axis=1), g.weight(1, 2, 7, 7), pads=[3] * 4)
    made = g.imported(tmp_path, g.call("Mul", y, g.call("Sigmoid", seen)))

    assert made.proof.equal
    assert "Permute" not in made.layers
