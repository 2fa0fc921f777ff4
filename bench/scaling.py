"""How checking time grows with a net's size: microseconds a layer at 1,000 to 100,000 layers.

    python bench/scaling.py

Three ways to write as many layers: `* n`, a loop, and a file with a line for each.
"""

from __future__ import annotations

import time
from pathlib import Path

from figures import keep
from netc.compiler.check import check_files

SIZES = (1_000, 10_000, 100_000)


def repeated(layers: int) -> str:
    """`-> Dense(8) * n`."""
    return f"net Deep(x: float32[N, 8]) -> y: [N, 8] {{\n  return x -> Dense(8) * {layers}\n}}\n"


def looped(layers: int) -> str:
    """A loop over a block of ten layers."""
    return (
        "block Ten(x: [N, D]) -> [N, D] {\n"
        "  return x -> Dense(D) -> ReLU -> Dense(D) -> ReLU -> Dense(D) -> ReLU\n"
        "    -> Dense(D) -> ReLU -> Dropout(0.1) -> BatchNormalization\n}\n\n"
        "net Deep(x: float32[N, 8]) -> y: [N, 8] {\n"
        f"  repeat {layers // 10} {{\n    x = x -> Ten\n  }}\n  return x\n}}\n"
    )


def written(layers: int) -> str:
    """A line for each layer, each of its own width."""
    lines = [f"    -> Dense({8 + i % 64}, activation=relu)" for i in range(layers)]
    return "net Deep(x: float32[N, 8]) {\n  return x\n" + "\n".join(lines) + "\n}\n"


def seconds(text: str) -> float:
    """The time of one check in this process."""
    path = Path("deep.net").resolve()
    start = time.perf_counter()
    analysis = check_files([path], overlay={path: text})
    elapsed = time.perf_counter() - start
    assert not analysis.diagnostics, analysis.diagnostics[0]
    return elapsed


def main() -> None:
    """Prints the table."""
    print(f"{'net':24}" + "".join(f"{size:>18,}" for size in SIZES) + "   µs a layer, last / first")
    for name, make in (
        ("-> Dense(8) * n", repeated),
        ("blocks of ten", looped),
        ("a line each", written),
    ):
        each = []
        for size in SIZES:
            text = make(size)
            best = min(seconds(text) for _ in range(3 if size < 100_000 else 1))
            each.append(best / size * 1e6)
            keep("scaling", f"{name}, {size:,} layers", "µs a layer", each[-1])
        cells = "".join(f"{value:>15.1f} µs" for value in each)
        print(f"{name:24}{cells}   {each[-1] / each[0]:.2f}")


if __name__ == "__main__":
    main()
