"""Which weights a run keeps, and that every figure it gives is of those weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.compiler.recipe.logged import same_figure
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.report.judge import judge
from netc.runtime.runs.facts import Facts
from netc.runtime.train.options import RunOptions
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.run import train

from .small import (
    CLASSES,
    IGNORED,
    LINEAR,
    Seen,
    class_data,
    dataset_of,
    line_data,
    recipe_of,
    run,
    values,
    weights_of,
)

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

JUMPY = "loss = mse\noptimizer = SGD(0.4, momentum=0.9)\nepochs = 8\n"
"""Its loss goes up and down, so that an epoch's weights are far from those before it."""


def mean_squared_error(outcome: Outcome, data: tuple[Array, Array]) -> float:
    """The loss of a run's kept weights on some data, by hand."""
    found, (x, y) = weights_of(outcome), data
    return float(((x @ found["line/kernel"] + found["line/bias"] - y) ** 2).mean())


@pytest.mark.parametrize("batch", ["all", "7"])
@pytest.mark.parametrize(
    "keep", ['keep = best("loss")', "keep = last", 'stop = EarlyStopping("loss", patience=3)']
)
def test_the_loss_of_the_kept_weights_is_theirs(tmp_path: Path, keep: str, batch: str) -> None:
    data = line_data()
    outcome = run(tmp_path, LINEAR, f"{JUMPY}batch = {batch}\n{keep}", data)
    (ending,) = outcome.history.endings
    assert outcome.kept is not None
    assert (outcome.monitor, ending.monitor) == ("loss", "loss")
    assert outcome.kept.value == ending.value == ending.values["loss"]
    assert outcome.kept.value == pytest.approx(mean_squared_error(outcome, data), rel=1e-5)
    assert outcome.lines()[0] == f"kept: epoch {outcome.kept.epoch}, loss {outcome.kept.value:.4g}"
    if "loss" in keep:
        assert outcome.kept.value == min(values(outcome, "loss"))


def test_restarts_are_compared_by_the_loss_of_what_they_end_with(tmp_path: Path) -> None:
    data = line_data()
    outcome = run(tmp_path, LINEAR, f"{JUMPY}batch = all\nkeep = last\nrestarts = 3", data)
    ends = {ending.restart: ending.value for ending in outcome.history.endings}
    assert outcome.kept is not None
    assert outcome.kept.restart == min(ends, key=ends.__getitem__)
    assert ends[outcome.kept.restart] == pytest.approx(mean_squared_error(outcome, data), rel=1e-5)


def test_training_figures_of_a_report_are_those_of_the_kept_weights(tmp_path: Path) -> None:
    """Dropout and class weights change the loss that is learned from, not that of the report."""
    net = CLASSES.replace("-> Dense(3", "-> Dropout(0.5) -> Dense(3")
    recipe = recipe_of(
        tmp_path,
        net,
        "loss = sparse_categorical_crossentropy\nmetrics = [accuracy]\nepochs = 3\n"
        "optimizer = Adam(0.05)\nclass_weight = [1, 2, 3]",
    )
    dataset = dataset_of(recipe, class_data(), class_data(30, seed=3))
    outcome = train(recipe, dataset, tmp_path / "run")
    (ending,) = outcome.history.endings
    session = Session(tmp_path / "run" / "model.onnx")
    for part, before in ((dataset.train, ""), (dataset.validation, "val_")):
        assert part is not None
        for name, value in judge(session, recipe, part, ()).values.items():
            assert ending.values[before + name] == pytest.approx(value, rel=1e-5)
    assert Facts(recipe, outcome.history).kept_values == ending.values
    assert ending.values["loss"] != values(outcome, "loss")[ending.kept - 1]
    written = json.loads((tmp_path / "run" / "run.json").read_text())
    assert written["endings"][0]["values"] == ending.values


def test_weights_that_the_optimizer_averages_have_figures_of_their_own(tmp_path: Path) -> None:
    data, other = line_data(), line_data(10, seed=4)
    settings = JUMPY.replace("momentum=0.9", "momentum=0.9, use_ema=true, ema_momentum=0.5")
    outcome = run(tmp_path, LINEAR, f"{settings}batch = all\nkeep = last", data, other)
    assert outcome.kept is not None
    assert outcome.monitor == "val_loss"
    assert outcome.kept.value == pytest.approx(mean_squared_error(outcome, other), rel=1e-5)
    plain = run(tmp_path, LINEAR, f"{JUMPY}batch = all\nkeep = last", data, other, out="plain")
    assert outcome.kept.value != pytest.approx(values(plain, "val_loss")[-1], rel=1e-2)


PHASES = """loss = sparse_categorical_crossentropy
metrics = [accuracy]
phase good {
  optimizer = Adam(0.05)
  epochs = 4
}
phase bad {
  optimizer = SGD(500)
  epochs = 2
MORE
}"""


def phases(tmp_path: Path, more: str) -> tuple[Outcome, list[str]]:
    """A run whose second phase makes everything worse, and what it says."""
    recipe = recipe_of(tmp_path, CLASSES, PHASES.replace("MORE", more))
    dataset = dataset_of(recipe, class_data(), class_data(30, seed=3))
    from netc.runtime.train.plan import keep_best

    seen = Seen()
    outcome = train(keep_best(recipe, dataset), dataset, tmp_path / "run", RunOptions(watch=seen))
    return outcome, seen.notes


def test_the_best_of_all_phases_is_kept_where_they_watch_the_same(tmp_path: Path) -> None:
    outcome, notes = phases(tmp_path, "")
    losses = values(outcome, "val_loss")
    assert min(losses[4:]) > min(losses[:4])
    assert outcome.kept is not None
    assert outcome.kept.epoch == int(np.argmin(losses)) + 1
    assert outcome.kept.value == min(losses)
    assert [ending.kept for ending in outcome.history.endings] == [outcome.kept.epoch] * 2
    assert notes == []


@pytest.mark.parametrize("keep", ["last", 'best("val_loss", mode=max)'])
def test_a_phase_that_gives_up_better_weights_says_so(tmp_path: Path, keep: str) -> None:
    outcome, notes = phases(tmp_path, f"  keep = {keep}")
    good, bad = outcome.history.endings
    assert bad.kept > good.epoch
    assert bad.values["val_loss"] > good.value
    assert notes == [
        f"phase bad gave up better weights: val_loss is {bad.values['val_loss']:.4g}, and was "
        f'{good.value:.4g} after phase good (epoch {good.kept}); `keep = best("val_loss")` in '
        "phase bad would have kept those"
    ]
    assert outcome.notes == tuple(notes)


def test_figures_of_phases_are_compared_only_where_they_mean_the_same(tmp_path: Path) -> None:
    recipe = recipe_of(
        tmp_path,
        CLASSES.replace("activation=tanh", "activation=tanh, kernel_regularizer=L2(0.1)"),
        """loss = sparse_categorical_crossentropy
        phase a { }
        phase b { metrics = [accuracy] }
        phase c { freeze = [one] }
        phase d { loss = sparse_categorical_crossentropy(ignore_class=0) }
        phase e { metrics = [accuracy] }""",
    )
    a, b, c, d, e = recipe.phases

    def same(one: object, other: object, monitor: str) -> bool:
        return same_figure(recipe.checked, one, other, monitor)

    assert same(a, b, "val_loss")
    assert not same(a, c, "val_loss"), "the penalty of frozen weights is not in the loss"
    assert not same(a, d, "val_loss")
    assert not same(a, b, "val_accuracy")
    assert same(b, e, "val_accuracy")
