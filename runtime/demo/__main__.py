"""`make demo`: real networks on real pictures, from text to answers; the last one is trained here.

The pictures, and the weights of the first network, are files of three packages on the Python
package index; they are downloaded into `.cache/demo` and not installed: only those files are read.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np

from ..cli import execute
from ..cli.say import say
from ..errors import UserError
from ..files.packages import wheel_members
from ..files.write import replacing, write_text
from ..runs.files import BEST, REPORT
from .datasets import fetch as fetch_data

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(".cache", "demo")
DATA = Path(".cache", "data")
MODELS = Path("models")
CLASSES = MODELS / "cifar10.txt"
DIGITS = f"{MODELS / 'mnist.net'}:Digits"

WEIGHTS = ("cifar-10-model==7.4.0", "cifar_10_model/trained_models/cnn_model.h5")
"""A Keras CNN for CIFAR-10, trained to 76.6% on the test set; pixels go in as 0 to 255."""
PICTURES = ("foolbox==3.3.4", "foolbox/data/cifar10_")
"""Twenty labelled CIFAR-10 pictures, `cifar10_<number>_<label>.png`."""


def main() -> int:
    """Runs the demo; returns the exit status."""
    os.chdir(ROOT)
    try:
        weights, pictures = fetch()
        fetch_data("mnist", DATA)
    except UserError as error:
        say(f"error: {error}", err=True)
        return 1
    head("Check every network that comes with netc")
    step("check", str(MODELS))
    return published(weights, pictures) or trained()


def published(weights: Path, pictures: list[Path]) -> int:
    """A network with weights that were trained in Keras; returns the exit status."""
    model = CACHE / "cifar10.onnx"
    net = str(MODELS / "cifar10_bn.net")
    head("Compile one of them with weights that were trained in Keras")
    step("compile", net, "-o", str(model), "--weights", str(weights), "--classes", str(CLASSES))
    head("Run it on pictures")
    step("run", str(model), *map(str, pictures), "--top", "3")
    return score(model, pictures)


def trained() -> int:
    """Trains LeNet-5 on digits and reads others with it; returns the exit status."""
    run_folder = CACHE / "digits"
    model = CACHE / "digits.onnx"
    shutil.rmtree(run_folder, ignore_errors=True)
    head("Look at another: LeNet-5, for digits")
    step("summary", DIGITS)
    head("Train it on 3,500 digits")
    step("train", DIGITS, "--data", str(DATA), "--out", str(run_folder))
    head("Measure it on 1,000 digits that it has not seen")
    step("eval", DIGITS, "--data", str(DATA), "--run", str(run_folder))
    head("Compile it with what it has learned")
    names = CACHE / "digits.txt"
    write_text(names, "".join(f"{digit}\n" for digit in range(10)))
    weights = run_folder / BEST
    step("compile", DIGITS, "-o", str(model), "--weights", str(weights), "--classes", str(names))
    head("Run it on some of those digits, as PNG files")
    pictures = unseen(CACHE / "unseen")
    step("run", str(model), *map(str, pictures), "--top", "2")
    status = score(model, pictures, enough=len(pictures) - 2)
    head(f"Open {run_folder / REPORT} to see how the training went")
    return status


def unseen(folder: Path) -> list[Path]:
    """Two PNG files of each digit out of the test part: `digit_<number>_<label>.png`."""
    from PIL import Image

    from ..cli.recipes import load_recipe
    from ..data.load import load_data

    recipe, _ = load_recipe(DIGITS)
    test = load_data(recipe, DATA).test
    assert test is not None
    (images,), (labels,) = test.inputs.values(), test.targets.values()
    assert isinstance(images, np.ndarray)
    folder.mkdir(exist_ok=True)
    made = []
    for label in range(10):
        for number in np.flatnonzero(labels == label)[:2]:
            path = folder / f"digit_{number:03}_{label}.png"
            Image.fromarray(images[number, ..., 0].astype(np.uint8)).save(path)
            made.append(path)
    return made


def head(text: str) -> None:
    """A heading."""
    say(f"\n== {text}")


def step(*args: str) -> None:
    """Runs one netc command, shown as a person would type it. Exits where it fails."""
    shown = list(args)
    if len(shown) > 8:
        shown = [*shown[:3], f"… ({len(args) - 4} pictures)", *shown[-2:]]
    say(f"$ netc {' '.join(shown)}")
    status = execute(list(args))
    sys.stdout.flush()
    if status:
        sys.exit(status)


def score(model: Path, pictures: list[Path], enough: int | None = None) -> int:
    """Compares what the model saw with the labels in the pictures' names.

    Returns 0 where `enough` of them are right; by default all must be.
    """
    from ..infer.classify import class_names, top
    from ..infer.inputs import read_inputs
    from ..infer.session import Session

    session = Session(model)
    names = class_names(session.metadata)
    right = 0
    for batch in read_inputs(pictures, session.inputs):
        (scores,) = session.run(batch.arrays).values()
        for file, (best,) in zip(batch.files, top(scores, 1, names), strict=True):
            right += best.index == int(file.stem.rpartition("_")[2])
    head(f"{right} of {len(pictures)} pictures right")
    return 0 if right >= (len(pictures) if enough is None else enough) else 1


def fetch() -> tuple[Path, list[Path]]:
    """The weights file and the pictures, downloaded once. Raises UserError."""
    weights = CACHE / "cnn_model.h5"
    pictures = sorted(CACHE.glob("cifar10_*.png"))
    if weights.exists() and len(pictures) == 20:
        return weights, pictures
    CACHE.mkdir(parents=True, exist_ok=True)
    for requirement, prefix in (WEIGHTS, PICTURES):
        head(f"Download {requirement}")
        for name, data in wheel_members(requirement, prefix):
            with replacing(CACHE / name) as temporary:
                temporary.write_bytes(data)
    return weights, sorted(CACHE.glob("cifar10_*.png"))


if __name__ == "__main__":
    sys.exit(main())
