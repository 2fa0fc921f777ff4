"""Sums in Keras are those of NumPy, where `keras.ops.add` takes the right side for a bias, too.

Keras 3.15 adds a tensor with one axis longer than 1 along the last axis of the other, or along
axis 1, if that is as long.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights

from ...runtime.nets import net

SHAPES = [
    ((2, 3, 1), (2, 1, 3)),
    ((2, 2, 2, 3, 1), (2, 2, 1, 1, 1)),
    ((1, 3, 3, 3), (1, 3, 1, 1)),
    ((1, 3, 4), (1, 3, 1)),
    ((1, 4, 4), (1, 4, 1)),
    ((3, 3), (3, 1)),
    ((1, 3, 1), (1, 1, 3)),
    ((2, 3, 3), (2, 1, 3)),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("x", "y"), SHAPES)
def test_two_tensors(tmp_path: Path, x: tuple[int, ...], y: tuple[int, ...], turned: bool) -> None:
    x, y = (y, x) if turned else (x, y)
    a, b = (", ".join(["N", *map(str, shape[1:])]) for shape in (x, y))
    checked = net(tmp_path, f"net Sum(a: float32[{a}], b: float32[{b}]) {{ return a + b }}\n")
    rng = np.random.default_rng(0)
    given = [rng.uniform(-1, 1, shape).astype(np.float32) for shape in (x, y)]
    made = np.asarray(lower_keras(checked, SeededWeights())(given))
    np.testing.assert_array_equal(made, given[0] + given[1])


@pytest.mark.parametrize(
    ("size", "constant", "numbers"),
    [
        ("3, 1", "[1, 2, 3]", [1, 2, 3]),
        ("2, 2, 3, 1", "arange(2, dtype=float32)[:, none, none]", [[[0]], [[1]]]),
        ("T, 3", "arange(T, dtype=float32)[:, none]", [[0], [1], [2]]),
    ],
)
def test_a_tensor_and_a_constant(
    tmp_path: Path, size: str, constant: str, numbers: list[object]
) -> None:
    checked = net(tmp_path, f"net Sum(x: float32[N, {size}]) {{ return x + {constant} }}\n")
    shape = [3 if each == "T" else int(each) for each in size.split(", ")]
    x = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype(np.float32)
    made = np.asarray(lower_keras(checked, SeededWeights())(x))
    np.testing.assert_allclose(made, x + np.array(numbers, np.float32), atol=1e-6)
