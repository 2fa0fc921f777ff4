"""Nets in Keras: as it predicts a batch, and forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..infer.keras_module import import_keras, silent
from ..infer.samples import sample_inputs
from .case import Job
from .lap import Lap, Ready, timed, timed_twice


def in_keras(job: Job) -> tuple[Callable[[], Lap], Ready]:
    """Laps of `predict_on_batch`. Raises UserError where Keras is not installed."""
    case = job.case
    given: Any = list(sample_inputs(case.checked, case.batch, case.weights.seed).values())
    given = given if len(given) > 1 else given[0]
    model = _keras_model(job)
    with silent():
        made = model.predict_on_batch(given)
    names = [output.name for output in case.checked.graph.outputs]
    outputs = dict(zip(names, made if isinstance(made, list) else [made], strict=True))
    return timed(lambda: model.predict_on_batch(given)), Ready(outputs)


def training(job: Job) -> tuple[Callable[[], Lap], Ready]:
    """Laps of the gradients of the mean of all outputs by all weights.

    Raises UserError where Keras is not installed.
    """
    model = _keras_model(job)
    import tensorflow as tf

    case = job.case
    arrays = sample_inputs(case.checked, case.batch, case.weights.seed).values()
    inputs = [tf.constant(array) for array in arrays]

    def forward() -> Any:
        made = model(inputs if len(inputs) > 1 else inputs[0], training=True)
        outputs = made if isinstance(made, list | tuple) else [made]
        return tf.add_n([tf.reduce_mean(tf.cast(each, tf.float32)) for each in outputs])

    def both() -> Any:
        with tf.GradientTape() as tape:
            loss = forward()
        return tape.gradient(loss, model.trainable_variables)

    runs = [tf.function(forward), tf.function(both)]

    def finished(run: Callable[[], object]) -> None:
        for made in tf.nest.flatten(run()):
            if made is not None:
                tf.convert_to_tensor(made).numpy()

    with silent():
        for run in runs:
            finished(run)
    lap = timed_twice(lambda: finished(runs[0]), lambda: finished(runs[1]))
    return lap, Ready(None)


def _keras_model(job: Job) -> Any:
    keras = import_keras()
    from ...compiler.lower.keras.lower import lower_keras

    case = job.case
    with silent():
        return lower_keras(case.checked, case.weights.source(case.checked), keras=keras)
