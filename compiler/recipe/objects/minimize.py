"""The loss of an output that is a loss itself."""

from __future__ import annotations

from typing import Any

from ...ops.base.backend import Array, KerasModule, NumPy
from ...ops.base.declare import op
from .base import NONE, Loss


@op
class Minimize(Loss):
    """The mean of the output itself: the net computes what is to become small.

    Keras has no such loss; its models call `add_loss` instead.
    """

    targets = NONE
    words = ("minimize",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """The output itself."""
        return p

    def keras_object(self, keras: KerasModule) -> object:
        """A Keras loss that leaves its targets alone."""
        k: Any = keras

        class Minimize(k.losses.Loss):  # type: ignore[misc]
            """The output, of which Keras takes the mean.

            Its mask is of samples and steps, so the mean of what is in a step is taken here.
            """

            def call(self, y_true: Any, y_pred: Any) -> Any:
                inner = tuple(range(2, len(y_pred.shape)))
                return k.ops.mean(y_pred, axis=inner, keepdims=True) if inner else y_pred

        return Minimize(name="minimize")
