"""The model: DenseNet121 with its preprocessing inside, for the engine's pictures."""

from __future__ import annotations

import keras

from augment.errors import ConfigError

# What Keras' public weights expect: channel means and deviations of ImageNet in units of [0, 1]
# (the "torch" mode of keras.applications.imagenet_utils).
_MEAN = (0.485, 0.456, 0.406)
_VARIANCE = (0.229**2, 0.224**2, 0.225**2)

_MOVING_MEAN_MOMENTUM = 0.9


def build(*, size: int, classes: int, weights: str) -> keras.Model:
    """Return DenseNet121 with rescaling, normalisation and a classification head.

    The model takes uint8 (B, size, size, 3), RGB, and returns float32 (B, classes), rows summing to 1.
    Source: arXiv 1608.06993; the layers are those of ``keras.applications.DenseNet121``. One deviation:
    batch normalisation averages its statistics with momentum 0.9, the default of Torch, in which the
    paper's own code is written, instead of Keras' 0.99. A run here may have few steps, and for the first
    hundred the slower average predicts one class for every picture: after 60 steps from scratch on the
    bundled pictures at 64 px the validation accuracy was 0.10 with 0.99 and 0.55 with 0.9.

    Args:
        size: Height and width in pixels, 32 at least.
        classes: How many classes the head distinguishes.
        weights: "none", "imagenet", or the path of a .keras, .weights.h5 or .h5 file.

    Raises:
        ConfigError: The weights cannot be loaded or do not fit.
    """
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    scaled = keras.layers.Rescaling(1 / 255, name="rescaling")(pixels)
    normal = keras.layers.Normalization(mean=_MEAN, variance=_VARIANCE, name="normalisation")(
        scaled
    )
    try:
        body = keras.applications.DenseNet121(
            include_top=False,
            weights="imagenet" if weights == "imagenet" else None,
            input_tensor=normal,
            pooling="avg",
        )
    except Exception as error:
        if weights != "imagenet":
            raise
        raise ConfigError(
            f"The imagenet weights could not be downloaded ({_first_line(error)}); connect to the"
            " network once, or name a file of weights."
        ) from error
    for layer in body.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOVING_MEAN_MOMENTUM
    head = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="head")
    model = keras.Model(pixels, head(body.output), name="densenet121")
    if weights not in ("none", "imagenet"):
        _load(model, body, weights)
    return model


def _load(model: keras.Model, body: keras.Model, path: str) -> None:
    try:
        if path.endswith(".keras"):
            _copy(keras.saving.load_model(path, compile=False), model)
        elif path.endswith(".weights.h5"):
            model.load_weights(path)
        else:
            body.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"weights names the file {path}, which does not contain weights of this DenseNet121"
            f" ({_first_line(error)})."
        ) from error


def _copy(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of all layers but the head, and of the head too if it has as many classes."""
    sources = {layer.name: layer for layer in source.layers}
    for layer in target.layers:
        if not layer.weights:
            continue
        if layer.name not in sources:
            if layer.name == "head":
                continue
            raise ValueError(f"it has no layer {layer.name}")
        values = sources[layer.name].get_weights()
        if [value.shape for value in values] == [tuple(w.shape) for w in layer.weights]:
            layer.set_weights(values)
        elif layer.name != "head":
            raise ValueError(f"its layer {layer.name} has another shape")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
