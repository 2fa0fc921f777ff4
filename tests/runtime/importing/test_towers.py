"""Layers that several tensors go through side by side: written once, used by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .graphs import Graph


class Layers(Graph):
    """A graph whose layers may be used again."""

    def layer(self, *shape: int) -> tuple[str, str]:
        """The kernel and the bias of a layer."""
        return self.weight(*shape), self.weight(shape[0] if len(shape) == 4 else shape[1])

    def dense(self, x: str, weights: tuple[str, str]) -> str:
        """A linear layer and what bends it."""
        return self.call("Relu", self.call("Gemm", x, *weights))

    def conv(self, x: str, weights: tuple[str, str]) -> str:
        """A convolution and what bends it."""
        return self.call("Relu", self.call("Conv", x, *weights, pads=[1] * 4))


def test_a_siamese_net_has_one_tower(tmp_path: Path) -> None:
    g = Layers(a=["N", 8], b=["N", 8])
    weights = g.layer(8, 6), g.layer(6, 4)
    a, b = (g.dense(g.dense(x, weights[0]), weights[1]) for x in "ab")
    made = g.imported(tmp_path, g.call("Abs", g.call("Sub", a, b)))

    assert made.proof.equal
    assert "  layer tower = Tower\n" in made.text
    assert made.text.count("-> tower") == 2
    assert f"params == {8 * 6 + 6 + 6 * 4 + 4}\n" in made.text


def test_equal_copies_of_weights_are_one(tmp_path: Path) -> None:
    """TorchScript writes the turned kernel of a layer anew for each use."""
    g = Layers(a=["N", 8], b=["N", 8])
    kernel = g.arrays[g.weight(8, 6)]
    a, b = (g.call("Relu", g.call("MatMul", x, g.known(kernel.copy()))) for x in "ab")
    made = g.imported(tmp_path, g.call("Add", a, b))

    assert made.proof.equal
    assert made.layers["Dense"] == 1


def test_a_tower_with_a_shortcut(tmp_path: Path) -> None:
    g = Layers(a=["N", 4, 8, 8], b=["N", 4, 8, 8])
    first, second = g.layer(4, 4, 3, 3), g.layer(4, 4, 3, 3)
    ends = []
    for x in "ab":
        inner = g.conv(x, first)
        ends.append(g.call("Relu", g.call("Add", inner, g.conv(inner, second))))
    made = g.imported(tmp_path, g.call("Sub", *ends))

    assert made.proof.equal
    assert made.layers["Conv2D"] == 2
    assert made.text.count("-> tower") == 2


def test_the_head_of_all_levels_is_one(tmp_path: Path) -> None:
    """A pyramid: each level is of another size, and they are joined behind the head."""
    g = Layers(x=["N", 4, 8, 8])
    first, second = g.layer(6, 4, 3, 3), g.layer(5, 6, 3, 3)
    level = g.conv("x", g.layer(4, 4, 3, 3))
    rows = []
    for _ in range(3):
        found = g.conv(g.conv(level, first), second)
        last = g.call("Transpose", found, perm=[0, 2, 3, 1])
        rows.append(g.call("Reshape", last, g.known([0, -1, 5])))
        level = g.call("MaxPool", level, kernel_shape=[2, 2], strides=[2, 2])
    made = g.imported(tmp_path, g.call("Concat", *rows, axis=1))

    assert made.proof.equal
    assert "  layer head = Head\n" in made.text
    assert made.text.count("-> head") == 3
    assert made.layers["Conv2D"] == 3


def test_two_heads_of_each_level(tmp_path: Path) -> None:
    """RetinaNet's: one head says what is there, another one where."""
    g = Layers(a=["N", 4, 8, 8], b=["N", 4, 4, 4])
    trunk = [g.conv("a", g.layer(4, 4, 3, 3)), g.conv("b", g.layer(4, 4, 3, 3))]
    heads = [(g.layer(6, 4, 3, 3), g.layer(count, 6, 3, 3)) for count in (3, 4)]
    ends = [g.conv(g.conv(x, first), second) for first, second in heads for x in trunk]
    made = g.imported(tmp_path, *ends)

    assert made.proof.equal
    assert made.layers["Conv2D"] == 2 + 4
    assert made.text.count("layer head") == 2


def test_layers_behind_one_another_are_not_shared(tmp_path: Path) -> None:
    """`nn.TransformerEncoder` copies its layer, so those of a fresh stack are equal."""
    g = Layers(x=["N", 8])
    weights = g.layer(8, 8)
    made = g.imported(tmp_path, g.dense(g.dense("x", weights), weights))

    assert made.proof.equal
    assert made.layers["Dense"] == 2


def test_layers_that_only_start_alike_are_not_shared(tmp_path: Path) -> None:
    """Fresh normalizations are all ones and zeros."""
    g = Layers(a=["N", 4, 8, 8], b=["N", 4, 8, 8])
    ones, zeros = (g.known(np.full(4, number, np.float32)) for number in (1.0, 0.0))
    a, b = (g.call("BatchNormalization", x, ones, zeros, zeros, ones) for x in "ab")
    made = g.imported(tmp_path, g.call("Add", g.call("Tanh", a), g.call("Tanh", b)))

    assert made.proof.equal
    assert made.layers["BatchNormalization"] == 2


def test_towers_that_differ_share_their_layers_alone(tmp_path: Path) -> None:
    g = Layers(a=["N", 8], b=["N", 8])
    first, second = g.layer(8, 6), g.layer(6, 4)
    a = g.dense(g.dense("a", first), second)
    b = g.dense(g.call("Tanh", g.dense("b", first)), second)
    made = g.imported(tmp_path, g.call("Sub", a, b))

    assert made.proof.equal
    assert f"params == {8 * 6 + 6 + 6 * 4 + 4}\n" in made.text
    assert "Tower" not in made.text
