"""The table of losses: Keras's, with its names, arguments and defaults, and `Minimize`."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Loss
from .losses_classes import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from .losses_units import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    Dice,
    Hinge,
    SquaredHinge,
    Tversky,
)
from .losses_values import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from .minimize import Minimize

LOSS_CLASSES: Mapping[str, type[Loss]] = {
    cls.__name__: cls
    for cls in (
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        CategoricalCrossentropy,
        CategoricalFocalCrossentropy,
        CategoricalGeneralizedCrossEntropy,
        CategoricalHinge,
        CosineSimilarity,
        Dice,
        Hinge,
        Huber,
        KLDivergence,
        LogCosh,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredError,
        MeanSquaredLogarithmicError,
        Minimize,
        Poisson,
        SparseCategoricalCrossentropy,
        SquaredHinge,
        Tversky,
    )
}
"""The losses a recipe can call, by name."""

LOSS_WORDS: Mapping[str, type[Loss]] = {
    word: cls for cls in LOSS_CLASSES.values() for word in cls.words
}
"""The losses by Keras's other names for them."""
