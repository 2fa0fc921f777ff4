"""The pictures of docs/looking.md: what published ImageNet weights see in free photographs.

    python bench/looking.py [-o DIR]

Needs PyTorch, which reads the weights: `pip install 'netc[torch,train]'`. The weights are those of
`bench/pretrained.py`; the photographs are files of scikit-image's package, which is downloaded into
`.cache/looking` and not installed. `skimage.data` says of `coffee.png` that it is CC0.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from netc.runtime.cli import execute
from netc.runtime.demo.__main__ import ROOT, say
from netc.runtime.errors import UserError
from netc.runtime.files.packages import wheel_members
from netc.runtime.files.write import replacing
from PIL import Image
from pretrained import fetch

CACHE = Path(".cache", "looking")
PHOTOGRAPHS = ("scikit-image==0.26.0", "skimage/data/")
SHOWN = ("coffee.png",)
NET = "models/class_activation.net"


def main() -> int:
    """Draws the pictures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Draws the pictures of docs/looking.md.")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs", "pictures"))
    out = parser.parse_args().output
    os.chdir(ROOT)
    try:
        weights, _, classes = fetch()
        photographs()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    more = ["--weights", str(weights), "--classes", str(classes)]
    verbs = [["cam", NET, str(CACHE / name), "--threshold", "0.4"] for name in SHOWN]
    for verb in [*verbs, ["filters", NET]]:
        name = "_".join([verb[0], *(Path(each).stem for each in verb[2:3])])
        words = [*verb, "-o", str(out / f"{name}.png"), *more]
        say(f"$ netc {' '.join(words)}")
        if execute(words):
            return 1
        shrink(out / f"{name}.png")
    return 0


def shrink(path: Path) -> None:
    """Makes a picture small enough to be kept beside the docs: 640 pixels wide, of 128 colours."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    whole.thumbnail((640, 640))
    with replacing(path) as temporary:
        whole.quantize(128).save(temporary, format="png", optimize=True)


def photographs() -> None:
    """Downloads the photographs once. Raises UserError."""
    if all((CACHE / name).exists() for name in SHOWN):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    say(f"Download {PHOTOGRAPHS[0]}")
    for name, data in wheel_members(*PHOTOGRAPHS):
        if name in SHOWN:
            with replacing(CACHE / name) as temporary:
                temporary.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
