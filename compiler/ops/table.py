"""The table of everything that can be called by name: layers, initializers, regularizers."""

from __future__ import annotations

from collections.abc import Mapping

from .activations import Sigmoid
from .base import Op
from .core import Dense

OPS: Mapping[str, type[Op]] = {
    cls.__name__: cls
    for cls in (
        Dense,
        Sigmoid,
    )
}
"""Every layer, by the name a `.net` file uses."""
