"""A Transformer of two billion parameters, from text to ONNX with external data.

    python bench/large.py [--folder DIR]

It is models/gpt2.net, wider and deeper. The files, about 8 GB, are deleted at the end; time
contains drawing the weights.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import onnx
from measure import NETC, ROOT, measure

SETTINGS = ("width=2560", "depth=24", "heads=32")
GOAL = 2.0
"""How many gigabytes of memory it may take."""


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="Compiles a Transformer of 2 billion parameters.")
    parser.add_argument("--folder", help="where the files go for a while; by default the system's")
    parser.add_argument("--seconds", type=float, default=900, help="time limit")
    chosen = parser.parse_args()
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        out = Path(folder, "large.onnx")
        target = f"{ROOT / 'models' / 'gpt2.net'}:GPT2"
        run = measure(
            [*NETC, "compile", target, *settings, "-o", str(out), "--external-data"],
            chosen.seconds,
        )
        print(f"netc compile models/gpt2.net:GPT2 {' '.join(settings)} --external-data")
        if run.failure:
            print(f"failed: {run.failure}")
            return
        data = out.with_name(f"{out.name}.data")
        model = onnx.load(out, load_external_data=False)
        sizes = [_elements(tensor) for tensor in model.graph.initializer]
        print(f"  parameters   {sum(sizes):>16,}")
        print(f"  largest      {max(sizes):>16,}")
        print(f"  time         {run.seconds:>14.1f} s")
        print(f"  peak memory  {run.megabytes / 1000:>13.2f} GB   goal: under {GOAL:g}")
        print(f"  {out.name:<12} {out.stat().st_size / 1e6:>13.1f} MB")
        print(f"  {data.name:<12} {data.stat().st_size / 1e6:>11.1f} MB")


def _elements(tensor: onnx.TensorProto) -> int:
    count = 1
    for size in tensor.dims:
        count *= size
    return count


if __name__ == "__main__":
    main()
