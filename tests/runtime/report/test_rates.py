"""A range test of learning rates: what it suggests of losses made by hand, and what it writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.report.rates import rate_test_lines, rates_figure, write_rate_test
from netc.runtime.report.style import drawing
from netc.runtime.runs.files import RATE_TEST
from netc.runtime.runs.rate_test import DIVERGED, FINISHED, RateTest, diverges

RATES = tuple(float(rate) for rate in np.geomspace(1e-6, 10, 200))


def fallen(at: float, lowest: float, noise: float = 0.0) -> RateTest:
    """Losses that fall from 2 to 1 around a rate, fastest there, and rise behind another one."""
    x = np.log10(RATES)
    falls = 2 - 1 / (1 + np.exp(-4 * (x - np.log10(at))))
    rises = 0.5 * np.maximum(0, x - np.log10(lowest)) ** 2
    losses = falls + rises + noise * np.random.default_rng(0).normal(size=len(x))
    return RateTest("SGD", RATES, tuple(losses.tolist()), 1e-6, 10.0, 200, FINISHED)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("at", [1e-4, 1e-2])
def test_it_suggests_the_rate_at_which_the_loss_falls_fastest(at: float, noise: float) -> None:
    test = fallen(at, 30 * at, noise)
    assert test.suggestion is not None
    # A tenth of a decade without noise; half of one with a tenth of the fall.
    assert abs(np.log10(test.suggestion / at)) < 0.1 + 4 * noise
    assert test.tenth == test.rates[test.lowest] / 10
    assert test.suggestion == float(f"{test.suggestion:.1e}")


def test_a_steeper_fall_behind_the_lowest_loss_is_none() -> None:
    """A loss that jumps up and down where the rate is too large falls fast there, too."""
    test = fallen(1e-4, 1e-3)
    losses = list(test.losses)
    losses[170:175] = [30.0] * 5
    wild = RateTest("SGD", RATES, tuple(losses), 1e-6, 10.0, 200, FINISHED)
    assert wild.suggestion == test.suggestion


@pytest.mark.parametrize("kind", ["flat", "rising", "noise", "few", "none"])
def test_where_the_loss_does_not_fall_nothing_is_suggested(kind: str, tmp_path: Path) -> None:
    x = np.linspace(0, 1, 200)
    losses = {
        "flat": 0 * x + 2,
        "rising": 2 + x,
        "noise": 2 + 0.1 * np.random.default_rng(1).normal(size=200),
        "few": np.array([2.0, 1.0, 0.5]),
        "none": np.zeros(0),
    }[kind]
    test = RateTest("SGD", RATES[: len(losses)], tuple(losses), 1e-6, 10.0, 200, DIVERGED)
    assert test.suggestion is None
    assert test.tenth is None
    assert rate_test_lines(test)[0].startswith("no suggestion: ")
    assert write_rate_test(tmp_path, "Net", test) == []
    assert json.loads((tmp_path / "find-lr.json").read_text())["suggestion"] is None


@pytest.mark.parametrize(
    ("best", "first", "now", "does"),
    [
        (0.5, 2.3, 2.4, False),
        (0.5, 2.3, 6.0, True),
        (2.3, 2.3, 9.3, True),
        (0.5, 0.5, 1.9, False),
        (-8.0, -1.0, 10.0, False),
        (-8.0, -1.0, 17.0, True),
        (0.5, 2.3, float("nan"), True),
    ],
)
def test_a_loss_diverges_far_above_its_best(best: float, first: float, now: float, does: bool):
    assert diverges(best, first, now) is does


def test_what_it_writes_says_the_same_everywhere(tmp_path: Path) -> None:
    test = fallen(1e-3, 1e-1)
    assert write_rate_test(tmp_path, "Net", test) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(RATE_TEST)
    found = json.loads((tmp_path / "find-lr.json").read_text())
    assert found["suggestion"] == test.suggestion
    assert found["rates"] == list(RATES)
    rows = list(csv.DictReader((tmp_path / "find-lr.csv").read_text().splitlines()))
    assert [float(row["learning_rate"]) for row in rows] == list(RATES)
    assert [float(row["loss"]) for row in rows] == list(test.losses)
    page = (tmp_path / "find-lr.html").read_text()
    assert f"learning rate: {test.suggestion:g}, where the loss falls fastest" in page
    assert "data:image/png" in page
    assert '<figure class="drawn">' in page, "the page turns its colours around in the dark"


def test_the_picture_marks_the_rates_and_shows_the_fall(tmp_path: Path) -> None:
    test = fallen(1e-3, 1e-1)
    test = RateTest("SGD", RATES, (*test.losses[:-1], 1e9), 1e-6, 10.0, 200, DIVERGED)
    with drawing():
        (axes,) = rates_figure(test, "Net").axes
    marks = [line.get_xdata()[0] for line in axes.lines[2:]]
    assert marks == [test.steepest, test.tenth, test.rates[test.lowest]]
    low, high = axes.get_ylim()
    assert 0 < low < 1.1
    assert 2 < high < 3, "not the end of a loss that diverged"
