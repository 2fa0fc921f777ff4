"""`net.run` takes whatever NumPy makes an array of, and names the input that does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import netc

TEXT = """\
net Pair(x: float32[N, 2], ids: int32[N, 3]) -> y: [N, 2] {
  words = ids -> Embedding(5, 2) -> GlobalAveragePooling1D
  return x + words
}

net Twice(x: float32[N, 2]) -> y: [N, 2] {
  return x + x
}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nets") / "nets.net"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def twice(file: Path) -> netc.LoadedNet:
    return netc.load(file, "Twice")


@pytest.fixture(scope="module")
def pair(file: Path) -> netc.LoadedNet:
    return netc.load(file, "Pair")


class Framed:
    """A stranger's tensor that knows how to be an array."""

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return np.array([[1.0, 2.0]])

    def __str__(self) -> str:
        return "Framed"


@pytest.mark.parametrize(
    "given",
    [
        [[1, 2]],
        [[1.0, 2.0]],
        ((1, 2),),
        np.array([[1, 2]], np.uint8),
        np.array([[1, 2]], np.float64),
        np.array([[2, 1]], np.float16)[:, ::-1],
        Framed(),
        {"x": [[1, 2]]},
    ],
    ids=str,
)
def test_numbers_in_any_form(twice: netc.LoadedNet, given: object) -> None:
    made = twice.run(given)["y"]
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, [[2, 4]])


def test_truth_values_are_0_and_1(twice: netc.LoadedNet) -> None:
    np.testing.assert_array_equal(twice.run([[True, False]])["y"], [[2, 0]])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[1, 2, 3]], r"the input `x` is float32\[N, 2\], got float32\[1, 3\]"),
        ([1, 2], r"the input `x` is float32\[N, 2\], got float32\[2\]"),
        ([[1, 2], [3]], r"the input `x` float32\[N, 2\] is no array: .*inhomogeneous"),
        (
            [["a", "b"]],
            r"the input `x` is float32\[N, 2\], got <U1\[1, 2\], which holds no",
        ),
        (None, r"the input `x` is float32\[N, 2\], got object\[\], which holds no numbers"),
        ([[1e300, 0]], r"got float64\[1, 2\] with 1e\+300, which float32 cannot hold"),
        ({"z": [[1, 2]]}, r"the net has no input `z`; it takes `x` float32\[N, 2\]"),
        ({}, r"the input `x` float32\[N, 2\] is missing"),
    ],
)
def test_what_does_not_fit_is_named(twice: netc.LoadedNet, given: object, said: str) -> None:
    with pytest.raises(netc.UserError, match=said):
        twice.run(given)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            [[1, 2]],
            r"the net has 2 inputs, give a dict of arrays: `x` float32\[N, 2\], `ids`",
        ),
        (
            {"x": [[1, 2]], "ids": [[0, 1, 2.5]]},
            r"`ids` is int32\[N, 3\], .* with 2.5, which",
        ),
        ({"x": [[1, 2]], "ids": [[0, 1, 2**40]]}, r"`ids` is int32\[N, 3\], got int64.* with 1099"),
        ({"x": [[1, 2]], "ids": [[0, 1, np.nan]]}, r"`ids` is int32\[N, 3\], .* with nan"),
        ({"x": [[1, 2]], "ids": [[1, 2, 3]] * 2}, r"`N` is 1 in the input `x` .* and 2 in `ids`"),
    ],
)
def test_the_input_at_fault_of_several(pair: netc.LoadedNet, inputs: object, said: str) -> None:
    with pytest.raises(netc.UserError, match=said):
        pair.run(inputs)


def test_integers_fit_where_the_dtype_holds_them(pair: netc.LoadedNet) -> None:
    one = pair.run({"x": [[0, 0]], "ids": [[1, 2, 4]]})["y"]
    two = pair.run({"x": [[0, 0]], "ids": np.array([[1, 2, 4]], np.float64)})["y"]
    np.testing.assert_array_equal(one, two)
