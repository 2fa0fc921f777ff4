"""Batch normalization and Adam by TensorFlow's fused kernels while a net trains.

Keras computes each of some ten operations, and each of those goes through memory. The kernel of
batch normalization takes a third to a half of their time, which is much of a step of ResNet-50;
that of Adam counts where a net has many weights and little else. Layers and optimizers stay
Keras's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import tensorflow as tf


def fuse_batch_norms(keras: Any, layers: Iterable[Any]) -> None:
    """Lets the batch normalizations of pictures, channels last, train by the fused kernel."""
    for layer in layers:
        if (
            type(layer) is keras.layers.BatchNormalization
            and layer.built
            and layer.input_spec.ndim == 4
            and layer.axis in (3, -1)
            and not layer.renorm
        ):
            layer.call = partial(_call, layer, layer.call)


def fuse_adam(keras: Any, optimizer: Any) -> None:
    """Lets Adam and AdamW without `amsgrad` update each weight by the fused kernel."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if type(inner) in (keras.optimizers.Adam, keras.optimizers.AdamW) and not inner.amsgrad:
        inner.update_step = partial(_update, inner, inner.update_step)


def _update(optimizer: Any, plain: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    if isinstance(gradient, tf.IndexedSlices) or variable.dtype != tf.float32:
        plain(gradient, variable, learning_rate)
        return
    place = optimizer._get_variable_index(variable)
    step = tf.cast(optimizer.iterations + 1, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=optimizer._momentums[place].value.handle,
        v=optimizer._velocities[place].value.handle,
        beta1_power=tf.pow(tf.constant(optimizer.beta_1, tf.float32), step),
        beta2_power=tf.pow(tf.constant(optimizer.beta_2, tf.float32), step),
        lr=tf.cast(learning_rate, tf.float32),
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon,
        grad=tf.cast(gradient, tf.float32),
    )


def _call(layer: Any, plain: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
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
