"""What loss and metrics are computed of where sequences are of unequal lengths: the real steps."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from .keras_types import Tensor, Tensors


class RealSteps:
    """Takes padded steps out of the outputs that have steps."""

    def __init__(self, outputs: Sequence[bool], untaught: Sequence[bool]) -> None:
        """`outputs` says of each output whether it has a value for each step, and `untaught`
        whether it is a loss itself: its targets and weights are one for each sample."""
        self._outputs, self._untaught = outputs, untaught

    def of(
        self, lengths: Tensor | None, y: Tensors, predicted: Tensors, weight: Tensors | None
    ) -> tuple[Tensors, Tensors, Tensors | None]:
        """Targets, predictions and weights; of outputs with steps those of the real ones alone."""
        if lengths is None or not any(self._outputs):
            return y, predicted, weight
        return (
            self._taken(lengths, y, by_sample=self._untaught),
            self._taken(lengths, predicted),
            None if weight is None else self._taken(lengths, weight, by_sample=self._untaught),
        )

    def size(self, x: Tensors, lengths: Tensor | None, samples: Tensor | None = None) -> Tensor:
        """How many samples a loss is the mean of; how many steps, where each output has those.

        `samples` are those that count, where they are not all.
        """
        if lengths is not None and all(self._outputs):
            return tf.reduce_sum(lengths)
        return tf.shape(first(x))[0] if samples is None else samples

    def _taken(
        self, lengths: Tensor, values: Tensors, by_sample: Sequence[bool] | None = None
    ) -> Tensors:
        found = []
        for at, (value, steps) in enumerate(zip(flat(values), self._outputs, strict=True)):
            if steps and by_sample is not None and by_sample[at]:
                found.append(_repeated(value, lengths))
            else:
                found.append(_behind_one_another(value, lengths) if steps else value)
        return found if isinstance(values, list | tuple) else found[0]


def _behind_one_another(value: Tensor, lengths: Tensor) -> Tensor:
    """The real steps of `[samples, steps, …]` behind one another, `[all steps, …]`."""
    real = tf.sequence_mask(lengths, tf.shape(value)[1])
    made = tf.boolean_mask(value, real)
    # Keras takes cross-entropy of the logits that it finds here.
    logits = getattr(value, "_keras_logits", None)
    if logits is not None:
        made._keras_logits = tf.boolean_mask(logits, real)
    return made


def _repeated(value: Tensor, lengths: Tensor) -> Tensor:
    """What is one for each sample, `[samples]` or `[samples, 1, …]`, for each of its real steps."""
    made = tf.repeat(value, lengths, axis=0)
    return made if len(value.shape) < 2 else tf.squeeze(made, axis=1)


def flat(values: Tensors) -> list[Tensor]:
    """Tensors as a list."""
    return list(values) if isinstance(values, list | tuple) else [values]


def first(values: Tensors) -> Tensor:
    """The first of some tensors."""
    return flat(values)[0]
