"""How pictures and arrays become tensors: one arithmetic for batches, NumPy and the saved model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.augment import AUGMENTATION_CLASSES
from netc.compiler.recipe.objects.base import DataSource
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.compiler.recipe.objects.sources import npz
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.data.arrays import numpy_batches, target_array
from netc.runtime.data.batches import evaluation_batches, training_batches
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.data.normalize import adapted
from netc.runtime.data.sheet import make_sheet
from netc.runtime.errors import UserError
from PIL import Image

from .recipes import PICTURES, folder, recipe, with_phase

tf = pytest.importorskip("tensorflow")

FIRST = "net N(image: float32[N, 3, 8, 8]) -> y: [N, 2] { return image -> Flatten -> Dense(2) }"
GREY = "net N(image: float32[N, 8, 8]) -> y: [N, 2] { return image -> Flatten -> Dense(2) }"
MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.1, 0.3]


def made_of(root: Path, text: str = PICTURES, **arguments: object) -> Recipe:
    source = construct(image_folder, {"path": "pets", **arguments})
    return recipe(text, "one_hot", source, file=root / "net.net")


def batch(made: Recipe, dataset: Dataset | None = None) -> np.ndarray:
    """All training pictures as onnxruntime gets them, which TensorFlow must get too."""
    data = load_data(made) if dataset is None else dataset
    (found,) = numpy_batches(data.train, None)
    ((x, _),) = evaluation_batches(data.train, made, made.phases[0].heads, None)
    np.testing.assert_allclose(x["image"], found["image"], rtol=1e-6, atol=1e-6)
    return found["image"]


def pixels(root: Path) -> np.ndarray:
    """The pictures of a folder as they are, `[n, H, W, C]`."""
    return np.stack([np.asarray(Image.open(path)) for path in sorted(root.rglob("*.png"))])


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return folder(tmp_path / "pets", {"cat": 2, "dog": 2})


class TestValues:
    def test_scale_makes_bytes_0_to_1(self, pets: Path) -> None:
        found = batch(made_of(pets.parent, scale=1 / 255))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, pixels(pets) / 255, rtol=1e-6)

    def test_mean_and_std_come_after_scale_for_each_channel(self, pets: Path) -> None:
        found = batch(made_of(pets.parent, scale=1 / 255, mean=MEAN, std=STD))
        wanted = (pixels(pets) / 255 - np.array(MEAN)) / np.array(STD)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)

    def test_blue_may_come_first_and_mean_is_in_that_order(self, pets: Path) -> None:
        found = batch(made_of(pets.parent, color_order="bgr", mean=[10, 20, 30]))
        np.testing.assert_allclose(found, pixels(pets)[..., ::-1] - np.array([10.0, 20, 30]))

    def test_channels_may_stand_behind_the_batch(self, pets: Path) -> None:
        found = batch(made_of(pets.parent, FIRST, color_order="bgr", scale=0.5, mean=MEAN, std=STD))
        wanted = (pixels(pets)[..., ::-1] * 0.5 - np.array(MEAN)) / np.array(STD)
        np.testing.assert_allclose(found, wanted.transpose(0, 3, 1, 2), rtol=1e-5, atol=1e-4)

    def test_a_picture_without_an_axis_of_channels(self, tmp_path: Path) -> None:
        pets = folder(tmp_path / "pets", {"cat": 2, "dog": 2}, mode="L")
        found = batch(made_of(tmp_path, GREY, scale=1 / 255, mean=[0.5], std=[0.25]))
        np.testing.assert_allclose(found, (pixels(pets) / 255 - 0.5) / 0.25, rtol=1e-5, atol=1e-6)

    def test_nothing_said_leaves_0_to_255(self, pets: Path) -> None:
        assert np.array_equal(batch(made_of(pets.parent)), pixels(pets))


class TestTraining:
    def test_batches_are_prepared_where_nothing_augments(self, pets: Path) -> None:
        made = made_of(pets.parent, scale=1 / 255)
        ((x, _),) = training_batches(load_data(made).train, made, made.phases[0]).take(1)
        assert 0.9 < float(tf.reduce_max(x["image"])) <= 1

    @pytest.mark.parametrize("mean", [0.0, MEAN])
    def test_augmentation_sees_0_to_255_and_the_net_what_it_makes_of_them(
        self, pets: Path, mean: object
    ) -> None:
        from netc.runtime.train.feed import Feed

        brighter = construct(AUGMENTATION_CLASSES["RandomBrightness"], {"factor": (0.2, 0.2)})
        made = made_of(pets.parent, scale=1 / 255, mean=mean)
        made = with_phase(made, augment=(brighter,))
        data = load_data(made)
        feed = Feed(made, data)
        augment = feed.augmenter(made.phases[0], 1)
        ((x, y),) = feed.training(made.phases[0], 1, 1).take(1)
        assert float(tf.reduce_max(x["image"])) > 200
        changed, _ = augment(x, y)
        wanted = np.clip(x["image"].numpy() + 0.2 * 255, 0, 255) / 255 - np.array(mean)
        np.testing.assert_allclose(changed["image"], wanted, rtol=1e-5, atol=1e-5)

    def test_a_sheet_shows_pictures_and_not_tensors(self, pets: Path) -> None:
        made = made_of(pets.parent, scale=1 / 255, mean=MEAN)
        data = load_data(made)
        originals = make_sheet(made, data, data.train, None, 4).originals
        assert sorted(originals.sum(axis=(1, 2, 3))) == sorted(pixels(pets).sum(axis=(1, 2, 3)))

    def test_a_normalization_layer_learns_what_the_net_gets(self, pets: Path) -> None:
        text = """net N(image: float32[N, 8, 8, 3]) -> y: [N, 2] {
          return image -> Normalization as scale -> Flatten -> Dense(2)
        }"""
        made = made_of(pets.parent, text, scale=1 / 255)
        found = adapted(made.checked, load_data(made).train)
        np.testing.assert_allclose(
            found["scale/mean"], pixels(pets).mean(axis=(0, 1, 2)) / 255, rtol=1e-5
        )


class TestSizes:
    """A picture 40 wide and 20 high, whose columns count from 0: what of it the net gets."""

    @pytest.fixture
    def wide(self, tmp_path: Path) -> Path:
        for name in ("cat", "dog"):
            (tmp_path / "pets" / name).mkdir(parents=True)
            columns = np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None] * 5, (20, 40, 3))
            Image.fromarray(columns).save(tmp_path / "pets" / name / "0.png")
        return tmp_path

    def first_row(self, root: Path, **arguments: object) -> np.ndarray:
        return batch(made_of(root, **arguments))[0, 4, :, 0]

    def test_by_default_it_is_squeezed(self, wide: Path) -> None:
        row = self.first_row(wide)
        assert (row[0], row[-1]) == pytest.approx((10, 185), abs=5)

    def test_edges_are_cut_off(self, wide: Path) -> None:
        # The middle 20 columns, 10 to 29.
        row = self.first_row(wide, crop_to_aspect_ratio=True)
        assert (row[0], row[-1]) == pytest.approx((54, 141), abs=3)

    def test_or_black_edges_are_added(self, wide: Path) -> None:
        found = batch(made_of(wide, pad_to_aspect_ratio=True))[0, :, :, 0]
        assert (found[[0, -1]] == 0).all()
        assert found[4, -1] == pytest.approx(185, abs=5)

    def test_the_middle_of_a_larger_picture_as_torchvision_cuts_it(self, wide: Path) -> None:
        picture = Image.open(wide / "pets" / "cat" / "0.png")
        sized = picture.resize((20, 10), Image.Resampling.BILINEAR)
        wanted = np.asarray(sized.crop((6, 1, 14, 9)))
        assert np.array_equal(batch(made_of(wide, shorter_side=10))[0], wanted)

    def test_nearest_makes_no_new_values(self, wide: Path) -> None:
        nearest = self.first_row(wide, interpolation="nearest")
        assert set(nearest) <= set(range(0, 200, 5))
        assert not set(self.first_row(wide, interpolation="bicubic")) <= set(range(0, 200, 5))

    def test_no_resize_takes_more_memory_than_pictures_may(self, tmp_path: Path) -> None:
        for name in ("cat", "dog"):
            (tmp_path / "pets" / name).mkdir(parents=True)
            Image.new("RGB", (2000, 1)).save(tmp_path / "pets" / name / "0.png")
        with pytest.raises(UserError, match=r"0\.png: would be resized to 1000000 x 500 pixels"):
            batch(made_of(tmp_path, shorter_side=500))


class TestArrays:
    X = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
    Y = np.arange(6) % 2
    SELF = """net N(image: float32[N, 8, 8, 3]) -> y: [N, 8, 8, 3] {
      return image -> Dense(3, activation=sigmoid)
    }"""

    def source(self, **arguments: object) -> DataSource:
        return construct(npz, {"path": "a.npz", "scale": 1 / 255, **arguments})

    def test_arrays_of_a_file_are_scaled_and_stay_bytes_in_memory(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x=self.X, y=self.Y)
        made = recipe(PICTURES, "one_hot", self.source(mean=MEAN), file=tmp_path / "net.net")
        data = load_data(made)
        assert data.train.inputs["image"].dtype == np.uint8  # type: ignore[union-attr]
        np.testing.assert_allclose(
            batch(made, data), self.X / 255 - np.array(MEAN), rtol=1e-5, atol=1e-6
        )

    def test_a_net_that_learns_its_input_is_taught_what_it_gets(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x=self.X)
        made = recipe(self.SELF, "binary", self.source(y="x"), file=tmp_path / "net.net")
        np.testing.assert_allclose(
            target_array(load_data(made).train, "y"), self.X / 255, rtol=1e-6
        )

    def test_arrays_from_python_are_like_those_of_the_file(self) -> None:
        made = recipe(PICTURES, "one_hot", self.source())
        data = from_arrays(made, (self.X, self.Y))
        np.testing.assert_allclose(batch(made, data), self.X / 255, rtol=1e-6)
        taught = recipe(self.SELF, "binary", self.source())
        own = target_array(from_arrays(taught, (self.X, self.X)).train, "y")
        np.testing.assert_allclose(own, self.X / 255, rtol=1e-6)
