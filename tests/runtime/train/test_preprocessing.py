"""A run on scaled pictures: its model says how, and its figures are those of prepared pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.infer.preprocess import model_preprocessing
from netc.runtime.infer.session import Session
from PIL import Image

from .small import IGNORED

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings(IGNORED)

NET = """net Shades(image: float32[N, 6, 6, 3]) -> probs: [N, 2] {
  return image -> Flatten -> Dense(4, activation=relu) -> Dense(2, activation=softmax)
}

train Shades {
  data      = image_folder("shades", test_split=0.25, scale=1 / 255, mean=[0.5, 0.4, 0.3])
  augment   = [RandomBrightness(0.05)]
  loss      = categorical_crossentropy
  optimizer = Adam(0.05)
  metrics   = [accuracy]
  batch     = 8
  epochs    = 12
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Dark and light pictures of noise, under the same names."""
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 130)):
        (tmp_path / "shades" / name).mkdir(parents=True)
        for index in range(16):
            pixels = rng.integers(low, low + 125, (6, 6, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "shades" / name / f"{index:04}.png")
    (tmp_path / "shades.net").write_text(NET)
    return tmp_path / "shades.net"


def metrics(file: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """What `netc eval` measures on the test part, and what it notes."""
    capsys.readouterr()
    assert netc(["eval", str(file), "--run", str(out), "--format", "json"]) == 0
    shown = capsys.readouterr()
    return json.loads(shown.out)["metrics"], shown.err


def test_what_is_trained_is_what_is_saved_and_evaluated(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside, inside = tmp_path / "beside", tmp_path / "inside"
    assert netc(["train", str(file), "--out", str(beside), "--quiet"]) == 0
    options = ["--out", str(inside), "--quiet", "--embed-preprocessing"]
    assert netc(["train", str(file), *options]) == 0

    made = model_preprocessing(Session(beside / "model.onnx"))
    assert made is not None
    assert (made.scale, made.mean) == (1 / 255, (0.5, 0.4, 0.3))
    left = model_preprocessing(Session(inside / "model.onnx"))
    assert left is not None
    assert not left.changes_values

    # The same weights, whoever scales: by netc from the metadata, or by the model itself.
    found, note = metrics(file, beside, capsys)
    assert note == ""
    assert found["accuracy"] == 1.0  # type: ignore[index]
    embedded, note = metrics(file, inside, capsys)
    assert note == ""
    assert embedded == pytest.approx(found, rel=1e-4, abs=1e-6)

    # Any other program that gives the embedded models bytes gets the same answers.
    pixels = np.asarray(Image.open(tmp_path / "shades/light/0003.png"), np.float32)[None]
    onnx = Session(inside / "model.onnx").run({"image": pixels})["probs"]
    assert onnx[0, 1] > 0.9
    model = keras.models.load_model(inside / "model.keras")
    np.testing.assert_allclose(model.predict_on_batch(pixels), onnx, atol=1e-5)

    # The run's own way is kept where the recipe goes another.
    file.write_text(NET.replace("1 / 255", "1 / 128"))
    for out in (beside, inside):
        again, note = metrics(file, out, capsys)
        assert again == pytest.approx(found, rel=1e-4, abs=1e-6)
        assert "prepares pictures in another way by now" in note
