"""Pictures that teach their masks, or themselves: read, checked, and moved with augmentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.cli import execute
from netc.runtime.cli.recipes import load_recipe
from netc.runtime.data import decode
from netc.runtime.data.arrays import input_arrays, target_array
from netc.runtime.data.batches import evaluation_batches, training_batches
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.data.summary import class_counts
from netc.runtime.data.targets import Copied, Masks
from netc.runtime.errors import UserError
from PIL import Image

NET = """\
net Cut(image: float32[N, 8, 8, 3]) -> mask: [N, 8, 8, {units}] {{
  return image -> Conv2D({units}, 1, activation={activation})
}}

train Cut {{
  data = image_folder("pictures", {source})
  loss = {loss}
  batch = 4
  {more}
}}
"""
SOFT = {"units": 3, "activation": "softmax", "loss": "sparse_categorical_crossentropy"}
SIDE = {"units": 1, "activation": "sigmoid", "loss": "binary_crossentropy"}
SELF = {"units": 3, "activation": "sigmoid", "loss": "mean_squared_error"}


def save(path: Path, pixels: Any, mode: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Image.fromarray(np.asarray(pixels, np.uint8))
    if mode == "P":
        made.putpalette([value for index in range(256) for value in (255 - index, index, 7)])
    made.save(path)


def scene(root: Path, values: tuple[int, ...] = (0, 1, 2), count: int = 6) -> None:
    """Pictures whose red says what the mask says, some of them in a folder deeper down."""
    rng = np.random.default_rng(3)
    for index in range(count):
        classes = np.repeat(np.repeat(rng.integers(0, len(values), (4, 4)), 2, 0), 2, 1)
        name = f"deep/{index}" if index % 2 else f"{index}"
        pixels = np.stack([classes * 100, *rng.integers(0, 256, (2, 8, 8))], axis=-1)
        save(root / "pictures" / f"{name}.png", pixels)
        save(root / "masks" / f"{name}.png", np.array(values)[classes], "P" if index % 3 else None)


def read(
    root: Path, kind: dict[str, Any], source: str = 'masks="masks"', more: str = ""
) -> tuple[Recipe, Dataset]:
    file = root / "cut.net"
    file.write_text(NET.format(source=source, more=more, **kind))
    recipe, _ = load_recipe(str(file))
    return recipe, load_data(recipe)


def test_a_mask_is_a_class_for_each_pixel(tmp_path: Path) -> None:
    scene(tmp_path)
    _, data = read(tmp_path, SOFT)
    assert isinstance(data.train.targets["mask"], Masks)
    found = target_array(data.train, "mask")
    red = input_arrays(data.train, range(6))["image"][..., 0]
    assert found.dtype == np.int32
    assert found.shape == (6, 8, 8)
    assert np.array_equal(found * 100, red)
    assert sum(count.counts[0] for count in class_counts(data, "mask")) == 6 * 64


def test_values_of_classes_are_said_or_black_and_white(tmp_path: Path) -> None:
    scene(tmp_path, (10, 200, 90))
    _, data = read(tmp_path, SOFT, 'masks="masks", mask_values=[10, 200, 90]')
    red = input_arrays(data.train, range(6))["image"][..., 0]
    assert np.array_equal(target_array(data.train, "mask") * 100, red)
    scene(tmp_path, (0, 255))
    _, data = read(tmp_path, SIDE)
    assert set(np.unique(target_array(data.train, "mask"))) == {0, 1}


def test_a_border_that_does_not_count_stays(tmp_path: Path) -> None:
    scene(tmp_path, (0, 1, 255))
    kind = {**SOFT, "loss": "SparseCategoricalCrossentropy(ignore_class=255)"}
    more = "class_weight = [1, 2, 3]"
    recipe, data = read(tmp_path, kind, more=more)
    assert set(np.unique(target_array(data.train, "mask"))) == {0, 1, 255}
    batches = training_batches(data.train, recipe, recipe.phases[0])
    _, y, weights = next(iter(batches))
    assert (weights.numpy()[y["mask"].numpy() == 1] == 2).all()


@pytest.mark.parametrize("kept", [True, False])
def test_batches_hold_masks_and_split_parts_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr(decode, "free_memory", lambda: 2**40 if kept else 0)
    scene(tmp_path)
    recipe, data = read(tmp_path, SOFT, 'masks="masks", validation_split=0.5')
    assert data.validation is not None
    for part in data.parts:
        batches = list(evaluation_batches(part, recipe, recipe.phases[0].heads, 4))
        y = np.concatenate([batch[1]["mask"].numpy() for batch in batches])
        x = np.concatenate([batch[0]["image"].numpy() for batch in batches])
        assert np.array_equal(y * 100, x[..., 0])
    assert not set(data.train.names) & set(data.validation.names)


@pytest.mark.parametrize(
    "augment",
    [
        "RandomFlip(horizontal)",
        "RandomTranslation(0.3, 0.3, interpolation=nearest)",
        "RandomRotation(0.2, interpolation=nearest)",
        "RandomZoom(0.3, interpolation=nearest)",
        'RandomShear(0.3, 0.3, interpolation=nearest, fill_mode="constant")',
        "RandomPerspective(interpolation=nearest)",
        "RandomElasticTransform(interpolation=nearest)",
        "RandomGrayscale(0.0)",
    ],
)
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_masks_move_as_pictures_do(tmp_path: Path, augment: str, loss: str) -> None:
    from netc.runtime.data.augment import Augmenter

    scene(tmp_path)
    recipe, data = read(tmp_path, {**SOFT, "loss": loss}, more=f"augment = [{augment}]")
    phase = recipe.phases[0]
    x, y = next(iter(training_batches(data.train, recipe, phase)))
    new_x, new_y = Augmenter(recipe, phase, 1, data.train.preprocessing, data.train.copies)(x, y)
    mask = np.asarray(new_y["mask"])
    found = mask if loss.startswith("sparse") else mask.argmax(axis=-1)
    assert np.array_equal(found * 100, np.asarray(new_x["image"])[..., 0].round())
    assert new_y["mask"].dtype == y["mask"].dtype


def test_a_picture_teaches_itself_as_the_net_gets_it(tmp_path: Path) -> None:
    from netc.runtime.data.augment import Augmenter

    scene(tmp_path)
    more = "augment = [RandomFlip(horizontal), RandomBrightness(0.2)]"
    recipe, data = read(tmp_path, SELF, 'y="x", scale=1 / 255', more)
    assert data.train.targets["mask"] == Copied("image")
    batch = next(iter(evaluation_batches(data.train, recipe, recipe.phases[0].heads, 6)))
    assert np.array_equal(batch[1]["mask"], batch[0]["image"])
    assert np.array_equal(target_array(data.train, "mask"), batch[0]["image"])
    phase = recipe.phases[0]
    x, y = next(iter(training_batches(data.train, recipe, phase)))
    new_x, new_y = Augmenter(recipe, phase, 1, data.train.preprocessing, data.train.copies)(x, y)
    assert np.array_equal(new_x["image"], new_y["mask"])
    assert not np.allclose(new_x["image"] * 255, x["image"])


def test_masks_of_arrays_move_too(tmp_path: Path) -> None:
    from netc.runtime.data.augment import Augmenter

    scene(tmp_path)
    recipe, data = read(tmp_path, SOFT, more="augment = [RandomFlip(horizontal)]")
    arrays = input_arrays(data.train, range(6))["image"], target_array(data.train, "mask")
    own = from_arrays(recipe, arrays)
    phase = recipe.phases[0]
    x, y = next(iter(training_batches(own.train, recipe, phase)))
    new_x, new_y = Augmenter(recipe, phase, 1)(x, y)
    assert np.array_equal(np.asarray(new_y["mask"]) * 100, np.asarray(new_x["image"])[..., 0])
    assert not np.array_equal(new_y["mask"], y["mask"])


def test_what_is_wrong_with_masks_is_said_with_names(tmp_path: Path) -> None:
    def refused(message: str, source: str = 'masks="masks"', kind: Any = SOFT) -> None:
        with pytest.raises(UserError, match=message):
            target_array(read(tmp_path, kind, source)[1].train, "mask")

    scene(tmp_path)
    (tmp_path / "masks" / "0.png").rename(tmp_path / "masks" / "9.png")
    refused(r"0\.png: has no mask; it would be .*masks/0\.png; .*9\.png: is the mask of no picture")
    (tmp_path / "masks" / "9.png").rename(tmp_path / "masks" / "0.png")
    save(tmp_path / "masks" / "0.bmp", np.zeros((8, 8)))
    refused(r"0\.png: has several masks in .*: 0\.bmp and 0\.png")
    (tmp_path / "masks" / "0.bmp").unlink()
    save(tmp_path / "masks" / "0.png", np.zeros((4, 8)))
    refused(r"0\.png: is 8 x 4, and .*0\.png 8 x 8")
    save(tmp_path / "masks" / "0.png", np.full((8, 8), 7))
    refused(r"0\.png: holds the value 7, but those of classes are 0 to 2; others are said by")
    refused(r"holds the value 7, but those of classes are 0, and 1 or 255", kind=SIDE)
    save(tmp_path / "masks" / "0.png", np.random.default_rng(0).integers(0, 255, (8, 8, 3)))
    refused(r"0\.png: is in colours \(RGB\); a mask has one number a pixel")
    (tmp_path / "masks" / "0.png").unlink()
    Image.new("L", (8, 8)).save(tmp_path / "masks" / "0.jpg")
    refused(r"0\.jpg: is a JPEG, which does not keep values; masks are PNG, GIF, BMP or WEBP")
    refused(r"there is no such folder", 'masks="gone"')
    (tmp_path / "masks" / "0.jpg").unlink()
    (tmp_path / "masks" / "0.png").symlink_to("/etc/hostname")
    refused(r"0\.png: is a link that leads out of the project")


def test_paths_of_masks_stay_in_the_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.net").write_text(NET.format(source='masks="../masks"', more="", **SOFT))
    assert execute(["check", str(tmp_path / "cut.net")]) == 1
    assert "is outside the project" in capsys.readouterr().out
