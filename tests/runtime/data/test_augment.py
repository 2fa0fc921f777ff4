"""Augmentation changes training batches and nothing else, and draws the same again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.augment import AUGMENTATION_CLASSES
from netc.compiler.recipe.objects.base import Augmentation
from netc.runtime.data.batches import evaluation_batches, training_batches
from netc.runtime.data.load import from_arrays
from netc.runtime.errors import UserError

from .recipes import PICTURES, recipe

tf = pytest.importorskip("tensorflow")
from netc.runtime.data.augment import Augmenter  # noqa: E402

X = np.random.default_rng(0).uniform(0, 255, (12, 8, 8, 3)).astype(np.float32)
Y = np.arange(12) % 2


def augmentation(name: str, **arguments: object) -> Augmentation:
    return construct(AUGMENTATION_CLASSES[name], arguments)


TRANSLATION = augmentation("RandomTranslation", height_factor=0.3, width_factor=0.3)
FLIP = augmentation("RandomFlip", mode="horizontal")


def batches(augment: tuple[Augmentation, ...], targets: str = "one_hot", restart: int = 1) -> Any:
    """A compiled augmenter and an endless iterator of the batches it may change."""
    made = recipe(PICTURES, targets, augment=augment, batch=12)
    data = from_arrays(made, (X, Y))
    augmenter = Augmenter(made, made.phases[0], restart)
    found = training_batches(data.train, made, made.phases[0])
    # As in training, where the last batch is smaller: the batch is a size without a number.
    return augmenter, tf.function(augmenter, input_signature=found.element_spec), found


def test_pictures_are_changed_and_targets_stay() -> None:
    _, changed, data = batches((TRANSLATION, FLIP))
    x, y = next(iter(data))
    new_x, new_y = changed(x, y)
    assert new_x["image"].shape == x["image"].shape
    assert not np.allclose(new_x["image"], x["image"])
    assert np.array_equal(new_y["y"], y["y"])


def test_a_flip_is_a_flip() -> None:
    _, changed, data = batches((FLIP,))
    x, y = next(iter(data))
    found = changed(x, y)[0]["image"].numpy()
    flipped = [
        np.allclose(new, old[:, ::-1]) for new, old in zip(found, x["image"].numpy(), strict=True)
    ]
    same = [np.allclose(new, old) for new, old in zip(found, x["image"].numpy(), strict=True)]
    assert any(flipped)
    assert any(same)
    assert all(a != b for a, b in zip(flipped, same, strict=True))


def test_each_step_draws_anew_and_a_restored_state_draws_the_same_again() -> None:
    augmenter, changed, data = batches((TRANSLATION, FLIP))
    x, y = next(iter(data))
    state = [variable.numpy() for variable in augmenter.variables]
    first = [changed(x, y)[0]["image"].numpy() for _ in range(3)]
    assert not np.allclose(first[0], first[1])
    for variable, value in zip(augmenter.variables, state, strict=True):
        variable.assign(value)
    again = [changed(x, y)[0]["image"].numpy() for _ in range(3)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_seed_draws_the_same_in_another_run_and_a_restart_draws_other() -> None:
    runs = []
    for restart in (1, 1, 2):
        _, changed, data = batches((TRANSLATION,), restart=restart)
        x, y = next(iter(data))
        runs.append(changed(x, y)[0]["image"].numpy())
    assert np.array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0], runs[2])


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixtures_mix_targets_too(name: str) -> None:
    _, changed, data = batches((augmentation(name, **{"alpha": 5} if name == "MixUp" else {}),))
    x, y = next(iter(data))
    _, found = changed(x, y)
    mixed = found["y"].numpy()
    assert mixed.sum(axis=1) == pytest.approx(1)
    assert ((mixed > 0.01) & (mixed < 0.99)).any()


def test_class_indices_cannot_be_mixed() -> None:
    with pytest.raises(UserError, match=r"MixUp mixes targets.*categorical_crossentropy"):
        batches((augmentation("MixUp"),), "classes")


def test_chains_of_changes_draw_from_variables_only() -> None:
    augmenter, changed, data = batches((augmentation("RandAugment"),))
    x, y = next(iter(data))
    state = [variable.numpy() for variable in augmenter.variables]
    first = changed(x, y)[0]["image"].numpy()
    for variable, value in zip(augmenter.variables, state, strict=True):
        variable.assign(value)
    assert np.array_equal(changed(x, y)[0]["image"].numpy(), first)
    assert not np.array_equal(changed(x, y)[0]["image"].numpy(), first)


def test_evaluation_sees_pictures_as_they_are() -> None:
    made = recipe(PICTURES, augment=(TRANSLATION,), batch=12)
    data = from_arrays(made, (X, Y), (X, Y))
    assert data.validation is not None
    ((x, _),) = evaluation_batches(data.validation, made, made.phases[0].heads, None)
    assert np.array_equal(x["image"].numpy(), X)


def test_integer_pictures_stay_integers() -> None:
    text = (
        "net N(image: uint8[N, 8, 8, 3]) -> y: [N, 2]"
        " { return image -> Rescaling(1 / 255) -> Flatten -> Dense(2) }"
    )
    made = recipe(text, augment=(TRANSLATION,), batch=12)
    data = from_arrays(made, (X.astype(np.uint8), Y))
    x, y = next(iter(training_batches(data.train, made, made.phases[0])))
    found = Augmenter(made, made.phases[0])(x, y)[0]["image"]
    assert found.dtype == tf.uint8
    assert not np.array_equal(found, x["image"])
