"""The model: a small convolutional network for small pictures, trained from scratch in two minutes."""

from __future__ import annotations

import keras

from augment.models.fused_batch_norm import FusedBatchNormalization

LAST_BLOCK = "conv3_1"
"""The first layer of the last block."""

# Filters of each block of two convolutions; the first convolution of a block after the first halves the
# resolution.
_FILTERS = (32, 64, 128)
_MOVING_MEAN_MOMENTUM = 0.9


def build(*, size: int, classes: int) -> keras.Model:
    """Return a small network with scaling of the pixels and a classification head; weights are random.

    The model takes uint8 (B, size, size, 3), RGB, and returns float32 (B, classes), rows summing to 1.
    Three blocks of two convolutions of 3 x 3 pixels with batch normalisation and ReLU, then global
    average pooling: VGG (arXiv 1409.1556) without its dense layers. A forward pass takes 77 million
    floating point operations at 32 px.

    Args:
        size: Height and width in pixels, 32 at least.
        classes: How many classes the head distinguishes.
    """
    layers = keras.layers
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    # In float32: see `augment.models.densenet121`.
    x = layers.Rescaling(1 / 64, offset=-2, dtype="float32", name="rescaling")(pixels)
    for block, filters in enumerate(_FILTERS, start=1):
        for number in (1, 2):
            name = f"conv{block}_{number}"
            x = layers.Conv2D(
                filters,
                3,
                strides=2 if block > 1 and number == 1 else 1,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                name=name,
            )(x)
            x = FusedBatchNormalization(
                momentum=_MOVING_MEAN_MOMENTUM, epsilon=1e-5, name=f"{name}_bn"
            )(x)
            x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(classes, activation="softmax", dtype="float32", name="head")(x)
    return keras.Model(pixels, x, name="small")
