"""`netc run --engine ray`: two workers write the table that one process writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute
from PIL import Image

NET = """
net Pets(image: float32[N, 6, 6, 3]) -> probs: [N, 3] {
  return image -> Flatten -> Dense(3, activation=softmax)
}
"""


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rng = np.random.default_rng(1)
    (tmp_path / "photos").mkdir()
    for index in range(23):
        pixels = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{index:02}.png")
    (tmp_path / "photos" / "07.png").write_text("no picture")
    (tmp_path / "pets.net").write_text(NET)
    monkeypatch.chdir(tmp_path)
    assert execute(["compile", "pets.net", "-o", "pets.onnx"]) == 0
    return tmp_path


@pytest.mark.extras
@pytest.mark.filterwarnings("ignore")
def test_workers_write_what_one_process_writes(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["run", "pets.onnx", "photos", "--top", "2", "--batch", "4", "-o"]
    assert execute([*given, "one.csv"]) == 1
    alone = capsys.readouterr().err
    assert execute([*given, "ray.csv", "--engine", "ray"]) == 1
    assert capsys.readouterr().err == alone
    assert Path("ray.csv").read_bytes() == Path("one.csv").read_bytes()


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        (["pets.onnx", "photos"], 2, "--engine ray is for a table of many pictures"),
        (["pets.net", "photos", "-o", "o.csv"], 1, "compile the net first"),
    ],
)
def test_what_ray_does_not_run_is_one_line(
    photos: Path, given: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["run", *given, "--engine", "ray"]) == status
    assert message in capsys.readouterr().err
