"""`use_ema`: the running mean of the weights is what is evaluated, compared, kept and saved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.report.headline import headline
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
    start,
    values,
    weights_of,
)

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

MEAN = "use_ema=true, ema_momentum=0.75"
DATA, OTHER = line_data(), line_data(10, seed=4)


def trained(tmp_path: Path, settings: str, out: str = "run", **more: object) -> Outcome:
    recipe = recipe_of(tmp_path, LINEAR, f"loss = mse\nbatch = all\n{settings}")
    return train(recipe, dataset_of(recipe, DATA, OTHER), tmp_path / out, RunOptions(**more))


def by_hand(tmp_path: Path, epochs: int, rate: float = 0.3) -> list[np.ndarray]:
    """Gradient descent, a step an epoch: the mean of the weights after each step.

    `mean = 0.75 mean + 0.25 w`, and the first one is the weights themselves, as Keras has it.
    """
    first = start(recipe_of(tmp_path, LINEAR, "loss = mse"))
    w = np.concatenate([first["line/kernel"].ravel(), first["line/bias"]])
    x, y = np.column_stack([DATA[0], np.ones(len(DATA[0]))]), DATA[1][:, 0]
    found: list[np.ndarray] = []
    for _ in range(epochs):
        w = w - rate * 2 * x.T @ (x @ w - y) / len(x)
        found.append(0.75 * found[-1] + 0.25 * w if found else w)
    return found


def loss(w: np.ndarray, data: tuple[np.ndarray, np.ndarray]) -> float:
    x, y = np.column_stack([data[0], np.ones(len(data[0]))]), data[1][:, 0]
    return float(((x @ w - y) ** 2).mean())


def flat(outcome: Outcome) -> np.ndarray:
    found = weights_of(outcome)
    return np.concatenate([found["line/kernel"].ravel(), found["line/bias"]])


def test_figures_of_epochs_are_those_of_the_mean(tmp_path: Path) -> None:
    outcome = trained(tmp_path, f"optimizer = SGD(0.3, {MEAN})\nepochs = 6\nkeep = last")
    means = by_hand(tmp_path, 6)
    wanted = [loss(w, OTHER) for w in means]
    np.testing.assert_allclose(values(outcome, "val_loss"), wanted, rtol=1e-4)
    np.testing.assert_allclose(flat(outcome), means[-1], rtol=1e-4, atol=1e-5)
    assert outcome.kept is not None
    assert outcome.kept.value == pytest.approx(wanted[-1], rel=1e-4)
    assert outcome.lines()[0].endswith(", the running mean of the weights")


@pytest.mark.parametrize("figure", ["val_loss", "loss"])
def test_the_best_mean_is_kept_and_training_goes_on_from_the_weights(
    tmp_path: Path, figure: str
) -> None:
    """The rate is too large: the weights swing ever wider, so that an early mean is best."""
    settings = f'optimizer = SGD(0.55, {MEAN})\nepochs = 8\nkeep = best("{figure}", mode=min)'
    outcome = trained(tmp_path, settings)
    means = by_hand(tmp_path, 8, 0.55)
    wanted = [loss(w, DATA if figure == "loss" else OTHER) for w in means]
    np.testing.assert_allclose(values(outcome, figure), wanted, rtol=1e-3)
    best = int(np.argmin(wanted))
    assert outcome.kept is not None
    assert (outcome.kept.epoch, outcome.kept.averaged) == (best + 1, True)
    np.testing.assert_allclose(flat(outcome), means[best], rtol=1e-3, atol=1e-4)


def test_evaluation_of_the_saved_model_gives_the_figures_of_the_run(tmp_path: Path) -> None:
    net = CLASSES.replace("as one", "as one -> BatchNormalization as norm")
    recipe = recipe_of(
        tmp_path,
        net,
        f"""loss = sparse_categorical_crossentropy
        metrics = [accuracy]
        optimizer = Adam(0.05, {MEAN})
        epochs = 4
        keep = best("val_loss")""",
    )
    dataset = dataset_of(recipe, class_data(), class_data(30, seed=3))
    outcome = train(recipe, dataset, tmp_path / "run")
    (ending,) = outcome.history.endings
    session = Session(tmp_path / "run" / "model.onnx")
    for part, before in ((dataset.train, ""), (dataset.validation, "val_")):
        assert part is not None
        for name, value in judge(session, recipe, part, ()).values.items():
            assert ending.values[before + name] == pytest.approx(value, rel=1e-4)
    assert outcome.good
    written = json.loads((tmp_path / "run" / "run.json").read_text())
    assert written["endings"][0]["averaged"] is True
    assert written["kept"]["averaged"] is True
    shown = headline(Facts(recipe, outcome.history), None)
    assert f"the weights are the running mean at the end of epoch {ending.kept}" in shown


def test_a_run_cut_off_goes_on_with_the_same_mean(tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    class Cutting(Seen):
        def step(self, epoch: int, step: int, results: object) -> None:
            if epoch == 4:
                raise Cut

    settings = f"optimizer = Adam(0.1, {MEAN})\nepochs = 6\nkeep = last"
    whole = trained(tmp_path, settings, "whole")
    with pytest.raises(Cut):
        trained(tmp_path, settings, "cut", watch=Cutting())
    again = trained(tmp_path, settings, "cut", resume=True)
    assert values(again, "val_loss") == values(whole, "val_loss")
    np.testing.assert_array_equal(flat(again), flat(whole))


def test_the_next_phase_begins_with_the_mean_and_with_a_new_one(tmp_path: Path) -> None:
    outcome = trained(
        tmp_path,
        f"""phase mean {{
          optimizer = SGD(0.3, {MEAN})
          epochs = 4
          keep = last
        }}
        phase still {{
          optimizer = SGD(0.0)
          keep = last
        }}""",
    )
    first, second = outcome.history.endings
    assert (first.averaged, second.averaged) == (True, False)
    np.testing.assert_allclose(flat(outcome), by_hand(tmp_path, 4)[-1], rtol=1e-4, atol=1e-5)
    assert second.value == pytest.approx(first.value, rel=1e-5)


def test_a_mean_that_replaces_the_weights_moves_where_they_go(tmp_path: Path) -> None:
    """After every second step the weights go on from their mean."""
    outcome = trained(
        tmp_path,
        f"optimizer = SGD(0.3, {MEAN}, ema_overwrite_frequency=2)\nepochs = 5\nkeep = last",
    )
    plain = by_hand(tmp_path, 5)
    np.testing.assert_allclose(values(outcome, "val_loss")[1], loss(plain[1], OTHER), rtol=1e-4)
    assert values(outcome, "val_loss")[2] != pytest.approx(loss(plain[2], OTHER), rel=1e-3)


def test_a_mean_of_no_step_is_not_kept(tmp_path: Path) -> None:
    """In float16 the first steps only find the scale: the weights are what they were."""
    recipe = recipe_of(
        tmp_path,
        LINEAR,
        f"loss = mse\nprecision = mixed_float16\noptimizer = SGD(0.1, {MEAN})\nkeep = last",
    )
    x, y = line_data(8)
    outcome = train(recipe, dataset_of(recipe, (x, 1000 * y)), tmp_path / "run")
    for name, array in start(recipe).items():
        np.testing.assert_array_equal(weights_of(outcome)[name], array)
    assert outcome.kept is not None
    assert not outcome.kept.averaged
