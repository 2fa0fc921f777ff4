"""Batches for training and evaluation: what `tf.data` gathers, shuffles and decodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Head, Phase, Recipe
from ..infer.preprocess import changed
from .arrays import changing
from .dataset import Part
from .decode import Pictures, decode
from .encode import Encoder, encoders, untaught
from .share import WHOLE, Share
from .stored import Rows
from .targets import Copied, Masks, Targets
from .weighing import Weighing, class_weights

TfDataset: TypeAlias = Any
TfTensor: TypeAlias = Any
Batch: TypeAlias = tuple[Any, ...]

LENGTHS = "/lengths"
"""The key of a batch's inputs that holds how many steps of each sample are real; no input is called
so."""
POOL = 50
"""Batches whose samples are put in the order of their lengths."""
AHEAD = 4
"""Batches that are made while a step runs."""


def steps(part: Part, batch: int | None) -> int:
    """The steps of an epoch; the last batch may be smaller. A batch of None is all samples."""
    return 1 if batch is None else -(-len(part) // batch)


def training_batches(
    part: Part,
    recipe: Recipe,
    phase: Phase,
    *,
    restart: int = 1,
    epoch: int = 1,
    share: Share = WHOLE,
    passes: int = 1,
) -> TfDataset:
    """An endless `tf.data.Dataset` of a phase's batches, from an epoch on (counted from 1).

    It gives `(x, y)`, or `(x, y, weights)` where the phase weighs classes or the data samples. `x`
    are the inputs by name, and `y` the targets by the names of the outputs, encoded as their losses
    want; `weights` are those of the one output, or by the names of several outputs. The order
    of an epoch comes from the recipe's seed, the restart and the epoch alone, so that a run that
    is taken up again sees the batches it would have seen. Where the phase augments, pictures are
    still 0 to 255, for it to change; it prepares them itself.

    A part may hold its samples several times over, one of its `passes` behind the other: an epoch
    is of one of them, in turn.

    With a share that is not the whole, only that piece of each batch is made, and weights are
    always there: `{"real": samples, "weight": weights}`, the latter where there are some.
    `real` is 0 where the piece is none; one sample stands in for it.
    """
    import tensorflow as tf

    count = len(part) // passes
    size = count if phase.batch is None else min(phase.batch, count)
    mixed = np.random.SeedSequence([recipe.seed % 2**32, restart]).generate_state(1)
    first = int(mixed[0] >> 1)
    weights = class_weights(part, recipe, phase)
    gather = _Gather(part, recipe, phase.heads, weights, share, raw=bool(phase.augment))

    drawn = tf.random.experimental.stateless_shuffle
    buckets = recipe.bucket_by_length and part.lengths is not None
    lengths = tf.constant(part.lengths, tf.int64) if buckets else None

    def batches_of(number: TfTensor) -> TfDataset:
        seed = tf.stack([tf.constant(first, tf.int64), number])
        order = drawn(tf.range(count, dtype=tf.int32), seed=seed)
        numbers = tf.range(-(-count // size), dtype=tf.int64)
        if buckets:
            order = tf.gather(order, _by_length(tf.gather(lengths, order), pool(count, size)))
            numbers = drawn(numbers, seed=tf.stack([tf.constant(first, tf.int64), -number]))
        order += tf.cast((number - 1) % passes, tf.int32) * count
        batches = tf.data.Dataset.from_tensor_slices(numbers)
        return batches.map(lambda at: share.of(order[at * size : (at + 1) * size]))

    epochs = tf.data.Dataset.range(epoch, np.iinfo(np.int64).max)
    return _with_options(gather.batches(epochs.flat_map(batches_of)))


def pool(count: int, size: int) -> int:
    """How many samples in a row are put in the order of their lengths: some batches of them.

    Of all samples batches would be nearly the same ones in each epoch. The rule is that of Hugging
    Face's `get_length_grouped_indices` (transformers/trainer_pt_utils.py): 50 batches, or a quarter
    of the samples.
    """
    return size * max(1, min(POOL, count // (4 * size)))


def _by_length(lengths: TfTensor, pool: int) -> TfTensor:
    """An order by length within each pool, of lengths that are in a drawn order."""
    import tensorflow as tf

    number = tf.range(tf.size(lengths, tf.int64)) // pool
    return tf.argsort(number * (tf.reduce_max(lengths) + 1) + lengths, stable=True)


def evaluation_batches(
    part: Part, recipe: Recipe, heads: Sequence[Head], batch: int | None, share: Share = WHOLE
) -> TfDataset:
    """A `tf.data.Dataset` of all samples once, in order, as `training_batches` has it.

    Its weights are those of samples alone, not of classes.

    Of its batches every `share.count`-th is made.
    """
    import tensorflow as tf

    count, size = len(part), len(part) if batch is None else min(batch, len(part))
    gather = _Gather(part, recipe, heads, {})
    order = tf.range(count, dtype=tf.int32)
    at = tf.data.Dataset.range(steps(part, size)).shard(share.count, share.index)
    batches = gather.batches(at.map(lambda at: order[at * size : (at + 1) * size]))
    return _with_options(batches.apply(tf.data.experimental.assert_cardinality(len(at))))


class _Read(NamedTuple):
    """What reads samples at some positions, and what they are."""

    read: Callable[[Array], Array]
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]


class _Gather:
    """Makes batches of samples out of batches of positions."""

    def __init__(
        self,
        part: Part,
        recipe: Recipe,
        heads: Sequence[Head],
        weights: Mapping[str, Array],
        share: Share = WHOLE,
        *,
        raw: bool = False,
    ) -> None:
        import tensorflow as tf

        self.tf, self.shared = tf, share != WHOLE
        self.names = list(part.inputs)
        self.made = {name: None if raw else changing(part, name) for name in self.names}
        self.dtypes: dict[str, str] = {}
        self.arrays: dict[str, TfTensor] = {}
        self.files: dict[str, _Read] = {}
        # Left on the device of tf.data, which is the processor.
        with tf.device("CPU:0"):
            for name in self.names:
                column = part.inputs[name]
                if isinstance(column, Pictures):
                    self.dtypes[name] = column.layout.dtype
                    if column.kept is None:
                        self.files[name] = _Read(
                            _Reader(partial(decode, column)), np.dtype("uint8"), column.shape
                        )
                        continue
                    column = column.kept
                elif isinstance(column, Rows):
                    self.dtypes[name] = column.dtype.name
                    if column.kept is None:
                        self.files[name] = _Read(column.read, column.dtype, column.shape[1:])
                        continue
                    column = column.kept
                else:
                    self.dtypes[name] = part.dtypes.get(name, column.dtype.name)
                self.arrays[name] = tf.constant(column)
            self.encoders: tuple[Encoder, ...] = encoders(recipe, heads)
            self.targets = [self._held(part.targets[each.source]) for each in self.encoders]
            self.weighing = Weighing(tf, part, recipe, heads, weights)
            self.sequences = part.sequences
            self.lengths = None if part.lengths is None else tf.constant(part.lengths)
        self.untaught = untaught(heads)

    def batches(self, positions: TfDataset) -> TfDataset:
        """A dataset of the batches at some positions, made ahead and in order."""
        if not self.files and not any(isinstance(each, Masks) for each in self.targets):
            return positions.map(self._marked(self._gathered)).prefetch(AHEAD)
        workers = os.cpu_count() or 1
        decoded = positions.map(
            self._marked(self._decoded), num_parallel_calls=2, deterministic=True
        )
        return decoded.prefetch(max(2, workers // 2))

    def _marked(self, make: Callable[[TfTensor], Batch]) -> Callable[[TfTensor], Batch]:
        """Says of shares how many of their samples are real, beside their weights."""
        tf = self.tf

        def made(at: TfTensor) -> Batch:
            x, y, *weights = make(tf.where(at < 0, -1 - at, at))
            real = tf.reduce_sum(tf.cast(at >= 0, tf.int32))
            return x, y, {"real": real} | ({"weight": weights[0]} if weights else {})

        return made if self.shared else make

    def _gathered(self, at: TfTensor) -> tuple[TfTensor, ...]:
        return self._batch(at, {name: self.tf.gather(a, at) for name, a in self.arrays.items()})

    def _decoded(self, at: TfTensor) -> tuple[TfTensor, ...]:
        found = {name: self.tf.gather(array, at) for name, array in self.arrays.items()}
        for name, file in self.files.items():
            made = self.tf.numpy_function(file.read, [at], file.dtype.type, stateful=False)
            found[name] = self.tf.ensure_shape(made, (None, *file.shape))
        return self._batch(at, found)

    def _batch(self, at: TfTensor, inputs: Mapping[str, TfTensor]) -> tuple[TfTensor, ...]:
        tf = self.tf
        x = {name: self._input(name, inputs[name]) for name in self.names}
        x |= self._steps(x, at)
        raw = [
            self._cut(each.source, self._target(targets, at, x), x)
            for each, targets in zip(self.encoders, self.targets, strict=True)
        ]
        y = {each.name: each.encode(tf, one) for each, one in zip(self.encoders, raw, strict=True)}
        y |= {name: tf.zeros(tf.shape(at), tf.float32) for name in self.untaught}
        names = [each.name for each in self.encoders]
        weights = self.weighing.of(at, dict(zip(names, raw, strict=True)))
        return (x, y) if weights is None else (x, y, weights)

    def _steps(self, x: Mapping[str, TfTensor], at: TfTensor) -> dict[str, TfTensor]:
        """What sequences of unequal lengths change of a batch: cut to its longest, padded, with
        their lengths and, if the net takes one, their mask."""
        tf, made = self.tf, self.sequences
        if made is None:
            return {}
        lengths = tf.gather(self.lengths, at)
        longest = made.length or tf.maximum(tf.reduce_max(lengths), 1)
        real = tf.sequence_mask(lengths, longest)
        found = {LENGTHS: lengths}
        for name, value in made.padding.items():
            own = x[name][:, :longest]
            axes = real[(...,) + (None,) * (len(own.shape) - 2)]
            found[name] = tf.where(axes, own, tf.cast(value, own.dtype))
        return found if made.mask is None else {**found, made.mask: real}

    def _cut(self, output: str, target: TfTensor, x: Mapping[str, TfTensor]) -> TfTensor:
        """Targets with the steps that the batch has."""
        made = self.sequences
        if made is None or output not in made.steps:
            return target
        return target[:, : self.tf.shape(x[made.input])[1]]

    def _held(self, targets: Targets) -> Targets | TfTensor:
        """Targets as a tensor, as far as they are kept in memory."""
        whole = targets.kept if isinstance(targets, Masks) else targets
        return self.tf.constant(whole) if isinstance(whole, np.ndarray) else targets

    def _target(self, targets: Targets | TfTensor, at: TfTensor, x: Mapping[str, Any]) -> TfTensor:
        tf = self.tf
        if isinstance(targets, Copied):
            return tf.cast(x[targets.input], tf.float32)
        if isinstance(targets, Masks):
            made = tf.numpy_function(_Reader(targets.take), [at], tf.uint8, stateful=False)
            found = tf.ensure_shape(made, (None, *targets.shape))
        else:
            found = tf.gather(targets, at)
        return tf.cast(found, tf.int32) if found.dtype == tf.uint8 else found

    def _input(self, name: str, values: TfTensor) -> TfTensor:
        dtype, made = self.dtypes[name], self.made[name]
        if made is None:
            return self.tf.cast(values, dtype)
        wide = "float64" if dtype == "float64" else "float32"
        return self.tf.cast(changed(self.tf.cast(values, wide), made), dtype)


class _Reader:
    """Decodes pictures or masks on all processors, a batch at a time."""

    def __init__(self, read: Callable[[Array], Array]) -> None:
        self.read = read
        self.processors = os.cpu_count() or 1
        self.pool = ThreadPoolExecutor(self.processors)
        self.__name__ = "read_pictures"

    def __call__(self, at: Array) -> Array:
        pieces = [piece for piece in np.array_split(at, self.processors) if len(piece)]
        found = self.pool.map(self.read, pieces)
        return np.concatenate(list(found))


def _with_options(dataset: TfDataset) -> TfDataset:
    import tensorflow as tf

    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options)
