"""Sequences that are a file or a line each: folders of `.npy` files, and `.jsonl` files."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.source_sequences import jsonl, sequence_folder
from netc.runtime.data.arrays import input_arrays
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import load_data
from netc.runtime.errors import UserError

from .recipes import recipe

WALK = (
    "net N(x: float32[N, T, 2]) -> y: [N, 2] "
    "{ return x -> Masking(-9) -> LSTM(2) -> Dense(2, activation=softmax) }"
)
SPEED = WALK.replace("y: [N, 2]", "y: [N, 1]").replace("2, activation=softmax", "1")
TAGS = (
    "net N(x: int32[N, T]) -> y: [N, T, 3] { return x -> Embedding(9, 2, mask_zero=true) "
    "-> GRU(2, return_sequences=true) -> Dense(3, activation=softmax) }"
)
LENGTHS = {"run/a.npy": 2, "run/b.npy": 1, "run/deep/c.npy": 4, "walk/a.npy": 3, "walk/d.npy": 2}
RNG = np.random.default_rng(1)
ARRAYS = {name: RNG.normal(size=(steps, 2)) for name, steps in LENGTHS.items()}


def folder(root: Path) -> Path:
    for name, array in ARRAYS.items():
        path = root / "steps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, array)
    return root / "steps"


def load(root: Path, net: str = WALK, targets: str = "classes", **arguments: object) -> Dataset:
    kind = jsonl if str(arguments.get("path", "")).endswith((".jsonl", ".gz")) else sequence_folder
    source = construct(kind, {"path": "steps", **arguments})
    return load_data(recipe(net, targets, source, file=root / "n.net"))


def steps_of(data: Dataset) -> list[Array]:
    """The real steps of each training sample."""
    assert data.train.lengths is not None
    whole = np.asarray(data.train.inputs["x"])
    return [one[:steps] for one, steps in zip(whole, data.train.lengths, strict=True)]


def test_a_folder_of_sequences_has_a_folder_for_each_class(tmp_path: Path) -> None:
    root = folder(tmp_path)
    data = load(tmp_path)
    assert data.classes == ("run", "walk")
    assert [*data.train.names] == [str(root / name) for name in ARRAYS]
    assert np.asarray(data.train.targets["y"]).tolist() == [0, 0, 0, 1, 1]
    for got, want in zip(steps_of(data), ARRAYS.values(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6)
    batch = input_arrays(data.train, [0, 1])["x"]
    assert batch.shape == (2, 2, 2)
    assert (batch[1, 1] == -9).all()
    assert load(tmp_path, classes=["walk", "run"]).classes == ("walk", "run")
    assert max(map(len, steps_of(load(tmp_path, length=3)))) == 3


def test_parts_are_folders_or_shares(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (tmp_path / "valid/walk").mkdir(parents=True)
    np.save(tmp_path / "valid/walk/x.npy", np.ones((5, 2), np.int8))
    data = load(tmp_path, validation="valid")
    assert data.validation is not None
    assert np.asarray(data.validation.targets["y"]).tolist() == [1]
    split = load(tmp_path, test_split=0.4)
    assert split.test is not None
    assert sorted(np.asarray(split.test.targets["y"])) == [0, 1]
    assert {*split.train.names, *split.test.names} == {str(root / name) for name in ARRAYS}


def test_a_table_says_what_files_teach(tmp_path: Path) -> None:
    root = folder(tmp_path)
    table = root / "t.csv"
    rows = [*zip(ARRAYS, ["b", "a", "b", "a", "b"], range(5), range(1, 6), strict=True)]
    text = "".join(",".join(map(str, row)) + "\n" for row in rows[1:])
    table.write_text("file,kind,speed,sure\n" + text)
    data = load(tmp_path, table="t.csv", label="kind", sample_weight="sure")
    assert [*data.train.names] == [str(root / row[0]) for row in rows[1:]]
    assert data.classes == ("a", "b")
    assert np.asarray(data.train.targets["y"]).tolist() == [0, 1, 0, 1]
    assert data.train.weights is not None
    assert data.train.weights.tolist() == [2, 3, 4, 5]
    speeds = load(tmp_path, SPEED, "values", table="t.csv", label=2)
    assert np.asarray(speeds.train.targets["y"]).tolist() == [[1], [2], [3], [4]]


def lines(root: Path, *rows: object, packed: bool = False) -> str:
    """A `.jsonl` file of some rows, of which texts are lines as they are."""
    text = "\n\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    if packed:
        (root / "d.jsonl.gz").write_bytes(gzip.compress(text.encode()))
        return "d.jsonl.gz"
    (root / "d.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    return "d.jsonl"


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_is_a_sequence(packed: bool, tmp_path: Path) -> None:
    rows = [
        {"steps": [[1, 2], [3, 4.5]], "kind": "walk", "sure": 2, "more": None},
        {"steps": [[5, 6]], "kind": "run", "sure": 1},
    ]
    path = lines(tmp_path, *rows, packed=packed)
    given = {"path": path, "x": "steps", "y": "kind", "sample_weight": "sure", "scale": 0.5}
    data = load(tmp_path, **given)
    assert [*data.train.names] == ["line 1", "line 3"]
    assert data.classes == ("run", "walk")
    assert np.asarray(data.train.targets["y"]).tolist() == [1, 0]
    assert data.train.weights is not None
    assert data.train.weights.tolist() == [2, 1]
    batch = input_arrays(data.train, [0, 1])["x"]
    assert batch.tolist() == [[[0.5, 1], [1.5, 2.25]], [[2.5, 3], [-9, -9]]]


def test_a_line_may_teach_each_step(tmp_path: Path) -> None:
    path = lines(tmp_path, {"x": [3, 4, 5], "y": ["noun", "verb", "noun"]}, {"x": [1], "y": ["a"]})
    data = load(tmp_path, TAGS, path=path)
    assert data.classes == ("a", "noun", "verb")
    assert np.asarray(data.train.targets["y"]).tolist() == [[1, 2, 1], [0, 0, 0]]
    assert data.train.lengths is not None
    assert data.train.lengths.tolist() == [3, 1]
    path = lines(tmp_path, {"x": [3, 4, 5], "y": [0, 2, 1]}, {"x": [1, 1], "y": [1, 1]})
    cut = load(tmp_path, TAGS, path=path, length=2)
    assert np.asarray(cut.train.targets["y"]).tolist() == [[0, 2], [1, 1]]


def test_all_sequences_may_have_one_step(tmp_path: Path) -> None:
    path = lines(tmp_path, {"x": [[1, 2]], "y": 0}, {"x": [[3, 4]], "y": 1})
    assert [each.tolist() for each in steps_of(load(tmp_path, path=path))] == [[[1, 2]], [[3, 4]]]


GOOD = {"x": [[1, 2]], "y": "a"}
BAD_LINES: dict[str, list[object]] = {
    "line 3 lacks `y`; it holds `x`, `z`": [GOOD, {"x": [[1, 2]], "z": 1}],
    "line 1: `x` has 0 steps; a sequence has at least one": [{"x": [], "y": "a"}],
    "line 1: `x` is float64[1, 3], but a sequence of `x` float32[N, T, 2] is steps of [2]": [
        {"x": [[1, 2, 3.5]], "y": "a"}
    ],
    "line 1: `x` is no array: its lists differ in length": [{"x": [[1, 2], [3]], "y": "a"}],
    "line 1: `x` holds null, an object or a number that is too large": [
        {"x": [[1, None]], "y": "a"}
    ],
    "line 1: `x` holds <U": [{"x": [["a", "b"]], "y": "a"}],
    "line 3 is no JSON: NaN is no number of JSON": [GOOD, '{"x": [[NaN, 1]], "y": "a"}'],
    "line 1 is no JSON": ["{"],
    "line 1 is nested too deeply": ["[" * 100_000],
    "line 1 is no object": [[1, 2]],
    "line 3, `y`: holds numbers, and others hold words": [GOOD, {"x": [[1, 2]], "y": 1}],
    "line 1: `y` is to be a word, a list of words, or numbers": [{"x": [[1, 2]], "y": ["a", 1]}],
    "line 3, `y`: has int64[2], and the first sequence int64[]; a sequence has one target": [
        {"x": [[1, 2]], "y": 1},
        {"x": [[1, 2]], "y": [1, 0]},
    ],
    "holds no sequences": ["", ""],
    "is not UTF-8 text (at byte 1)": [b"[\xff".decode("utf-8", "surrogateescape")],
    "line 1 holds an infinite value": [{"x": [[1e300, 1]], "y": "b"}, GOOD],
}


@pytest.mark.parametrize("message", BAD_LINES)
def test_what_is_wrong_with_a_line_is_one_line(message: str, tmp_path: Path) -> None:
    path = lines(tmp_path, *BAD_LINES[message])
    with pytest.raises(UserError) as error:
        load(tmp_path, path=path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_steps_and_targets_are_as_many(tmp_path: Path) -> None:
    for row, said in (
        ({"x": [1, 2], "y": [0]}, "line 1, `y`: has 1 target for 2 steps"),
        ({"x": [1, 2], "y": ["a", "b", "c"]}, "line 1, `y`: has 3 targets for 2 steps"),
        ({"x": [1, 2], "y": 1}, "line 1, `y`: has one target for 2 steps"),
        ({"x": [1, 2], "y": "a"}, "line 1, `y`: has one target for 2 steps"),
    ):
        path = lines(tmp_path, row, {"x": [1], "y": [1]})
        with pytest.raises(UserError) as error:
            load(tmp_path, TAGS, path=path, length=1)
        assert said in str(error.value)
    path = lines(tmp_path, {"x": [3], "y": "b"}, {"x": [4], "y": "a"}, {"x": [4], "y": "c"})
    data = load(tmp_path, TAGS, path=path)
    assert np.asarray(data.train.targets["y"]).tolist() == [[1], [0], [2]]


def broken(root: Path, name: str, make: Callable[[Path], object]) -> Path:
    path = root / "steps" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    return path


NOTHING = np.zeros((0, 2))
BAD_FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "run/e.npy has 0 steps; a sequence": ("run/e.npy", lambda p: np.save(p, NOTHING)),
    "e.npy is float64[3, 5], but a sequence of": (
        "run/e.npy",
        lambda p: np.save(p, np.zeros((3, 5))),
    ),
    "run/e.npy holds NaN": (
        "run/e.npy",
        lambda p: np.save(p, np.full((1, 2), np.nan)),
    ),
    "run/e.npy: is cut short or damaged": ("run/e.npy", lambda p: p.write_bytes(b"no array")),
    "is a pickle of Python objects; netc opens none": (
        "run/e.npy",
        lambda p: np.save(p, np.array([{}], object), allow_pickle=True),
    ),
    "run/e.txt: is not an .npy file": ("run/e.txt", lambda p: p.write_text("")),
    "steps/e.npy: lies outside the folders": ("e.npy", lambda p: np.save(p, np.ones((1, 2)))),
    "none: is the folder of a class, but holds no": ("none", lambda p: p.mkdir()),
    "is a link that leads out of the project": (
        "run/e.npy",
        lambda p: os.symlink("/etc/hostname", p),
    ),
}


@pytest.mark.parametrize("message", BAD_FILES)
def test_what_is_wrong_with_a_file_names_it(message: str, tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, *BAD_FILES[message])
    with pytest.raises(UserError) as error:
        load(tmp_path)
    assert message in str(error.value)


BAD_TABLES = {
    "there is no file": "file,kind\nrun/z.npy,a\n",
    "`run/a.npy` is there twice": "file,kind\nrun/a.npy,a\nrun/a.npy,b\n",
    "`run/a.wav` is not called as an .npy file": "file,kind\nrun/a.wav,a\n",
    "leads out of the project": "file,kind\n../../../etc/x.npy,a\n",
    "has one column": "file\nrun/a.npy\n",
    "column `kind`: the cell is empty": "file,kind\nrun/a.npy,\n",
}


@pytest.mark.parametrize("message", BAD_TABLES)
def test_what_is_wrong_with_a_table_is_one_line(message: str, tmp_path: Path) -> None:
    root = folder(tmp_path / "project")
    (tmp_path / "project/netc.toml").write_text("")
    (root / "t.csv").write_text(BAD_TABLES[message])
    with pytest.raises(UserError) as error:
        load(tmp_path / "project", table="t.csv")
    assert message in str(error.value)


def test_what_a_folder_cannot_teach_is_said(tmp_path: Path) -> None:
    folder(tmp_path)
    with pytest.raises(UserError, match=r"its folders are classes, and `y` learns numbers"):
        load(tmp_path, SPEED, "values")
    (tmp_path / "flat").mkdir()
    np.save(tmp_path / "flat/a.npy", np.ones((1, 2)))
    with pytest.raises(UserError, match=r"holds 1 .npy files, but no folders"):
        load(tmp_path, path="flat")
    (tmp_path / "valid/fly").mkdir(parents=True)
    np.save(tmp_path / "valid/fly/a.npy", np.ones((1, 2)))
    with pytest.raises(UserError, match=r"the class `fly` is none of the training part's"):
        load(tmp_path, validation="valid")
