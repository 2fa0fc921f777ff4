"""Batch normalization by TensorFlow's fused kernel while a net trains.

Keras computes it of some ten operations, each of which goes through memory; the kernel takes a
third to a half of their time, which is much of a step of ResNet-50. The layers stay Keras's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, cast

import tensorflow as tf

from .keras_types import Keras, Layer, Tensor, Variable


class InputSpec(Protocol):
    """What a layer takes."""

    ndim: int


class BatchNormalization(Layer, Protocol):
    """Keras's batch normalization."""

    built: bool
    input_spec: InputSpec
    axis: int
    renorm: bool
    synchronized: bool
    scale: bool
    center: bool
    gamma: Variable
    beta: Variable
    moving_mean: Variable
    moving_variance: Variable
    momentum: float
    epsilon: float
    compute_dtype: str
    call: Callable[..., Tensor]


def fuse_batch_norms(keras: Keras, layers: Iterable[Layer]) -> None:
    """Lets the batch normalizations of pictures, channels last, train by the fused kernel."""
    for layer in layers:
        if type(layer) is not keras.layers.BatchNormalization:
            continue
        norm = cast("BatchNormalization", layer)
        pictures = norm.built and norm.input_spec.ndim == 4 and norm.axis in (3, -1)
        if pictures and not norm.renorm:
            norm.call = partial(_call, norm, norm.call)


def _call(
    layer: BatchNormalization,
    plain: Callable[..., Tensor],
    inputs: Tensor,
    training: bool | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    if not training or not layer.trainable or mask is not None or layer.synchronized:
        return plain(inputs, training=training, mask=mask)
    x = tf.cast(inputs, tf.float32)
    channels = x.shape[-1]
    made = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.cast(layer.gamma, tf.float32) if layer.scale else tf.ones([channels]),
        offset=tf.cast(layer.beta, tf.float32) if layer.center else tf.zeros([channels]),
        mean=tf.zeros([0]),
        variance=tf.zeros([0]),
        epsilon=layer.epsilon,
        is_training=True,
    )
    # The kernel gives the variance of a sample from n - 1; Keras keeps that from n.
    count = tf.cast(tf.size(x) // channels, tf.float32)
    variance = made.batch_variance * tf.maximum(count - 1.0, 0.0) / tf.maximum(count, 1.0)
    for moving, found in ((layer.moving_mean, made.batch_mean), (layer.moving_variance, variance)):
        moving.assign(moving * layer.momentum + found * (1.0 - layer.momentum))
    return tf.cast(made.y, layer.compute_dtype)
