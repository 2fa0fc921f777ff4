"""Runs training steps as Keras's own `train_step` does, as many in one call as are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from ...compiler.ops.base.backend import Array
from ..data.batches import LENGTHS
from .accumulate import GradientSum
from .keras_types import (
    Augmentation,
    Batch,
    Batches,
    Model,
    Optimizer,
    Tensor,
    Tensors,
    Variable,
    Weights,
)
from .real_steps import RealSteps, flat

Step: TypeAlias = "Callable[..., Tensor]"


class Stepped(NamedTuple):
    """What a forward and a backward pass give."""

    gradients: Sequence[Tensor | None]
    loss: Tensor
    size: Tensor
    """The samples that the loss is the mean of."""
    samples: Tensor
    """The samples that the gradients are the mean of: those of all workers."""
    measured: tuple[Tensors, Tensors, Tensors | None]
    """What metrics are computed of: targets, predictions and weights."""
    good: Tensor
    """Whether the loss is finite."""


class Trainer:
    """Trains and evaluates a compiled functional model.

    A step augments the batch, runs the model forward, adds regularization penalties to the loss,
    scales it where the precision needs that, and applies the gradients: the steps of Keras's
    `train_step`, with its metrics. With `accumulate` it is the gradients of so many batches that
    make a step, of those that are left at the end of an epoch of `batches` batches. A step whose
    loss is not finite changes no weight, and no further step is run.
    """

    def __init__(
        self,
        model: Model,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        layers: Mapping[str, Sequence[Variable]],
        variables: Sequence[Variable],
        augment: Augmentation | None = None,
        jit: bool = False,
        accumulate: int = 1,
        batches: int = 1,
        steps: Sequence[str] = (),
        untaught: Sequence[str] = (),
    ) -> None:
        """`variables` learn, in the order in which the optimizer has them.

        `layers` holds the trainable variables of each layer whose gradient is measured. `steps`
        are the outputs that have a value for each step of sequences of unequal lengths, and
        `untaught` those that are a loss themselves.
        """
        self.model = model
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.augment = augment
        self.layers = tuple(layers)
        self.variables = list(variables)
        place = {id(variable): index for index, variable in enumerate(self.variables)}
        self._places = [[place[id(v)] for v in found] for found in layers.values()]
        self._norms = tf.Variable(tf.zeros([max(len(layers), 1)]), trainable=False)
        self._bad_inputs: list[tf.Variable] = []
        model.optimizer.build(self.variables)
        self._accumulate, self._batches = accumulate, batches
        self._real = RealSteps(
            [name in steps for name in self.outputs], [name in untaught for name in self.outputs]
        )
        self._sum = GradientSum(self.variables) if accumulate > 1 else None

        def compiled(step: Step) -> Step:
            return tf.function(step, jit_compile=True, autograph=False) if jit else step

        self._one, self._add = compiled(self._step), compiled(self._add_up)
        self._apply_sum = compiled(self._apply_mean)
        self._run = tf.function(self._steps, reduce_retracing=True, autograph=False)
        self._test = tf.function(self._evaluate, reduce_retracing=True, autograph=False)

    def run(
        self, batches: Iterator[Batch], count: int, measure: bool, before: int = 0
    ) -> tuple[int, bool]:
        """Runs up to `count` steps; how many were run, and whether the last loss was finite.

        `before` are the steps of the epoch that are done. With `measure` the gradient norms of the
        last step are kept for `norms`.
        """
        if not self._bad_inputs:
            self._bad_inputs = self._empty_inputs(batches)
        done, good = self._run(
            batches, tf.constant(count), tf.constant(measure), tf.constant(before)
        )
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
        self, batches: tf.data.Iterator, count: Tensor, measure: Tensor, before: Tensor
    ) -> tuple[Tensor, Tensor]:
        def more(done: Tensor, good: Tensor) -> Tensor:
            return tf.logical_and(done < count, good)

        def body(done: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
            measured = tf.logical_and(measure, done + 1 == count)
            if self._sum is not None:
                return done + 1, self._accumulated(batches, before + done, measured)
            return done + 1, self._next(batches, self._one, measured)

        done, good = tf.while_loop(
            more, body, [tf.constant(0), tf.constant(True)], parallel_iterations=1
        )
        return done, good

    def _accumulated(self, batches: tf.data.Iterator, step: Tensor, measure: Tensor) -> Tensor:
        """One step of several batches; whether all their losses are finite."""
        first = step * self._accumulate
        size = tf.minimum(self._accumulate, self._batches - first)
        _, good = tf.while_loop(
            lambda taken, good: tf.logical_and(taken < size, good),
            lambda taken, good: (taken + 1, self._next(batches, self._add)),
            [tf.constant(0), tf.constant(True)],
            parallel_iterations=1,
        )
        tf.cond(good, lambda: self._apply_sum(measure), lambda: None)
        return good

    def _next(self, batches: tf.data.Iterator, step: Step, *given: Tensor) -> Tensor:
        """Runs a step on the next batch; whether its loss is finite."""
        x, y, *weights = batches.get_next()
        if self.augment is not None:
            x, y = self.augment(x, y)
        lengths = x.get(LENGTHS)
        x, y = _ordered(x, self.inputs), _ordered(y, self.outputs)
        good = step(x, y, weights[0] if weights else None, lengths, *given)
        tf.cond(good, lambda: None, lambda: self._keep(x))
        return good

    def _step(
        self,
        x: Tensors,
        y: Tensors,
        weight: Weights | None,
        lengths: Tensor | None,
        measure: Tensor,
    ) -> Tensor:
        made = self._measured(x, y, weight, lengths)
        tf.cond(measure, lambda: self._measure(made.gradients), lambda: None)
        tf.cond(made.good, lambda: self._apply(made.gradients), lambda: None)
        return made.good

    def _add_up(
        self, x: Tensors, y: Tensors, weight: Weights | None, lengths: Tensor | None
    ) -> Tensor:
        """A batch of a step: its gradients are added to those before it."""
        assert self._sum is not None
        found = self._sum
        made = self._measured(x, y, weight, lengths)
        tf.cond(made.good, lambda: found.add(made.gradients, made.samples), lambda: None)
        return made.good

    def _apply_mean(self, measure: Tensor) -> None:
        """The end of a step: the mean of what was added up is applied."""
        assert self._sum is not None
        gradients = self._sum.mean()
        tf.cond(measure, lambda: self._measure(gradients), lambda: None)
        self._apply(gradients)
        self._sum.clear()

    def _measured(
        self, x: Tensors, y: Tensors, weight: Weights | None, lengths: Tensor | None
    ) -> Stepped:
        """Forward and backward, and the batch added to the metrics."""
        made = self._compute(x, y, weight, lengths)
        self.model._loss_tracker.update_state(made.loss, sample_weight=made.size)
        self.model.compute_metrics(x, *made.measured)
        return made

    def _compute(
        self, x: Tensors, y: Tensors, weight: Weights | None, lengths: Tensor | None
    ) -> Stepped:
        model, weight = self.model, self._weights(weight)
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            y, predicted, weight = self._real.of(lengths, y, predicted, weight)
            loss = model.compute_loss(x, y, predicted, weight, training=True)
            scaled = model.optimizer.scale_loss(loss)
        gradients = [
            # Keras's optimizers take the rows of an embedding one by one, so that one that a batch
            # looks up twice would have two squares, and two norms to clip.
            None if found is None else tf.convert_to_tensor(found)
            for found in tape.gradient(scaled, self.variables)
        ]
        size, good = self._real.size(x, lengths), tf.math.is_finite(loss)
        return Stepped(gradients, loss, size, size, (y, predicted, weight), good)

    def _weights(self, weight: Weights | None) -> Tensors | None:
        """The weights of samples in the order of the outputs; those of all outputs bare."""
        return _ordered(weight, self.outputs) if isinstance(weight, Mapping) else weight

    def _apply(self, gradients: Sequence[Tensor | None]) -> None:
        self.model.optimizer.apply_gradients(zip(gradients, self.variables, strict=True))

    def _measure(self, gradients: Sequence[Tensor | None]) -> None:
        scale, norms = getattr(self.model.optimizer, "dynamic_scale", None), []
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
            x, y, *weights = item.get_value()
            if LENGTHS in x:
                self._evaluate_steps(x, y, weights[0] if weights else None)
                return (batches.get_next_as_optional(),)
            data = (_ordered(x, self.inputs), _ordered(y, self.outputs))
            self.model.test_step((*data, self._weights(weights[0])) if weights else data)
            return (batches.get_next_as_optional(),)

        tf.while_loop(
            lambda item: item.has_value(),
            body,
            [batches.get_next_as_optional()],
            parallel_iterations=1,
        )

    def _evaluate_steps(
        self, inputs: Mapping[str, Tensor], targets: Mapping[str, Tensor], weight: Weights | None
    ) -> None:
        """Keras's `test_step`, of the real steps."""
        model, lengths = self.model, inputs[LENGTHS]
        x, y = _ordered(inputs, self.inputs), _ordered(targets, self.outputs)
        predicted = model(x, training=False)
        measured = self._real.of(lengths, y, predicted, self._weights(weight))
        loss = model.compute_loss(x, *measured, training=False)
        model._loss_tracker.update_state(loss, sample_weight=self._real.size(x, lengths))
        model.compute_metrics(x, *measured)

    def _empty_inputs(self, batches: tf.data.Iterator) -> list[tf.Variable]:
        found = flat(_ordered(batches.element_spec[0], self.inputs))
        return [
            tf.Variable(
                tf.zeros([0] * spec.shape.rank, spec.dtype),
                shape=tf.TensorShape([None] * spec.shape.rank),
                trainable=False,
            )
            for spec in found
        ]

    def _keep(self, x: Tensors) -> None:
        for variable, value in zip(self._bad_inputs, flat(x), strict=True):
            variable.assign(tf.cast(value, variable.dtype))


def _inner(optimizer: Optimizer) -> Optimizer:
    """The optimizer in one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _ordered(values: Mapping[str, Tensor], names: Sequence[str]) -> Tensors:
    """Tensors in the order of the model's own, a single one bare."""
    found = [values[name] for name in names]
    return found[0] if len(found) == 1 else found
