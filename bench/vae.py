"""Trains the autoencoders of `models/` on digits and draws what they give back.

    python bench/vae.py [--draw]

The runs are in `.cache/vae`, and the picture goes into `docs/pictures/vae.png`. `--draw` draws
again what was trained before.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from datasets import FOLDER
from netc.compiler.ops.base.backend import Array
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute
from netc.runtime.data.load import load_data
from netc.runtime.demo.__main__ import ROOT
from netc.runtime.demo.datasets import fetch
from netc.runtime.files.write import replacing
from netc.runtime.infer.session import Session
from netc.runtime.report.style import INK, drawing, new_figure, save
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CACHE = Path(".cache", "vae")
PICTURE = Path("docs", "pictures", "vae.png")
SHOWN = 10
"""Digits of the validation part, each given back by both nets."""
SIDE = 15
"""Codes along each axis of the grid, at even steps of the normal distribution."""
GREYS = 24
"""Shades in the picture, which keeps the file small."""


def main() -> int:
    """Trains and draws; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains and draws the autoencoders.")
    parser.add_argument("--draw", action="store_true", help="only draw what was trained before")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    fetch("mnist", FOLDER)
    if not chosen.draw and not all(trained(name) for name in ("autoencoder", "vae")):
        return 1
    draw(digits(), PICTURE)
    print(PICTURE)
    return 0


def trained(name: str) -> bool:
    """Trains the recipe of a file of `models/` from nothing; False where that failed."""
    out = CACHE / name
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    model = f"models/{name}.net"
    return execute(["train", model, "--data", str(FOLDER), "--out", str(out), "--quiet"]) == 0


def digits() -> Array:
    """Digits of the part that no weight was learned from, one of each kind, `[10, 28, 28, 1]`."""
    recipe, _ = check_recipe(Path("models", "vae.net"))
    assert recipe is not None
    part = load_data(recipe, FOLDER).validation
    assert part is not None
    column = part.inputs["image"]
    assert isinstance(column, np.ndarray)
    # They stand in the file in order, as many of each.
    return column[len(column) // 20 :: len(column) // 10][:SHOWN]


def compiled(name: str, net: str) -> Session:
    """A net of a file of `models/` with the weights that its recipe learned."""
    made = CACHE / f"{net}.onnx"
    weights = CACHE / name / "best.safetensors"
    if execute(["compile", f"models/{name}.net:{net}", "--weights", str(weights), "-o", str(made)]):
        sys.exit(1)
    return Session(made)


def draw(originals: Array, path: Path) -> None:
    """Digits and what both nets make of them; and what codes of two numbers look like."""
    rows = {
        "digit": originals,
        "from 128\nnumbers": compiled("autoencoder", "Autoencoder").run({"image": originals})[
            "recon"
        ],
        "from 2\nnumbers": compiled("vae", "VAE").run({"image": originals})["recon"],
    }
    at = [NormalDist().inv_cdf((place + 0.5) / SIDE) for place in range(SIDE)]
    codes = np.array([[x, y] for y in reversed(at) for x in at], np.float32)
    drawn = compiled("vae", "VAEDecoder").run({"code": codes})["recon"]
    with drawing():
        figure = new_figure(9.2, 3.9)
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
        show(left, np.concatenate(list(rows.values())), len(originals))
        left.set_title("Digits that were not trained on")
        left.set_yticks([28 * row + 14 for row in range(len(rows))], list(rows))
        show(right, drawn, SIDE)
        right.set_title("Drawn from codes")
        save(figure, path, 110)
    with Image.open(path) as drawn_once, replacing(path) as temporary:
        drawn_once.convert("L").quantize(GREYS).save(temporary, "PNG", optimize=True)


def show(axes: Axes, pictures: Array, across: int) -> None:
    """Many pictures as one, row by row."""
    rows = pictures.reshape(-1, across, 28, 28).transpose(0, 2, 1, 3)
    axes.imshow(rows.reshape(-1, across * 28), cmap="gray_r", vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


if __name__ == "__main__":
    sys.exit(main())
