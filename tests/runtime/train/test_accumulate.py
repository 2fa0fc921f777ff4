"""`gradient_accumulation_steps`: small batches learn what one batch of all their samples does.

The samples of a step are the same either way, since their order does not depend on the batch. So
`batch = 4` with 3 batches a step is held against `batch = 12`, at every setting that acts on steps.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.data.load import from_arrays
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.train.options import RunOptions
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.plan import plan_lines
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
    start,
    values,
    weights_of,
)

import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

SAMPLES = 43
"""Eleven batches of 4, the last of 3 samples; three whole steps of 12, and one of 4 and 3."""

OPTIMIZERS = [
    "SGD(0.1, momentum=0.9, clipnorm=0.05",
    "AdamW(ExponentialDecay(0.05, decay_steps=4, decay_rate=0.5), weight_decay=0.1",
    "Adam(Warmup(0.05, warmup_steps=5), clipvalue=0.02",
    "SGD(0.5, global_clipnorm=0.1, loss_scale_factor=128.0",
    "SGD(0.3, use_ema=true, ema_momentum=0.8, ema_overwrite_frequency=5",
]


def settings(optimizer: str, batch: int, more: str) -> str:
    return f"""loss = sparse_categorical_crossentropy
      optimizer = {optimizer})
      batch = {batch}
      epochs = 3
      keep = last
      {more}"""


def both(tmp_path: Path, optimizer: str, net: str = CLASSES, more: str = "") -> list[Outcome]:
    """A run by small batches, three of which make a step, and one by batches of their samples."""
    data = class_data(SAMPLES)
    added = f"{optimizer}, gradient_accumulation_steps=3"
    return [
        run(tmp_path, net, settings(added, 4, more), data, out="small"),
        run(tmp_path, net, settings(optimizer, 12, more), data, out="large"),
    ]


def check_same(small: Outcome, large: Outcome, rtol: float = 1e-4) -> None:
    """The same weights, figures, rates and gradients."""
    wanted = weights_of(large)
    for name, array in weights_of(small).items():
        np.testing.assert_allclose(array, wanted[name], rtol=rtol, atol=rtol / 10, err_msg=name)
    np.testing.assert_allclose(values(small, "loss"), values(large, "loss"), rtol=rtol)
    one, other = small.history, large.history
    assert [e.learning_rate for e in one.epochs] == [e.learning_rate for e in other.epochs]
    assert one.gradients is not None
    assert other.gradients is not None
    assert one.gradients.steps == other.gradients.steps
    np.testing.assert_allclose(
        one.gradients.norms, other.gradients.norms, rtol=10 * rtol, atol=rtol
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_is_that_of_the_large_batch(tmp_path: Path, optimizer: str) -> None:
    small, large = both(tmp_path, optimizer)
    check_same(small, large)
    assert small.history.gradients is not None
    # Three epochs of four steps: the last batches of an epoch make a step of their own.
    assert small.history.gradients.steps[-1] == 12


@pytest.mark.parametrize(
    "more", ["class_weight = [1, 2, 0.5]\nsteps_per_execution = 3", "jit = true"]
)
def test_so_it_is_beside_other_settings(tmp_path: Path, more: str) -> None:
    check_same(*both(tmp_path, "Adam(0.02", more=more))


def test_penalties_count_once_a_step(tmp_path: Path) -> None:
    net = CLASSES.replace("activation=tanh", "activation=tanh, kernel_regularizer=L2(0.05)")
    check_same(*both(tmp_path, "SGD(0.3", net))


def test_so_it_is_in_sixteen_bits_as_far_as_these_can_tell(tmp_path: Path) -> None:
    check_same(*both(tmp_path, "SGD(0.1", more="precision = mixed_bfloat16"), rtol=3e-2)


def test_a_batch_that_overflows_in_float16_costs_its_step_and_halves_the_scale(
    tmp_path: Path,
) -> None:
    small, large = both(tmp_path, "SGD(0.1", more="precision = mixed_float16")
    assert small.ending == large.ending == "finished"
    check_same(small, large, rtol=3e-2)


def test_embeddings_add_up_the_rows_that_are_looked_up(tmp_path: Path) -> None:
    net = """net Words(x: int32[N, 5]) -> probs: [N, 3] {
      return x -> Embedding(7, 4) as words -> GlobalAveragePooling1D
        -> Dense(3, activation=softmax) as head
    }"""
    rng = np.random.default_rng(0)
    data = rng.integers(0, 7, (SAMPLES, 5)).astype(np.int32), rng.integers(0, 3, SAMPLES)
    small = run(
        tmp_path, net, settings("Adam(0.05, gradient_accumulation_steps=3", 4, ""), data, out="a"
    )
    large = run(tmp_path, net, settings("Adam(0.05", 12, ""), data, out="b")
    check_same(small, large)


def test_more_batches_than_an_epoch_has_make_one_step_of_all_samples(tmp_path: Path) -> None:
    data = class_data(SAMPLES)
    many = "SGD(0.3, gradient_accumulation_steps=100"
    small = run(tmp_path, CLASSES, settings(many, 4, ""), data, out="small")
    whole = settings("SGD(0.3", 4, "").replace("batch = 4", "batch = all")
    check_same(small, run(tmp_path, CLASSES, whole, data, out="large"))


def test_outputs_of_several_losses_add_up_too(tmp_path: Path) -> None:
    net = """net Two(x: float32[N, 3]) -> (a: [N, 1], b: [N, 1]) {
      return x -> Dense(1) as one, x -> Dense(1) as two
    }"""
    x, y = line_data(SAMPLES)
    made = []
    for batch, steps in ((4, ", gradient_accumulation_steps=3"), (12, "")):
        recipe = recipe_of(
            tmp_path,
            net,
            f"""loss = per_output(a=mse, b=mae)
            optimizer = SGD(0.1{steps})
            batch = {batch}
            epochs = 2""",
        )
        data = from_arrays(recipe, (x, {"a": y, "b": -y}))
        made.append(train(recipe, data, tmp_path / str(batch)))
    check_same(*made)


def test_a_loss_that_is_not_finite_changes_no_weight(tmp_path: Path) -> None:
    x, y = line_data(12)
    x[9] = 1e30
    text = "loss = mse\noptimizer = SGD(0.1, gradient_accumulation_steps=3)\nbatch = 4"
    outcome = run(tmp_path, LINEAR, text, (x, y))
    assert outcome.ending == "not finite"
    (note,) = outcome.notes
    assert note.startswith("the loss of step 1 of epoch 1 is not finite")
    first = start(recipe_of(tmp_path, LINEAR, text))["line/kernel"]
    np.testing.assert_array_equal(weights_of(outcome)["line/kernel"], first)


def test_a_run_cut_off_within_a_step_goes_on_the_same(tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    class Cutting(Seen):
        def step(self, epoch: int, step: int, results: object) -> None:
            if (epoch, step) == (2, 2):
                raise Cut

    text = settings("Adam(0.02, gradient_accumulation_steps=3", 4, "steps_per_execution = 1")
    recipe = recipe_of(tmp_path, CLASSES, text)
    dataset = dataset_of(recipe, class_data(SAMPLES))
    whole = train(recipe, dataset, tmp_path / "whole")
    with pytest.raises(Cut):
        train(recipe, dataset, tmp_path / "cut", RunOptions(watch=Cutting()))
    again = train(recipe, dataset, tmp_path / "cut", RunOptions(resume=True))
    for name, array in weights_of(whole).items():
        np.testing.assert_array_equal(array, weights_of(again)[name])
    assert values(whole, "loss") == values(again, "loss")


def test_what_would_be_done_says_how_many_batches_make_a_step(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, CLASSES, settings("SGD(gradient_accumulation_steps=3", 4, ""))
    lines = plan_lines(recipe, dataset_of(recipe, class_data(SAMPLES)))
    assert lines[-1].startswith("3 epochs of 4 steps, batch 4, 3 a step; ")
