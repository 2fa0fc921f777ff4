"""Folders of pictures: what is read, what is done to pictures, and what is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.runtime.data.arrays import numpy_batches
from netc.runtime.data.dataset import Dataset, Part, prepare
from netc.runtime.data.decode import Pictures
from netc.runtime.data.load import load_data
from netc.runtime.errors import UserError
from netc.runtime.files.pictures import picture_layout, read_picture
from netc.runtime.files.tensors import TensorSpec
from PIL import Image

from .recipes import PICTURES, folder, recipe

THREE = "net N(image: float32[N, 8, 8, 3]) -> y: [N, 3] { return image -> Flatten -> Dense(3) }"
ONE = "net N(image: float32[N, 8, 8, 3]) -> y: [N, 1] { return image -> Flatten -> Dense(1) }"
OPEN = (
    "net N(image: float32[N, H, W, 3]) -> y: [N, 2]"
    " { return image -> GlobalAveragePooling2D -> Dense(2) }"
)


def load(
    root: Path, text: str = PICTURES, targets: str = "one_hot", **arguments: object
) -> Dataset:
    source = construct(image_folder, {"path": "pets", **arguments})
    return load_data(recipe(text, targets, source, file=root / "net.net"))


def pictures(part: Part) -> np.ndarray:
    """The decoded pictures of a part."""
    (batch,) = numpy_batches(part, None)
    return batch["image"]


def test_classes_are_folders_sorted_by_name(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"dog": 2, "cat": 3, "Ape": 1})
    data = load(tmp_path, THREE)
    assert data.classes == ("Ape", "cat", "dog")
    assert data.train.targets["y"].tolist() == [0, 1, 1, 1, 2, 2]
    assert [Path(name).parent.name for name in data.train.names] == [
        *["Ape"],
        *["cat"] * 3,
        *["dog"] * 2,
    ]
    assert data.validation is None


def test_validation_and_test_have_folders_of_their_own(tmp_path: Path) -> None:
    for name, count in (("pets", 3), ("valid", 2), ("held/out", 1)):
        folder(tmp_path / name, {"cat": count, "dog": count})
    data = load(tmp_path, validation="valid", test="held/out")
    assert [len(part) for part in data.parts] == [6, 4, 2]
    assert data.test is not None
    assert data.test.names[0] == str(tmp_path / "held/out/cat/0.png")


def test_or_they_are_split_off_class_by_class(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"cat": 10, "dog": 5})
    data = load(tmp_path, validation_split=0.2, test_split=0.4)
    counts = [np.bincount(part.targets["y"]).tolist() for part in data.parts]
    assert counts == [[4, 2], [2, 1], [4, 2]]
    names = [name for part in data.parts for name in part.names]
    assert len(set(names)) == 15
    again = load(tmp_path, validation_split=0.2, test_split=0.4)
    assert [part.names for part in again.parts] == [part.names for part in data.parts]


def test_pictures_are_what_netc_run_makes_of_them(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"cat": 1, "dog": 1}, size=(20, 13))
    layout = picture_layout(TensorSpec("image", "float32", (None, 8, 8, 3)))
    found = pictures(load(tmp_path).train)
    assert found.dtype == np.float32
    for made, name in zip(found, ("cat", "dog"), strict=True):
        assert np.array_equal(made, read_picture(tmp_path / "pets" / name / "0.png", layout))


def test_grey_and_transparent_pictures_go_into_a_net_of_colours(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"grey": 2}, mode="L")
    folder(tmp_path / "pets", {"clear": 2}, mode="RGBA")
    found = pictures(load(tmp_path).train)
    assert found.shape == (4, 8, 8, 3)
    assert (found[2:, ..., 0] == found[2:, ..., 1]).all(), "grey is the same in all three"


def test_hidden_files_and_notes_beside_the_classes_are_passed_over(tmp_path: Path) -> None:
    root = folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    for name in (".DS_Store", "cat/.thumbs", "README.txt"):
        (root / name).write_text("x")
    for name in (".git", "__MACOSX"):
        (root / name).mkdir()
    (root / "dog" / "Thumbs.db").write_text("x")
    assert len(load(tmp_path).train) == 4


def test_pictures_may_lie_deeper_in_the_folder_of_their_class(tmp_path: Path) -> None:
    folder(tmp_path / "pets" / "cat", {"black": 2, "white": 1})
    folder(tmp_path / "pets", {"dog": 1})
    assert load(tmp_path).train.targets["y"].tolist() == [0, 0, 0, 1]


def test_one_unit_tells_two_classes(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"cat": 1, "dog": 2})
    assert load(tmp_path, ONE, "binary").train.targets["y"].tolist() == [0, 1, 1]


def test_a_net_for_any_size_needs_one_to_train(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"cat": 1, "dog": 1})
    with pytest.raises(UserError, match=r"leaves the size of pictures open.*image_size=\(256"):
        load(tmp_path, OPEN)
    assert pictures(load(tmp_path, OPEN, image_size=[5, 6]).train).shape == (2, 5, 6, 3)


def test_no_picture_is_decoded_before_it_is_needed(tmp_path: Path) -> None:
    folder(tmp_path / "pets", {"cat": 1, "dog": 1})
    column = load(tmp_path).train.inputs["image"]
    assert isinstance(column, Pictures)
    assert "kept" not in vars(column)


def cut(path: Path, share: float = 0.5) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


class TestFaults:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return folder(tmp_path / "pets", {"cat": 4, "dog": 4}, size=(64, 64))

    def refused(self, message: str, root: Path, *arguments: object, **more: object) -> None:
        with pytest.raises(UserError, match=message):
            load(root.parent, *arguments, **more)  # type: ignore[arg-type]

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        self.refused(f"{re.escape(str(tmp_path / 'pets'))}: there is no such", tmp_path / "pets")

    def test_a_file_in_place_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "pets").write_text("x")
        self.refused("is a file, not a folder of pictures", tmp_path / "pets")

    def test_no_folders_of_classes(self, tmp_path: Path) -> None:
        folder(tmp_path, {"pets": 2})
        self.refused("holds 2 pictures, but no folders; each class is", tmp_path / "pets")

    def test_an_empty_folder_of_a_class(self, root: Path) -> None:
        (root / "bird").mkdir()
        self.refused("pets/bird: is the folder of a class, but holds no pictures", root)

    def test_a_picture_outside_of_the_classes(self, root: Path) -> None:
        (root / "cat" / "0.png").rename(root / "lost.png")
        self.refused(r"pets/lost\.png: lies outside the folders of the classes", root)

    def test_a_text_file_among_the_pictures(self, root: Path) -> None:
        (root / "dog" / "notes.txt").write_text("a good boy")
        self.refused(r"dog/notes\.txt: is not a picture netc reads", root)

    def test_text_called_a_picture(self, root: Path) -> None:
        (root / "dog" / "9.jpg").write_text("a good boy")
        self.refused(r"dog/9\.jpg: is not a picture netc reads", root)

    @pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "webp", "gif"])
    def test_a_picture_cut_short(self, root: Path, ending: str) -> None:
        Image.open(root / "cat" / "0.png").save(root / "cat" / f"cut.{ending}")
        cut(root / "cat" / f"cut.{ending}")
        self.refused(rf"cat/cut\.{ending}: is ", root)

    def test_a_jpeg_without_its_last_marker_is_whole(self, root: Path) -> None:
        path = root / "cat" / "5.jpg"
        Image.open(root / "cat" / "0.png").save(path)
        path.write_bytes(path.read_bytes() + b"made by a camera")
        assert len(load(root.parent).train) == 9

    def test_an_empty_file(self, root: Path) -> None:
        (root / "cat" / "0.png").write_bytes(b"")
        self.refused(r"cat/0\.png: is empty", root)

    def test_all_faulty_files_are_counted_and_the_first_few_named(self, root: Path) -> None:
        for path in root.rglob("*.png"):
            path.write_bytes(b"no")
        self.refused(r"cat/0\.png.*cat/1\.png.*cat/3\.png.*dog/0\.png.*; and 3 more", root)

    def test_damage_in_the_middle_is_found_when_it_is_decoded(self, root: Path) -> None:
        path = root / "cat" / "0.png"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 255
        path.write_bytes(data)
        dataset = load(root.parent)
        with pytest.raises(UserError, match=r"cat/0\.png: is a cut-short or damaged picture"):
            prepare(dataset)

    def test_a_class_that_training_lacks(self, root: Path) -> None:
        folder(root.parent / "valid", {"cat": 1, "dog": 1, "bird": 1})
        self.refused(r"valid: has classes that .*pets lacks: `bird`", root, validation="valid")

    def test_a_class_that_validation_lacks(self, root: Path) -> None:
        folder(root.parent / "valid", {"cat": 1})
        self.refused(r"pets: has classes that .*valid lacks: `dog`", root, validation="valid")

    def test_more_or_fewer_classes_than_units(self, root: Path) -> None:
        message = r"pets: has 2 classes \(cat, dog\), but the output `y` has 3 units"
        self.refused(message, root, THREE)
        folder(root, {"bird": 1})
        message = r"3 classes \(bird, cat, dog\), but the output `y` has one unit, which tells 2"
        self.refused(message, root, ONE, "binary")

    def test_a_part_that_is_given_twice(self, root: Path) -> None:
        self.refused(
            "has `validation` and `validation_split`", root, validation="pets", validation_split=0.5
        )

    def test_too_few_of_a_class_to_split(self, root: Path) -> None:
        folder(root, {"rare": 1})
        self.refused("of class `rare` are only 1, too few", root, THREE, validation_split=0.5)

    def test_a_size_that_is_not_the_nets(self, root: Path) -> None:
        self.refused(r"image_size=\(9, 9\) is not the size", root, image_size=[9, 9])

    def test_a_net_that_takes_no_pictures(self, root: Path) -> None:
        text = "net N(x: float32[N, 3]) -> y: [N, 2] { return x -> Dense(2) }"
        self.refused("takes no picture", root, text)

    def test_a_net_of_two_inputs(self, root: Path) -> None:
        text = """net N(a: float32[N, 8, 8, 3], b: float32[N, 8, 8, 3]) -> y: [N, 2] {
          return a + b -> Flatten -> Dense(2)
        }"""
        self.refused("feeds a net with one input", root, text)
