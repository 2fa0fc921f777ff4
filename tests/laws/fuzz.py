"""Tests random nets by the thousand: `python tests/laws/fuzz.py --count 5000 --seed 0`.

Legal nets must mean one thing in onnxruntime and Keras, near-legal ones must be refused exactly
where Keras refuses. Every disagreement is printed with the smallest net that still shows it. The
exit status is 1 where there is one.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from netc.compiler.ops.table import OPS

from tests.laws.agreement import Incomparable, check_program
from tests.laws.near_legal import check_near_legal, near_legal
from tests.laws.programs import programs

CHUNK = 100
LAYER = re.compile(r"\b[A-Z]\w*")


@dataclass
class Law:
    """One law, the nets it is tried on, and what came of it."""

    name: str
    nets: st.SearchStrategy[object]
    check: Callable[[object], object]
    share: float
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def run(self, count: int, number: int) -> None:
        """Tries some nets; the smallest that breaks the law is kept."""
        smallest: list[str] = []

        @seed(number)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            report_multiple_bugs=False,
        )
        @given(self.nets)
        def law(net: object) -> None:
            self.tried += not smallest
            self.layers.update({name for name in LAYER.findall(str(net)) if name in OPS})
            try:
                self.outcomes[str(self.check(net) or "agreed")] += 1
            except Incomparable:
                self.outcomes["not comparable"] += 1
            except Exception as error:
                smallest[:] = [f"{type(error).__name__}: {error}\n{net}"]
                raise

        try:
            law()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            if not smallest:
                smallest[:] = ["while writing a net\n" + traceback.format_exc()]
            self.failures.append(smallest[0])
            sys.stdout.write(f"\n--- {self.name}: a disagreement\n{smallest[0]}\n")


def main() -> int:
    """Runs both laws and prints the totals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5000, help="how many nets, of both sorts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["legal", "near-legal"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    laws = [
        Law("legal", programs(), check_program, 0.5),
        Law("near-legal", near_legal(), check_near_legal, 0.5),
    ]
    if options.only:
        laws = [law for law in laws if law.name == options.only]
        laws[0].share = 1.0
    start, done, number = time.perf_counter(), 0, options.seed * 1_000_000
    while done < options.count:
        chunk = min(CHUNK, options.count - done)
        for law in laws:
            number += 1
            law.run(max(1, round(chunk * law.share)), number)
        done += chunk
        found = sum(len(law.failures) for law in laws)
        sys.stdout.write(
            f"\r{done:,} of {options.count:,} nets, {found} disagreements, "
            f"{time.perf_counter() - start:.0f} s"
        )
        sys.stdout.flush()
    sys.stdout.write("\n")
    for law in laws:
        outcomes = ", ".join(f"{count:,} {what}" for what, count in law.outcomes.most_common())
        sys.stdout.write(f"{law.name}: {law.tried:,} nets: {outcomes}\n")
        unseen = sorted(set(OPS) - set(law.layers))
        sys.stdout.write(f"  {len(OPS) - len(unseen)} of {len(OPS)} layers used")
        sys.stdout.write(f"; not {', '.join(unseen)}\n" if unseen else "\n")
    return 1 if any(law.failures for law in laws) else 0


if __name__ == "__main__":
    sys.exit(main())
