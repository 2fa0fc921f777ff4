"""Runs training steps as Keras's own `train_step` does, as many in one call as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ...compiler.ops.base.backend import Array
from .keras_types import Augmentation, Batch, Batches, Model, Optimizer, Tensor, Tensors, Variable


class Stepped(NamedTuple):
    """What a forward and a backward pass give."""

    gradients: Sequence[Tensor]
    loss: Tensor
    size: Tensor
    """The samples that the loss is the mean of."""
    measured: tuple[Tensors, Tensors, Tensor | None]
    """What metrics are computed of: targets, predictions and weights."""
    good: Tensor
    """Whether the loss is finite."""


class Trainer:
    """Trains and evaluates a compiled functional model.

    A step augments the batch, runs the model forward, adds regularization penalties to the loss,
    scales it where the precision needs that, and applies the gradients: the steps of Keras's
    `train_step`, with its metrics. A step whose loss is not finite changes no weight, and no
    further step is run.
    """

    def __init__(
        self,
        model: Model,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        layers: Mapping[str, Sequence[Variable]],
        augment: Augmentation | None = None,
        jit: bool = False,
    ) -> None:
        """`layers` holds the trainable variables of each layer whose gradient is measured."""
        self.model = model
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.augment = augment
        self.layers = tuple(layers)
        self.variables = list(model.trainable_variables)
        place = {id(variable): index for index, variable in enumerate(self.variables)}
        self._places = [[place[id(v)] for v in found] for found in layers.values()]
        self._norms = tf.Variable(tf.zeros([max(len(layers), 1)]), trainable=False)
        self._bad_inputs: list[tf.Variable] = []
        model.optimizer.build(self.variables)
        step = self._step
        self._one = tf.function(step, jit_compile=True, autograph=False) if jit else step
        self._run = tf.function(self._steps, reduce_retracing=True, autograph=False)
        self._test = tf.function(self._evaluate, reduce_retracing=True, autograph=False)

    def run(self, batches: Iterator[Batch], count: int, measure: bool) -> tuple[int, bool]:
        """Runs up to `count` steps; how many were run, and whether the last loss was finite.

        With `measure` the gradient norms of the last step are kept for `norms`.
        """
        if not self._bad_inputs:
            self._bad_inputs = self._empty_inputs(batches)
        done, good = self._run(batches, tf.constant(count), tf.constant(measure))
        return int(done), bool(good)

    def evaluate(self, batches: Batches) -> dict[str, float]:
        """Loss and metrics of a finite dataset, as Keras's `evaluate` gives them."""
        self.model.reset_metrics()
        self._test(iter(batches))
        return self.results()

    def results(self) -> dict[str, float]:
        """The loss and metrics since `reset_metrics`."""
        return {name: float(value) for name, value in self.model.get_metrics_result().items()}

    def so_far(self) -> dict[str, float]:
        """The loss and metrics as far as this process knows them, for a look in between."""
        return self.results()

    @property
    def norms(self) -> Array:
        """The L2 norm of each layer's gradient in the last step that was measured."""
        values: Array = np.asarray(self._norms)[: len(self.layers)]
        return values

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer, without what scales the loss around it."""
        return _inner(self.model.optimizer)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        optimizer = self.optimizer
        rate = optimizer._learning_rate
        if not callable(rate):
            return float(rate)
        return float(rate(tf.maximum(tf.convert_to_tensor(optimizer.iterations) - 1, 0)))

    @property
    def bad_inputs(self) -> list[Array]:
        """The augmented inputs, in the net's order, of the batch whose loss was not finite."""
        return [np.asarray(variable) for variable in self._bad_inputs]

    def _steps(
        self, batches: tf.data.Iterator, count: Tensor, measure: Tensor
    ) -> tuple[Tensor, Tensor]:
        def more(done: Tensor, good: Tensor) -> Tensor:
            return tf.logical_and(done < count, good)

        def body(done: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
            x, y, *weights = batches.get_next()
            if self.augment is not None:
                x, y = self.augment(x, y)
            x, y = _ordered(x, self.inputs), _ordered(y, self.outputs)
            weight = weights[0] if weights else None
            good = self._one(x, y, weight, tf.logical_and(measure, done + 1 == count))
            tf.cond(good, lambda: None, lambda: self._keep(x))
            return done + 1, good

        done, good = tf.while_loop(
            more, body, [tf.constant(0), tf.constant(True)], parallel_iterations=1
        )
        return done, good

    def _step(self, x: Tensors, y: Tensors, weight: Tensor | None, measure: Tensor) -> Tensor:
        model, optimizer = self.model, self.model.optimizer
        gradients, loss, size, measured, good = self._compute(x, y, weight)
        model._loss_tracker.update_state(loss, sample_weight=size)
        model.compute_metrics(x, *measured)
        scale = getattr(optimizer, "dynamic_scale", None)
        tf.cond(measure, lambda: self._measure(gradients, scale), lambda: None)
        tf.cond(good, lambda: self._apply(gradients), lambda: None)
        return good

    def _compute(self, x: Tensors, y: Tensors, weight: Tensor | None) -> Stepped:
        model = self.model
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            loss = model.compute_loss(x, y, predicted, weight, training=True)
            scaled = model.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.variables)
        size, good = tf.shape(_first(x))[0], tf.math.is_finite(loss)
        return Stepped(gradients, loss, size, (y, predicted, weight), good)

    def _apply(self, gradients: Sequence[Tensor]) -> None:
        self.model.optimizer.apply_gradients(zip(gradients, self.variables, strict=True))

    def _measure(self, gradients: Sequence[Tensor], scale: Tensor | None) -> None:
        norms = []
        for places in self._places:
            found = [gradients[place] for place in places if gradients[place] is not None]
            norm = tf.linalg.global_norm(
                [tf.cast(tf.convert_to_tensor(g), tf.float32) for g in found]
            )
            norms.append(norm if scale is None else norm / tf.cast(scale, tf.float32))
        if norms:
            self._norms.assign(tf.stack(norms))

    def _evaluate(self, batches: tf.data.Iterator) -> None:
        def body(item: tf.experimental.Optional) -> tuple[tf.experimental.Optional]:
            x, y = item.get_value()
            self.model.test_step((_ordered(x, self.inputs), _ordered(y, self.outputs)))
            return (batches.get_next_as_optional(),)

        tf.while_loop(
            lambda item: item.has_value(),
            body,
            [batches.get_next_as_optional()],
            parallel_iterations=1,
        )

    def _empty_inputs(self, batches: tf.data.Iterator) -> list[tf.Variable]:
        found = _flat(_ordered(batches.element_spec[0], self.inputs))
        return [
            tf.Variable(
                tf.zeros([0] * spec.shape.rank, spec.dtype),
                shape=tf.TensorShape([None] * spec.shape.rank),
                trainable=False,
            )
            for spec in found
        ]

    def _keep(self, x: Tensors) -> None:
        for variable, value in zip(self._bad_inputs, _flat(x), strict=True):
            variable.assign(tf.cast(value, variable.dtype))


def _inner(optimizer: Optimizer) -> Optimizer:
    """The optimizer in one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _ordered(values: Mapping[str, Tensor], names: Sequence[str]) -> Tensors:
    """Tensors in the order of the model's own, a single one bare."""
    found = [values[name] for name in names]
    return found[0] if len(found) == 1 else found


def _flat(values: Tensors) -> list[Tensor]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _first(values: Tensors) -> Tensor:
    return _flat(values)[0]
