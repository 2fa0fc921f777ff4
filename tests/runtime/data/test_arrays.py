"""Arrays from Python and from `.npz` files: what fits a net, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.sources import npz
from netc.runtime.data.arrays import target_array
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.errors import UserError

from .recipes import PICTURES, recipe, values

GREY = "net N(image: float32[N, 4, 4, 1]) -> y: [N, 2] { return image -> Flatten -> Dense(2) }"
ONE = "net N(x: float32[N, 2]) -> y: [N, 1] { return x -> Dense(1) }"
THREE = "net N(x: float32[N, 2]) -> y: [N, 3] { return x -> Dense(3) }"
WORDS = (
    "net N(tokens: int32[N, T]) -> tags: [N, T, 3] { return tokens -> Embedding(9, 4) -> Dense(3) }"
)
TWO = """net N(a: float32[N, 2], b: float32[N, 3]) -> (p: [N, 2], q: [N, 3]) {
  return a, b
}"""

X = np.arange(8, dtype=np.float32).reshape(4, 2)
CLASSES = np.array([0, 2, 1, 0])


def targets(y: object, kind: str, text: str = THREE) -> np.ndarray:
    """What a dataset holds of some targets."""
    return from_arrays(recipe(text, kind), (X, np.asarray(y))).train.targets["y"]


def refused(message: str, x: object, y: object, kind: str = "classes", text: str = THREE) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(recipe(text, kind), (np.asarray(x), np.asarray(y)))


class TestInputs:
    @pytest.mark.parametrize("shape", [(4, 4, 4, 1), (4, 4, 4), (4, 16)])
    def test_a_sample_may_be_flat_or_lack_an_axis_of_one(self, shape: tuple[int, ...]) -> None:
        x = np.arange(64, dtype=np.uint8).reshape(shape)
        part = from_arrays(recipe(GREY), (x, [0, 1, 0, 1])).train
        image = values(part, "image")
        assert image.shape == (4, 4, 4, 1)
        assert np.array_equal(image.ravel(), np.arange(64))

    def test_numbers_become_the_inputs_dtype(self) -> None:
        part = from_arrays(recipe(THREE, "classes"), (X.astype(np.int64), CLASSES)).train
        assert values(part).dtype == np.float32

    def test_lengths_that_the_net_leaves_open(self) -> None:
        made = recipe(WORDS, "classes")
        part = from_arrays(made, (np.ones((2, 7)), np.zeros((2, 7), int))).train
        assert values(part, "tokens").dtype == np.int32
        assert part.targets["tags"].shape == (2, 7)

    def test_several_inputs_and_outputs_go_by_name(self) -> None:
        made = recipe(TWO, {"p": "values", "q": "one_hot"})
        x = {"a": np.ones((2, 2)), "b": np.ones((2, 3))}
        part = from_arrays(made, (x, {"p": np.ones((2, 2)), "q": [0, 2]})).train
        assert part.targets["q"].tolist() == [0, 2]
        with pytest.raises(UserError, match="inputs are one array, but the net has `a`, `b`"):
            from_arrays(made, (np.ones((2, 2)), {}))
        with pytest.raises(UserError, match="targets are called `p`, but the net has `p`, `q`"):
            from_arrays(made, (x, {"p": np.ones((2, 2))}))

    def test_another_shape(self) -> None:
        refused(
            r"`x` is float32\[4, 3\], but the input `x` takes .*float32\[N, 2\]",
            X[:, [0, 1, 1]],
            CLASSES,
        )

    def test_another_number_of_samples(self) -> None:
        refused("`y` holds 3 targets for 4 samples", X, CLASSES[:3])

    def test_no_samples(self) -> None:
        refused("the train arrays: holds no samples", X[:0], CLASSES[:0])

    def test_no_numbers(self) -> None:
        refused("holds <U1, not numbers", np.array([["a", "b"]]), [0])

    @pytest.mark.parametrize(("value", "what"), [(np.nan, "NaN"), (-np.inf, "an infinite value")])
    def test_what_is_not_a_number(self, value: float, what: str) -> None:
        x = X.copy()
        x[2, 1] = value
        refused(f"`x`: sample 2 holds {what}$", x, CLASSES)

    def test_fractions_for_an_input_of_integers(self) -> None:
        refused(
            "sample 1 has a value that int32 cannot", [[1, 2], [1, 2.5]], [[0, 0]] * 2, text=WORDS
        )

    @pytest.mark.parametrize("index", [9, -1])
    def test_words_that_an_embedding_lacks(self, index: int) -> None:
        x = np.array([[1, 2], [3, index]])
        message = f"sample 1 holds {index}, but goes into an Embedding of 9 rows, 0 to 8"
        refused(message, x, np.zeros((2, 2), int), text=WORDS)

    def test_no_data_at_all(self) -> None:
        with pytest.raises(UserError, match="the recipe `N` has no `data`"):
            load_data(recipe(THREE))


class TestTargets:
    @pytest.mark.parametrize("kind", ["classes", "one_hot"])
    @pytest.mark.parametrize(
        "y",
        [CLASSES, CLASSES.astype(np.float64), CLASSES[:, None], np.eye(3)[CLASSES]],
        ids=["indices", "floats", "a column", "one-hot"],
    )
    def test_classes_come_as_indices_or_one_hot(self, y: np.ndarray, kind: str) -> None:
        found = targets(y, kind)
        assert found.dtype == np.int32
        assert found.tolist() == CLASSES.tolist()

    def test_probabilities_stay(self) -> None:
        y = np.array([[0.5, 0.5, 0], [1, 0, 0], [0.2, 0.3, 0.5], [0, 0, 1]])
        assert targets(y, "one_hot") == pytest.approx(y)
        refused("takes one class a sample; use categorical_crossentropy", X, y, "classes")
        refused("target of sample 1 is neither one-hot nor", X, y * [[1], [2], [1], [1]], "one_hot")

    @pytest.mark.parametrize(("label", "shown"), [(3, "3"), (-1, "-1"), (0.5, "0.5")])
    def test_labels_outside_of_the_classes(self, label: float, shown: str) -> None:
        y = np.array([0, 1, label, 0])
        refused(f"label of sample 2 is {shown}, but the classes of the output `y` are 0 to 2", X, y)

    def test_labels_that_count_from_one(self) -> None:
        refused("are 0 to 2; they count from 0", X, CLASSES + 1)

    def test_labels_of_another_shape(self) -> None:
        refused(
            r"`y` is float64\[4, 2\], but the output `y` .* takes one class", X, np.ones((4, 2))
        )

    @pytest.mark.parametrize("shape", [(4,), (4, 1)])
    def test_two_sides_are_zero_and_one(self, shape: tuple[int, ...]) -> None:
        found = targets(np.array([0, 1, 1, 0]).reshape(shape), "binary", ONE)
        assert found.dtype == np.int32
        assert found.tolist() == [0, 1, 1, 0]

    def test_or_minus_one_and_one_for_a_hinge(self) -> None:
        assert targets([-1, 1, 1, -1], "signs", ONE).tolist() == [0, 1, 1, 0]
        refused(
            "target of sample 0 is -1, but those of `y` are from 0 to 1",
            X,
            [-1, 1, 1, 1],
            "binary",
            ONE,
        )

    def test_each_unit_may_have_a_yes_or_no_of_its_own(self) -> None:
        y = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 1], [1, 1, 1]])
        assert targets(y, "binary") == pytest.approx(y)

    def test_values_are_floats_of_the_outputs_shape(self) -> None:
        found = targets([1, 2, 3, 4], "values", ONE)
        assert found.dtype == np.float32
        assert found.shape == (4, 1)

    def test_a_value_that_is_not_a_number(self) -> None:
        refused(
            "`y`: sample 1 holds NaN, and 1 more samples", X, [1, np.nan, np.nan, 2], "values", ONE
        )

    def test_names_for_another_number_of_classes(self) -> None:
        with pytest.raises(UserError, match=r"has 2 classes \(a, b\), but .* has 3 units"):
            from_arrays(recipe(THREE, "classes"), (X, CLASSES), classes=("a", "b"))


def load(root: Path, text: str = THREE, kind: str = "classes", **arguments: object) -> Dataset:
    source = construct(npz, {"path": "data.npz", **arguments})
    return load_data(recipe(text, kind, source, file=root / "net.net"))


class TestFiles:
    def test_x_and_y(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=X, y=CLASSES)
        data = load(tmp_path, classes=["a", "b", "c"])
        assert data.train.targets["y"].tolist() == CLASSES.tolist()
        assert data.train.names[3] == "sample 3"
        assert data.classes == ("a", "b", "c")

    def test_names_of_the_net_or_of_ones_own(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", a=np.ones((2, 2)), b=np.ones((2, 3)), p=np.ones((2, 2)))
        data = load(tmp_path, TWO, "values")
        assert values(data.train, "b").shape == (2, 3)
        np.savez(tmp_path / "data.npz", pixels=X, digit=CLASSES)
        assert len(load(tmp_path, x="pixels", y="digit").train) == 4

    def test_an_autoencoder_learns_its_input(self, tmp_path: Path) -> None:
        text = "net N(x: float32[N, 2]) -> y: [N, 2] { return x -> Dense(2) }"
        np.savez(tmp_path / "data.npz", x=X)
        part = load(tmp_path, text, "values", y="x").train
        assert np.array_equal(target_array(part, "y"), X)

    def test_one_file_with_all_parts(self, tmp_path: Path) -> None:
        arrays = {"x_train": X, "y_train": CLASSES, "x_test": X[:1], "y_test": CLASSES[:1]}
        np.savez(tmp_path / "data.npz", allow_pickle=False, **arrays)
        data = load(tmp_path, validation_split=0)
        assert [part.name for part in data.parts] == ["train", "test"]
        assert len(data.parts[1]) == 1

    def test_a_file_for_each_part(self, tmp_path: Path) -> None:
        for name, count in (("data", 4), ("valid", 2), ("test", 1)):
            np.savez(tmp_path / f"{name}.npz", x=X[:count], y=CLASSES[:count])
        data = load(tmp_path, validation="valid.npz", test="test.npz")
        assert [len(part) for part in data.parts] == [4, 2, 1]

    def test_a_part_split_off(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=np.tile(X, (10, 1)), y=np.tile(CLASSES, 10))
        data = load(tmp_path, validation_split=0.2)
        assert data.validation is not None
        assert np.bincount(data.validation.targets["y"]).tolist() == [4, 2, 2]
        names = {*data.train.names, *data.validation.names}
        assert names == {f"sample {index}" for index in range(40)}

    def refused(self, root: Path, message: str, text: str = THREE, **more: object) -> None:
        with pytest.raises(UserError, match=message):
            load(root, text, "classes", **more)

    def test_a_missing_or_damaged_file(self, tmp_path: Path) -> None:
        self.refused(tmp_path, r"data\.npz: there is no such file; --data DIR")
        np.savez(tmp_path / "data.npz", x=X, y=CLASSES)
        data = (tmp_path / "data.npz").read_bytes()
        (tmp_path / "data.npz").write_bytes(data[:200])
        self.refused(tmp_path, r"data\.npz: is cut short or damaged")

    def test_pickles_are_not_opened(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=np.array([{}]), y=CLASSES)
        self.refused(tmp_path, "is a pickle of Python objects; netc opens none")

    def test_a_missing_array(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=X, labels=CLASSES)
        self.refused(tmp_path, "lacks the targets of `y`, called `y`; it holds `x`, `labels`")

    def test_labels_outside_of_the_classes_of_another_part(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=X, y=CLASSES, x_val=X, y_val=CLASSES + 1)
        self.refused(tmp_path, r"data\.npz: `y`: the label of sample 1 is 3")

    def test_a_part_that_is_given_twice(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=X, y=CLASSES, x_test=X, y_test=CLASSES)
        self.refused(tmp_path, "has `test` and `test_split`", test_split=0.5)

    def test_pictures_in_another_size(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "data.npz", x=np.zeros((4, 9, 9, 3), np.uint8), y=CLASSES)
        self.refused(
            tmp_path, r"`image` is uint8\[4, 9, 9, 3\], but the input `image` takes", PICTURES
        )
