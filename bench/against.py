"""A command of netc in this checkout beside the same command in another revision, in one run.

    python bench/against.py [--rounds 20] REVISION [-- check models/resnet.net]

Each round starts both as new processes, in an order that is drawn anew. `ratio` is this checkout's
time by the revision's, the median over the rounds; the processor's time changes less than the
clock's where other programs run. Both run in the environment that runs this, with their modules
compiled beforehand. JSON goes where `--json FILE` says.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dsl", "compiler", "runtime", "models")
RUN = "from netc.runtime.cli import main; main()"


@dataclass(frozen=True)
class Taken:
    """Seconds of one process: by the clock, and of the processor."""

    clock: float
    processor: float


def package(checkout: Path, place: Path) -> Path:
    """A folder in which a checkout can be imported as `netc`."""
    if (checkout / "__init__.py").exists():
        place.mkdir(parents=True)
        (place / "netc").symlink_to(checkout)
        return place
    (place / "netc").mkdir(parents=True)
    for file in (checkout / "netc").iterdir():
        if file.is_file():
            (place / "netc" / file.name).symlink_to(file)
    for room in ROOMS:
        (place / "netc" / room).symlink_to(checkout / room)
    return place


def once(path: Path, command: list[str], cwd: Path) -> Taken:
    """Runs the command once. Raises SystemExit where it ends with more than 1."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONNOUSERSITE": "1"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    made = subprocess.run(
        [sys.executable, "-c", RUN, *command], cwd=cwd, env=environment, capture_output=True
    )
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if made.returncode > 1:
        raise SystemExit(made.stderr.decode())
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(clock, used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("revision")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("command", nargs="*", default=["check", "models/resnet.net"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = folder / "old"
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", old, given.revision], cwd=ROOT, check=True
        )
        try:
            checkouts = {"now": ROOT, given.revision: old}
            paths = {each: package(at, folder / f"path-{i}") for i, (each, at) in
                     enumerate(checkouts.items())}  # fmt: skip
            for checkout in checkouts.values():
                # Links are not followed, so the folders behind them are compiled.
                for room in (checkout / each for each in ("netc", *ROOMS)):
                    if room.is_dir():
                        compileall.compile_dir(room, quiet=2)
            taken: dict[str, list[Taken]] = {each: [] for each in checkouts}
            for number in range(given.rounds + 2):
                for each in random.sample(list(checkouts), 2):
                    found = once(paths[each], given.command, checkouts[each])
                    if number >= 2:
                        taken[each].append(found)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", old], cwd=ROOT, check=True)
    print(f"netc {' '.join(given.command)}, {given.rounds} rounds")
    print(f"  {'':12} {'clock':>10} {'processor':>11} {'least':>9}")
    for each, all_of in taken.items():
        clock, used = (median(getattr(t, k) for t in all_of) for k in ("clock", "processor"))
        least = min(t.processor for t in all_of)
        print(f"  {each:12} {1000 * clock:>7.0f} ms {1000 * used:>8.0f} ms {1000 * least:>6.0f} ms")
    now, then = taken.values()
    ratios = {
        kind: median(getattr(a, kind) / getattr(b, kind) for a, b in zip(now, then, strict=True))
        for kind in ("clock", "processor")
    }
    print(f"  ratio        {ratios['clock']:>10.3f} {ratios['processor']:>11.3f}")
    if given.json is not None:
        given.json.write_text(json.dumps({"command": given.command, **ratios}) + "\n")


if __name__ == "__main__":
    main()
