"""Gradient accumulation: several batches make one step, as one batch of all their samples would."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from .keras_types import Tensor, Variable


class GradientSum:
    """The gradients of the batches of a step, each counted by its samples.

    The mean is that over all samples of the batches, so that a smaller last batch counts for less.
    """

    def __init__(self, variables: Sequence[Variable]) -> None:
        self._sums = [
            tf.Variable(tf.zeros_like(tf.convert_to_tensor(v)), trainable=False) for v in variables
        ]
        self._samples = tf.Variable(0.0, trainable=False)
        self._reached = [False] * len(self._sums)

    def add(self, gradients: Sequence[Tensor | None], samples: Tensor) -> None:
        """Adds the mean gradients of so many samples; None for weights that the loss is not of."""
        for at, (total, gradient) in enumerate(zip(self._sums, gradients, strict=True)):
            if gradient is None:
                continue
            self._reached[at] = True
            total.assign_add(gradient * tf.cast(samples, gradient.dtype))
        self._samples.assign_add(tf.cast(samples, tf.float32))

    def mean(self) -> list[Tensor | None]:
        """The mean gradients of all samples that were added."""
        return [
            total / tf.cast(self._samples, total.dtype) if reached else None
            for total, reached in zip(self._sums, self._reached, strict=True)
        ]

    def clear(self) -> None:
        """Begins a new step."""
        for total in self._sums:
            total.assign(tf.zeros_like(total))
        self._samples.assign(0.0)
