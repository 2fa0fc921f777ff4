"""What a layer costs a check: microseconds of the processor, and beside another revision.

    python bench/layers.py [--against REVISION] [--layers 10000] [--rounds 3]

Each round checks each net in a process of its own, in every checkout, in an order that is drawn
anew; a process checks it three times and tells its best. `ratio` is this checkout's time by the
revision's, the median over the rounds. The last nets have nearly a million layers whatever
`--layers` says, and the whole check is told in seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from against import ROOT, package
from figures import keep

TIME = """
import sys, time
from pathlib import Path
from netc.compiler.check import check_files
path, best = Path(sys.argv[1]).resolve(), float("inf")
for number in range(3):
    path.write_text(f"{path.read_text().rstrip()}\\n# {number}\\n")  # No tree of it is kept.
    start = time.process_time()
    analysis = check_files([path])
    best = min(best, time.process_time() - start)
assert "--refused" in sys.argv or not analysis.failed, analysis.diagnostics[0]
print(best)
"""
MILLION = 900_000


def lines(layers: int) -> str:
    """A statement a layer, of widths that differ."""
    body = "".join(f"  x = x -> Dense({8 + i % 64}, activation=relu)\n" for i in range(layers))
    return f"net Lines(x: float32[N, 8]) {{\n{body}  return x\n}}\n"


def stages(layers: int) -> str:
    """One pipeline with a stage a layer."""
    body = "".join(f"    -> Dense({8 + i % 64}, activation=relu)\n" for i in range(layers))
    return f"net Stages(x: float32[N, 8]) {{\n  return x\n{body}}}\n"


def activations(layers: int) -> str:
    """One pipeline of layers without arguments."""
    return "net Plain(x: float32[N, 8]) {\n  return x\n" + "    -> ReLU\n" * layers + "}\n"


def valid(layers: int) -> str:
    """Convolutions whose named sizes shrink at each."""
    body = "  x = x -> Conv2D(8, 3)\n" * layers
    return f"net Valid(x: float32[N, H, W, 3]) {{\n{body}  return x\n}}\n"


def same(layers: int) -> str:
    """Convolutions whose named sizes stay."""
    body = "  x = x -> Conv2D(8, 3, padding=same)\n" * layers
    return f"net Same(x: float32[N, H, W, 3]) {{\n{body}  return x\n}}\n"


def looped(_: int) -> str:
    """A loop of nearly a million layers."""
    return (
        f"net Loop(x: float32[N, 8]) {{\n  repeat {MILLION} {{ x = x -> ReLU }}\n  return x\n}}\n"
    )


def nested(_: int) -> str:
    """Blocks of ten blocks, five deep: nearly a million layers."""
    blocks = "block B0(x: [N, C]) { return x -> Dense(C) * 10 }\n" + "".join(
        f"block B{i}(x: [N, C]) {{ return x -> B{i - 1} * 10 }}\n" for i in range(1, 5)
    )
    return f"{blocks}net Nested(x: float32[N, 8]) {{ return x -> B4 * 9 }}\n"


def bomb(_: int) -> str:
    """Blocks of a hundred blocks, twelve deep, which is refused."""
    blocks = "block A0(x: [N, C]) { return x -> Dense(4) }\n" + "".join(
        f"block A{i}(x: [N, C]) {{ return x -> A{i - 1} * 100 }}\n" for i in range(1, 13)
    )
    return f"{blocks}net Bomb(x: float32[N, 4]) {{ return x -> A12 }}\n"


A_LAYER: Mapping[str, Callable[[int], str]] = {
    "a line each": lines,
    "a stage each": stages,
    "no arguments": activations,
    "named sizes, valid": valid,
    "named sizes, same": same,
}
WHOLE: Mapping[str, Callable[[int], str]] = {
    "900,000 in a loop": looped,
    "900,000 in blocks": nested,
    "a bomb of blocks": bomb,
}


@contextmanager
def checkouts(revision: str | None, folder: Path) -> Iterator[dict[str, Path]]:
    """Where each checkout can be imported from, by what the table calls it."""
    found = {"now": package(ROOT, folder / "now")}
    if revision is None:
        yield found
        return
    old = folder / "old"
    subprocess.run(
        ["git", "worktree", "add", "-q", "--detach", old, revision], cwd=ROOT, check=True
    )
    try:
        yield {**found, revision: package(old, folder / "then")}
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", old], cwd=ROOT, check=True)


def seconds(package: Path, net: Path, refused: bool) -> float:
    """The time of one check, of the processor."""
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONNOUSERSITE": "1"}
    command = [sys.executable, "-c", TIME, str(net), *(["--refused"] if refused else [])]
    made = subprocess.run(command, env=environment, cwd=net.parent, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(made.stderr)
    return float(made.stdout)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against")
    parser.add_argument("--layers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, checkouts(given.against, Path(name)) as each:
        print(f"{'net':22}" + "".join(f"{label[:14]:>18}" for label in each) + "   ratio")
        for row, make in {**A_LAYER, **WHOLE}.items():
            net = Path(name) / "bench.net"
            net.write_text(make(given.layers))
            taken: dict[str, list[float]] = {label: [] for label in each}
            for _ in range(given.rounds):
                for label in random.sample(list(each), len(each)):
                    taken[label].append(seconds(each[label], net, make is bomb))
            scale, unit = (1e6 / given.layers, "µs a layer") if row in A_LAYER else (1, "s")
            cells = "".join(f"{min(found) * scale:>12.2f} {unit[:2]:5}" for found in taken.values())
            print(f"{row:22}{cells}{_ratio(list(taken.values())):>8}", flush=True)
            keep("layers", row, unit, min(taken["now"]) * scale)


def _ratio(taken: list[list[float]]) -> str:
    if len(taken) == 1:
        return ""
    now, then = taken
    return f"{median(a / b for a, b in zip(now, then, strict=True)):.2f}"


if __name__ == "__main__":
    main()
