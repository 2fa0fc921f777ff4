"""How `fuzz.py` counts: every net once, every fault once and small."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from . import batches
from .agreement import Disagreement, Incomparable
from .batches import Law, Tally, run_batch


def check(net: object) -> str | None:
    """A law that stacks of many layers break."""
    text = str(net)
    if text.count("Dense") > 5:
        raise Disagreement(f"{text.count('Dense')} layers are too many")
    if "Softmax" in text:
        raise Incomparable("too soft", text)
    return "decided (no layers)" if text == "[]" else None


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    nets = st.lists(st.sampled_from(["Dense", "ReLU", "Softmax"]), max_size=20)
    monkeypatch.setitem(batches.LAWS, "fake", Law(lambda: nets.map(str), check))
    monkeypatch.setattr(batches, "_free_memory", lambda: None)
    return run_batch("fake", 3, 0, 100)


def test_every_net_counts_once(tally: Tally) -> None:
    assert tally.tried == sum(tally.outcomes.values()) == len(set(tally.digests)) <= 100
    assert set(tally.outcomes) == {
        "agreed",
        "disagreed",
        "decided (no layers)",
        "not comparable: too soft",
    }


def test_a_failure_does_not_end_the_batch(tally: Tally) -> None:
    assert tally.outcomes["disagreed"] > 1


def test_the_nets_of_a_layer_add_up(tally: Tally) -> None:
    assert tally.layers["Dense"].total() <= tally.tried
    assert tally.layers["Softmax"]["agreed"] == 0


def test_a_fault_is_reported_once_with_the_smallest_net(tally: Tally) -> None:
    (finding,) = tally.findings
    assert finding.message == "Disagreement: 6 layers are too many"
    assert finding.net == str(["Dense"] * 6)
    assert finding.bucket == "Disagreement: # layers are too many | Dense"


def test_the_same_numbers_give_the_same_nets(tally: Tally) -> None:
    assert run_batch("fake", 3, 0, 100).digests == tally.digests
    assert run_batch("fake", 4, 0, 100).digests != tally.digests
