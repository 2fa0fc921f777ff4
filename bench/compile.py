"""`netc compile` beside Keras's ONNX export: whole processes, measured one after the other.

    python bench/compile.py [--seconds 120] [--gigabytes 12]

Keras's export needs tf2onnx, which netc does not install: `pip install --no-deps tf2onnx` (its own
pins are older than what Keras needs). An export past the time or memory limit is ended.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path

from figures import keep
from measure import NETC, ROOT, Run, measure, typical

KERAS = """
import sys, keras, numpy as np
model = getattr(keras.applications, sys.argv[1])(weights=None)
model(np.zeros((1, 224, 224, 3), np.float32))
model.export(sys.argv[2], format="onnx", verbose=False)
"""

NETS = {"ResNet50": "resnet.net", "VGG16": "vgg.net"}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Measures netc compile beside Keras's export.")
    parser.add_argument("--seconds", type=float, default=120, help="time limit of an export")
    parser.add_argument("--gigabytes", type=float, default=12, help="memory limit of an export")
    limits = parser.parse_args()
    print(f"{'net':<10}{'process':<16}{'time':>11}{'memory':>12}   beside netc")
    with tempfile.TemporaryDirectory() as folder:
        for net, file in NETS.items():
            target = f"{ROOT / 'models' / file}:{net}"
            ours = typical([*NETC, "compile", target, "-o", str(Path(folder) / "netc.onnx")], 5)
            print(f"{_row(net, 'netc compile', ours)}   {ours.failure}".rstrip(), flush=True)
            if not ours.failure:
                keep("compile", f"netc compile {net}", "s", ours.seconds)
                keep("compile", f"netc compile {net}", "MB", ours.megabytes)
            if importlib.util.find_spec("tf2onnx") is None:
                print(f"{net:<10}{'Keras export':<16}   not run: tf2onnx is not installed")
                continue
            command = [sys.executable, "-c", KERAS, net, str(Path(folder) / "keras.onnx")]
            theirs = measure(command, limits.seconds, limits.gigabytes)
            print(_row(net, "Keras export", theirs) + f"   {_beside(theirs, ours)}", flush=True)


def _row(net: str, process: str, run: Run) -> str:
    return f"{net:<10}{process:<16}{run.seconds:>9.2f} s{run.megabytes:>9.0f} MB"


def _beside(theirs: Run, ours: Run) -> str:
    ended = theirs.failure.startswith(("not done", "past"))
    if ours.failure or (theirs.failure and not ended):
        return theirs.failure
    more = "more than " if ended else ""
    time, memory = theirs.seconds / ours.seconds, theirs.megabytes / ours.megabytes
    text = f"{more}{time:.0f} times the time, {more}{memory:.0f} times the memory"
    return f"{text} ({theirs.failure})" if ended else text


if __name__ == "__main__":
    main()
