"""A net that a contender has loaded, in this process: runs of one batch, and their outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower
from ..infer.samples import sample_inputs
from ..infer.session import Session
from .case import Job
from .names import KERAS

Outputs = Mapping[str, Array]


@dataclass(frozen=True)
class Lap:
    """Seconds of one run, and of what it needs of them for the forward pass where it has two."""

    seconds: float
    forward: float | None = None


@dataclass(frozen=True)
class Ready:
    """What is said of a net once it is loaded and has run once."""

    outputs: Outputs | None
    """None where the weights are not those of the other contenders, or nothing is put out."""
    ran: str = ""
    """What ran, where that is not the net itself."""


class Running(Protocol):
    """A loaded net, here or in a process of its own."""

    @property
    def ready(self) -> Ready:
        """What came of the first run."""
        ...

    def lap(self) -> Lap:
        """Runs a batch once. Raises UserError where it cannot."""
        ...

    def end(self) -> int | None:
        """Lets go of it; the most memory that it took, in bytes, where that is known."""
        ...

    def stop(self) -> None:
        """Lets go of it whatever it does; that may have happened before."""
        ...


class Here:
    """A net that is loaded in this process."""

    def __init__(self, job: Job) -> None:
        """Loads it and runs it once. Raises UserError where either cannot be."""
        try:
            self._lap, self.ready = _loaded(job)
        except Refusal as fault:
            raise cannot_lower(job.case.net, fault) from fault

    def lap(self) -> Lap:
        """Runs a batch once."""
        return self._lap()

    def end(self) -> None:
        """Nothing is known of its memory: the process does other things, too."""

    def stop(self) -> None:
        """Nothing runs on."""


def timed(run: Callable[[], object]) -> Callable[[], Lap]:
    """Laps of a run."""

    def lap() -> Lap:
        start = time.perf_counter()
        run()
        return Lap(time.perf_counter() - start)

    return lap


def timed_twice(forward: Callable[[], object], both: Callable[[], object]) -> Callable[[], Lap]:
    """Laps of a forward and backward run, each beside a forward run alone."""

    def lap() -> Lap:
        start = time.perf_counter()
        forward()
        middle = time.perf_counter()
        both()
        return Lap(time.perf_counter() - middle, middle - start)

    return lap


def _loaded(job: Job) -> tuple[Callable[[], Lap], Ready]:
    if job.contender.onnx:
        return _in_engine(job)
    if job.contender.name == KERAS:
        return _keras_training(job) if job.contender.train else _in_keras(job)
    from .torch_run import in_torch

    return in_torch(job)


def _in_engine(job: Job) -> tuple[Callable[[], Lap], Ready]:
    case = job.case
    inputs = sample_inputs(case.checked, case.batch, case.weights.seed)
    assert job.model is not None
    session = Session(job.model, job.contender.engine(job.threads))
    return timed(lambda: session.run(inputs)), Ready(session.run(inputs))


def _in_keras(job: Job) -> tuple[Callable[[], Lap], Ready]:
    from ..infer.keras_module import silent

    case = job.case
    given: Any = list(sample_inputs(case.checked, case.batch, case.weights.seed).values())
    given = given if len(given) > 1 else given[0]
    model = _keras_model(job)
    with silent():
        made = model.predict_on_batch(given)
    names = [output.name for output in case.checked.graph.outputs]
    outputs = dict(zip(names, made if isinstance(made, list) else [made], strict=True))
    return timed(lambda: model.predict_on_batch(given)), Ready(outputs)


def _keras_training(job: Job) -> tuple[Callable[[], Lap], Ready]:
    """The gradients of the mean of all outputs by all weights."""
    model = _keras_model(job)
    import tensorflow as tf

    from ..infer.keras_module import silent

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
    from ..infer.keras_module import import_keras, silent

    keras = import_keras()
    from ...compiler.lower.keras.lower import lower_keras

    case = job.case
    with silent():
        return lower_keras(case.checked, case.weights.source(case.checked), keras=keras)
