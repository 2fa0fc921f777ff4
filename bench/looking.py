"""The pictures of docs/looking.md: what published ImageNet weights see in free photographs.

    python bench/looking.py [-o DIR]

The weights are those that `netc weights` fetches. The photographs are files of scikit-image's
package, which is downloaded into `.cache/looking` and not installed. `skimage.data` says of
`coffee.png`, `chelsea.png` and `rocket.jpg` that they are CC0.
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
from netc.runtime.published import fetch as published
from PIL import Image
from pretrained import fetch

CACHE = Path(".cache", "looking")
PHOTOGRAPHS = ("scikit-image==0.26.0", "skimage/data/")
MOBILE, LITE = "models/class_activation.net", "zoo.efficientnet_lite:EfficientNetLite0"
SHOWN = {"coffee.png": MOBILE, "rocket.jpg": MOBILE, "chelsea.png": LITE}
"""The photographs, and the net that looks at each."""


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
    known = {MOBILE: [str(weights), "--classes", str(classes)]}
    known[LITE] = [str(published.fetch(LITE, say)), "--classes", str(classes)]
    verbs = [["cam", net, str(CACHE / name), "--threshold", "0.4"] for name, net in SHOWN.items()]
    for verb in [*verbs, ["filters", MOBILE]]:
        name = "_".join([verb[0], *(Path(each).stem for each in verb[2:3])])
        words = [*verb, "-o", str(out / f"{name}.png"), "--weights", *known[verb[1]]]
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
