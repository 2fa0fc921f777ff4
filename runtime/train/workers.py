"""Training on several machines: TensorFlow's MultiWorkerMirroredStrategy runs the steps.

Keras's own `fit` fails under that strategy, so each step is run by `strategy.run`: a worker
computes the gradients of its share of the batch, the strategy sums them over all workers, and each
worker applies the sum. The variables are ordinary ones. They are equal everywhere, since they
start equal and follow the same gradients; so are the figures that stop a run or lower its rate.
"""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ...compiler.recipe.show import show_recipe
from ..data.dataset import Dataset
from ..errors import UserError
from ..infer.keras_module import silent
from .cluster import Cluster, require_port
from .keras_types import Layer, Tensor, Variable

if TYPE_CHECKING:
    import tensorflow as tf

Strategy: TypeAlias = "tf.distribute.Strategy"

PART = 1 << 22
"""Numbers that are sent at a time."""


class Workers:
    """All workers, connected."""

    def __init__(self, cluster: Cluster, strategy: Strategy) -> None:
        import tensorflow as tf

        self.cluster, self.strategy = cluster, strategy

        def reduced(value: Tensor) -> Tensor:
            context = tf.distribute.get_replica_context()
            # The copy is on the worker's own device, where sums begin.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(value))

        self._reduce = tf.function(
            lambda value: strategy.run(reduced, args=(value,)), autograph=False
        )

    def sums(self, arrays: Sequence[Array]) -> list[Array]:
        """The sums of arrays over all workers, which must ask for them together."""
        flat = np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)
        total = self._sum(flat)
        ends = np.cumsum([np.size(array) for array in arrays])[:-1]
        return [
            part.reshape(np.shape(array)).astype(array.dtype)
            for part, array in zip(np.split(total, ends), arrays, strict=True)
        ]

    def from_chief(self, data: bytes) -> bytes:
        """The chief's bytes, on all workers."""
        size = int(self._sum(np.array([len(data) if self.cluster.chief else 0], np.int64))[0])
        numbers = np.zeros(-(-size // 4), np.int32)
        if self.cluster.chief:
            numbers = np.frombuffer(data + bytes(-size % 4), np.int32)
        parts = [self._sum(numbers[start : start + PART]) for start in range(0, len(numbers), PART)]
        return b"".join(part.tobytes() for part in parts)[:size]

    def agree(self, recipe: Recipe, dataset: Dataset) -> None:
        """Raises UserError, on all workers, where not all have the same recipe and samples."""
        marks = [_mark(show_recipe(recipe).encode()), _mark(*_described(dataset))]
        table = np.zeros((len(self.cluster), len(marks)), np.int64)
        table[self.cluster.index] = marks
        found = self._sum(table)
        for what, column in zip(("recipe", "training data"), found.T, strict=True):
            other = np.flatnonzero(column != column[0])
            if len(other):
                raise UserError(
                    f"the {what} of worker {other[0]} ({self.cluster.addresses[other[0]]}) is not "
                    f"that of worker 0; all workers must be given the same"
                )

    def apart(self, variables: Iterable[Variable]) -> None:
        """Lets this worker draw other random numbers than the others, from the same states."""
        for variable in variables:
            if "seed_generator" in variable.path and self.cluster.index:
                variable.assign(np.asarray(variable) + np.array([self.cluster.index, 0]))

    def normalize_together(self, layers: Iterable[Layer]) -> None:
        """Lets batch normalization take its statistics of the whole batch."""
        for layer in layers:
            inner = getattr(layer, "layer", layer)
            if hasattr(inner, "synchronized"):
                inner.synchronized = True

    @contextmanager
    def together(self) -> Iterator[None]:
        """Raises UserError where another worker goes away meanwhile."""
        import tensorflow as tf

        errors = tf.errors
        lost: tuple[type[Exception], ...] = (
            errors.UnavailableError,
            errors.AbortedError,
            errors.CancelledError,
            errors.DeadlineExceededError,
            errors.InternalError,
        )
        try:
            yield
        except lost as error:
            raise UserError(
                "another worker has gone, and TensorFlow trains with all or none. Start all "
                "workers again with --resume; they go on from the last epoch that was saved"
            ) from error

    def _sum(self, values: Array) -> Array:
        import tensorflow as tf

        return np.asarray(self._reduce(tf.constant(values)))


def join(cluster: Cluster, note: Callable[[str], None]) -> Workers:
    """Waits for all workers. To be called before TensorFlow computes anything.

    Raises UserError where this worker's port is taken or the others do not come.
    """
    require_port(cluster)
    others = ", ".join(a for i, a in enumerate(cluster.addresses) if i != cluster.index)
    note(f"worker {cluster.index} of {len(cluster)} waits for {others}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # While TensorFlow waits, Python does not see a Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    ended = signal.getsignal(signal.SIGTERM)
    try:
        with silent():
            import tensorflow as tf

            resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
                tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
                task_type="worker",
                task_id=cluster.index,
                rpc_layer="grpc",
            )
            try:
                strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
            except tf.errors.OpError as error:
                reason = " ".join(error.message.split())[:160]
                raise UserError(f"the workers do not come together: {reason}") from error
    finally:
        signal.signal(signal.SIGINT, before)
        # TensorFlow takes a SIGTERM for the notice of a machine that is about to go, and stays.
        signal.signal(signal.SIGTERM, ended)
    return Workers(cluster, strategy)


def share_state(workers: Workers, path: Path, resume: bool) -> None:
    """Gives the chief's state of a run that it resumes to all workers, as a file."""
    data = path.read_bytes() if workers.cluster.chief and resume and path.exists() else b""
    data = workers.from_chief(data)
    if data and not workers.cluster.chief:
        path.write_bytes(data)


def _described(dataset: Dataset) -> Iterator[bytes]:
    """What tells one data set from another, without reading pictures."""
    for part in dataset.parts:
        yield f"{part.name} {len(part)} {dataset.classes}".encode()
        if part.weights is not None:
            yield np.ascontiguousarray(part.weights).tobytes()
        if part.lengths is not None:
            yield np.ascontiguousarray(part.lengths).tobytes()
        for name, targets in part.targets.items():
            if isinstance(targets, np.ndarray):
                yield name.encode() + np.ascontiguousarray(targets).tobytes()
            else:
                yield f"{name} {targets}".encode()


def _mark(*parts: bytes) -> int:
    digest = hashlib.sha256(b"\n".join(parts)).digest()
    return int.from_bytes(digest[:7], "little")
