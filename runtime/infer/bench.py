"""How fast engines run a net, side by side on the same weights and inputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ..errors import UserError
from .engine import ENGINES, Engine, providers_here
from .samples import KeptWeights, sample_inputs
from .session import Session
from .verify import difference

WARM = 3
"""Rounds that are not counted."""
PAUSE = 0.005
"""Seconds before each run, in which the threads of the one before stop waiting for work."""

Outputs = Mapping[str, Array]


@dataclass(frozen=True)
class Timing:
    """One engine on one net, in seconds a batch."""

    engine: str
    seconds: tuple[float, ...]
    apart: float
    """The largest difference of its outputs from the first engine's; NaN where there are none."""

    @property
    def median(self) -> float:
        """The median over the rounds."""
        return median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """Between which times nine rounds of ten lie, a twentieth below and above."""
        if len(self.seconds) == 1:
            return self.seconds[0], self.seconds[0]
        cuts = quantiles(self.seconds, n=20, method="inclusive")
        return cuts[0], cuts[-1]


@dataclass(frozen=True)
class Missing:
    """An engine that could not be tried, and why."""

    engine: str
    reason: str


def installed_engines(threads: int) -> tuple[Engine, ...]:
    """onnxruntime on each provider that computes here, and OpenVINO where it is installed."""
    from importlib.util import find_spec

    # Azure's provider sends inputs to a service; it computes nothing here.
    others = sorted(each for each in providers_here() if each not in ("CPU", "Azure"))
    found = [Engine(threads=threads), *(Engine(provider=each, threads=threads) for each in others)]
    if find_spec("openvino") is not None:
        found += [Engine(name, threads=threads) for name in ENGINES if name.startswith("openvino")]
    return tuple(found)


def time_engines(
    checked: CheckedGraph,
    weights: WeightSource,
    engines: Sequence[Engine],
    *,
    batch: int,
    rounds: int,
    seed: int = 0,
    keras: bool = False,
) -> tuple[list[Timing], list[Missing]]:
    """Runs a net in every engine by turns, in an order that is drawn anew each round.

    The first engine is what others are compared with. Raises UserError where it cannot run the net,
    and Refusal where the net has no ONNX lowering.
    """
    from ...compiler.lower.onnx.compile import compile_onnx

    inputs = sample_inputs(checked, batch, seed)
    lowered = compile_onnx(checked, KeptWeights(weights))
    runs: list[tuple[str, Callable[[], Outputs]]] = []
    missing: list[Missing] = []
    for engine in engines:
        try:
            session = Session.from_lowered(lowered, f"the net `{checked.name}`", engine)
            session.run(inputs)
        except UserError as error:
            if engine is engines[0]:
                raise
            missing.append(Missing(str(engine), str(error)))
            continue
        runs.append((str(engine), partial(session.run, inputs)))
    if keras:
        runs.append(("keras", _keras_run(checked, weights, inputs)))
    first = runs[0][1]()
    apart = [max(_apart(run(), first), default=0.0) for _, run in runs]
    seconds = _by_turns([run for _, run in runs], rounds)
    timed = zip(runs, seconds, apart, strict=True)
    return [Timing(name, tuple(taken), far) for (name, _), taken, far in timed], missing


def time_training(
    checked: CheckedGraph, weights: WeightSource, *, batch: int, rounds: int, seed: int = 0
) -> Timing:
    """Forward and backward in Keras: the gradients of the mean of all outputs by all weights.

    Raises UserError where Keras is not installed.
    """
    from .keras_module import import_keras, silent

    keras = import_keras()
    import tensorflow as tf

    from ...compiler.lower.keras.lower import lower_keras

    with silent():
        model = lower_keras(checked, weights, keras=keras)
    inputs = [tf.constant(array) for array in sample_inputs(checked, batch, seed).values()]

    def step() -> object:
        with tf.GradientTape() as tape:
            made = model(inputs if len(inputs) > 1 else inputs[0], training=True)
            outputs = made if isinstance(made, list | tuple) else [made]
            loss = tf.add_n([tf.reduce_mean(tf.cast(each, tf.float32)) for each in outputs])
        return tape.gradient(loss, model.trainable_variables)

    compiled = tf.function(step)

    def run() -> None:
        for gradient in tf.nest.flatten(compiled()):
            tf.convert_to_tensor(gradient).numpy()

    with silent():
        (seconds,) = _by_turns([run], rounds)
    return Timing("keras, forward and backward", tuple(seconds), float("nan"))


def _keras_run(
    checked: CheckedGraph, weights: WeightSource, inputs: Mapping[str, Array]
) -> Callable[[], Outputs]:
    """The net as Keras runs a batch. Raises UserError where Keras is not installed."""
    from .keras_module import import_keras, silent

    keras = import_keras()
    from ...compiler.lower.keras.lower import lower_keras

    with silent():
        model = lower_keras(checked, weights, keras=keras)
        given = list(inputs.values())
        model.predict_on_batch(given if len(given) > 1 else given[0])
    names = [output.name for output in checked.graph.outputs]

    def run() -> Outputs:
        made = model.predict_on_batch(given if len(given) > 1 else given[0])
        return dict(zip(names, made if isinstance(made, list) else [made], strict=True))

    return run


def _apart(ours: Outputs, theirs: Outputs) -> list[float]:
    return [difference(ours[name], theirs[name]).largest for name in theirs]


def _by_turns(runs: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    seconds: list[list[float]] = [[] for _ in runs]
    drawn = np.random.default_rng(0)
    for number in range(WARM + rounds):
        for index in drawn.permutation(len(runs)):
            time.sleep(PAUSE)
            start = time.perf_counter()
            runs[index]()
            if number >= WARM:
                seconds[index].append(time.perf_counter() - start)
    return seconds
