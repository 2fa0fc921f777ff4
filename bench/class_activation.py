"""Class activation maps of MobileNetV2 on real pictures: what the net sees, and where.

    python bench/class_activation.py [-o FILE.png]

Needs PyTorch, which reads the weights: `pip install 'netc[torch,train]'`. Weights and pictures are
those of `bench/pretrained.py`; so that no photograph is copied into the repository, the picture is
written beside them. The net is `models/class_activation.net`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from netc.runtime.demo.__main__ import ROOT
from netc.runtime.errors import UserError
from netc.runtime.files.write import replacing
from netc.runtime.infer.activation_map import enlarged
from netc.runtime.infer.inputs import read_inputs
from pretrained import CACHE, fetch

import netc

SHOWN = (2, 5, 12, 15, 16, 17, 18, 19)
"""Pictures of one thing each, by their place among the twenty."""
SIZE = 224


def main() -> int:
    """Draws the picture; returns the exit status."""
    parser = argparse.ArgumentParser(description="Draws class activation maps.")
    parser.add_argument("-o", "--output", type=Path, default=CACHE / "class_activation.png")
    out = parser.parse_args().output
    os.chdir(ROOT)
    try:
        weights, pictures, classes = fetch()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    net = netc.load("models/class_activation.net", weights=weights)
    names = classes.read_text("utf-8").splitlines()
    (batch,) = read_inputs([pictures[i] for i in SHOWN], net.session.inputs)
    made = net.run(batch.arrays)
    mpl.use("agg")
    draw(batch.arrays["image"], made["probs"], made["evidence"], names, out)
    print(f"wrote {out}")
    return 0


def draw(
    images: np.ndarray, probs: np.ndarray, evidence: np.ndarray, names: list[str], out: Path
) -> None:
    """Each picture `[n, 224, 224, 3]` above itself under the map of its best class."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(images), figsize=(1.5 * len(images), 3.5))
    for column, (image, scores, maps) in enumerate(zip(images, probs, evidence, strict=True)):
        best = int(scores.argmax())
        above, below = axes[:, column]
        above.imshow(image.astype(np.uint8))
        above.set_title(f"{names[best].split(',')[0]}\n{scores[best]:.0%}", fontsize=8)
        below.imshow(image.astype(np.uint8))
        below.imshow(shown(maps[..., best]), cmap="inferno", alpha=0.6)
    for each in axes.flat:
        each.axis("off")
    figure.tight_layout(pad=0.4)
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=100, format="png")


def shown(scores: np.ndarray) -> np.ndarray:
    """A map of 7 by 7 as one of the picture's size, from 0 to 1."""
    large = enlarged(scores, (SIZE, SIZE))
    return (large - large.min()) / (large.max() - large.min())


if __name__ == "__main__":
    sys.exit(main())
