"""The model: DenseNet121 with its preprocessing inside, for the engine's pictures."""

from __future__ import annotations

import keras

from augment.models.fused_batch_norm import fused
from augment.models.weights import PublicFile, fetch, load

LAST_BLOCK = "conv5_block1_0_bn"
"""The first layer of the last block."""

IMAGENET_FILE = PublicFile(
    url="https://storage.googleapis.com/tensorflow/keras-applications/densenet/"
    "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
    md5="30ee3e1110167f948a6b9946edeeb738",  # as keras.applications gives it
    megabytes=29,
)

# What Keras' public weights expect: channel means and deviations of ImageNet in units of [0, 1]
# (the "torch" mode of keras.applications.imagenet_utils).
_MEAN = (0.485, 0.456, 0.406)
_VARIANCE = (0.229**2, 0.224**2, 0.225**2)

_MOVING_MEAN_MOMENTUM = 0.9


def build(*, size: int, classes: int) -> keras.Model:
    """Return DenseNet121 with rescaling, normalisation and a classification head; weights are random.

    The model takes uint8 (B, size, size, 3), RGB, and returns float32 (B, classes), rows summing to 1.
    Source: arXiv 1608.06993; the layers are those of ``keras.applications.DenseNet121``. One deviation:
    batch normalisation averages its statistics with momentum 0.9, the default of Torch, in which the
    paper's own code is written, instead of Keras' 0.99. A run here may have few steps, and for the first
    hundred the slower average predicts one class for every picture: after 60 steps from scratch on the
    bundled pictures at 64 px the validation accuracy was 0.10 with 0.99 and 0.55 with 0.9.

    Args:
        size: Height and width in pixels, 32 at least.
        classes: How many classes the head distinguishes.
    """
    layers = keras.layers
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    # In float32, because bfloat16 has eight bits, as many as the pixels before the mean is subtracted.
    scaled = layers.Rescaling(1 / 255, dtype="float32", name="rescaling")(pixels)
    normal = layers.Normalization(
        mean=_MEAN, variance=_VARIANCE, dtype="float32", name="normalisation"
    )(scaled)
    body = keras.applications.DenseNet121(
        include_top=False, weights=None, input_tensor=normal, pooling="avg"
    )
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = _MOVING_MEAN_MOMENTUM
    head = layers.Dense(classes, activation="softmax", dtype="float32", name="head")
    return fused(keras.Model(pixels, head(body.output), name="densenet121"))


def load_imagenet(model: keras.Model) -> None:
    """Load Keras' public weights, trained on ImageNet, of everything but the head.

    The file is downloaded once.

    Args:
        model: As `build` returns it.

    Raises:
        ConfigError: The file cannot be downloaded; the message says how to bring it.
    """
    load(model, str(fetch(IMAGENET_FILE, "densenet121")))
