"""Training steps of which each worker computes a share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from .keras_types import Batch, Model, Tensor, Tensors, Weights
from .trainer import Stepped, Trainer
from .workers import Workers


class SharedTrainer(Trainer):
    """A trainer whose batches are shares: the step is that of the whole batch.

    The loss, its gradients and its metrics are those of all samples of the batch, however unequal
    the shares are. A worker may have none of a batch; one sample then goes through its layers, for
    batch normalization too, but counts for nothing else.
    """

    def __init__(self, workers: Workers, model: Model, **options: Any) -> None:
        """`options` are those of Trainer."""
        super().__init__(model, **options)
        if len(model.outputs) > 1:
            # Keras makes variables for the outputs' losses; within a step they would wait for
            # one another for ever.
            model._compile_loss.build(model.outputs, model.outputs)
        self._workers = workers

    def results(self) -> dict[str, float]:
        """The loss and metrics of all workers, which must ask for them together."""
        variables = self.model.metrics_variables
        own = [np.asarray(variable) for variable in variables]
        with self._workers.together():
            total = self._workers.sums(own)
        for variable, array in zip(variables, total, strict=True):
            variable.assign(array)
        found = super().results()
        for variable, array in zip(variables, own, strict=True):
            variable.assign(array)
        return found

    def so_far(self) -> dict[str, float]:
        """The loss and metrics of this worker's share."""
        return super().results()

    def run(
        self, batches: Iterator[Batch], count: int, measure: bool, before: int = 0
    ) -> tuple[int, bool]:
        """As Trainer has it. Raises UserError where another worker goes away."""
        with self._workers.together():
            return super().run(batches, count, measure, before)

    def _compute(
        self, x: Tensors, y: Tensors, weight: Weights | None, lengths: Tensor | None
    ) -> Stepped:
        strategy = self._workers.strategy
        return Stepped(*strategy.run(self._share, args=(x, y, weight, lengths)))

    def _share(
        self, x: Tensors, y: Tensors, weight: Mapping[str, Weights], lengths: Tensor | None
    ) -> Stepped:
        model, optimizer = self.model, self.model.optimizer
        context = tf.distribute.get_replica_context()
        workers = tf.cast(context.num_replicas_in_sync, tf.float32)
        real, given = weight["real"], self._weights(weight.get("weight"))
        # What counts are samples, or the real steps where each output has those.
        real = self._real.size(x, None if lengths is None else lengths[:real], real)
        size = tf.cast(real, tf.float32)
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            y, predicted, given = self._real.of(lengths, y, predicted, given)
            # Keras divides a loss by the number of workers.
            loss = model.compute_loss(x, y, predicted, given, training=True)
            mean = tf.cast(loss, tf.float32) * workers
            scaled = optimizer.scale_loss(mean * size)
        found = tape.gradient(scaled, self.variables)
        bad = tf.cast(tf.logical_not(tf.math.is_finite(mean)), tf.float32)
        own = [tf.convert_to_tensor(g) for g in found if g is not None]
        *summed, total, worst = context.all_reduce(tf.distribute.ReduceOp.SUM, [*own, size, bad])
        reduced = iter(summed)
        gradients = [None if g is None else next(reduced) / tf.cast(total, g.dtype) for g in found]
        measured = tf.nest.map_structure(
            lambda t: None if t is None else t[:real], (y, predicted, given)
        )
        return Stepped(gradients, mean, real, total, measured, worst < 0.5)
