"""A net that a contender has loaded in this process."""

from __future__ import annotations

from collections.abc import Callable

from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower
from ..infer.samples import sample_inputs
from ..infer.session import Session
from .case import Job
from .lap import Lap, Ready, timed
from .names import KERAS


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


def _loaded(job: Job) -> tuple[Callable[[], Lap], Ready]:
    if job.contender.onnx:
        return _in_engine(job)
    if job.contender.name == KERAS:
        from .keras_run import in_keras, training

        return training(job) if job.contender.train else in_keras(job)
    from .torch_run import in_torch

    return in_torch(job)


def _in_engine(job: Job) -> tuple[Callable[[], Lap], Ready]:
    case = job.case
    inputs = sample_inputs(case.checked, case.batch, case.weights.seed)
    assert job.model is not None
    session = Session(job.model, job.contender.engine(job.threads))
    return timed(lambda: session.run(inputs)), Ready(session.run(inputs))
