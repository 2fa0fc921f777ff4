"""Data for steps of `docs/course.md` that no package ships: points and figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from netc.runtime.files.write import replacing, write_text

SIZE = 32
"""The side of a picture of figures."""


def make(folder: Path) -> None:
    """Writes `points.csv` and `figures.npz`, the same at each time."""
    points(folder / "points.csv")
    figures(folder / "figures.npz")


def points(path: Path) -> None:
    """240 points in a plane, of two kinds around two places."""
    drawn = np.random.default_rng(0)
    kinds = drawn.integers(0, 2, 240)
    places = np.where(kinds[:, np.newaxis], 1.0, -1.0) + drawn.normal(0, 0.8, (240, 2))
    rows = [f"{x:.4f},{y:.4f},{kind}" for (x, y), kind in zip(places, kinds, strict=True)]
    write_text(path, "\n".join(["x,y,kind", *rows, ""]))


def figures(path: Path) -> None:
    """1,200 pictures `[32, 32, 1]` of bytes: a ring, a cross, a square or nothing in noise.

    `y` is a row of three places: which of the figures is there.
    """
    drawn = np.random.default_rng(0)
    labels = drawn.integers(0, 4, 1200).astype(np.uint8)
    pictures = drawn.normal(60, 25, (1200, SIZE, SIZE))
    for picture, label in zip(pictures, labels, strict=True):
        radius = int(drawn.integers(4, 7))
        y, x = drawn.integers(radius, SIZE - radius, 2)
        picture[shape(int(label), radius, x, y)] += 120
    shown = (labels[:, np.newaxis] == np.arange(3)).astype(np.float32)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, x=pictures.clip(0, 255).astype(np.uint8)[..., np.newaxis], y=shown)


def shape(label: int, radius: int, x: int, y: int) -> np.ndarray:
    """Where a figure around `x`, `y` is: a mask `[32, 32]`."""
    down, right = np.mgrid[:SIZE, :SIZE]
    across, along = np.abs(right - x), np.abs(down - y)
    within = np.maximum(across, along) <= radius
    if label == 0:
        return np.abs(np.hypot(across, along) - radius + 0.5) < 1
    if label == 1:
        return within & (np.minimum(across, along) <= 1)
    return within & (np.maximum(across, along) == radius) & (label == 2)
