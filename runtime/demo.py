"""`make demo`: a real network with real weights on real pictures, from text to answers.

The trained weights and the pictures are files of two packages on the Python package index; they
are downloaded into `.cache/demo` and not installed: only those files are read.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .cli import run
from .errors import UserError
from .files import replacing
from .packages import wheel_members

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(".cache", "demo")
MODELS = Path("models")
CLASSES = MODELS / "cifar10.txt"

WEIGHTS = ("cifar-10-model==7.4.0", "cifar_10_model/trained_models/cnn_model.h5")
"""A Keras CNN for CIFAR-10, trained to 76.6% on the test set; pixels go in as 0 to 255."""
PICTURES = ("foolbox==3.3.4", "foolbox/data/cifar10_")
"""Twenty labelled CIFAR-10 pictures, `cifar10_<number>_<label>.png`."""


def main() -> int:
    """Runs the demo; returns the exit status."""
    os.chdir(ROOT)
    try:
        weights, pictures = fetch()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    model = CACHE / "cifar10.onnx"
    net = str(MODELS / "cifar10_bn.net")
    say("Check every network that comes with netc")
    step("check", str(MODELS))
    say("Look at one of them")
    step("summary", net)
    say("Compile it with weights that were trained in Keras")
    step("compile", net, "-o", str(model), "--weights", str(weights), "--classes", str(CLASSES))
    say("Run it on pictures")
    step("run", str(model), *map(str, pictures), "--top", "3")
    return score(model, pictures)


def say(text: str) -> None:
    """A heading."""
    print(f"\n== {text}", flush=True)


def step(*args: str) -> None:
    """Runs one netc command, shown as a person would type it. Exits where it fails."""
    shown = list(args)
    if len(shown) > 8:
        shown = [*shown[:3], f"… ({len(args) - 4} pictures)", *shown[-2:]]
    print(f"$ netc {' '.join(shown)}", flush=True)
    status = run(list(args))
    sys.stdout.flush()
    if status:
        sys.exit(status)


def score(model: Path, pictures: list[Path]) -> int:
    """Compares what the model saw with the labels in the pictures' names."""
    from .classify import class_names, top
    from .inputs import read_inputs
    from .session import Session

    session = Session(model)
    names = class_names(session.metadata)
    right = 0
    for batch in read_inputs(pictures, session.inputs):
        (scores,) = session.run(batch.arrays).values()
        for file, (best,) in zip(batch.files, top(scores, 1, names), strict=True):
            right += best.index == int(file.stem.rpartition("_")[2])
    say(f"{right} of {len(pictures)} pictures right")
    return 0 if right == len(pictures) else 1


def fetch() -> tuple[Path, list[Path]]:
    """The weights file and the pictures, downloaded once. Raises UserError."""
    weights = CACHE / "cnn_model.h5"
    pictures = sorted(CACHE.glob("cifar10_*.png"))
    if weights.exists() and len(pictures) == 20:
        return weights, pictures
    CACHE.mkdir(parents=True, exist_ok=True)
    for requirement, prefix in (WEIGHTS, PICTURES):
        say(f"Download {requirement}")
        for name, data in wheel_members(requirement, prefix):
            with replacing(CACHE / name) as temporary:
                temporary.write_bytes(data)
    return weights, sorted(CACHE.glob("cifar10_*.png"))


if __name__ == "__main__":
    sys.exit(main())
