"""Pieces that formulas of losses and metrics share.

NumPy is passed in: a check reads the classes that have formulas, and never loads NumPy. `y` are
targets and `p` what the net computed, both with the batch first.
"""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy

EPSILON = 1e-7
"""Keras's `backend.epsilon()`: what keeps its logarithms and divisions from 0."""


def softplus(np: NumPy, x: Array) -> Array:
    """`log(1 + e^x)`."""
    made: Array = np.logaddexp(0.0, x)
    return made


def sigmoid(np: NumPy, x: Array) -> Array:
    """`1 / (1 + e^-x)`."""
    made: Array = np.exp(-softplus(np, -x))
    return made


def log_softmax(np: NumPy, x: Array) -> Array:
    """The logarithms of the softmax over the last axis."""
    high = x.max(axis=-1, keepdims=True)
    made: Array = x - high - np.log(np.exp(x - high).sum(axis=-1, keepdims=True))
    return made


def log_probabilities(np: NumPy, p: Array, from_logits: bool) -> Array:
    """The logarithms of the classes' probabilities, along the last axis.

    They are not cut at 1e-7: Keras, too, computes them from the logits where a net ends in softmax.
    """
    if from_logits:
        return log_softmax(np, p)
    least = float(np.finfo(np.float32).tiny)
    made: Array = np.log(np.clip(p / p.sum(axis=-1, keepdims=True), least, 1.0))
    return made


def smooth(y: Array, share: float, towards: float) -> Array:
    """Targets moved towards an even distribution by a share of the way (Szegedy et al. 2016)."""
    return y * (1 - share) + share * towards


def signs(y: Array) -> Array:
    """0 and 1 as -1 and 1; other targets as they are."""
    return 2.0 * y - 1 if bool(((y == 0) | (y == 1)).all()) else y * 1.0


def unit(np: NumPy, x: Array) -> Array:
    """Vectors along the last axis, made 1 long."""
    made: Array = x / np.sqrt(np.maximum((x**2).sum(axis=-1, keepdims=True), 1e-12))
    return made


def indices(np: NumPy, y: Array, p: Array) -> Array:
    """Class indices in the output's shape without its last axis."""
    made: Array = np.asarray(y if y.ndim == p.ndim - 1 else y[..., 0]).astype(np.int64)
    return made


def right(np: NumPy, values: Array, y: Array, p: Array) -> Array:
    """What each of some values `[…, classes]` is for the class that the indices `y` name."""
    made: Array = np.take_along_axis(values, indices(np, y, p)[..., None], axis=-1)[..., 0]
    return made


def among_highest(np: NumPy, y: Array, p: Array, k: int) -> Array:
    """Whether the class that `y` names is among the `k` highest; a tie with the last counts."""
    made: Array = (p > right(np, p, y, p)[..., None]).sum(axis=-1) < k
    return made


def last_axis(axis: int, p: Array) -> bool:
    """Whether an axis is the last one."""
    return axis in (-1, p.ndim - 1)
