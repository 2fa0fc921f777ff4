"""`netc data`: counts, column ranges and contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute
from PIL import Image

from .recipes import folder

NET = """net Pets(image: float32[N, 8, 8, 3]) -> probs: [N, 2] {{
  return image -> Flatten -> Dense(2, activation=softmax)
}}

train Pets {{
  data    = image_folder("pets", validation_split=0.25)
  loss    = categorical_crossentropy{more}
}}
"""
ROWS = """net Table(row: float32[N, 2]) -> value: [N, 1] {
  return row -> Dense(1)
}

train Table {
  data = csv("table.csv")
  loss = mean_squared_error
}
"""


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    folder(tmp_path / "pets", {"cat": 8, "dog": 4})
    (tmp_path / "pets.net").write_text(NET.format(more=""))
    return tmp_path / "pets.net"


def test_the_samples_of_each_class_and_part(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["data", str(pets)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["class", "train", "validation"] in lines
    assert ["cat", "6", "2"] in lines
    assert ["dog", "3", "1"] in lines
    assert ["samples", "9", "3"] in lines


def test_what_becomes_of_pixels(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["data", str(pets)]) == 0
    assert "pixels" not in capsys.readouterr().out
    said = "validation_split=0.25, scale=1 / 255, mean=0.5, shorter_side=9, interpolation=lanczos"
    pets.write_text(pets.read_text().replace("validation_split=0.25", said))
    assert execute(["data", str(pets)]) == 0
    line = "image: pixels / 255 - 0.5, lanczos, the middle of pictures whose shorter side is 9"
    assert line in capsys.readouterr().out.splitlines()


def test_the_range_of_each_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "table.net").write_text(ROWS)
    (tmp_path / "table.csv").write_text("width,height,price\n1,10,5\n3,20,15\n")
    assert execute(["data", str(tmp_path / "table.net")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["samples", "2"] in lines
    assert ["width", "1", "2", "3"] in lines
    assert ["height", "10", "15", "20"] in lines


def test_paths_begin_where_data_says(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pets").rename(tmp_path / "elsewhere" / "pets")
    assert execute(["data", str(pets)]) == 1
    error = capsys.readouterr().err
    hint = "--data DIR says where the paths of `data` begin"
    assert error == f"error: pets.net:6: {tmp_path / 'pets'}: there is no such folder; {hint}\n"
    assert execute(["data", str(pets), "--data", str(tmp_path / "nowhere")]) == 2
    assert "nowhere' does not exist" in capsys.readouterr().err
    assert execute(["data", str(pets), "--data", str(tmp_path / "elsewhere")]) == 0


def test_a_sheet_without_augmentation_shows_originals(pets: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert execute(["data", str(pets), "-o", str(out), "--count", "3", "--part", "validation"]) == 0
    sheet = np.asarray(Image.open(out))
    assert sheet.shape[1] > 3 * 112
    corner = sheet[10 : 10 + 112, 10 : 10 + 112].reshape(8, 14, 8, 14, 3)
    assert (corner == corner[:, :1, :, :1]).all(), "each pixel is a square of 14"


def test_augmented_pictures_are_below(pets: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras")
    plain, out = tmp_path / "plain.png", tmp_path / "sheet.png"
    assert execute(["data", str(pets), "-o", str(plain), "--count", "4"]) == 0
    flip = "\n  augment = [RandomFlip(vertical), MixUp]"
    pets.write_text(NET.format(more=flip))
    assert execute(["data", str(pets), "-o", str(out), "--count", "4"]) == 0
    above, both = np.asarray(Image.open(plain)), np.asarray(Image.open(out))
    assert both.shape[0] > 1.8 * above.shape[0]
    rows = slice(0, 120)
    assert np.array_equal(above[rows], both[rows])
    assert not np.array_equal(both[10:122], both[142:254])


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["-o", "sheet.txt"], 2, "a sheet is a .png"),
        (["-o", "no/sheet.png"], 1, "the folder no of the output does not exist"),
        (["-o", "sheet.png", "--part", "test"], 1, "have no test part, only train and validation"),
    ],
)
def test_a_sheet_that_cannot_be_drawn(
    pets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(pets.parent)
    assert execute(["data", "pets.net", *arguments]) == status
    assert message in capsys.readouterr().err
    assert not Path("sheet.png").exists()


def test_a_sheet_is_for_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "table.net").write_text(ROWS)
    (tmp_path / "table.csv").write_text("a,b,c\n1,10,5\n")
    out = tmp_path / "sheet.png"
    assert execute(["data", str(tmp_path / "table.net"), "-o", str(out)]) == 1
    assert "a contact sheet shows pictures" in capsys.readouterr().err
    assert not out.exists()
