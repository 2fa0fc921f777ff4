"""Tests random nets by the thousand: `python tests/laws/fuzz.py --count 5000 --seed 0`.

Legal nets must mean one thing in onnxruntime and Keras, near-legal ones must be refused exactly
where Keras refuses. Every disagreement is printed once, with the smallest net that still shows it.
The exit status is 1 where there is one. Processes are started anew every few hundred nets, so that
memory stays bounded and a crash of a backend is one more disagreement.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

BATCH = 50
BATCHES_A_PROCESS = 10
LAW_NAMES = ("legal", "near-legal")


@dataclass
class Totals:
    """What came of all batches of one law."""

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    layers: dict[str, Counter[str]] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)

    def add(self, tally: dict[str, Any]) -> None:
        self.tried += tally["tried"]
        self.outcomes.update(tally["outcomes"])
        self.digests.update(tally["digests"])
        for name, outcomes in tally["layers"].items():
            self.layers.setdefault(name, Counter()).update(outcomes)


@dataclass(frozen=True)
class Job:
    """Consecutive batches of a seed for one process: their numbers, laws and sizes."""

    seed: int
    batches: tuple[tuple[int, str, int], ...]

    def command(self) -> list[str]:
        return [sys.executable, __file__, "--job", json.dumps([self.seed, self.batches])]


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """The batches of a run without end, the laws in turn; one job for a single batch."""
    numbers = iter([options.batch]) if options.batch is not None else count()
    batches = (
        (number, LAW_NAMES[number % 2], BATCH)
        for number in numbers
        if options.only in (None, LAW_NAMES[number % 2])
    )
    while some := tuple(islice(batches, BATCHES_A_PROCESS)):
        yield Job(options.seed, some)


def work(text: str) -> int:
    """What a process does: its batches, a line of JSON for each."""
    from tests.laws.batches import run_batch

    warnings.simplefilter("ignore")
    seed, batches = json.loads(text)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for number, law, size in batches:
        out.write(json.dumps(run_batch(law, seed, number, size).as_json()) + "\n")
        out.flush()
    return 0


@dataclass
class Run:
    """A run in the making: totals, and the disagreements by their bucket."""

    options: argparse.Namespace
    totals: dict[str, Totals] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    start: float = field(default_factory=time.perf_counter)
    lock: Lock = field(default_factory=Lock)

    @property
    def tried(self) -> int:
        return sum(each.tried for each in self.totals.values())

    def work_off(self, queue: Iterator[Job]) -> None:
        """Does one job after the other until there are enough nets."""
        while self.tried < self.options.count:
            with self.lock:
                job = next(queue, None)
            if job is None:
                return
            self.do(job)

    def do(self, job: Job) -> None:
        """One process, whose death is a disagreement of its own."""
        done = 0
        with (
            TemporaryFile("w+") as said,
            subprocess.Popen(
                job.command(), stdout=subprocess.PIPE, stderr=said, text=True
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                self.take(job, json.loads(line))
                done += 1
            status = process.wait()
            if done < len(job.batches):
                number, law, _ = job.batches[done]
                said.seek(0)
                message = f"a process ended with status {status}\n{said.read()[-1000:]}"
                self.report(message, law, job.seed, number, "")

    def take(self, job: Job, tally: dict[str, Any]) -> None:
        """Adds a batch and reports what is new in it."""
        with self.lock:
            self._take(job, tally)

    def _take(self, job: Job, tally: dict[str, Any]) -> None:
        from tests.laws.batches import Finding

        law = tally["law"]
        self.totals.setdefault(law, Totals()).add(tally)
        for each in tally["findings"]:
            finding = Finding(**each)
            if finding.bucket not in self.found:
                self.found[finding.bucket] = law
                self.report(finding.message, law, job.seed, tally["batch"], finding.net)
        if self.options.examples:
            with self.options.examples.open("a", encoding="utf-8") as file:
                for outcome, net in tally["examples"].items():
                    file.write(json.dumps([law, tally["batch"], outcome, net]) + "\n")
        sys.stderr.write(
            f"\r{self.tried:,} of {self.options.count:,} nets, {len(self.found)} disagreements, "
            f"{time.perf_counter() - self.start:.0f} s "
        )

    def report(self, message: str, law: str, seed: int, batch: int, net: str) -> None:
        if not net:
            self.found[f"{message} {batch}"] = law
        sys.stdout.write(
            f"\n--- {law}, again with --seed {seed} --batch {batch}\n{message}\n{net}\n"
        )
        sys.stdout.flush()

    def summary(self) -> None:
        """Totals by outcome and by operator."""
        from netc.compiler.ops.table import OPS

        minutes = (time.perf_counter() - self.start) / 60
        sys.stdout.write(
            f"\n{self.tried:,} nets of seed {self.options.seed} in {minutes:.0f} min, "
            f"{len(self.found)} disagreements\n"
        )
        for law, total in self.totals.items():
            sys.stdout.write(f"\n{law}: {total.tried:,} nets, {len(total.digests):,} different\n")
            for outcome, times in total.outcomes.most_common():
                sys.stdout.write(f"{times:>8,}  {outcome}\n")
            unseen = sorted(set(OPS) - set(total.layers))
            sys.stdout.write(f"  {len(OPS) - len(unseen)} of {len(OPS)} operators used")
            sys.stdout.write(f"; not {', '.join(unseen)}\n" if unseen else "\n")
            for name, outcomes in sorted(total.layers.items()):
                what = ", ".join(f"{times} {outcome}" for outcome, times in outcomes.most_common())
                sys.stdout.write(f"    {name}: {outcomes.total()} nets: {what}\n")


def main() -> int:
    """Runs the batches and prints the totals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5000, help="how many nets, of both sorts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=LAW_NAMES)
    parser.add_argument("--batch", type=int, help="only this batch of the run")
    parser.add_argument("--processes", type=int, default=1, help="how many work at a time")
    parser.add_argument("--examples", type=Path, help="write the shortest net of each outcome here")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        return work(options.job)
    run = Run(options)
    queue = jobs(options)
    with ThreadPoolExecutor(options.processes) as pool:
        for done in [pool.submit(run.work_off, queue) for _ in range(options.processes)]:
            done.result()
    run.summary()
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main())
