"""Batch normalisation by TensorFlow's fused kernel, and the way back to Keras' own layer.

Keras 3 normalises with about fifteen operations a layer, on every backend. TensorFlow has a kernel that
does the same in one, forward and backward: a network with 121 such layers is traced in half the time,
and its steps are shorter. docs/decisions.md has the figures.

No checkpoint contains the layer of this module: `PlainCopy` writes the network with Keras' own layers, so
that Keras opens it without this package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

_KERNEL_DTYPES = ("float32", "bfloat16", "float16")


@keras.saving.register_keras_serializable(package="augment")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' ``BatchNormalization``, computed by the kernel of TensorFlow where that does the same.

    Weights, names, options and results are those of Keras' layer; the moving variance too is an average
    of variances without Bessel's correction. Statistics are float32 under mixed precision. Keras' own
    computation is used on other backends, for axes other than the last of four, with a mask, with
    options that the kernel does not have, and in a training step of a frozen layer.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return normalised ``inputs``; in training, the moving statistics are updated too."""
        # Frozen in a training step: the gradient of Keras' computation is faster than the kernel's.
        is_frozen = training and not self.trainable
        if is_frozen or mask is not None or not self._kernel_fits(inputs):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        gamma, beta, mean, variance = (
            tf.convert_to_tensor(variable)
            for variable in (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        )
        if not training:
            return tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=gamma,
                offset=beta,
                mean=mean,
                variance=variance,
                epsilon=self.epsilon,
                is_training=False,
            ).y
        result = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=gamma,
            offset=beta,
            mean=mean,
            variance=variance,
            epsilon=self.epsilon,
            exponential_avg_factor=1 - self.momentum,
            is_training=True,
        )
        self.moving_mean.assign(result.batch_mean)
        # The kernel adds the variance of the batch times n / (n - 1), Keras the variance itself.
        n = tf.cast(tf.size(inputs, tf.int64), tf.float32) / inputs.shape[-1]
        old = self.momentum * variance
        self.moving_variance.assign(old + (result.batch_variance - old) * ((n - 1) / n))
        return result.y

    def _kernel_fits(self, inputs: Any) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.scale
            and self.center
            and not self.renorm
            and not self.synchronized
            and self.variable_dtype == "float32"
            and self.compute_dtype in _KERNEL_DTYPES
            and keras.backend.standardize_dtype(inputs.dtype) == self.compute_dtype
        )


def fused(model: keras.Model) -> keras.Model:
    """Return the network of ``model`` with fused batch normalisation and weights drawn anew."""
    return _with_batch_norm(model, FusedBatchNormalization)


def plain(model: keras.Model) -> keras.Model:
    """Return the network of ``model`` with Keras' own batch normalisation, and with its weights."""
    copy = _with_batch_norm(model, keras.layers.BatchNormalization)
    copy.set_weights(model.get_weights())
    return copy


class PlainCopy:
    """Writes checkpoints of a model that Keras opens without this package.

    The first one takes a second more for DenseNet121: the copy is made for it, and kept for the others. A
    model without our layer is written as it is.

    Args:
        model: The model; each `save` writes the weights that it has then, without its optimiser.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        is_fused = any(isinstance(layer, FusedBatchNormalization) for layer in model.layers)
        self._copy: keras.Model | None = None if is_fused else model

    def save(self, path: Path) -> None:
        """Write the model to ``path``, which ends in ``.keras``.

        Raises:
            OSError: It cannot be written, as on a full disk; what is at ``path`` may be incomplete.
        """
        if self._copy is None:
            self._copy = plain(self._model)
        elif self._copy is not self._model:
            self._copy.set_weights(self._model.get_weights())
        self._copy.save(path)


def _with_batch_norm(model: keras.Model, kind: type[keras.layers.Layer]) -> keras.Model:
    def cloned(layer: keras.layers.Layer) -> keras.layers.Layer:
        is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
        return (kind if is_batch_norm else type(layer)).from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=cloned)
