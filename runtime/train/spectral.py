"""Spectral normalization that leaves a frozen kernel as it is.

Keras's layer divides its kernel in every training step, whether it is frozen or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, cast

from .keras_types import Keras, Layer, Tensor


class SpectralNormalization(Layer, Protocol):
    """Keras's wrapper."""

    call: Callable[..., Tensor]


def hold_frozen_kernels(keras: Keras, layers: Iterable[Layer]) -> None:
    """Lets the spectral normalizations among some layers change nothing while they are frozen."""
    for layer in layers:
        if type(layer) is keras.layers.SpectralNormalization:
            wrapper = cast("SpectralNormalization", layer)
            wrapper.call = partial(_call, wrapper, wrapper.call)


def _call(
    layer: SpectralNormalization,
    plain: Callable[..., Tensor],
    inputs: Tensor,
    training: bool | None = False,
) -> Tensor:
    return plain(inputs, training=bool(training) and layer.trainable)
