"""Runs one batch of random nets: every net counts once, every fault is made small once."""

from __future__ import annotations

import gc
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from netc.compiler.ops.table import OPS

from .agreement import Incomparable, check_program
from .near_legal import check_near_legal, near_legal
from .programs import programs

DISAGREED = "disagreed"
SHRINKING_SECONDS = 60.0
SHRUNK_OF_A_KIND = 3
"""How many faults with one message are made small in a batch; the rest are only counted."""
LAYER = re.compile(r"\b[A-Z]\w*")


@dataclass(frozen=True)
class Law:
    """The nets that a law is tried on, and how it is tried: the outcome, or an exception."""

    nets: Callable[[], st.SearchStrategy[object]]
    check: Callable[[object], str | None]


LAWS = {
    "legal": Law(programs, check_program),
    "near-legal": Law(near_legal, check_near_legal),
}


@dataclass(frozen=True)
class Finding:
    """A disagreement, with the smallest net that was found to show it."""

    message: str
    net: str

    @property
    def bucket(self) -> str:
        """What tells it from others: the message without numbers, and the layers."""
        return f"{without_numbers(self.message)} | {' '.join(sorted(layers_of(self.net)))}"


@dataclass
class Tally:
    """What came of a batch. `outcomes` sum up to `tried`, those of a layer to its nets."""

    law: str
    batch: int
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    layers: dict[str, Counter[str]] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)

    def count(self, net: str, outcome: str) -> None:
        """Counts one net."""
        self.tried += 1
        self.outcomes[outcome] += 1
        for name in layers_of(net):
            self.layers.setdefault(name, Counter())[outcome] += 1
        self.digests.append(blake2b(net.encode(), digest_size=8).hexdigest())
        if len(net) < len(self.examples.get(outcome, net + " ")):
            self.examples[outcome] = net

    def as_json(self) -> dict[str, object]:
        """As plain values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**values, "findings": [asdict(each) for each in self.findings]}


def layers_of(net: str) -> set[str]:
    """The operators that a net names."""
    return {name for name in LAYER.findall(net) if name in OPS}


def without_numbers(message: str) -> str:
    """The first line of a message with one sign for every number."""
    lines = message.strip().splitlines() or [""]
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", " ".join(lines[:3]))


def run_batch(law_name: str, seed_number: int, batch: int, count: int) -> Tally:
    """Tries `count` nets of one law, less those that Hypothesis draws twice.

    The same numbers give the same nets.
    """
    law, number = LAWS[law_name], seed_number * 1_000_000 + batch
    tally = Tally(law_name, batch)
    failed: dict[str, Exception] = {}
    seen: set[str] = set()

    def body(net: object) -> None:
        text = str(net)
        if text in seen:
            return
        seen.add(text)
        try:
            outcome = law.check(net) or "agreed"
        except Incomparable as reason:
            outcome = f"not comparable: {reason.why}"
        except Exception as error:
            outcome = DISAGREED
            failed[text] = error
        tally.count(text, outcome)

    try:
        _hypothesis(law, number, count, body, Phase.generate)
    except Exception:
        tally.findings.append(Finding(traceback.format_exc(limit=-3), "(while writing a net)"))
    shrunk: Counter[str] = Counter()
    for text, error in failed.items():
        kind = without_numbers(_said(error))
        known = {finding.bucket.partition(" | ")[2] for finding in tally.findings}
        if any(set(layers.split()) <= layers_of(text) for layers in known if layers):
            continue
        if shrunk[kind] < SHRUNK_OF_A_KIND:
            shrunk[kind] += 1
            skip = seen - {text}
            tally.findings.append(_smallest(law, number, count, text, error, skip))
    _free_memory()
    return tally


def _hypothesis(
    law: Law, number: int, count: int, body: Callable[[object], None], *phases: Phase
) -> None:
    run = seed(number)(
        settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            report_multiple_bugs=False,
        )(given(law.nets())(body))
    )
    run()


def _smallest(
    law: Law, number: int, count: int, text: str, error: Exception, skip: set[str]
) -> Finding:
    """The same nets again, and from the one that failed on smaller ones that fail alike."""
    best = Finding(_said(error), text)
    kind, until = without_numbers(best.message), time.monotonic() + SHRINKING_SECONDS

    def body(net: object) -> None:
        nonlocal best
        text = str(net)
        if text in skip or time.monotonic() > until:
            return
        try:
            law.check(net)
        except Incomparable:
            return
        except Exception as error:
            said = _said(error)
            if without_numbers(said) != kind:
                return
            if len(text) <= len(best.net):
                best = Finding(said, text)
            raise

    try:
        _hypothesis(law, number, count, body, Phase.generate, Phase.shrink)
    except Exception:
        return best
    return best


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _free_memory() -> None:
    """Keras keeps what it built until it is told."""
    import keras

    keras.backend.clear_session()
    gc.collect()
