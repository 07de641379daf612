"""Layers of keras_cv with the values that our engine drew. Importing this imports TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras.utils import set_random_seed
from keras_cv import layers
from keras_cv.src.layers.preprocessing.grid_mask import _center_crop as center_crop
from keras_cv.src.layers.preprocessing.rand_augment import create_rand_augment_policy

from tests.ops.reference import Picture, as_picture

RANGE = (0, 255)


def seed(number: int) -> None:
    """Let layers that are made from now on draw the same each time; they have generators of two kinds."""
    set_random_seed(number)
    tf.random.set_global_generator(tf.random.Generator.from_seed(number))


def _filled(value: float, rank: int) -> npt.NDArray[np.float32]:
    return np.full((1,) * rank, value, np.float32)


# Our op -> the layer, and its transformations from our drawn values. The factors only say what a layer
# draws by itself, which nothing here does.
_TWINS: dict[str, tuple[Callable[[], Any], Callable[[Mapping[str, Any]], Any]]] = {
    "auto_contrast": (lambda: layers.AutoContrast(RANGE), lambda drawn: None),
    "equalize": (lambda: layers.Equalization(RANGE), lambda drawn: None),
    "solarize": (
        lambda: layers.Solarization(RANGE),
        lambda drawn: {
            "thresholds": _filled(drawn["threshold"], 4),
            "additions": _filled(drawn["addition"], 4),
        },
    ),
    "color_degeneration": (
        lambda: layers.RandomColorDegeneration(0.5),
        lambda drawn: _filled(drawn["amount"], 4),
    ),
    "contrast": (
        lambda: layers.RandomContrast(RANGE, 0.5),
        lambda drawn: _filled(drawn["multiplier"], 4),
    ),
    "brightness": (
        lambda: layers.RandomBrightness(0.5),
        lambda drawn: _filled(255.0 * drawn["shift"], 4),
    ),
    "shear_x": (
        lambda: layers.RandomShear(0.5, 0.0),
        lambda drawn: {"shear_x": _filled(drawn["shear"], 2), "shear_y": None},
    ),
    "shear_y": (
        lambda: layers.RandomShear(0.0, 0.5),
        lambda drawn: {"shear_x": None, "shear_y": _filled(drawn["shear"], 2)},
    ),
    "translate_x": (
        lambda: layers.RandomTranslation(0.0, 0.5),
        lambda drawn: {
            "height_translations": _filled(0.0, 2),
            "width_translations": _filled(drawn["shift"], 2),
        },
    ),
    "translate_y": (
        lambda: layers.RandomTranslation(0.5, 0.0),
        lambda drawn: {
            "height_translations": _filled(drawn["shift"], 2),
            "width_translations": _filled(0.0, 2),
        },
    ),
    "grayscale": (lambda: layers.Grayscale(output_channels=3), lambda drawn: None),
    "flip": (
        lambda: layers.RandomFlip("horizontal_and_vertical"),
        lambda drawn: {
            "flip_horizontals": _filled(drawn["horizontal"], 2),
            "flip_verticals": _filled(drawn["vertical"], 2),
        },
    ),
}


def picture_after(name: str, picture: Picture, **drawn: Any) -> Picture:
    """Return the picture after the layer that corresponds to an op, with the op's drawn values."""
    make_layer, transformations = _TWINS[name]
    images = tf.constant(picture[None], tf.float32)
    levels = make_layer().augment_images(images, transformations=transformations(drawn))
    return as_picture(levels.numpy()[0])


def cutout(
    picture: Picture, *, centre: tuple[int, int], size: tuple[int, int], fill_value: int
) -> Picture:
    """Return the picture after RandomCutout with this centre (x, y) and size (width, height)."""
    layer = layers.RandomCutout(0.5, 0.5, fill_value=fill_value)
    place = {
        "centers_x": [centre[0]],
        "centers_y": [centre[1]],
        "rectangles_width": [size[0]],
        "rectangles_height": [size[1]],
    }
    return as_picture(
        layer.augment_images(tf.constant(picture[None], tf.float32), transformations=place)[0]
    )


def widest_cutout(picture: Picture) -> int:
    """Return the width of the rectangle of RandomCutout with a width factor of 1."""
    layer = layers.RandomCutout((1.0, 1.0), (1.0, 1.0))
    _, width = layer._compute_rectangle_size(tf.constant(picture[None], tf.float32))
    return int(width[0])


class _GivenUniforms:
    """A random generator for a layer that returns given fractions of the requested range."""

    def __init__(self, *fractions: float) -> None:
        self.fractions = iter(fractions)

    def uniform(self, shape: Any, minval: Any, maxval: Any, dtype: Any) -> Any:
        low, high = float(minval), float(maxval)
        return tf.fill(shape, tf.constant(low + next(self.fractions) * (high - low), dtype))


def grid_mask(
    picture: Picture, *, ratio: float, turn: float, unit: float, offset_x: float, offset_y: float
) -> npt.NDArray[np.float32]:
    """Return how much of each pixel the rotated squares of GridMask cover, (H, W), from 0 to 1.

    The layer itself blanks every pixel that they cover in part.
    """
    layer = layers.GridMask(ratio_factor=1.0, rotation_factor=0.5)
    layer._random_generator = _GivenUniforms(unit, offset_x, offset_y)
    mask = layer._compute_grid_mask(picture.shape, tf.constant(ratio, tf.float32))
    angles = tf.constant([2.0 * np.pi * turn], tf.float32)
    mask = layer.random_rotate.augment_images(
        tf.cast(mask, tf.float32)[None, ..., None], transformations={"angles": angles}
    )[0]
    return center_crop(mask, *picture.shape[1::-1]).numpy()[..., 0]


class Mixed(NamedTuple):
    """The result of CutMix or MixUp for a batch, and what it drew."""

    pictures: Picture
    labels: npt.NDArray[np.float32]
    partners: npt.NDArray[np.int32]
    centres_x: npt.NDArray[np.int32] | None = None
    centres_y: npt.NDArray[np.int32] | None = None


def mix_up(pictures: Picture, labels: npt.NDArray[np.float32], shares: npt.ArrayLike) -> Mixed:
    """Return the batch after MixUp with these shares and partners that it draws."""
    layer = layers.MixUp()
    layer._sample_from_beta = lambda *_: tf.constant(shares, tf.float32)
    images, share, partners = layer._mixup(tf.constant(pictures, tf.float32))
    mixed_labels = layer._update_labels(tf.constant(labels), share, partners)
    return Mixed(
        np.stack([as_picture(image) for image in images]), mixed_labels.numpy(), partners.numpy()
    )


def cut_mix(pictures: Picture, labels: npt.NDArray[np.float32], shares: npt.ArrayLike) -> Mixed:
    """Return the batch after CutMix with these shares, and partners and centres that it draws."""
    layer = layers.CutMix()
    layer._sample_from_beta = lambda *_: tf.constant(shares, tf.float32)
    images, share, partners, centres_y, centres_x, _, _ = layer._cutmix(
        tf.constant(pictures, tf.float32)
    )
    mixed_labels = layer._update_labels(tf.constant(labels), share, partners)
    return Mixed(
        np.stack([as_picture(image) for image in images]),
        mixed_labels.numpy(),
        partners.numpy(),
        centres_x.numpy(),
        centres_y.numpy(),
    )


def rand_augment_policy(magnitude: float) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the lowest and highest of what RandAugment's layers draw at a fixed strength.

    Returns:
        Our op, in keras_cv's order -> our argument -> lowest and highest.
    """
    policy = create_rand_augment_policy(magnitude, 0.0)

    def fixed(sampler: Any) -> float:
        return float(sampler(shape=()))

    def around(centre: float, factor: float) -> tuple[float, float]:
        return centre - factor, centre + factor

    def twice(value: float) -> tuple[float, float]:
        return value, value

    solarize = policy["solarize"]
    ranges = {
        "auto_contrast": {},
        "equalize": {},
        "solarize": {
            "threshold": twice(fixed(solarize["threshold_factor"])),
            "addition": twice(fixed(solarize["addition_factor"])),
        },
        "color": {"amount": twice(fixed(policy["color"]["factor"]))},
        "contrast": {"multiplier": around(1.0, policy["contrast"]["factor"])},
        "brightness": {"shift": around(0.0, policy["brightness"]["factor"])},
        "shear_x": {"shear": around(0.0, fixed(policy["shear_x"]["x_factor"]))},
        "shear_y": {"shear": around(0.0, fixed(policy["shear_y"]["y_factor"]))},
        "translate_x": {"shift": around(0.0, policy["translate_x"]["width_factor"])},
        "translate_y": {"shift": around(0.0, policy["translate_y"]["height_factor"])},
    }
    return {name.replace("color", "color_degeneration"): ranges[name] for name in policy}
