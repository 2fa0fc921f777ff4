"""What systems leave among pictures is nobody's picture and no class, whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from netc.runtime.batch.samples import picture_paths
from netc.runtime.data.folders import loose_pictures
from netc.runtime.infer.quantize import calibration_files
from netc.runtime.report.features import gallery
from netc.runtime.scaffold.pictures import look_at
from PIL import Image

LEFT = ("Thumbs.db", "desktop.ini", ".DS_Store", "._1.png", "__MACOSX/cat/._1.png", ".trash/1.png")
"""Files of Windows, macOS and whoever hides some; the pictures among them are none."""


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Three pictures of each of two classes, and what systems left there."""
    root = tmp_path / "pets"
    for name in ("cat", "dog"):
        for above in (root, root / name):
            for left in LEFT:
                (above / left).parent.mkdir(parents=True, exist_ok=True)
                (above / left).write_bytes(b"\0\5\x16\7")
        for number in range(3):
            Image.new("RGB", (4, 4)).save(root / name / f"{number}.png")
    return root


@pytest.mark.parametrize(
    "count",
    [
        lambda pets: len(loose_pictures(pets, (pets.parent,))),
        lambda pets: len(picture_paths([pets])),
        lambda pets: 2 * len(calibration_files(pets / "dog")),
        lambda pets: len(gallery(pets, 100, 0).files),
        lambda pets: look_at(pets).pictures,
    ],
)
def test_pictures_are_counted_alike(pets: Path, count: Callable[[Path], int]) -> None:
    assert count(pets) == 6


def test_classes_are_those_of_pictures(pets: Path) -> None:
    assert look_at(pets).classes == ("cat", "dog")
    assert gallery(pets, 100, 0).classes == ("cat", "dog")
