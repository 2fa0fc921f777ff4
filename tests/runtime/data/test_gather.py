"""Batches from Python: gathered once, in order, with the faults that arrays have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

import numpy as np
import pytest
from netc.runtime.data import gather
from netc.runtime.data.dataset import Part
from netc.runtime.data.load import Arrays, Data, from_arrays
from netc.runtime.data.targets import Copied
from netc.runtime.errors import UserError

from .recipes import recipe, values

NET = "net N(x: float32[N, 4]) -> y: [N, 3] { return x -> Dense(3) }"
PICTURES = """
net N(x: float32[N, 6, 6, 1]) -> y: [N, 3] { return x -> Flatten -> Dense(3) }
"""
WORDS = "net N(x: int32[N, T]) -> y: [N, T, 3] { return x -> Embedding(9, 3) }"
PAIR = """
net N(a: float32[N, 2], b: float32[N, 3]) -> (p: [N, 2], q: [N, 3]) { return (a * 2, b * 2) }
"""
BACK = "net N(x: float32[N, 4]) -> y: [N, 4] { return x -> Dense(4) }"

X = np.arange(40, dtype=np.float32).reshape(10, 4)
Y = np.arange(10, dtype=np.int32) % 3


def train(
    given: Data, text: str = NET, kind: str = "classes", weights: Arrays | None = None
) -> Part:
    return from_arrays(recipe(text, kind), given, sample_weight=weights).train


def batches(x: np.ndarray = X, y: np.ndarray = Y, size: int = 3) -> Iterator[object]:
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def same(part: Part, x: np.ndarray = X, y: np.ndarray = Y) -> None:
    assert np.array_equal(values(part), x)
    assert np.array_equal(np.asarray(part.targets["y"]), y)
    assert list(part.names)[:2] == ["sample 0", "sample 1"]


def test_a_function_gives_batches() -> None:
    same(train(batches))
    same(train(lambda: [*batches(size=10)]))
    same(train(lambda: [(X.tolist(), Y.tolist())]))
    validated = from_arrays(recipe(NET, "classes"), (X, Y), validation=batches, test=batches)
    assert len(validated.part("test")) == len(validated.part("validation")) == 10


def test_batches_may_weigh_their_samples() -> None:
    weights = np.arange(10.0)
    made = train(lambda: [(X[:6], Y[:6], weights[:6]), (X[6:], Y[6:], weights[6:])])
    same(made)
    assert np.array_equal(np.asarray(made.weights), weights)
    with pytest.raises(UserError, match="bring weights, and sample_weight gives others"):
        train(lambda: [(X, Y, weights)], weights=weights)


def test_several_inputs_and_outputs_are_dicts() -> None:
    a, b = X[:, :2], X[:, :3]
    made = from_arrays(
        recipe(PAIR, {"p": "values", "q": "values"}),
        lambda: [({"a": a[:4], "b": b[:4]}, {"q": b[:4], "p": a[:4]})],
    ).train
    assert np.array_equal(values(made, "b"), b[:4])
    assert np.array_equal(np.asarray(made.targets["p"]), a[:4])


def test_inputs_that_are_their_targets_stay_so() -> None:
    made = train(lambda: ((piece, piece) for piece in (X[:5], X[5:])), BACK, "values")
    assert made.targets["y"] == Copied("x")
    assert np.array_equal(values(made), X)


def test_a_tensorflow_dataset_gives_samples_or_batches() -> None:
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    same(train(data))
    same(train(data.batch(3)))
    same(train(data.batch(5, drop_remainder=True)))
    same(train(data.repeat().take(10)))
    same(train(data.map(lambda x, y: ({"x": x}, {"y": y}))))
    # Pictures without an axis of channels: 6 of [6, 6] are no sample of [6, 6, 1].
    images = np.arange(6 * 36, dtype=np.uint8).reshape(6, 6, 6)
    for given in (
        tf.data.Dataset.from_tensors((images, Y[:6])),
        tf.data.Dataset.from_tensor_slices((images, Y[:6])).batch(4),
        tf.data.Dataset.from_tensor_slices((images[..., None], Y[:6])),
    ):
        made = train(given, PICTURES)
        assert values(made).dtype == np.uint8
        assert np.array_equal(values(made)[..., 0], images)
    for unknown in (data.filter(lambda x, y: y < 2), data.batch(4).unbatch()):
        assert len(train(unknown)) in (7, 10)


def test_a_py_dataset_gives_batches() -> None:
    keras = pytest.importorskip("keras")

    class Some(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> object:
            return X[index * 3 : index * 3 + 3], Y[index * 3 : index * 3 + 3]

    class Endless(Some):
        @property
        def num_batches(self) -> int | None:
            return None

    same(train(Some()))
    same(train(Some))
    with pytest.raises(UserError, match=r"are endless, .* by the `__len__` of Endless"):
        train(Endless())


def test_an_endless_dataset_is_refused() -> None:
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    for given in (data.repeat(), data.batch(2).repeat(), data.filter(lambda x, y: y < 2).repeat()):
        with pytest.raises(UserError, match=r"the train data are endless, .*`dataset.take\(100\)`"):
            train(given)


def test_what_does_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "free_memory", lambda: 40 * 2**20)
    wide = np.zeros((1000, 1024), np.float32)
    said = (
        r"the train data take 11\.7 MiB after 3,000 samples, more than a quarter of the free memory"
        r".* give fewer, `itertools.islice\(batches, 100\)`, or a smaller dtype"
    )
    with pytest.raises(UserError, match=said):
        train(lambda: repeat((wide, np.zeros(1000, np.int32))))
    same(train(batches))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (list, "the train data hold no batches"),
        (lambda: [(X[:0], Y[:0])], "the train data hold no batches"),
        (lambda: [(X, Y), X], "batch 2 of the train data is of type ndarray, not a pair"),
        (lambda: [(X, Y, Y, Y)], "batch 1 of the train data is 4 values, not a pair"),
        (lambda: [(X, Y[:3])], "batch 1 .*: the targets hold 3 samples, the inputs 10"),
        (
            lambda: [(X, Y), (X[:, :2], Y)],
            r"batch 2 .* are \[10, 2\], but .* one \[10, 4\]; .* pad",
        ),
        (lambda: [({"x": X}, Y), (X, Y)], "batch 2 .* holds the inputs, .* one the inputs `x`"),
        (lambda: [((X, X), Y)], "the inputs are a tuple; of several give a dict by name"),
        (lambda: [([[1, 2], [3]], Y)], "the inputs are no array"),
        (lambda: [(["a"] * 10, Y)], "the inputs hold <U1, not numbers"),
        (lambda: [(1.0, 2)], "the inputs are one number; give batches"),
        (lambda: [(X, Y, {"y": Y})], "weights are one number a sample"),
        (lambda: [(X[:, :2], Y)], "takes samples of"),
        (lambda: [(X * np.nan, Y)], "sample 0 holds NaN"),
        (lambda: [(X, Y + 1)], "the label of sample 2 is 3"),
        (lambda: 3, "a function that gives a value of type int, no batches"),
        (lambda size: [(X, Y)], "a function that wants arguments .*size"),
        (batches(), "of type generator, not a pair .* `data=make_batches`"),
    ],
)
def test_faults_name_the_batch(make: Callable[..., object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        train(make)


def test_samples_of_several_lengths_are_no_batch() -> None:
    tf = pytest.importorskip("tensorflow")
    spec = tf.TensorSpec((None,), tf.int32)
    rows = [np.arange(size, dtype=np.int32) for size in (3, 5)]
    given = tf.data.Dataset.from_generator(
        lambda: ((row, row % 3) for row in rows), output_signature=(spec, spec)
    )
    with pytest.raises(UserError, match="the train data hold samples that are no batch together"):
        train(given, WORDS)
    padded = given.padded_batch(2)
    assert values(train(padded, WORDS)).tolist() == [[0, 1, 2, 0, 0], [0, 1, 2, 3, 4]]
