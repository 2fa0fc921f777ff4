"""Penalties on weights, in Keras's names and defaults. They act in training only."""

from __future__ import annotations

from collections.abc import Mapping

from .backend import KerasModule
from .declare import Declared, keras_arguments, op
from .kinds import EPSILON, Kind, arg, table


class Regularizer(Declared):
    """A penalty on a weight, added to the loss."""

    __slots__ = ()

    def keras_object(self, keras: KerasModule) -> object:
        """The Keras regularizer of the same penalty."""
        return getattr(keras.regularizers, type(self).__name__)(**keras_arguments(self, keras))


@op
class L1(Regularizer):
    """`l1 * sum(abs(w))`."""

    l1: float = arg(EPSILON, default=0.01, doc="the strength")


@op
class L2(Regularizer):
    """`l2 * sum(w^2)`."""

    l2: float = arg(EPSILON, default=0.01, doc="the strength")


@op
class L1L2(Regularizer):
    """`l1 * sum(abs(w)) + l2 * sum(w^2)`."""

    l1: float = arg(EPSILON, default=0.0, doc="the strength of the absolute values")
    l2: float = arg(EPSILON, default=0.0, doc="the strength of the squares")


REGULARIZER_CLASSES: Mapping[str, type[Regularizer]] = {"L1": L1, "L1L2": L1L2, "L2": L2}
"""The regularizers a `.net` file can call, by name."""

REGULARIZERS: Mapping[str, Regularizer] = {
    "l1": L1(),
    "l1_l2": L1L2(),
    "l2": L2(),
}
"""The regularizers by their lower-case names, with Keras's default strengths."""

REGULARIZER: Kind[Regularizer] = table(
    "a regularizer such as L2(0.0001)", REGULARIZERS, Regularizer
)
