"""The table of everything that can be called by name: layers, initializers, regularizers."""

from __future__ import annotations

from collections.abc import Mapping

from .activation_layer import Activation
from .activations import ACTIVATION_CLASSES
from .base import Op
from .conv import Conv1D, Conv2D
from .core import Dense
from .pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)

OPS: Mapping[str, type[Op]] = {
    cls.__name__: cls
    for cls in (
        *ACTIVATION_CLASSES,
        Activation,
        AveragePooling1D,
        AveragePooling2D,
        Conv1D,
        Conv2D,
        Dense,
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        MaxPooling1D,
        MaxPooling2D,
    )
}
"""Every layer, by the name a `.net` file uses."""
