"""How long `netc import` takes for a large ONNX file, and how much memory: beside onnxruntime.

    python bench/import_speed.py            # a file of 100 MB and 500 nodes, made for it
    python bench/import_speed.py --write    # the same, and puts the table into docs/results.md

The file is a residual net of seeded numbers. Each row is a process of its own: `netc import` with
its proof, and onnx and onnxruntime that load the file and run it on the same three batches as the
proof. Memory is the most that the process held, beside the size of the file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from figures import keep
from onnx import TensorProto, helper, numpy_helper
from tables import line, put

WIDTH, NODES = 172, 500
HEAD = ("| a file of 500 nodes | seconds | seconds of a processor | memory |", "|---|--:|--:|--:|")
PLAIN = """
import sys
import numpy as np, onnx, onnxruntime
onnx.load(sys.argv[1])
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
for batch in (1, 2, 3):
    session.run(None, {"x": np.zeros((batch, 3, 64, 64), np.float32)})
"""


def main() -> int:
    """Makes the file and measures both."""
    parser = argparse.ArgumentParser(description="Measures netc import of a large file.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/results.md")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make is not None:
        given.make.write_bytes(large().SerializeToString())
        return 0
    rows = []
    with tempfile.TemporaryDirectory(prefix="netc-") as folder:
        path = Path(folder, "large.onnx")
        # Elsewhere, since a process is counted with the memory that its parent has held.
        subprocess.run([sys.executable, __file__, "--make", str(path)], check=True)
        size = path.stat().st_size
        commands = {
            "onnx loads it, onnxruntime runs it": ["-c", PLAIN, str(path)],
            "`netc import`": ["-m", "netc", "import", str(path), "-o", str(path) + ".net"],
        }
        for name, command in commands.items():
            wall, processor, memory = measured([sys.executable, *command])
            keep("import", name, "s", processor)
            keep("import", name, "MB", memory / 1e6)
            figures = f"{wall:.1f}", f"{processor:.1f}", f"{memory / size:.1f} times the file"
            rows.append(line(f"{name}, {size / 1e6:.0f} MB", *figures))
            print(rows[-1], flush=True)
    if given.write:
        put(HEAD, rows)
    return 0


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of a processor, and the most bytes of memory of a process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:4])} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = usage.ru_utime + usage.ru_stime
    return time.monotonic() - begun, seconds, usage.ru_maxrss * unit


def large() -> onnx.ModelProto:
    """Units of a convolution, ReLU and a sum on 8 by 8 cells, 3 by 3 and 1 by 1 in turn."""
    rng = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    tensors: list[onnx.TensorProto] = []

    def conv(read: str, made: str, channels: int, cells: int, stride: int = 1) -> None:
        spread = 0.1 / np.sqrt(channels * cells * cells)
        kernel = rng.standard_normal((WIDTH, channels, cells, cells)) * spread
        for name, array in ((f"{made}.w", kernel), (f"{made}.b", np.zeros(WIDTH))):
            tensors.append(numpy_helper.from_array(array.astype(np.float32), name))
        around = [cells // 2] * 4 if stride == 1 else [0] * 4
        nodes.append(helper.make_node("Conv", [read, f"{made}.w", f"{made}.b"], [made],
                                      pads=around, strides=[stride, stride]))  # fmt: skip

    conv("x", "stem", 3, 8, 8)
    last = "stem"
    while len(nodes) < NODES - 3:
        at = len(nodes)
        conv(last, f"conv{at}", WIDTH, 3 if at % 2 else 1)
        nodes.append(helper.make_node("Relu", [f"conv{at}"], [f"relu{at}"]))
        nodes.append(helper.make_node("Add", [f"relu{at}", last], [f"sum{at}"]))
        last = f"sum{at}"
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["y"]))
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 64, 64])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", WIDTH])]
    graph = helper.make_graph(nodes, "Large", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


if __name__ == "__main__":
    sys.exit(main())
