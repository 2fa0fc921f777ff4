"""Seconds to look through a folder of pictures and to decode them: netc beside plain Pillow.

    python bench/folder.py [--pictures 20000] [--rounds 5]

A dry run looks through all pictures; training decodes those that fit into memory. Pillow's rows
do the same in a plain loop of one thread. `ratio` is netc's time over Pillow's: the median over
the rounds, and that of the fastest rounds, which other work touches least.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path

import numpy as np
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.decode import decode_all
from netc.runtime.data.load import load_data
from PIL import Image
from rounds import interleaved, milliseconds, ratios

CLASSES = 10
SIDE = 32
NET = f"""net Pictures(x: float32[N, {SIDE}, {SIDE}, 3]) -> p: [N, {CLASSES}] {{
  return x -> Flatten -> Dense({CLASSES}, activation=softmax)
}}
train Pictures {{
  data = image_folder("pictures")
  loss = sparse_categorical_crossentropy
}}
"""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Measures the reading of a folder of pictures.")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        draw(folder / "pictures", given.pictures)
        (folder / "pictures.net").write_text(NET)
        recipe, _ = check_recipe(folder / "pictures.net")
        assert recipe is not None
        (pictures,) = load_data(recipe).train.inputs.values()
        runs = {
            "look through": (lambda: load_data(recipe), lambda: opened(folder / "pictures")),
            "decode": (lambda: decode_all(pictures), lambda: decoded(folder / "pictures")),
        }
        print(f"| {given.pictures:,} pictures | netc | Pillow, one thread | ratio | of fastest |")
        print("|---|--:|--:|--:|--:|")
        for name, pair in runs.items():
            ours, theirs = interleaved(pair, given.rounds, patience=60, warm=1)
            cells = " | ".join(ratios(ours, theirs).split())
            times = f"{milliseconds(ours).strip()} | {milliseconds(theirs).strip()}"
            print(f"| {name} | {times} | {cells} |", flush=True)


def draw(folder: Path, count: int) -> None:
    """Writes pictures of noise, the same 50 over and over."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(50):
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)).save(file, "JPEG")
        made.append(file.getvalue())
    for number in range(count):
        place = folder / f"class{number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.jpg").write_bytes(made[number % len(made)])


def files(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(
        os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
    )


def opened(folder: Path) -> None:
    """Opens each picture and reads its size."""
    for path in files(folder):
        with Image.open(path) as picture:
            _ = picture.size


def decoded(folder: Path) -> None:
    """Decodes each picture."""
    for path in files(folder):
        with Image.open(path) as picture:
            np.asarray(picture.convert("RGB"))


if __name__ == "__main__":
    main()
