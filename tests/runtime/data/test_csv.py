"""Tables: numbers, categories and labels by column, and faults by line and column."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.sources import csv
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import load_data
from netc.runtime.errors import UserError

from .recipes import recipe, values


def net(values: int, units: int = 1) -> str:
    return f"net N(x: float32[N, {values}]) -> y: [N, {units}] {{ return x -> Dense({units}) }}"


def load(root: Path, table: str, text: str, kind: str = "values", **arguments: object) -> Dataset:
    (root / "data.csv").write_text(table)
    source = construct(csv, {"path": "data.csv", **arguments})
    return load_data(recipe(text, kind, source, file=root / "net.net"))


HOUSES = """rooms,street,garden,price
3,oak,yes,200
2,elm,no,150.5
4,oak,yes,310
"""


class TestColumns:
    def test_the_last_column_is_the_label(self, tmp_path: Path) -> None:
        data = load(tmp_path, "a,b,c\n1,2,3\n4,5,6e1\n", net(2))
        assert values(data.train).tolist() == [[1, 2], [4, 5]]
        assert data.train.targets["y"].tolist() == [[3], [60]]
        assert data.columns == ("a", "b")
        assert list(data.train.names) == ["line 2", "line 3"]

    @pytest.mark.parametrize("label", [0, "a", -3])
    def test_or_another_by_name_or_number(self, tmp_path: Path, label: int | str) -> None:
        data = load(tmp_path, "a,b,c\n1,2,3\n4,5,6\n", net(2), label=label)
        assert data.train.targets["y"].ravel().tolist() == [1, 4]
        assert data.columns == ("b", "c")

    def test_a_first_row_with_a_number_is_no_header(self, tmp_path: Path) -> None:
        assert len(load(tmp_path, "1,2,3\n4,5,6\n", net(2)).train) == 2
        assert len(load(tmp_path, "1,2,3\n4,5,6\n", net(2), header=True).train) == 1

    def test_categories_are_one_hot_in_sorted_order(self, tmp_path: Path) -> None:
        data = load(tmp_path, HOUSES, net(5), categorical=["street", "garden"])
        assert data.columns == ("rooms", "street=elm", "street=oak", "garden=no", "garden=yes")
        assert values(data.train).tolist() == [
            [3, 0, 1, 0, 1],
            [2, 1, 0, 1, 0],
            [4, 0, 1, 0, 1],
        ]

    def test_a_category_that_training_lacks_is_none_of_them(self, tmp_path: Path) -> None:
        (tmp_path / "valid.csv").write_text("rooms,street,garden,price\n1,ash,no,90\n")
        data = load(
            tmp_path, HOUSES, net(3), categorical="street", drop="garden", validation="valid.csv"
        )
        assert values(data.validation).tolist() == [[1, 0, 0]]

    def test_categories_are_learned_from_the_training_rows_alone(self, tmp_path: Path) -> None:
        rows = "".join(f"{street},1\n" for street in [*"abcdefghij"] * 2)
        source = construct(csv, {"path": "d.csv", "categorical": [0], "validation_split": 0.5})
        (tmp_path / "d.csv").write_text("street,y\n" + rows)
        kinds = set()
        for count in range(4, 11):
            try:
                made = recipe(net(count), "values", source, file=tmp_path / "net.net")
                data = load_data(made)
            except UserError:
                continue
            kinds.add(count)
            assert values(data.validation).sum() < 10
        assert len(kinds) == 1
        assert kinds < set(range(4, 10)), "some street is in validation rows alone"

    def test_a_model_keeps_its_categories_whatever_the_rows_are_by_now(
        self, tmp_path: Path
    ) -> None:
        columns = {"categorical": "street", "drop": "garden"}
        kept = load(tmp_path, HOUSES, net(3), **columns).rows
        (tmp_path / "data.csv").write_text("garden,street,rooms,price\nno,ash,1,2\nno,oak,3,4\n")
        source = construct(csv, {"path": "data.csv", **columns})
        made = recipe(net(3), "values", source, file=tmp_path / "net.net")
        assert values(load_data(made, kept=kept).train).tolist() == [[1, 0, 0], [3, 0, 1]]

    def test_numbers_as_categories_are_sorted_as_numbers(self, tmp_path: Path) -> None:
        data = load(tmp_path, "zone,y\n10,1\n9,2\n", net(2), categorical=0)
        assert data.columns == ("zone=9", "zone=10")

    def test_a_row_takes_the_shape_of_the_input(self, tmp_path: Path) -> None:
        text = (
            "net N(image: float32[N, 2, 2, 1]) -> y: [N, 2] { return image -> Flatten -> Dense(2) }"
        )
        data = load(tmp_path, "1,2,3,4,0\n5,6,7,8,1\n", text, "one_hot")
        image = data.train.inputs["image"]
        assert np.asarray(image)[1, :, :, 0].tolist() == [[5, 6], [7, 8]]

    def test_quotes_semicolons_spaces_and_a_byte_order_mark(self, tmp_path: Path) -> None:
        table = '\ufeff"a; b";kind\n 1 ;"x;\ny"\n\n2;z\n'
        data = load(tmp_path, table, net(1, 2), "classes", separator=";")
        assert data.columns == ("a; b",)
        assert data.classes == ("x;\ny", "z")
        assert list(data.train.names) == ["line 2", "line 5"]

    def test_compressed_with_gzip(self, tmp_path: Path) -> None:
        (tmp_path / "data.csv.gz").write_bytes(gzip.compress(b"1,2,3\n4,5,6\n"))
        source = construct(csv, {"path": "data.csv.gz"})
        made = recipe(net(2), "values", source, file=tmp_path / "net.net")
        assert len(load_data(made).train) == 2

    def test_five_thousand_digits_are_read_as_numbers(self, tmp_path: Path) -> None:
        digits = np.random.default_rng(0).integers(0, 256, (5000, 785))
        digits[:, -1] %= 10
        table = "\n".join(",".join(map(str, row)) for row in digits.tolist())
        data = load(tmp_path, table, net(784, 10), "classes", validation_split=0.2)
        assert len(data.train) == pytest.approx(4000, abs=5)
        places = [int(name.removeprefix("line ")) - 1 for name in data.train.names[:20]]
        assert np.asarray(data.train.inputs["x"])[:20].tolist() == digits[places, :784].tolist()


class TestLabels:
    def test_words_are_classes_in_sorted_order(self, tmp_path: Path) -> None:
        data = load(tmp_path, "x,kind\n1,oak\n2,elm\n3,ash\n4,elm\n", net(1, 3), "classes")
        assert data.classes == ("ash", "elm", "oak")
        assert data.train.targets["y"].tolist() == [2, 1, 0, 1]

    def test_or_in_the_order_that_is_given(self, tmp_path: Path) -> None:
        table = "x,kind\n1,oak\n2,elm\n"
        data = load(tmp_path, table, net(1, 2), "classes", classes=["oak", "elm"])
        assert data.train.targets["y"].tolist() == [0, 1]

    def test_two_words_for_one_unit(self, tmp_path: Path) -> None:
        data = load(tmp_path, "x,ill\n1,yes\n2,no\n", net(1), "binary")
        assert data.classes == ("no", "yes")
        assert data.train.targets["y"].tolist() == [1, 0]

    def test_numbers_are_class_indices_or_values(self, tmp_path: Path) -> None:
        table = "x,y\n1,0\n2,2\n"
        found = load(tmp_path, table, net(1, 3), "classes", classes=["a", "b", "c"])
        assert found.train.targets["y"].tolist() == [0, 2]
        assert load(tmp_path, table, net(1)).train.targets["y"].dtype == np.float32

    def test_a_split_keeps_the_proportions_of_words(self, tmp_path: Path) -> None:
        rows = "".join(f"{i},{'rare' if i % 5 == 0 else 'usual'}\n" for i in range(50))
        data = load(tmp_path, "x,kind\n" + rows, net(1, 2), "one_hot", validation_split=0.2)
        assert [np.bincount(part.targets["y"]).tolist() for part in data.parts] == [[8, 32], [2, 8]]


class TestFaults:
    def refused(
        self,
        root: Path,
        message: str,
        table: str,
        text: str | None = None,
        kind: str = "values",
        **arguments: object,
    ) -> None:
        with pytest.raises(UserError, match=message):
            load(root, table, text or net(2), kind, **arguments)

    def test_not_a_number(self, tmp_path: Path) -> None:
        message = r"data\.csv: line 3, column `b`: the cell is NaN, the first of 2 such cells"
        self.refused(tmp_path, message, "a,b,c\n1,2,3\n4,nan,6\n7,NaN,9\n")
        self.refused(tmp_path, "line 2, column 1: the cell is an infinite", "1,2,3\n4,-inf,6\n")

    def test_an_empty_cell(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "line 2, column `b`: the cell is empty", "a,b,c\n1,,3\n")
        self.refused(
            tmp_path,
            "line 3, column `c`: the cell is empty",
            "a,b,c\n1,2,x\n1,2, \n",
            net(2, 2),
            "classes",
        )

    def test_a_word_in_a_column_of_numbers(self, tmp_path: Path) -> None:
        message = "line 3, column `b`: `two` is not a number; list the column in `categorical`"
        self.refused(tmp_path, message, "a,b,c\n1,2,3\n1,two,3\n")

    def test_a_word_where_a_value_is_learned(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "line 2, column `c`: `dear` is not a number", "a,b,c\n1,2,dear\n")

    def test_underscores_are_for_words(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "column `b`: `1_000` is not a number", "a,b,c\n1,1_000,3\n")

    def test_the_line_counts_blank_lines_and_quoted_ones(self, tmp_path: Path) -> None:
        table = 'a,b,c\n"1\n",2,3\n\n1,x,3\n'
        self.refused(tmp_path, "line 5, column `b`: `x`", table)

    def test_ragged_rows(self, tmp_path: Path) -> None:
        message = "line 3 has 2 cells, but the first line has 3"
        self.refused(tmp_path, message, "a,b,c\n1,2,3\n4,5\n")
        self.refused(tmp_path, message, "1,2,3\n4,5,6\n7,8\n")
        self.refused(tmp_path, "line 3 has 1 cell, but", "1,2,3\n4,5,6\n7\n")

    def test_no_rows(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "is empty", "")
        self.refused(tmp_path, "holds no rows", "\n\n")
        self.refused(tmp_path, "names of columns, but no rows", "a,b,c\n")

    def test_not_text(self, tmp_path: Path) -> None:
        (tmp_path / "other.csv").write_bytes(b"a,b\n\xff\xfe\x00")
        self.refused(tmp_path, "is not UTF-8 text", "1,2,3\n", validation="other.csv")

    def test_a_cut_short_archive(self, tmp_path: Path) -> None:
        (tmp_path / "other.csv").write_bytes(gzip.compress(b"1,2,3\n" * 99)[:-12])
        self.refused(tmp_path, "is cut short or damaged", "1,2,3\n", validation="other.csv")

    def test_a_column_that_is_not_there(self, tmp_path: Path) -> None:
        table = "a,b,price\n1,2,3\n"
        self.refused(tmp_path, r"no column `prize`; did you mean `price`\?", table, label="prize")
        self.refused(tmp_path, "has 3 columns, no column 7", table, drop=[7])
        self.refused(tmp_path, "names no columns, so there is no column `b`", "1,2,3\n", label="b")

    @pytest.mark.parametrize("label", ["price", -1])
    @pytest.mark.parametrize(("mark", "written"), [(";", ";"), ("\t", r"\\t"), ("|", r"\|")])
    def test_columns_that_something_else_splits(
        self, tmp_path: Path, mark: str, written: str, label: str | int
    ) -> None:
        table = "a,b,price\n1,2,3\n".replace(",", mark)
        self.refused(tmp_path, f'say separator="{written}"', table, label=label)
        table = "a,b,price\n1.5,2,3\n".replace(",", mark).replace(".", ",")
        self.refused(tmp_path, f'2 cells.* say separator="{written}"', table, label=label)

    def test_columns_of_one_name(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "two columns are called `a`", "a,a,c\n1,2,3\n")

    def test_a_label_that_is_also_an_input(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "label column `c` is also in `drop`", "a,b,c\n1,2,3\n", drop=["c"])

    def test_too_many_values_for_the_net(self, tmp_path: Path) -> None:
        message = r"a row gives 4 values, 2 of them categories of `street`, but the input `x` .* 2"
        self.refused(tmp_path, message, HOUSES, categorical=["street"])

    def test_labels_outside_of_the_classes(self, tmp_path: Path) -> None:
        message = "the label of line 3 is 3, but the classes of the output `y` are 0 to 2"
        self.refused(tmp_path, message, "a,b,c\n1,2,0\n1,2,3\n", net(2, 3), "classes")

    def test_more_words_than_units(self, tmp_path: Path) -> None:
        message = r"has 3 classes \(p, q, r\), but the output `y` has 2 units"
        self.refused(tmp_path, message, "1,2,p\n1,2,q\n1,2,r\n", net(2, 2), "one_hot")

    def test_a_class_that_training_lacks(self, tmp_path: Path) -> None:
        (tmp_path / "valid.csv").write_text("a,b,c\n1,2,bird\n")
        self.refused(
            tmp_path,
            r"valid\.csv: line 2, column `c`: the class `bird` is none of the training part's",
            "a,b,c\n1,2,cat\n1,2,dog\n",
            net(2, 2),
            "classes",
            validation="valid.csv",
        )

    def test_other_columns_than_training_has(self, tmp_path: Path) -> None:
        (tmp_path / "valid.csv").write_text("a,d,c\n1,2,3\n")
        message = r"its column 1 is `d`, but that of .*data\.csv is `b`"
        self.refused(tmp_path, message, "a,b,c\n1,2,3\n", validation="valid.csv")
        message = r"valid\.csv: names its columns, but .*data\.csv does not"
        self.refused(tmp_path, message, "1,2,3\n", validation="valid.csv")

    def test_a_class_too_small_to_split(self, tmp_path: Path) -> None:
        rows = "1,2,a\n" * 9 + "1,2,b\n"
        message = "samples of class `b` are only 1"
        self.refused(tmp_path, message, rows, net(2, 2), "classes", validation_split=0.2)
