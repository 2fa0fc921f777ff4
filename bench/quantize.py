"""`netc compile --quantize int8` beside float32: time at batch 1, and answers on real pictures.

    python bench/quantize.py [--rounds 60] [--threads 1]

No picture that is counted for CIFAR-10 was calibrated on; for ImageNet every second one was, as
there are no others. `faster` is the median over the rounds, `best` that of the fastest rounds.
With `--threads 1` the processor's
time is taken, so that a busy machine can be used.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pretrained
from netc.runtime.cli import execute
from netc.runtime.demo import __main__ as demo
from netc.runtime.files.packages import wheel_members
from netc.runtime.files.write import replacing
from netc.runtime.infer.inputs import read_inputs
from netc.runtime.infer.session import Session
from rounds import interleaved, milliseconds, ratios, session_run

CACHE = Path(".cache", "quantize")
OTHERS = ("foolbox==3.3.4", "foolbox/data/cifar100_")
"""Pictures like CIFAR-10's of other things, to calibrate on."""


@dataclass(frozen=True)
class Case:
    """A net with its weights, what it is calibrated on, and pictures whose names end in labels."""

    name: str
    target: str
    weights: Path | None
    calibrate: Sequence[Path]
    pictures: Sequence[Path]


def main() -> int:
    """Prints the table; returns the exit status."""
    parser = argparse.ArgumentParser(description="Measures int8 beside float32.")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=0, help="0: as onnxruntime chooses")
    chosen = parser.parse_args()
    os.chdir(demo.ROOT)
    print(
        f"{'net':<13}{'float32':>11}{'int8':>11}{'faster':>8}{'best':>8}"
        f"{'top-1':>9}{'int8':>7}{'top-5':>8}{'int8':>7}"
    )
    for case in cases():
        print(row(case, chosen.rounds, chosen.threads), flush=True)
    return 0


def cases() -> list[Case]:
    """The nets, with everything they need downloaded once."""
    weights, pictures = demo.fetch()
    if not any(CACHE.glob("cifar100_*.png")):
        CACHE.mkdir(parents=True, exist_ok=True)
        for name, data in wheel_members(*OTHERS):
            with replacing(CACHE / name) as temporary:
                temporary.write_bytes(data)
    others = sorted(CACHE.glob("cifar100_*.png"))
    published, photos, _ = pretrained.fetch()
    found = [Case("CIFAR-10 CNN", "models/cifar10_bn.net", weights, others, pictures)]
    if importlib.util.find_spec("torch") is None:
        print("MobileNetV2 is left out: PyTorch, which reads its weights, is not installed")
    else:
        found.append(Case("MobileNetV2", pretrained.NET, published, photos[::2], photos))
    return [*found, Case("ResNet-50", "models/resnet.net:ResNet50", None, photos[::2], photos)]


def row(case: Case, rounds: int, threads: int) -> str:
    """Times of one picture, and how many answers are right."""
    models = [compiled(case, int8) for int8 in (False, True)]
    times = interleaved(
        [one(model, case.pictures[0], threads) for model in models], rounds, threads
    )
    cells = "".join(map(milliseconds, times)) + ratios(*times)
    if case.weights is None:
        return f"{case.name:<13}{cells}   fresh weights"
    (first, fifth), (quick, quick5) = (pretrained.scores(m, list(case.pictures)) for m in models)
    total = len(case.pictures)
    return (
        f"{case.name:<13}{cells}{f'{first}/{total}':>9}{quick:>7}{f'{fifth}/{total}':>8}{quick5:>7}"
    )


def compiled(case: Case, int8: bool) -> Path:
    """The net as an ONNX file, by netc's own command line."""
    out = CACHE / f"{Path(case.target).stem}-{'int8' if int8 else 'float32'}.onnx"
    arguments = ["compile", case.target, "-o", str(out)]
    if case.weights is not None:
        arguments += ["--weights", str(case.weights)]
    if int8:
        folder = CACHE / "calibrate"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for picture in case.calibrate:
            shutil.copy(picture, folder)
        arguments += ["--quantize", "int8", "--calibrate", str(folder)]
    if execute(arguments):
        sys.exit(1)
    return out


def one(model: Path, picture: Path, threads: int) -> Callable[[], object]:
    """Runs a model on one picture."""
    (batch,) = read_inputs([picture], Session(model).inputs)
    return session_run(model, batch.arrays, threads)


if __name__ == "__main__":
    sys.exit(main())
