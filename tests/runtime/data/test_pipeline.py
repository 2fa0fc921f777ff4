"""Batches: every sample once an epoch, in an order that the seed, restart and epoch alone give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.data import decode
from netc.runtime.data.arrays import numpy_batches
from netc.runtime.data.batches import (
    class_weights,
    evaluation_batches,
    steps,
    training_batches,
)
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.encode import encoders
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.errors import UserError

from .recipes import PICTURES, folder, recipe

tf = pytest.importorskip("tensorflow")

ROW = "net N(x: float32[N, 1]) -> y: [N, 1] { return x -> Dense(1) }"
TEN = np.arange(10, dtype=np.float32)


def rows(batch: int | None = 4, seed: int = 0) -> tuple[Recipe, Dataset]:
    """Ten samples whose value is their number, and a recipe for them."""
    made = recipe(ROW, "values", batch=batch, seed=seed)
    return made, from_arrays(made, (TEN, TEN))


def order(
    made: Recipe, data: Dataset, batches: int, restart: int = 1, epoch: int = 1
) -> list[list[int]]:
    """The samples of the first batches of training, by their numbers."""
    found = training_batches(data.train, made, made.phases[0], restart=restart, epoch=epoch)
    return [x["x"].numpy().ravel().astype(int).tolist() for x, _ in islice(found, batches)]


def test_an_epoch_has_every_sample_once_and_a_smaller_last_batch() -> None:
    made, data = rows()
    assert steps(data.train, 4) == 3
    found = order(made, data, 6)
    assert [len(batch) for batch in found] == [4, 4, 2] * 2
    for epoch in (found[:3], found[3:]):
        assert sorted(chain.from_iterable(epoch)) == list(range(10))
    assert found[:3] != found[3:]


def test_an_epoch_is_the_same_wherever_training_begins() -> None:
    made, data = rows()
    assert order(made, data, 9)[6:] == order(made, data, 3, epoch=3)


def test_seeds_and_restarts_give_other_orders() -> None:
    made, data = rows()
    first = order(made, data, 3)
    assert order(*rows(), 3) == first
    assert order(made, data, 3, restart=2) != first
    assert order(*rows(seed=1), 3) != first
    assert order(*rows(seed=-1), 3) != first


def test_targets_stay_with_their_samples() -> None:
    made, data = rows()
    for x, y in islice(training_batches(data.train, made, made.phases[0]), 5):
        assert np.array_equal(x["x"], y["y"])


def test_a_batch_of_all_is_one_step_and_a_batch_of_one_as_many_as_samples() -> None:
    made, data = rows(None)
    assert steps(data.train, None) == 1
    assert [len(batch) for batch in order(made, data, 2)] == [10, 10]
    made, data = rows(1)
    assert steps(data.train, 1) == 10
    assert sorted(chain.from_iterable(order(made, data, 10))) == list(range(10))


def test_evaluation_is_in_order_and_ends() -> None:
    made, data = rows()
    found = evaluation_batches(data.train, made, made.phases[0].heads, 4)
    assert found.cardinality() == 3
    assert np.concatenate([x["x"] for x, _ in found]).ravel().tolist() == TEN.tolist()


def test_the_last_axis_may_be_any_input() -> None:
    text = "net N(a: float32[N, 2], b: int32[N]) -> (p: [N, 2], q: [N, 2]) { return a, a }"
    made = recipe(text, {"p": "values", "q": "values"})
    a, b = np.ones((5, 2)), np.arange(5)
    y = {"p": np.zeros((5, 2)), "q": np.ones((5, 2))}
    data = from_arrays(made, ({"a": a, "b": b}, y))
    x, y = next(iter(training_batches(data.train, made, made.phases[0])))
    assert (x["a"].dtype, x["b"].dtype) == (tf.float32, tf.int32)
    assert y["p"].numpy().sum() == 0
    assert y["q"].numpy().sum() == 8


ENCODED = {
    "classes": [0, 2, 1],
    "one_hot": [[1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "binary": [[1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "signs": [[1, -1, -1], [-1, -1, 1], [-1, 1, -1]],
    "values": [[1, 0, 0], [0, 0, 1], [0, 1, 0]],
}


@pytest.mark.parametrize("kind", ENCODED)
def test_each_loss_gets_classes_as_it_wants_them(kind: str) -> None:
    text = "net N(x: float32[N, 1]) -> y: [N, 3] { return x -> Dense(3) }"
    made = recipe(text, kind)
    data = from_arrays(made, (TEN[:3], np.array([0, 2, 1])))
    ((_, y),) = evaluation_batches(data.train, made, made.phases[0].heads, None)
    assert y["y"].numpy().tolist() == ENCODED[kind]
    assert y["y"].dtype == (tf.int32 if kind == "classes" else tf.float32)
    (encoder,) = encoders(made, made.phases[0].heads)
    assert np.array_equal(encoder.encoded(data.train.targets["y"]), y["y"])


@pytest.mark.parametrize(("kind", "wanted"), [("binary", [[0], [1]]), ("signs", [[-1], [1]])])
def test_one_unit_gets_zero_and_one_or_signs(kind: str, wanted: Sequence[object]) -> None:
    made = recipe(ROW, kind)
    data = from_arrays(made, (TEN[:2], np.array([0, 1])))
    ((_, y),) = evaluation_batches(data.train, made, made.phases[0].heads, None)
    assert y["y"].numpy().tolist() == wanted


def test_pictures_are_bytes_in_memory_and_floats_in_batches() -> None:
    made = recipe(PICTURES, "one_hot")
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
    data = from_arrays(made, (pixels, np.arange(6) % 2))
    assert data.train.inputs["image"].dtype == np.uint8  # type: ignore[union-attr]
    ((x, _),) = evaluation_batches(data.train, made, made.phases[0].heads, None)
    assert x["image"].dtype == tf.float32
    assert np.array_equal(x["image"], pixels)
    (found,) = numpy_batches(data.train, None)
    assert found["image"].dtype == np.float32


class TestPictures:
    @pytest.fixture
    def made(self, tmp_path: Path) -> Recipe:
        folder(tmp_path / "pets", {"cat": 5, "dog": 4}, size=(11, 9))
        source = construct(image_folder, {"path": "pets"})
        return recipe(PICTURES, "one_hot", source, file=tmp_path / "net.net")

    def test_kept_or_decoded_anew_they_are_the_same(
        self, made: Recipe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        epochs = []
        for free in (2**40, 0):
            monkeypatch.setattr(decode, "free_memory", lambda free=free: free)
            part = load_data(made).train
            assert (part.inputs["image"].kept is None) == (free == 0)  # type: ignore[union-attr]
            batches = islice(training_batches(part, made, made.phases[0]), 3)
            epochs.append(np.concatenate([x["image"] for x, _ in batches]))
        assert epochs[0].shape == (9, 8, 8, 3)
        assert np.array_equal(epochs[0], epochs[1])

    def test_onnxruntime_gets_the_same_pictures(self, made: Recipe) -> None:
        part = load_data(made).train
        batches = evaluation_batches(part, made, made.phases[0].heads, 4)
        for (x, _), found in zip(batches, numpy_batches(part, 4), strict=True):
            assert np.array_equal(x["image"], found["image"])

    def test_a_picture_that_goes_bad_in_training_is_named(
        self, made: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decode, "free_memory", lambda: 0)
        part = load_data(made).train
        (tmp_path / "pets" / "dog" / "2.png").write_bytes(b"gone")
        with (
            pytest.raises(UserError, match=r"dog/2\.png: is not a picture netc reads"),
            decode.picture_faults(),
        ):
            list(evaluation_batches(part, made, made.phases[0].heads, 4))


class TestClassWeights:
    LABELS = np.array([0, 0, 0, 1])

    def weights(self, given: object, targets: str = "one_hot") -> list[float]:
        made = recipe(PICTURES, targets, class_weight=given, batch=None)  # type: ignore[arg-type]
        x = np.zeros((4, 8, 8, 3))
        data = from_arrays(made, (x, self.LABELS))
        (x, y, w), *_ = training_batches(data.train, made, made.phases[0]).take(1)
        labels = y["y"].numpy() if targets == "classes" else y["y"].numpy().argmax(axis=1)
        return [w.numpy()[list(labels).index(label)] for label in (0, 1)]

    @pytest.mark.parametrize("targets", ["one_hot", "classes"])
    def test_a_sample_weighs_what_its_class_does(self, targets: str) -> None:
        assert self.weights((0.5, 2.0), targets) == [0.5, 2.0]

    def test_balanced_is_samples_over_classes_times_count(self) -> None:
        assert self.weights("balanced") == pytest.approx([4 / (2 * 3), 4 / (2 * 1)])

    def test_one_weight_a_class(self) -> None:
        with pytest.raises(UserError, match="has 3 values, but the output `y` has 2 classes"):
            self.weights((1.0, 2.0, 3.0))

    def test_values_have_no_classes_to_weigh(self) -> None:
        made, data = rows()
        phase = replace(made.phases[0], class_weight="balanced")
        with pytest.raises(UserError, match="class_weight weighs the classes"):
            class_weights(data.train, made, phase)

    def test_no_weights_no_third(self) -> None:
        made, data = rows()
        assert len(next(iter(training_batches(data.train, made, made.phases[0])))) == 2
