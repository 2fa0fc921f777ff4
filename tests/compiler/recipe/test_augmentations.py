"""Augmentations: they change pictures while a net is trained, and only then."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, construct
from netc.compiler.ops.base.kinds import Word
from netc.compiler.recipe.objects.augment import AUGMENTATION_CLASSES

from .test_objects import made

rng = np.random.default_rng(4)
PICTURES = rng.uniform(0, 255, (4, 12, 12, 3)).astype("float32")
ONE_HOT = np.eye(4, dtype="float32")

UNCHANGING = {
    # Of these Keras documents that they do the same whether a net is trained or not.
    "AutoContrast",
    "Equalization",
}


def seeded(name: str, **given: object) -> Any:
    cls = AUGMENTATION_CLASSES[name]
    seed = {"seed": 11} if name not in UNCHANGING else {}
    return made(cls, **seed, **given).keras_object(keras)


def applied(layer: Any, training: bool, mixes: bool = False) -> Any:
    if not mixes:
        return np.asarray(layer(PICTURES, training=training))
    found = layer({"images": PICTURES, "labels": ONE_HOT}, training=training)
    return np.asarray(found["images"]), np.asarray(found["labels"])


STRENGTH: dict[str, dict[str, object]] = {
    "RandomColorJitter": {"brightness_factor": 0.5},
    "RandomShear": {"x_factor": 0.5},
    "Solarization": {"threshold_factor": 0.8},
    "RandomGrayscale": {"factor": 1.0},
    "RandomCrop": {"height": 8, "width": 8},
}
"""What makes those change something that do nothing, or seldom something, by default."""

SINGLE = [name for name, cls in AUGMENTATION_CLASSES.items() if not cls.mixes]


@pytest.mark.parametrize("name", SINGLE)
def test_pictures_change_in_training(name: str) -> None:
    layer = seeded(name, **STRENGTH.get(name, {}))
    found = applied(layer, training=True)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    if found.shape == PICTURES.shape:
        assert np.abs(found - PICTURES).max() > 1
    assert found.min() >= -1e-3
    assert found.max() <= 255.001


@pytest.mark.parametrize("name", [n for n in SINGLE if n not in {*UNCHANGING, "RandomCrop"}])
def test_pictures_stay_as_they_are_outside_training(name: str) -> None:
    layer = seeded(name, **STRENGTH.get(name, {}))
    np.testing.assert_array_equal(applied(layer, training=False), PICTURES)


@pytest.mark.parametrize("name", [n for n in SINGLE if n not in UNCHANGING])
def test_one_seed_draws_the_same_twice(name: str) -> None:
    strength = STRENGTH.get(name, {})
    first, second = seeded(name, **strength), seeded(name, **strength)
    np.testing.assert_array_equal(applied(first, True), applied(second, True))


def test_a_crop_is_a_part_of_the_picture() -> None:
    layer = seeded("RandomCrop", height=8, width=6)
    found = applied(layer, training=True)
    assert found.shape == (4, 8, 6, 3)
    for picture, part in zip(PICTURES, found, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(picture, (8, 6, 3))
        assert (np.abs(windows - part).max(axis=(-3, -2, -1)) == 0).any()


def test_a_flip_is_the_mirror_image_or_the_picture() -> None:
    flip = construct(AUGMENTATION_CLASSES["RandomFlip"], {"mode": Word("horizontal"), "seed": 1})
    layer: Any = flip.keras_object(keras)
    seen = set()
    for _ in range(6):
        for picture, found in zip(PICTURES, applied(layer, True), strict=True):
            mirrored = np.array_equal(found, picture[:, ::-1])
            assert mirrored or np.array_equal(found, picture)
            seen.add(mirrored)
    assert seen == {True, False}


def test_mix_up_mixes_pictures_and_targets_alike() -> None:
    images, labels = applied(seeded("MixUp", alpha=1.0), training=True, mixes=True)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
    assert ((labels > 0) & (labels < 1)).any()
    # Targets are one-hot, so that a row says which pictures are mixed, and how.
    wanted = np.einsum("ij,jhwc->ihwc", labels, PICTURES)
    np.testing.assert_allclose(images, wanted, rtol=1e-3, atol=0.1)


def test_cut_mix_puts_parts_of_pictures_into_others() -> None:
    images, labels = applied(seeded("CutMix"), training=True, mixes=True)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
    for image, own, shares in zip(images, PICTURES, labels, strict=True):
        other = PICTURES[int(np.argmax(np.where(own_row(own), -1, shares)))]
        kept, put = (np.all(image == each, axis=-1) for each in (own, other))
        assert (kept | put).all()
        assert kept.any()
        assert put.any()


def own_row(picture: np.ndarray) -> np.ndarray:
    """Which of the pictures it is."""
    return np.array([picture is each or np.array_equal(picture, each) for each in PICTURES])


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixtures_say_that_they_change_targets(name: str) -> None:
    assert AUGMENTATION_CLASSES[name].mixes
    images, labels = applied(seeded(name), training=False, mixes=True)
    np.testing.assert_array_equal(images, PICTURES)
    np.testing.assert_array_equal(labels, ONE_HOT)


def test_a_value_range_bounds_the_values() -> None:
    layer = seeded("RandomBrightness", factor=1.0, value_range=(0, 1))
    found = np.asarray(layer(PICTURES / 255, training=True))
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize(
    ("name", "given", "argument"),
    [
        ("RandomTranslation", {"height_factor": 1.5, "width_factor": 0}, "height_factor"),
        ("RandomTranslation", {"height_factor": (0, 0.1, 0.2), "width_factor": 0}, "height_factor"),
        ("RandomZoom", {"height_factor": -1}, "height_factor"),
        ("RandomContrast", {"factor": -0.1}, "factor"),
        ("RandomFlip", {"mode": Word("sideways")}, "mode"),
        ("RandomGaussianBlur", {"kernel_size": 4}, "kernel_size"),
        ("RandomPosterization", {"factor": 9}, "factor"),
        ("RandomBrightness", {"factor": 0.1, "value_range": (255, 0)}, "value_range"),
        ("RandomBrightness", {"factor": 0.1, "value_range": 255}, "value_range"),
        ("MixUp", {"alpha": 0}, "alpha"),
        ("RandomCrop", {"height": 0, "width": 4}, "height"),
    ],
)
def test_values_that_keras_would_refuse_are_refused(
    name: str, given: dict[str, object], argument: str
) -> None:
    with pytest.raises(Refusal) as caught:
        construct(AUGMENTATION_CLASSES[name], given)
    assert caught.value.argument == argument
