"""Weights of samples, from tables, arrays and beside folders of pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.compiler.recipe.objects.sources import npz
from netc.runtime.data.load import load_data
from netc.runtime.data.summary import ranges
from netc.runtime.errors import UserError

from .recipes import PICTURES, folder, recipe, values
from .test_csv import load, net

TABLE = "a,w,b,y\n1,2,3,0\n4,0.5,6,1\n7,0,9,0\n2,1,2,1\n"
ROW = "net N(x: float32[N, 1]) -> y: [N, 1] { return x -> Dense(1) }"


def test_a_column_of_a_table_weighs_its_rows_and_is_no_feature(tmp_path: Path) -> None:
    data = load(tmp_path, TABLE, net(2), sample_weight="w")
    assert data.columns == ("a", "b")
    assert values(data.train)[0].tolist() == [1, 3]
    assert data.train.weights is not None
    assert data.train.weights.tolist() == [2, 0.5, 0, 1]
    found = {each.name: (each.low, each.high) for each in ranges(data)}
    assert found["sample weights"] == (0, 2)


def test_weights_go_with_their_rows_where_a_part_is_split_off(tmp_path: Path) -> None:
    table = "x,w,y\n" + "".join(f"{i},{i + 1},0\n" for i in range(40))
    data = load(tmp_path, table, net(1), sample_weight=1, validation_split=0.25, seed=3)
    for part in data.parts:
        assert part.weights is not None
        assert part.weights.tolist() == [x + 1 for x in values(part).ravel()]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("w", "-0.5", r"line 3 weighs -0.5; a weight is at least 0"),
        ("w", "nan", "line 3, column `w`: the cell is NaN"),
        ("w", "inf", "line 3, column `w`: the cell is an infinite value"),
        ("w", "1e300", "line 3 holds an infinite value"),
        ("w", "", "line 3, column `w`: the cell is empty"),
        ("w", "much", "line 3, column `w`: `much` is not a number"),
        ("v", "1", "has no column `v`"),
        ("y", "1", "the label column `y` is also `sample_weight`"),
    ],
)
def test_a_weight_is_a_finite_number_of_at_least_0(
    tmp_path: Path, column: str, cell: str, message: str
) -> None:
    table = TABLE.replace("4,0.5,", f"4,{cell},")
    with pytest.raises(UserError, match=message):
        load(tmp_path, table, net(2), sample_weight=column)


def test_weights_are_not_all_0(tmp_path: Path) -> None:
    table = "x,w,y\n1,0,0\n2,0,1\n"
    with pytest.raises(UserError, match="all sample weights are 0, so no sample counts"):
        load(tmp_path, table, net(1), sample_weight="w")


@pytest.mark.parametrize("argument", ["drop", "categorical"])
def test_the_column_has_no_other_use(tmp_path: Path, argument: str) -> None:
    with pytest.raises(UserError, match=f"column of sample weights `w` is also in `{argument}`"):
        load(tmp_path, TABLE, net(2), sample_weight="w", **{argument: ["w"]})


def test_an_array_of_a_file_weighs_its_samples_in_each_part(tmp_path: Path) -> None:
    arrays = {f"{name}_{part}": np.ones((4, 1)) for name in "xy" for part in ("train", "test")}
    weights = {"w_train": np.arange(4), "w_test": np.arange(4, 0, -1)[:, None]}
    np.savez(tmp_path / "a.npz", **arrays, **weights)
    source = construct(npz, {"path": "a.npz", "sample_weight": "w"})
    data = load_data(recipe(ROW, "values", source, file=tmp_path / "a.net"))
    found = [part.weights for part in data.parts]
    assert [None if w is None else w.tolist() for w in found] == [[0, 1, 2, 3], [4, 3, 2, 1]]

    np.savez(tmp_path / "a.npz", **arrays, w_train=np.arange(4))
    with pytest.raises(UserError, match="lacks the sample weights of the test part, called `w`"):
        load_data(recipe(ROW, "values", source, file=tmp_path / "a.net"))


class TestPictures:
    def load(self, root: Path, table: str, file: str = "w.csv") -> list[float]:
        if not (root / "pets").exists():
            folder(root / "pets", {"cat": 2, "dog": 1})
        (root / "w.csv").write_text(table)
        source = construct(image_folder, {"path": "pets", "sample_weight": file})
        data = load_data(recipe(PICTURES, "one_hot", source, file=root / "a.net"))
        assert data.train.weights is not None
        found: list[float] = data.train.weights.tolist()
        return found

    def test_a_table_names_pictures_by_their_paths_from_it(self, tmp_path: Path) -> None:
        table = "picture,weight\npets/dog/0.png,3\npets/cat/1.png,2\npets/cat/0.png,1\n"
        assert self.load(tmp_path, table) == [1, 2, 3]

    def test_each_picture_is_there_once(self, tmp_path: Path) -> None:
        twice = r"line 3, column `p`: `pets/cat/0\.png` is there twice"
        with pytest.raises(UserError, match=r"gives no weight for `pets/cat/1\.png`"):
            self.load(tmp_path, "picture,weight\npets/dog/0.png,3\npets/cat/0.png,1\n")
        with pytest.raises(UserError, match=twice):
            self.load(tmp_path, "p,w\npets/cat/0.png,3\npets/cat/0.png,1\n")
        with pytest.raises(UserError, match="has 3 columns; weights of pictures are in two"):
            self.load(tmp_path, "p,w,x\npets/cat/0.png,3,1\n")
        with pytest.raises(UserError, match="line 2, column `w`: `heavy` is not a number"):
            self.load(tmp_path, "p,w\npets/cat/0.png,heavy\n")

    def test_the_table_is_in_the_project(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"there is no such file"):
            self.load(tmp_path, "p,w\n", "none.csv")
        with pytest.raises(UserError, match="leads out of the project"):
            self.load(tmp_path, "p,w\n", "../../w.csv")
