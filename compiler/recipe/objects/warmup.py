"""The warm-up as a schedule that Keras can follow."""

from __future__ import annotations

from typing import Any

from ...ops.base.backend import KerasModule


def keras_warmup(
    keras: KerasModule, schedule: object, warmup_steps: int, initial_learning_rate: float
) -> object:
    """A Keras schedule that computes `Warmup.rate`; what follows is a number or one of Keras's."""
    k: Any = keras
    ops = k.ops

    class Warmup(k.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
        """A straight rise, then another schedule."""

        def __init__(self, schedule: Any, warmup_steps: int, initial_learning_rate: float) -> None:
            super().__init__()
            self.schedule = schedule
            self.warmup_steps = warmup_steps
            self.initial_learning_rate = initial_learning_rate

        def __call__(self, step: Any) -> Any:
            steps = ops.cast(self.warmup_steps, "float32")
            done = ops.cast(step, "float32")
            start = ops.cast(self.initial_learning_rate, "float32")
            rise = start + (self._follow(0) - start) * done / steps
            after = self._follow(ops.maximum(ops.cast(step, "int64") - self.warmup_steps, 0))
            return ops.where(done < steps, rise, after)

        def _follow(self, step: Any) -> Any:
            rate = self.schedule(step) if callable(self.schedule) else self.schedule
            return ops.cast(rate, "float32")

        def get_config(self) -> dict[str, object]:
            schedule = self.schedule
            if callable(schedule):
                schedule = k.optimizers.schedules.serialize(schedule)
            return {
                "schedule": schedule,
                "warmup_steps": self.warmup_steps,
                "initial_learning_rate": self.initial_learning_rate,
            }

    return Warmup(schedule, warmup_steps, initial_learning_rate)
