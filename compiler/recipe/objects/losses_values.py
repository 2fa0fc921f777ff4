"""Losses of outputs that are measurements."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import INT, arg
from . import formulas
from .losses_base import Reduced
from .number_kinds import above


@op
class CosineSimilarity(Reduced):
    """Minus the cosine of the angle between target and output."""

    words = ("cosine_similarity",)
    examples = ({}, {"axis": 0})

    axis: int = arg(INT, default=-1, doc="the axis of the vectors")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """Minus the product of the two vectors, each made 1 long, for the last axis alone."""
        if not formulas.last_axis(self.axis, p):
            return None
        made: Array = -(formulas.unit(np, y.astype(np.float64)) * formulas.unit(np, p)).sum(axis=-1)
        return made


@op
class Huber(Reduced):
    """`e^2 / 2` where `|e| <= delta`, `delta (|e| - delta / 2)` elsewhere."""

    words = ("huber",)
    examples = ({}, {"delta": 0.7})

    delta: float = arg(above(0), default=1.0, doc="the error where the square becomes a line")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """A square near 0, a line far from it (Huber 1964)."""
        error = np.abs(p - y)
        line = self.delta * error - 0.5 * self.delta**2
        made: Array = np.where(error <= self.delta, 0.5 * error**2, line)
        return made


@op
class LogCosh(Reduced):
    """`log(cosh(p - y))`, the mean: a square near 0, a line far from it."""

    words = ("log_cosh",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`e + log(1 + exp(-2 e)) - log 2`, which is `log(cosh(e))` for any `e = p - y`."""
        error = p - y
        made: Array = error + formulas.softplus(np, -2 * error) - np.log(2)
        return made


@op
class MeanAbsoluteError(Reduced):
    """`mean(|y - p|)`."""

    words = ("mae", "MAE", "mean_absolute_error")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`|y - p|`."""
        made: Array = np.abs(p - y)
        return made


@op
class MeanAbsolutePercentageError(Reduced):
    """`100 mean(|y - p| / |y|)`."""

    words = ("mape", "MAPE", "mean_absolute_percentage_error")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`100 |y - p| / |y|`, the divisor at least Keras's epsilon."""
        made: Array = 100 * np.abs(y - p) / np.maximum(np.abs(y), formulas.EPSILON)
        return made


@op
class MeanSquaredError(Reduced):
    """`mean((y - p)^2)`."""

    words = ("mse", "MSE", "mean_squared_error")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`(y - p)^2`."""
        made: Array = (p - y) ** 2
        return made


@op
class MeanSquaredLogarithmicError(Reduced):
    """`mean((log(1 + y) - log(1 + p))^2)`, for targets of at least 0."""

    words = ("msle", "MSLE", "mean_squared_logarithmic_error")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`(log(1 + y) - log(1 + p))^2`, both at least Keras's epsilon."""
        mine, theirs = np.maximum(p, formulas.EPSILON), np.maximum(y, formulas.EPSILON)
        made: Array = (np.log1p(mine) - np.log1p(theirs)) ** 2
        return made


@op
class Poisson(Reduced):
    """`mean(p - y log p)`, for counts."""

    words = ("poisson",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`p - y log p`, with Keras's epsilon in the logarithm."""
        made: Array = p - y * np.log(p + formulas.EPSILON)
        return made
