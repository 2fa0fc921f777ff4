"""A net learns masks, and pictures that teach themselves, from files to the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.runtime.cli import execute
from PIL import Image

from .small import IGNORED

pytest.importorskip("tensorflow")

pytestmark = pytest.mark.filterwarnings(IGNORED)

NET = """\
net Cut(image: float32[N, 16, 16, 3]) -> mask: [N, 16, 16, 2] {
  return image -> Conv2D(8, 1, activation=relu) -> Conv2D(2, 1, activation=softmax)
}

train Cut {
  data = image_folder(
    "scans", masks="outlines", mask_values=[0, 255], classes=["ground", "cell"],
    scale=1 / 255, validation_split=0.25
  )
  augment = [RandomFlip, RandomRotation(0.1)]
  loss = sparse_categorical_crossentropy
  optimizer = Adam(0.05)
  metrics = [accuracy, MeanIoU(2, sparse_y_pred=false)]
  batch = 6
  epochs = 8
}

net Back(image: float32[N, 16, 16, 3]) -> again: [N, 16, 16, 3] {
  return image -> GaussianNoise(0.1) -> Conv2D(3, 1, activation=sigmoid)
}

train Back {
  data = image_folder("scans", y="x", scale=1 / 255, validation_split=0.25)
  augment = [RandomFlip]
  loss = binary_crossentropy
  optimizer = Adam(0.1)
  batch = 6
  epochs = 6
}
"""


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Noise with a bright square in each, and where it is."""
    rng = np.random.default_rng(5)
    for index in range(24):
        top, left = rng.integers(0, 9, 2)
        mask = np.zeros((16, 16), np.uint8)
        mask[top : top + 7, left : left + 7] = 255
        pixels = rng.integers(0, 120, (16, 16, 3)) + mask[..., None] // 2
        for folder, values in (("scans", pixels), ("outlines", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(values.astype(np.uint8)).save(tmp_path / folder / f"{index}.png")
    (tmp_path / "cut.net").write_text(NET)
    return tmp_path


def trained(folder: Path, name: str) -> dict[str, Any]:
    """What a run says of itself."""
    run = folder / name
    assert execute(["train", f"{folder / 'cut.net'}:{name}", "--out", str(run), "--quiet"]) == 0
    found: dict[str, Any] = json.loads((run / "run.json").read_text())
    return found


def test_masks_are_learned_and_pictures_give_themselves_back(scans: Path) -> None:
    run = trained(scans, "Cut")
    judged = run["endings"][0]["values"]
    assert judged["val_accuracy"] > 0.95
    assert judged["val_mean_iou"] > 0.8
    assert run["classes"] == ["ground", "cell"]
    values = trained(scans, "Back")["endings"][0]["values"]
    # What the mean of all pixels would have.
    pixels = np.stack([np.asarray(Image.open(path)) for path in (scans / "scans").iterdir()]) / 255
    mean = pixels.mean()
    assert values["val_loss"] < -(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)) - 0.05


def test_a_sheet_shows_masks_over_pictures_as_both_are_moved(scans: Path) -> None:
    out = scans / "sheet.png"
    assert execute(["data", f"{scans / 'cut.net'}:Cut", "-o", str(out), "--count", "8"]) == 0
    red, green, blue = np.moveaxis(np.asarray(Image.open(out).convert("RGB"), np.int16), -1, 0)
    marked = (red > green + 40) & (red > blue + 40)
    above, below = marked[: len(marked) // 2].sum(), marked[len(marked) // 2 :].sum()
    assert above > 8 * 49
    assert abs(above - below) < 0.3 * above
