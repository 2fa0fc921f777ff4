"""A training step does what Keras's own does, and what the formulas of optimizers say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.report.measures import measure
from netc.runtime.train.run import train

from .small import (
    CLASSES,
    IGNORED,
    LINEAR,
    class_data,
    dataset_of,
    line_data,
    recipe_of,
    run,
    start,
    values,
)
from .small import weights_of as kept

keras = import_keras()

pytestmark = pytest.mark.filterwarnings(IGNORED)

CONV = """net Pictures(x: float32[N, 6, 6, 1]) -> probs: [N, 3] {
  return x
    -> Conv2D(4, 3, kernel_regularizer=L2(0.01)) as conv -> BatchNormalization as norm -> ReLU
    -> Flatten -> Dense(3, activation=softmax) as head
}"""


def test_losses_and_metrics_are_those_of_plain_keras_fit(tmp_path: Path) -> None:
    """One batch an epoch, so that no order of samples matters; the last step counts as well."""
    from netc.compiler.lower.keras.lower import lower_keras

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 6, 6, 1)).astype(np.float32), rng.integers(0, 3, 20)
    settings = """loss = sparse_categorical_crossentropy
      optimizer = SGD(0.05, momentum=0.9)
      metrics = [accuracy]
      batch = all
      epochs = 5
      keep = last"""
    recipe = recipe_of(tmp_path, CONV, settings)
    ours = train(recipe, dataset_of(recipe, (x, y), (x[:7], y[:7])), tmp_path / "run")

    plain = lower_keras(recipe.checked, SeededWeights(0))
    plain.compile(
        keras.optimizers.SGD(0.05, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    theirs = plain.fit(
        x, y, batch_size=20, epochs=5, validation_data=(x[:7], y[:7]), shuffle=False, verbose=0
    ).history
    assert set(theirs) == set(ours.history.epochs[0].values)
    for name, expected in theirs.items():
        np.testing.assert_allclose(values(ours, name), expected, rtol=1e-5, atol=1e-6)
    for layer, name in (("conv", "kernel"), ("norm", "moving_mean"), ("head", "bias")):
        variable = getattr(plain.get_layer(layer), name)
        np.testing.assert_allclose(kept(ours)[f"{layer}/{name}"], variable, rtol=1e-4, atol=1e-5)


def test_what_is_called_1_is_measured_beside_indices_of_classes_too(tmp_path: Path) -> None:
    """The same net, data and figures, with the loss that takes indices and the one that does not.

    What training logs of a part, evaluation finds for the kept weights.
    """
    metrics = """metrics = [
        F1Score(average=macro), FBetaScore(average=micro, beta=2), Precision, Recall(class_id=1),
        TruePositives,
      ]"""
    found = {}
    for kind in ("categorical", "sparse_categorical"):
        settings = f"loss = {kind}_crossentropy\n{metrics}\nepochs = 3\nseed = 4\nkeep = last"
        recipe = recipe_of(tmp_path, CLASSES, settings)
        data = dataset_of(recipe, class_data(), class_data(20, 1))
        outcome = train(recipe, data, tmp_path / kind)
        logged = outcome.history.epochs[-1].values
        found[kind] = logged
        model = keras.models.load_model(tmp_path / kind / "model.keras", compile=False)
        assert data.validation is not None
        (x,) = data.validation.inputs.values()
        measured = measure(recipe, data.validation, {"probs": np.asarray(model(x))})
        assert measured == pytest.approx({k: logged[f"val_{k}"] for k in measured}, rel=1e-4)
    assert found["sparse_categorical"] == pytest.approx(found["categorical"], rel=1e-5)
    assert 0 < found["categorical"]["f1_score"] < 1


def test_penalties_of_regularizers_are_part_of_the_loss(tmp_path: Path) -> None:
    """With a rate of 0 nothing moves: the loss is that of the plain net and 0.5 times the sum."""
    plain = LINEAR.replace("Dense(1)", "Dense(1, use_bias=false)")
    settings = "loss = mse\noptimizer = SGD(0.0)\nbatch = all"
    without = run(tmp_path, plain, settings, line_data(), out="a")
    net = plain.replace("use_bias=false", "use_bias=false, kernel_regularizer=L2(0.5)")
    having = run(tmp_path, net, settings, line_data(), out="b")
    kernel = kept(having)["line/kernel"]
    more = values(having, "loss")[0] - values(without, "loss")[0]
    assert more == pytest.approx(0.5 * float((kernel**2).sum()), rel=1e-5)


def test_batch_all_is_one_step_an_epoch_and_batch_1_one_a_sample(tmp_path: Path) -> None:
    """Plain SGD by hand: the mean gradient once, or that of each sample in turn."""
    x, y = line_data(5)
    both = {}
    for batch in ("all", "1"):
        settings = f"loss = mse\noptimizer = SGD(0.1)\nbatch = {batch}\nepochs = 3\nkeep = last"
        outcome = run(tmp_path, LINEAR, settings, (x, y), out=f"run{batch}")
        assert outcome.history.gradients is not None
        both[batch] = outcome
    assert both["all"].history.gradients.steps[-1] == 3
    assert both["1"].history.gradients.steps[-1] == 15

    recipe = recipe_of(tmp_path, LINEAR, "loss = mse")
    first = start(recipe)
    kernel, bias = first["line/kernel"].astype(float), first["line/bias"].astype(float)
    for _ in range(3):
        error = x @ kernel + bias - y
        kernel, bias = kernel - 0.2 * x.T @ error / 5, bias - 0.2 * error.mean(axis=0)
    np.testing.assert_allclose(kept(both["all"])["line/kernel"], kernel, rtol=1e-4)
    np.testing.assert_allclose(kept(both["all"])["line/bias"], bias, rtol=1e-4)


def test_momentum_follows_its_formula(tmp_path: Path) -> None:
    """`v = m v - lr g; w = w + v`, and without momentum the weights are others."""
    x, y = line_data(8)
    found = {}
    for momentum in (0.0, 0.9):
        settings = f"""loss = mse
          optimizer = SGD(0.05, momentum={momentum})
          batch = all
          epochs = 4
          keep = last"""
        found[momentum] = kept(run(tmp_path, LINEAR, settings, (x, y), out=f"m{momentum}"))
    first = start(recipe_of(tmp_path, LINEAR, "loss = mse"))
    kernel, bias = first["line/kernel"].astype(float), first["line/bias"].astype(float)
    speed_k, speed_b = np.zeros_like(kernel), np.zeros_like(bias)
    for _ in range(4):
        error = x @ kernel + bias - y
        speed_k = 0.9 * speed_k - 0.05 * 2 * x.T @ error / 8
        speed_b = 0.9 * speed_b - 0.05 * 2 * error.mean(axis=0)
        kernel, bias = kernel + speed_k, bias + speed_b
    np.testing.assert_allclose(found[0.9]["line/kernel"], kernel, rtol=1e-4)
    assert np.abs(found[0.0]["line/kernel"] - kernel).max() > 1e-2


def test_a_row_that_a_batch_looks_up_twice_has_one_gradient(tmp_path: Path) -> None:
    """Adam's first step is the rate, whatever the gradient: `w -= lr * g / sqrt(g^2)`."""
    net = """net Total(x: int32[N, 4]) -> y: [N, 1] {
      return x -> Embedding(3, 1) as words -> Flatten -> Sum(axis=-1, keepdims=true)
    }"""
    x, y = np.array([[0, 0, 0, 1]], np.int32), np.array([[9.0]], np.float32)
    settings = "loss = mse\noptimizer = Adam(0.25)\nkeep = last"
    outcome = run(tmp_path, net, settings, (x, y))
    first = start(recipe_of(tmp_path, net, settings))["words/embeddings"]
    moved = kept(outcome)["words/embeddings"] - first
    np.testing.assert_allclose(moved, [[0.25], [0.25], [0.0]], rtol=1e-5)


@pytest.mark.parametrize(
    ("clip", "largest"),
    [("clipnorm=0.01", 0.01), ("clipvalue=0.002", 0.004), ("global_clipnorm=0.01", 0.01)],
)
def test_clipping_binds(tmp_path: Path, clip: str, largest: float) -> None:
    """One step of SGD with rate 1 moves the weights by the clipped gradient."""
    settings = f"loss = mse\noptimizer = SGD(1.0, {clip})\nbatch = all\nkeep = last"
    outcome = run(tmp_path, LINEAR, settings, line_data(), out="run")
    first = start(recipe_of(tmp_path, LINEAR, "loss = mse"))
    moved = kept(outcome)["line/kernel"] - first["line/kernel"]
    assert 0 < np.linalg.norm(moved) <= largest * 1.001
    free = run(tmp_path, LINEAR, settings.replace(f", {clip}", ""), line_data(), out="free")
    assert np.linalg.norm(kept(free)["line/kernel"] - first["line/kernel"]) > 10 * largest


def test_schedules_set_the_rate_of_each_step(tmp_path: Path) -> None:
    """One step an epoch: the history has the rate of every step."""
    settings = """loss = mse
      optimizer = SGD(InverseTimeDecay(0.1, decay_steps=3, decay_rate=0.5))
      batch = all
      epochs = 7"""
    outcome = run(tmp_path, LINEAR, settings, line_data())
    rates = [epoch.learning_rate for epoch in outcome.history.epochs]
    np.testing.assert_allclose(rates, [0.1 / (1 + 0.5 * step / 3) for step in range(7)], rtol=1e-6)


def test_the_scheduled_rate_is_what_moves_the_weights(tmp_path: Path) -> None:
    """A rate that falls to 0 after two steps: nothing moves any more."""
    settings = """loss = mse
      optimizer = SGD(PiecewiseConstantDecay([1], [0.1, 0.0]))
      batch = all
      epochs = 5"""
    loss = values(run(tmp_path, LINEAR, settings, line_data()), "loss")
    assert loss[0] > loss[1] > loss[2]
    assert loss[3:] == pytest.approx([loss[2]] * 2, rel=1e-6)


def test_class_weights_weigh_the_loss(tmp_path: Path) -> None:
    """Where only one class counts, the loss is its share of the samples' losses."""
    x, y = class_data(30)
    settings = """loss = sparse_categorical_crossentropy
      optimizer = SGD(0.0)
      batch = all
      class_weight = [0, 1, 0]"""
    weighted = values(run(tmp_path, CLASSES, settings, (x, y), out="a"), "loss")[0]
    ones = settings.replace("class_weight = [0, 1, 0]", "")
    only = values(run(tmp_path, CLASSES, ones, (x[y == 1], y[y == 1]), out="b"), "loss")[0]
    assert weighted == pytest.approx(only * (y == 1).sum() / 30, rel=1e-5)


def test_dropout_is_off_where_a_net_is_evaluated(tmp_path: Path) -> None:
    """The validation loss of a net with dropout is that of the same net without."""
    x, y = class_data()
    settings = "loss = sparse_categorical_crossentropy\noptimizer = SGD(0.0)"
    net = CLASSES.replace("-> Dense(3", "-> Dropout(0.9) -> Dense(3")
    having = run(tmp_path, net, settings, (x, y), (x, y), out="a")
    without = run(tmp_path, CLASSES, settings, (x, y), (x, y), out="b")
    assert values(having, "val_loss")[0] == pytest.approx(values(without, "val_loss")[0], rel=1e-5)
    assert values(having, "loss")[0] != pytest.approx(values(without, "loss")[0], rel=1e-2)


@pytest.mark.parametrize("jit", ["false", "true"])
def test_mixed_precision_computes_in_bfloat16_and_leaves_float32_models(
    tmp_path: Path, jit: str
) -> None:
    """Weights stay float32; the loss shows the rounding of bfloat16, and the model is plain."""
    data = class_data()
    settings = "loss = sparse_categorical_crossentropy\noptimizer = SGD(0.0)\nbatch = all"
    exact = values(run(tmp_path, CLASSES, settings, data, out="a"), "loss")[0]
    mixed = run(tmp_path, CLASSES, f"{settings}\nprecision = mixed_bfloat16\njit = {jit}", data)
    assert 1e-6 < abs(values(mixed, "loss")[0] - exact) < 2e-2
    assert {array.dtype.name for array in kept(mixed).values()} == {"float32"}
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_float16_scales_the_loss_and_trains_on(tmp_path: Path) -> None:
    """Steps whose scaled gradients overflow are skipped while the scale falls, as in Keras."""
    settings = """loss = sparse_categorical_crossentropy
      optimizer = SGD(0.1)
      precision = mixed_float16
      epochs = 30
      batch = all"""
    outcome = run(tmp_path, CLASSES, settings, class_data())
    loss = values(outcome, "loss")
    assert outcome.ending == "finished"
    assert loss[-1] < loss[0] - 0.05
    assert outcome.history.gradients is not None
    # Unscaled again: the scale alone is 32768.
    assert 0 < outcome.history.gradients.norms[-1].max() < 100


def test_several_inputs_and_outputs_have_losses_of_their_own(tmp_path: Path) -> None:
    """Figures have the names of the net's outputs; the loss is their weighted sum."""
    net = """net Two(a: float32[N, 2], b: float32[N, 3]) -> (near: [N, 1], far: [N, 2]) {
      both = (a, b) -> Concatenate
      near = both -> Dense(1) as one
      far = both -> Dense(2) as two
      return near, far
    }"""
    settings = """loss = per_output(near=mse, far=mae)
      loss_weights = per_output(near=2.0, far=0.5)
      metrics = per_output(far=[mse])
      optimizer = SGD(0.0)
      epochs = 2"""
    rng = np.random.default_rng(0)
    x = {"a": rng.normal(size=(20, 2)), "b": rng.normal(size=(20, 3))}
    y = {"near": rng.normal(size=(20, 1)), "far": rng.normal(size=(20, 2))}
    recipe = recipe_of(tmp_path, net, settings)
    data = ({k: v.astype(np.float32) for k, v in part.items()} for part in (x, y))
    outcome = train(recipe, dataset_of(recipe, tuple(data)), tmp_path / "run")
    figures = outcome.history.epochs[0].values
    whole = np.concatenate([x["a"], x["b"]], axis=1)
    weights = kept(outcome)
    near = whole @ weights["one/kernel"] + weights["one/bias"] - y["near"]
    far = whole @ weights["two/kernel"] + weights["two/bias"] - y["far"]
    assert figures["near_loss"] == pytest.approx((near**2).mean(), rel=1e-5)
    assert figures["far_loss"] == pytest.approx(np.abs(far).mean(), rel=1e-5)
    assert figures["far_mse"] == pytest.approx((far**2).mean(), rel=1e-5)
    total = 2 * figures["near_loss"] + 0.5 * figures["far_loss"]
    assert figures["loss"] == pytest.approx(total, rel=1e-5)
    assert outcome.good


def test_augmentation_changes_training_batches_and_no_others(tmp_path: Path) -> None:
    """Pictures turned upside down at random: the loss moves, that of validation does not."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 6, 6, 1)).astype(np.float32), rng.integers(0, 3, 12)
    settings = """loss = sparse_categorical_crossentropy
      optimizer = SGD(0.0)
      batch = all
      epochs = 4"""
    net = CONV.replace("-> BatchNormalization as norm ", "")
    flat = run(tmp_path, net, settings, (x, y), (x, y), out="a")
    flips = run(
        tmp_path, net, f'{settings}\naugment = [RandomFlip("vertical")]', (x, y), (x, y), out="b"
    )
    assert values(flips, "val_loss") == values(flat, "val_loss")
    assert np.ptp(values(flat, "loss")) < 1e-5
    assert np.ptp(values(flips, "loss")) > 1e-3
