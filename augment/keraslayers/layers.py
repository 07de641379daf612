"""The layers over the strength of one op, in the helper process. Importing this loads TensorFlow.

They run eagerly: a picture or two of each strength are not worth a graph. Nothing is seeded, since seeds
do not make many of the layers repeatable.
"""

from __future__ import annotations

import importlib.util
import runpy
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from augment.engine.op import registry
from augment.export import to_keras_cv
from augment.export.with_keras_cv import layer as layer_of
from augment.helper import Steps, one_line
from augment.inspect.strength import Images, Layer, Scale, Series, measured, scale_of, varying
from augment.keraslayers import COUNTERPARTS, KERAS, KERAS_CV, Library, keras_arguments

Report = Callable[[str], None]

_PARTS = {
    "random_shear": "shear_x",
    "random_translation": "translate_x",
    "random_rotation": "rotate",
    "random_brightness": "brightness",
    "random_color_degeneration": "color_degeneration",
    "random_contrast": "contrast",
    "random_sharpness": "sharpness",
    "random_posterization": "posterize",
    "solarization": "solarize",
    "auto_contrast": "auto_contrast",
    "equalization": "equalize",
}
"""The layers that a `keras.layers.RandAugment` has as attributes, each with the op that it is."""


def strength(report: Report, op: str, image: Images) -> Steps[tuple[Library, ...]]:
    """Return what the counterparts of an op do to a picture; a generator that steps aside.

    Args:
        report: Reports the stage.
        op: One of `augment.keraslayers.OPS`.
        image: uint8 (S, S, 3).
    """
    scale = scale_of(op)
    found = []
    for name, measure in ((KERAS_CV, _keras_cv), (KERAS, _keras)):
        try:
            found.append((yield from measure(report, scale, image)))
        except Exception as error:  # noqa: BLE001 - the other library may do it
            reason = f"{name} cannot do this with this picture ({one_line(error)})."
            found.append(Library(name=name, reason=reason))
    return tuple(found)


def _keras_cv(report: Report, scale: Scale, image: Images) -> Steps[Library]:
    op = registry()[scale.op]
    if importlib.util.find_spec("keras_cv") is None:
        return Library(
            name=KERAS_CV, reason="keras_cv is not installed in this Python environment."
        )
    known = version("keras-cv")
    if op.twin is None:
        reason = f"{op.title} has no counterpart in keras_cv."
        return Library(name=KERAS_CV, version=known, reason=reason)
    recipes = [scale.recipe(value) for value in scale.values]
    given = [
        {**layer_of(op.twin, step.params).arguments, "probability": step.probability}
        for recipe in recipes
        for step in recipe.steps
    ]
    layers = [_scripted(to_keras_cv(recipe, size=image.shape[:2])) for recipe in recipes]
    doing = partial(report, f"measuring {KERAS_CV}")
    series = yield from _series(doing, image, scale.op, varying(given), layers)
    return Library(name=KERAS_CV, version=known, series=series, means=op.twin.differs)


def _keras(report: Report, scale: Scale, image: Images) -> Steps[Library]:
    counterpart = COUNTERPARTS.get(scale.op)
    if counterpart is None or not hasattr(keras.layers, counterpart.layer):
        reason = f"{registry()[scale.op].title} has no counterpart in keras.layers."
        return Library(name=KERAS, version=keras.__version__, reason=reason)
    given = [keras_arguments(counterpart, scale, value) for value in scale.values]
    made = [getattr(keras.layers, counterpart.layer)(**arguments) for arguments in given]
    layers = [_applied(layer, once=counterpart.once) for layer in made]
    doing = partial(report, f"measuring {KERAS}")
    series = yield from _series(doing, image, scale.op, varying(given), layers)
    parts = []
    for name, part_op in _PARTS.items() if scale.op == "rand_augment" else ():
        each = [_applied(getattr(layer, name), once=False) for layer in made]
        doing = partial(report, f"measuring the layers of {KERAS}' {counterpart.layer}")
        figures = yield from _series(doing, image, part_op, varying(given), each)
        parts.append((name, figures))
    return Library(
        name=KERAS,
        version=keras.__version__,
        series=series,
        means=counterpart.means,
        parts=tuple(parts),
    )


def _series(
    report: Callable[[], None],
    image: Images,
    op: str,
    settings: Sequence[str],
    layers: Sequence[Layer],
) -> Steps[Series]:
    report()
    figures = None
    for figures in measured(image, op, settings, layers):  # noqa: B007 - the last is the result
        yield
    assert figures
    return figures


def _scripted(script: str) -> Layer:
    """Return the layers of an exported script as a function of pictures."""
    with tempfile.TemporaryDirectory() as folder:
        path = (
            Path(folder) / "strength_by_keras_cv.py"
        )  # keras_cv reads the source of what it traces
        path.write_text(script, encoding="utf-8")
        augment_batch = runpy.run_path(str(path))["augment_batch"]

    def applied(images: Images) -> Images:
        labels = np.ones((len(images), 1), np.float32)
        batch = {"images": tf.constant(images), "labels": tf.constant(labels)}
        return _levels(augment_batch(batch)["images"])

    return applied


def _applied(layer: Any, *, once: bool) -> Layer:
    """Return a layer of Keras as a function of pictures.

    Args:
        layer: The layer.
        once: Whether it is called for each picture.
    """

    def applied(images: Images) -> Images:
        floats = images.astype(np.float32)
        parts = np.split(floats, len(floats)) if once else [floats]
        return np.concatenate([_levels(layer(part, training=True)) for part in parts])

    return applied


def _levels(images: Any) -> Images:
    return np.asarray(np.rint(np.clip(np.asarray(images), 0.0, 255.0)), np.uint8)
