"""`netc compile --precision` beside float32: sizes of files, and how far apart the outputs are.

    python bench/precision.py

Weights are fresh, seed 0. `apart` is the largest difference of any output from float32's, over the
largest output.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.precision import FLOAT32, PRECISIONS
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.runtime.infer.samples import sample_inputs
from netc.runtime.infer.session import Session

MODELS = Path(__file__).parents[1] / "models"
NETS = (
    ("cifar10_cnn.net", "Cifar10CNN"),
    ("resnet.net", "ResNet18"),
    ("transformer.net", "TransformerClassifier"),
    ("vit.net", "ViTTiny"),
)


def main() -> int:
    """Prints the table; returns the exit status."""
    others = [precision for precision in PRECISIONS if precision != FLOAT32]
    heads = "".join(f" | {name} | apart" for name in others)
    print(f"| net | float32{heads} |")
    print(f"|---{'|--:' * (1 + 2 * len(others))}|")
    for file, name in NETS:
        (found,) = check_files([MODELS / file], net=name).nets
        assert found.graph is not None
        print(row(found.graph, others), flush=True)
    return 0


def row(checked: CheckedGraph, others: list[str]) -> str:
    """A net's line of the table."""
    inputs = sample_inputs(checked, 2, 0)
    size, expected = compiled(checked, FLOAT32, inputs)
    cells = [checked.name, f"{size:.1f} MiB"]
    for precision in others:
        size, outputs = compiled(checked, precision, inputs)
        apart = max(
            float(np.abs(outputs[name] - array).max() / np.abs(array).max())
            for name, array in expected.items()
        )
        cells += [f"{size:.1f} MiB", f"{apart:.0e}"]
    return f"| {' | '.join(cells)} |"


def compiled(
    checked: CheckedGraph, precision: str, inputs: Mapping[str, Array]
) -> tuple[float, Mapping[str, Array]]:
    """The size of a file in MiB, and what onnxruntime computes with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.onnx")
        write_onnx(compile_onnx(checked, SeededWeights(0), precision=precision), path)
        session = Session(path)
        wide = {
            name: array.astype("float64")
            if precision == "float64" and array.dtype == np.float32
            else array
            for name, array in inputs.items()
        }
        return path.stat().st_size / 2**20, session.run(wide)


if __name__ == "__main__":
    sys.exit(main())
