"""Phases, freezing, stopping early, plateaus, restarts, seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.train.options import RunOptions
from netc.runtime.train.run import train
from netc.runtime.weights import save_safetensors

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

NORMED = """net Normed(x: float32[N, 4]) -> probs: [N, 3] {
  return x -> Dense(8) as one -> BatchNormalization as norm -> ReLU
    -> Dense(3, activation=softmax) as two
}"""
SPARSE = "loss = sparse_categorical_crossentropy"


def test_frozen_layers_keep_every_bit_moving_averages_too(tmp_path: Path) -> None:
    settings = f"{SPARSE}\noptimizer = SGD(0.1)\nepochs = 3\nkeep = last\nfreeze = [one, norm]"
    frozen = weights_of(run(tmp_path, NORMED, settings, class_data(), out="a"))
    free = weights_of(
        run(tmp_path, NORMED, settings.replace("[one, norm]", "[]"), class_data(), out="b")
    )
    recipe = recipe_of(tmp_path, NORMED, settings)
    source = SeededWeights(0)
    for path, node in recipe.checked.layers().items():
        for weight in node.weights:
            name = f"{path}/{weight.name}"
            before = source.tensor(path, weight).read()
            assert np.array_equal(frozen[name], before) == (path in ("one", "norm")), name
            assert not np.array_equal(free[name], before), name


SPECTRAL = """net Spectral(x: float32[N, 4]) -> probs: [N, 3] {
  return x -> SpectralNormalization(layer=Dense(8)) as one -> ReLU
    -> Dense(3, activation=softmax) as two
}"""


def test_a_spectrally_normalized_kernel_is_trained_at_a_norm_of_one(tmp_path: Path) -> None:
    settings = f"{SPARSE}\noptimizer = SGD(0.001)\nepochs = 20\nkeep = last"
    found = weights_of(run(tmp_path, SPECTRAL, settings, class_data(), out="a"))
    assert np.linalg.norm(found["one/kernel"], 2) == pytest.approx(1, abs=0.05)


def test_a_frozen_one_is_left_as_it_is(tmp_path: Path) -> None:
    settings = f"{SPARSE}\noptimizer = SGD(0.1)\nepochs = 2\nkeep = last\nfreeze = [one]"
    found = weights_of(run(tmp_path, SPECTRAL, settings, class_data(), out="a"))
    node = recipe_of(tmp_path, SPECTRAL, settings).checked.layers()["one"]
    assert [weight.name for weight in node.weights] == ["kernel", "vector_u", "bias"]
    for weight in node.weights:
        before = SeededWeights(0).tensor("one", weight).read()
        assert np.array_equal(found[f"one/{weight.name}"], before), weight.name


LEARNED = """net Learned(x: float32[N, 4]) -> probs: [N, 3] {
  weight scale: [4] = ones
  weight still: [4] = 0.5, trainable=false
  weight held: [] = 2
  return (x * scale + still) * held -> Dense(3, activation=softmax) as two
}"""


def test_learned_tensors_learn_unless_they_are_frozen_or_not_trainable(tmp_path: Path) -> None:
    settings = f"{SPARSE}\noptimizer = SGD(0.1)\nepochs = 2\nkeep = last\nfreeze = [held]"
    outcome = run(tmp_path, LEARNED, settings, class_data(), out="a")
    found = weights_of(outcome)
    assert not (found["scale/value"] == 1).any()
    assert (found["still/value"] == 0.5).all()
    assert found["held/value"] == 2
    gradients = outcome.history.gradients
    assert gradients is not None
    assert gradients.layers == ("scale", "two")


def test_the_penalty_on_a_learned_tensor_counts(tmp_path: Path) -> None:
    settings = f"{SPARSE}\noptimizer = SGD(0.1)\nepochs = 2\nkeep = last"
    free = weights_of(run(tmp_path, LEARNED, settings, class_data(), out="a"))
    pulled = LEARNED.replace("[4] = ones", "[4] = ones, regularizer=L2(2.0)")
    held = weights_of(run(tmp_path, pulled, settings, class_data(), out="b"))
    assert abs(held["scale/value"]).sum() < 0.5 * abs(free["scale/value"]).sum()


def test_phases_run_in_turn_with_their_own_optimizer_and_freeze(tmp_path: Path) -> None:
    """In the first phase only `two` moves; in the second, whose rate is 0 for SGD, nothing."""
    settings = f"""{SPARSE}
      keep = last
      phase head {{ optimizer = SGD(0.1)
        epochs = 2
        freeze = [one] }}
      phase still {{ optimizer = SGD(0.0)
        epochs = 3 }}"""
    outcome = run(tmp_path, CLASSES, settings, class_data())
    epochs = outcome.history.epochs
    assert [epoch.phase for epoch in epochs] == ["head"] * 2 + ["still"] * 3
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5]
    assert [round(epoch.learning_rate, 6) for epoch in epochs] == [0.1] * 2 + [0.0] * 3
    assert [ending.phase for ending in outcome.history.endings] == ["head", "still"]
    alone = run(
        tmp_path, CLASSES, f"{SPARSE}\noptimizer=SGD(0.1)\nepochs=2\nfreeze=[one]\nkeep=last",
        class_data(), out="alone",
    )  # fmt: skip
    for name, array in weights_of(alone).items():
        np.testing.assert_array_equal(weights_of(outcome)[name], array)


def test_norms_of_gradients_are_those_of_layers_that_learn(tmp_path: Path) -> None:
    settings = f"{SPARSE}\nkeep = last\nphase a {{ freeze = [one] }}\nphase b {{ }}"
    gradients = run(tmp_path, CLASSES, settings, class_data(64)).history.gradients
    assert gradients is not None
    assert gradients.layers == ("one", "two")
    assert gradients.steps == (1, 2, 3, 4)
    assert (gradients.norms[:2, 0] == 0).all()
    assert (gradients.norms[2:] > 0).all()
    assert (gradients.norms[:, 1] > 0).all()


def test_early_stopping_ends_the_phase_and_best_weights_come_back(tmp_path: Path) -> None:
    """The training set is the opposite of the validation set, so that learning makes it worse."""
    x, y = line_data()
    settings = """loss = mse
      optimizer = SGD(0.02)
      batch = all
      epochs = 20
      stop = EarlyStopping(monitor="val_loss", patience=3)"""
    seen = Seen()
    recipe = recipe_of(tmp_path, LINEAR, settings)
    outcome = train(
        recipe, dataset_of(recipe, (x, y), (x, -y)), tmp_path / "run", RunOptions(watch=seen)
    )
    figures = values(outcome, "val_loss")
    best = int(np.argmin(figures)) + 1
    assert outcome.ending == "stopped"
    assert len(figures) == best + 3
    assert outcome.kept is not None
    assert (outcome.kept.epoch, outcome.kept.value) == (best, min(figures))
    (ending,) = seen.endings
    assert (ending.reason, ending.epoch, ending.kept) == ("stopped", best + 3, best)

    fewer = settings.replace("epochs = 20", f"epochs = {best}\nkeep = last")
    again = run(tmp_path, LINEAR, fewer, (x, y), (x, -y), out="again")
    for name, array in weights_of(again).items():
        np.testing.assert_allclose(weights_of(outcome)[name], array, rtol=1e-6)
    lasting = run(tmp_path, LINEAR, f"{settings}\nkeep = last", (x, y), (x, -y), out="last")
    assert np.abs(weights_of(lasting)["line/kernel"] - weights_of(outcome)["line/kernel"]).max() > 0


def test_a_plateau_lowers_the_rate(tmp_path: Path) -> None:
    x, y = line_data()
    settings = """loss = mse
      optimizer = SGD(0.01)
      batch = all
      epochs = 7
      plateau = ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2, min_lr=0.004)"""
    outcome = run(tmp_path, LINEAR, settings, (x, y), (x, -y))
    figures = values(outcome, "val_loss")
    assert figures == sorted(figures)
    rates = [epoch.learning_rate for epoch in outcome.history.epochs]
    np.testing.assert_allclose(rates, [0.01] * 3 + [0.005] * 2 + [0.004] * 2, rtol=1e-6)


def test_restarts_differ_and_the_best_is_kept(tmp_path: Path) -> None:
    settings = f"{SPARSE}\nepochs = 2\nrestarts = 3\nseed = 5"
    data, other = class_data(), class_data(30, seed=3)
    outcome = run(tmp_path, CLASSES, settings, data, other)
    by_restart = {
        restart: [e.values["val_loss"] for e in outcome.history.epochs if e.restart == restart]
        for restart in (1, 2, 3)
    }
    assert len({tuple(figures) for figures in by_restart.values()}) == 3
    best = min(by_restart, key=lambda restart: min(by_restart[restart]))
    assert outcome.kept is not None
    assert outcome.kept.restart == best
    assert [ending.restart for ending in outcome.history.endings] == [1, 2, 3]
    alone = run(tmp_path, CLASSES, f"{SPARSE}\nepochs = 2\nseed = {4 + best}", data, other, out="b")
    start = values(alone, "val_loss")[0]
    # The same first weights; the order of samples is the restart's own.
    assert start == pytest.approx(by_restart[best][0], rel=0.1)


def test_the_same_seed_trains_the_same_and_another_does_not(tmp_path: Path) -> None:
    net = CLASSES.replace("-> Dense(3", "-> Dropout(0.3) -> Dense(3")
    made = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        settings = f"{SPARSE}\nepochs = 2\nseed = {seed}\nbatch = 8"
        made[name] = run(tmp_path, net, settings, class_data(), out=name)
    losses = {name: values(outcome, "loss") for name, outcome in made.items()}
    assert losses["a"] == losses["b"] != losses["c"]
    weights = {name: weights_of(outcome) for name, outcome in made.items()}
    for name, array in weights["a"].items():
        assert np.array_equal(array, weights["b"][name])
        assert name.endswith("bias") or not np.array_equal(array, weights["c"][name])


def test_weights_are_loaded_into_a_part_and_freezing_keeps_them(tmp_path: Path) -> None:
    base = "block Base(x: [N, 4]) { return x -> Dense(8, activation=relu) as one }"
    source = "net Base(x: float32[N, 4]) -> y: [N, 8] { return x -> Dense(8) as one }"
    recipe = recipe_of(tmp_path, source, "loss = mse", "base.net")
    save_safetensors(tmp_path / "base.safetensors", recipe.checked, SeededWeights(9))
    net = """net Top(x: float32[N, 4]) -> probs: [N, 3] {
      x -> Base as base
      return base -> Dense(3, activation=softmax) as two
    }"""
    settings = f"""{SPARSE}
      weights = [load("base.safetensors", into=base)]
      freeze = [base]
      keep = last"""
    outcome = run(tmp_path, f"{net}\n{base}", settings, class_data())
    (weight, *_) = recipe.checked.layers()["one"].weights
    expected = SeededWeights(9).tensor("one", weight).read()
    np.testing.assert_array_equal(weights_of(outcome)["base/one/kernel"], expected)


def test_a_recipe_that_freezes_everything_is_refused(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, LINEAR, "loss = mse")
    phase = replace(recipe.phases[0], frozen=frozenset(["line"]))
    with pytest.raises(UserError, match="nothing of `Line` is left to train"):
        train(replace(recipe, phases=(phase,)), dataset_of(recipe, line_data()), tmp_path / "run")


def test_deterministic_asks_tensorflow_for_it(tmp_path: Path) -> None:
    from tensorflow.python.framework import config

    assert not config.is_op_determinism_enabled()
    try:
        outcome = run(tmp_path, NORMED, f"{SPARSE}\ndeterministic = true", class_data())
        assert config.is_op_determinism_enabled()
    finally:
        config.disable_op_determinism()
    assert outcome.good
