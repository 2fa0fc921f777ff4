"""The report of a sweep: a picture whatever came of its trials, and a page that acts on nobody."""

from __future__ import annotations

import csv
import io
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from netc.runtime.report.sweep import write_sweep_report, write_trials
from netc.runtime.report.sweep_figure import sweep_figure
from netc.runtime.runs.sweeps import Parameter, Sweep, Trial, best_of
from PIL import Image

from .test_strangers import NAMES

PARAMETERS = (
    Parameter("optimizer.learning_rate", "1e-4..1e-1:log", (), 1e-4, 1e-1, True),
    Parameter("width", "16,32,64", (16, 32, 64)),
    Parameter("depth", "1..6", (), 1, 6),
)


def trials(count: int) -> tuple[Trial, ...]:
    """Trials whose loss is least at a rate of 0.01; every fifth fails, every sixth is pruned."""
    drawn = random.Random(0)
    found = []
    for at in range(count):
        rate = 10 ** drawn.uniform(-4, -1)
        values = {"optimizer.learning_rate": rate, "width": 32, "depth": drawn.randint(1, 6)}
        state = "failed" if at % 5 == 4 else "pruned" if at % 6 == 5 else "complete"
        value = abs(math.log10(rate) + 2) + 0.01 if state == "complete" else None
        why = "there was not enough memory" if state == "failed" else ""
        found.append(Trial(at, state, values, value, why, {1: 1.0, 2: 0.9}, 61.0))
    return tuple(found)


SWEEP = Sweep(
    "Small",
    PARAMETERS,
    {"epochs": 5},
    "val_loss",
    False,
    20,
    "TPESampler",
    "NopPruner",
    trials(20),
    {"optimizer.learning_rate": 0.9, "width": 0.1, "depth": 0.0},
    {"command": "netc sweep small.net"},
)


def test_the_picture_has_every_trial_and_setting(tmp_path: Path) -> None:
    figure = sweep_figure(SWEEP)
    course, importance, parallel, *slices = figure.axes
    (complete, so_far, best, pruned, failed) = course.get_lines()
    assert len(complete.get_xdata()) == len(SWEEP.complete) == 13
    assert list(so_far.get_ydata()) == sorted(so_far.get_ydata(), reverse=True)
    assert SWEEP.best is not None
    assert list(best.get_xdata()) == [SWEEP.best.number]
    assert (len(pruned.get_xdata()), len(failed.get_xdata())) == (3, 4)
    assert [text.get_text() for text in importance.texts[1::2]] == ["0%", "10%", "90%"]
    assert len(parallel.collections) == 20
    labels = [label.get_text() for label in parallel.get_xticklabels()]
    assert labels == ["optimizer.learning_rate (log)", "width", "depth", "val_loss"]
    assert [each.get_title() for each in slices][1:] == ["width", "depth"]
    assert slices[0].get_xscale() == "log"
    assert write_sweep_report(tmp_path, SWEEP) == []
    with Image.open(tmp_path / "sweep.png") as picture:
        assert min(picture.size) > 600
    assert ElementTree.parse(tmp_path / "sweep.svg").getroot().tag.endswith("svg")
    before = (tmp_path / "sweep.svg").read_bytes()
    write_sweep_report(tmp_path, SWEEP)
    assert (tmp_path / "sweep.svg").read_bytes() == before


def test_the_page_needs_no_other_file_and_has_the_best_first(tmp_path: Path) -> None:
    write_sweep_report(tmp_path, SWEEP)
    page = (tmp_path / "report.html").read_text()
    assert "default-src 'none'" in page
    assert 'src="data:image/png;base64,' in page
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    best = SWEEP.best
    assert best is not None
    assert body.index(f"trial-{best.number}/report.html") < body.index("<td>failed")
    assert f"--set optimizer.learning_rate={best.values['optimizer.learning_rate']}" in page
    assert "there was not enough memory" in body


def test_larger_may_be_better() -> None:
    assert best_of(SWEEP.trials, larger=True) != best_of(SWEEP.trials, larger=False)
    assert best_of((), larger=True) is None
    values = [trial.value or 0 for trial in SWEEP.complete]
    assert replace(SWEEP, larger=True).best == SWEEP.complete[values.index(max(values))]


@pytest.mark.parametrize(
    "made",
    [
        (),
        (Trial(0, "waiting", {}),),
        (Trial(0, "failed", {"width": 16}, why="x"),),
        (Trial(0, "complete", {p.name: p.ends[0] for p in PARAMETERS}, 0.0),),
        (Trial(0, "complete", {p.name: p.ends[0] for p in PARAMETERS}, -1.0),) * 2,
    ],
    ids=["none", "waiting", "failed", "one", "equal"],
)
def test_few_trials_have_a_picture_too(tmp_path: Path, made: tuple[Trial, ...]) -> None:
    sweep = replace(SWEEP, trials=made, importance={})
    assert write_sweep_report(tmp_path, sweep) == []
    assert (tmp_path / "sweep.png").exists()


def test_names_of_strangers_are_text(tmp_path: Path) -> None:
    parameters = tuple(Parameter(name, name, (name, "b")) for name in NAMES[:6])
    values = {each.name: each.choices[0] for each in parameters}
    strange = (Trial(0, "complete", values, 1.0), Trial(1, "failed", values, why=NAMES[0]))
    sweep = replace(
        SWEEP,
        name=NAMES[1],
        parameters=parameters,
        fixed={NAMES[2]: NAMES[3]},
        trials=strange,
        importance={NAMES[0]: 1.0},
        facts={"command": NAMES[0]},
    )
    write_sweep_report(tmp_path, sweep)
    page = (tmp_path / "report.html").read_text()
    body = page[page.index("<body>") : page.index("<script>")] + "</body>"
    body = re.sub(r"<img [^<>]*>", "", body)
    assert not ElementTree.fromstring(body).findall(".//script")
    assert not ElementTree.parse(tmp_path / "sweep.svg").findall(".//script")
    write_trials(tmp_path, sweep)
    text = (tmp_path / "trials.csv").read_text()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
