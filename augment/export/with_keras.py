"""A recipe as a script with the layers of Keras 3 itself, `keras.layers`.

What an op is called there, what it is given and what differs is one table, `LAYERS`. The statements were
verified by running Keras 3.15 in ``tf.data``; the tests run them again. Keras has no layer that applies
another to some of its samples, chooses one of several, or knows classes, so the script defines a few
functions for that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from string import Template
from types import MappingProxyType
from typing import Any, Literal

from augment.engine.geometry import keras_border
from augment.engine.recipe import Recipe, Step
from augment.export.counterparts import Counterpart
from augment.export.shown import Shown
from augment.export.source import Call
from augment.export.steps import (
    INSTEAD,
    NOT_AMONG,
    Built,
    about_shown,
    helpers_in,
    imports_for,
    left_out,
    listing,
    nothing_in,
    switched_off,
    tf_program,
)

_LAYERS = "keras.layers."
Arguments = Callable[[Mapping[str, Any], tuple[int, int]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The layer of `keras.layers` that does about what an op does.

    Attributes:
        name: Its name in keras.layers.
        arguments: From the op's parameters and the height and width of the pictures in pixels to the
            layer's arguments.
        differs: What differs, in sentences in which "it" is the layer; empty if nothing is known.
        called: With "batch", a dict of a batch; with "pictures", the pictures of a batch, as it fails
            with a dict; with "each", each picture alone, as one call draws once for all of its pictures.
        rate: The probability that makes a call do what the op does; 1 for nearly all.
    """

    name: str
    arguments: Arguments = lambda _params, _size: {}
    differs: str = ""
    called: Literal["batch", "pictures", "each"] = "batch"
    rate: Callable[[Mapping[str, Any]], float] = lambda _params: 1.0


def to_keras(
    recipe: Recipe, *, size: tuple[int, int] = (224, 224), shown: Shown | None = None
) -> str:
    """Return a runnable Python script with the recipe as layers of Keras 3.

    The script has a function ``augment_batch`` for ``tf.data.Dataset.map``, over batches that are dicts
    with ``images``, (B, H, W, 3) from 0 to 255, and ``labels``, (B, K), and come back as float32. The
    draws are Keras' own, so it gives other pictures than this package, of the same kind.

    Args:
        recipe: What may happen.
        size: Height and width of the pictures in pixels, for the layers that measure in pixels.
        shown: The pictures shown, if the script is to take them; their size replaces `size`.
    """
    if shown is not None:
        size = (shown.size, shown.size)
    layers = listing([_built(step, size, nested=False) for step in recipe.steps])
    helpers = helpers_in(layers, _HELPERS)
    imports = "import keras\n" * (_LAYERS in layers) + "import tensorflow as tf\n"
    return _SCRIPT.substitute(
        imports=imports_for(shown) + imports,
        helpers=helpers,
        layers=layers,
        about=about_shown(shown),
        height=str(size[0]),
        width=str(size[1]),
        program=tf_program(shown, size),
    )


def layer_call(op: str, params: Mapping[str, Any], size: tuple[int, int] = (224, 224)) -> Call:
    """Return the call that makes the layer of an op that has one.

    Args:
        op: A key of `LAYERS`.
        params: The values of the op's parameters.
        size: Height and width of the pictures in pixels.
    """
    layer = LAYERS[op]
    return Call(_LAYERS + layer.name, dict(layer.arguments(params, size)))


def _built(step: Step, size: tuple[int, int], *, nested: bool) -> Built:
    if not step.enabled:
        return switched_off(step)
    if step.op in _CHOICES:
        return _for_some(step, _with_children(step, size), nested=nested)
    layer = LAYERS.get(step.op)
    if layer is None:
        return left_out(step, _WHY_NOT.get(step.op, "keras.layers has no such layer"), INSTEAD)
    call = layer_call(step.op, step.params, size)
    if layer.called != "batch":
        name = "for_pictures" if layer.called == "pictures" else "for_each"
        call = Call(name, {"layer": call})
    built = Built(call)
    if layer.differs:
        built = built.noted(step, layer.differs)
    return _for_some(step, built, nested=nested, rate=layer.rate(step.params))


def _with_children(step: Step, size: tuple[int, int]) -> Built:
    """Return a policy with its children inside it."""
    children = [_built(child, size, nested=True) for child in step.steps]
    if not any(child.call for child in children):
        return nothing_in(step, children)
    arguments = {"layers": listing(children), **step.params}
    return Built(Call(_CHOICES[step.op], arguments))


def _for_some(step: Step, built: Built, *, nested: bool, rate: float = 1.0) -> Built:
    """Return what applies a layer with the step's probability, to the step's classes."""
    rate *= step.probability
    if built.call is None or (rate == 1.0 and step.classes is None):
        return built
    arguments = {"layer": built.call, "rate": rate}
    if step.classes is not None:
        arguments["classes"] = step.classes
        if nested:
            built = built.noted(step, NOT_AMONG)
    return replace(built, call=Call("for_some", arguments))


def _of(**names: str) -> Arguments:
    """Return the arguments that are the op's parameters under other names."""
    return lambda params, _: {name: params[param] for name, param in names.items()}


def _warp(**names: str) -> Arguments:
    """Return such arguments of a warp, with what lies beyond the border."""
    return lambda params, size: {**_of(**names)(params, size), **keras_border(params)}


def _around(middle: float, reach: Callable[[float], float]) -> Arguments:
    """Return a range of factors about the one that changes nothing."""
    return lambda params, _: {
        "factor": (middle - reach(params["factor"]), middle + reach(params["factor"]))
    }


def _blur(params: Mapping[str, Any], size: tuple[int, int]) -> Mapping[str, Any]:
    sigma = round(params["factor"] * min(size), 3)
    kernel_size = 2 * math.ceil(3.0 * sigma) + 1
    return {"factor": (1.0, 1.0), "kernel_size": kernel_size, "sigma": (0.0, sigma)}


def _saturation(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    # It multiplies by f / (1 - f).
    low, high = (round(m / (1.0 + m), 6) for m in (1 - params["factor"], 1 + params["factor"]))
    return {"factor": (low, high), "value_range": (0, 1)}


def _solarize(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    return {
        "addition_factor": round(params["addition_factor"] / 255.0, 6),
        "threshold_factor": round(min(params["threshold_factor"] / 255.0, 1.0), 6),
    }


def _zoom(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    # How much more of the picture is seen.
    nearest = -params["factor"] / (1.0 + params["factor"])
    farthest = min(params["factor"] / (1.0 - params["factor"]), 1.0)
    return {"height_factor": (round(nearest, 6), round(farthest, 6)), **keras_border(params)}


def _erasing(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    largest = params["area_factor"]
    fill_value = float(params["fill_value"]) if params["fill"] == "constant" else None
    return {
        "factor": (1.0, 1.0),
        "scale": (min(params["area_min_factor"], largest), largest),
        "fill_value": fill_value,
    }


def _cutout(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    ends = (params[f"height_{end}factor"] * params[f"width_{end}factor"] for end in ("min_", ""))
    low, high = (round(end, 6) for end in ends)
    return {
        "factor": (1.0, 1.0),
        "scale": (min(low, high), high),
        "fill_value": float(params["fill_value"]),
    }


_ONCE = (
    "One call draws once for all of its pictures, so the script gives each picture a call of its own, "
    "which is slow."
)
_EDGES = "It treats the outside of the picture as black, which changes the outermost pixels"

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "rand_augment": Layer(
            name="RandAugment",
            arguments=_of(num_ops="augmentations_per_image", factor="magnitude"),
            differs="It has a set of eleven ops of its own, hands its factor on to each as a range "
            "from 0 to it, and has neither a rate nor a spread of the strength. So it shifts and "
            "rotates one way only, by up to a full circle at 1, only brightens and only raises the "
            "contrast. Posterizing gets weaker as the factor grows: below 0.375 it leaves 2 levels. A "
            "low factor inverts nearly the whole picture. " + _ONCE,
            called="each",
        ),
        "aug_mix": Layer(
            name="AugMix",
            arguments=lambda params, _: {
                "num_chains": params["num_chains"],
                "chain_depth": params["chain_depth"],
                "factor": params["severity"],
                "alpha": params["alpha"],
                "all_ops": False,
            },
            differs="In tf.data it chooses its ops once, when the function is traced, and then "
            "applies the same ones to every picture of every batch; only their strengths are "
            "drawn. It hands its factor on to its ops as its RandAugment does, so a low factor "
            "posterizes to 2 levels and inverts nearly the whole picture. A chain may be empty. "
            + _ONCE,
            called="each",
        ),
        "cut_mix": Layer(
            name="CutMix",
            arguments=lambda params, _: {"factor": (min(params["alpha"], 1.0),) * 2},
            differs="Its factor is a range that alpha is drawn from, once for each batch, and ends "
            "at 1; the script gives both ends the same. Its rectangle is always entirely inside "
            "the picture. It counts the label in fractions of pixels, so it may be off by a row "
            "and a column of the rectangle. A picture may be its own partner.",
        ),
        "mix_up": Layer(
            name="MixUp",
            arguments=_of(alpha="alpha"),
            differs="It draws the share by Gamma variates that underflow at small alpha: at 0.01, "
            "every sixth share is exactly one half instead of nearly 0 or 1. A picture may be its "
            "own partner.",
        ),
        "cutout": Layer(
            name="RandomErasing",
            arguments=_cutout,
            differs="It has one range for both sides, and the square of a side is drawn uniformly; "
            "the script gives that of the area, and the rectangle is always entirely inside the "
            "picture.",
        ),
        "random_erasing": Layer(
            name="RandomErasing",
            arguments=_erasing,
            differs="It draws both sides apart, each the root of a number in its scale, so large "
            "areas are rarer and it has no aspect ratio. Its noise is normally distributed about "
            "black and clipped, so one half of it is black.",
        ),
        "elastic": Layer(
            name="RandomElasticTransform",
            arguments=lambda params, _: {
                "factor": (1.0, 1.0),
                "scale": (0.0, round(params["displacement_factor"] / _ELASTIC, 6)),
                **keras_border(params),
            },
            differs="It moves pixels along the diagonal only, by the same amount down as to the "
            "right. Its scale is both the strength and the smoothness: the typical displacement is "
            "0.028 of the longer side, and that of neighbours alike over 0.05 of the shorter side, "
            "times the scale; where the latter is less than a pixel, nothing is smoothed. A number as "
            "its scale ends at 1, a range need not. " + _ONCE,
            called="each",
        ),
        "flip": Layer(
            name="RandomFlip",
            arguments=_of(mode="mode"),
            differs="It mirrors half of the pictures, so a rate is had by applying it to twice as "
            "many, and ends at one half. With both directions it has one coin: "
            '"horizontal_and_vertical" rotates by 180 degrees or does nothing.',
            rate=lambda params: min(2.0 * params["rate"], 1.0),
        ),
        "perspective": Layer(
            name="RandomPerspective",
            arguments=lambda params, _: {
                "factor": (1.0, 1.0),
                "scale": round(2.0 * params["factor"], 6),
                "fill_value": float(params["fill_value"]),
            },
            differs="A displacement is a multiple of the corner's own coordinates, so the upper "
            "left corner never moves and its neighbours move along one axis. Beyond the border "
            "lies one level only.",
        ),
        "random_crop": Layer(
            name="RandomTranslation",
            arguments=_warp(height_factor="padding_factor", width_factor="padding_factor"),
            differs="A crop of a padded picture is a shift, and this one is not by whole pixels, "
            "so it interpolates. RandomCrop of keras.layers is something else: it never pads, and "
            "crops a whole batch at one place.",
        ),
        "rotate": Layer(name="RandomRotation", arguments=_warp(factor="factor")),
        "shear_x": Layer(name="RandomShear", arguments=_warp(x_factor="x_factor")),
        "shear_y": Layer(name="RandomShear", arguments=_warp(y_factor="y_factor")),
        "translate_x": Layer(
            name="RandomTranslation",
            arguments=lambda params, size: {
                "height_factor": 0.0,
                **_warp(width_factor="width_factor")(params, size),
            },
        ),
        "translate_y": Layer(
            name="RandomTranslation",
            arguments=lambda params, _: {
                "height_factor": params["height_factor"],
                "width_factor": 0.0,
                **keras_border(params),
            },
        ),
        "zoom": Layer(
            name="RandomZoom",
            arguments=_zoom,
            differs="Its factor is how much more of the picture is seen, so positive values zoom "
            "out. The range is the same but drawn uniformly in that measure, and it cannot zoom "
            "out to less than half.",
        ),
        "color_degeneration": Layer(
            name="RandomColorDegeneration",
            arguments=lambda params, _: {"factor": (0.0, params["factor"])},
            differs="A number as its factor would go both ways, to more vivid colours too, so the "
            "script gives a range.",
        ),
        "gaussian_blur": Layer(
            name="RandomGaussianBlur",
            arguments=_blur,
            differs="It measures the blur in pixels, so it varies with the size of the picture. A number "
            f"as its sigma ends at 1, a range need not. {_EDGES}, to darker ones. " + _ONCE,
            called="each",
        ),
        "grayscale": Layer(
            name="RandomGrayscale",
            arguments=lambda _params, _size: {"factor": 1.0},
            differs="It fails with a dict, so it is given the pictures alone.",
            called="pictures",
        ),
        "hue": Layer(
            name="RandomHue",
            arguments=lambda params, _: {"factor": round(2.0 * params["factor"], 6)},
        ),
        "saturation": Layer(
            name="RandomSaturation",
            arguments=_saturation,
            differs="It multiplies the saturation of the HSV model, so a pixel keeps its highest "
            "channel and at 0 becomes as light as that; here a pixel keeps its luma. Its "
            "multiplier is f / (1 - f) of a uniform f, over the same range. Its value_range limits "
            "the saturation: with (0, 255) vivid colours would leave the range of levels.",
        ),
        "sharpness": Layer(
            name="RandomSharpness",
            arguments=_around(0.5, lambda factor: round(factor / 2.0, 6)),
            differs=f"{_EDGES}. 0.5 is its factor for no change.",
        ),
        "auto_contrast": Layer(name="AutoContrast"),
        "brightness": Layer(
            name="RandomBrightness",
            arguments=_of(factor="factor"),
            differs="It always adds; it has no multiplicative method.",
        ),
        "contrast": Layer(
            name="RandomContrast",
            arguments=lambda params, _: {"factor": (params["factor"],) * 2},
            differs="It always uses the mean of each channel, never that of the whole picture. A "
            "number as its factor would only raise the contrast, so the script gives a range.",
        ),
        "equalize": Layer(
            name="Equalization",
            differs="It equalizes a whole batch by one histogram, so the script gives each picture "
            "a call of its own. It leaves the darkest level out of the step, not the lightest.",
            called="each",
        ),
        "invert": Layer(
            name="RandomInvert",
            arguments=lambda _params, _size: {"factor": (1.0, 1.0)},
            differs="A number as its factor would be the end of a range that the probability is "
            "drawn from, so the script gives a range.",
        ),
        "posterize": Layer(
            name="RandomPosterization",
            arguments=lambda params, _: {"factor": (params["bits"], 9)},
            differs="Its upper end is not drawn, so 9 stands for 8 bits, no change; a number as "
            "its factor would be the first number of bits not drawn, from 1 on.",
        ),
        "solarize": Layer(
            name="Solarization",
            arguments=_solarize,
            differs="Its threshold ends at 255, so white always becomes black.",
        ),
    }
)
"""The layers by op; what is not there has none, but `_CHOICES`."""

_ELASTIC = 0.028
"""The typical displacement of RandomElasticTransform at scale 1, as a fraction of the longer side."""

_CHOICES = {"one_of": "one_of", "random_pipeline": "random_pipeline"}
"""The policies of other steps, by the function that the script defines for each."""

_WHY_NOT = {
    "gaussian_noise": "GaussianNoise of keras.layers takes a standard deviation of at most 1, less than "
    "one level of 255",
    "random_resized_crop": "RandomCrop of keras.layers crops a whole batch at one place, to one size",
}
"""Why an op is left out, where its name might be looked for."""

COUNTERPARTS: Mapping[str, Counterpart] = MappingProxyType(
    {op: Counterpart(layer.name, layer.differs) for op, layer in LAYERS.items()}
)
"""What an op is called in keras.layers, and how it differs there."""

_SCRIPT = Template(
    '''\
"""Augmentation with the layers of Keras 3, from a recipe.

It needs the packages tensorflow and keras, 3.15 or later. The layers draw from a
generator that the whole process shares, so neither a run nor an epoch can be repeated
to the bit. What is measured in pixels is for pictures of $height x $width.
$about"""

$imports$helpers
LAYERS = $layers


$program'''
)

_HELPERS = {
    "merged": '''\
def merged(chosen, outputs, inputs):
    """Take the chosen samples from the outputs, and the others from the inputs."""
    pictures = chosen[:, None, None, None]
    return {
        "images": tf.where(pictures, outputs["images"], inputs["images"]),
        "labels": tf.where(chosen[:, None], outputs["labels"], inputs["labels"]),
    }
''',
    "for_pictures": '''\
def for_pictures(layer):
    """Apply a layer that takes no dict to the pictures of a batch."""

    def apply(inputs):
        return {**inputs, "images": layer(inputs["images"])}

    return apply
''',
    "for_each": '''\
def for_each(layer):
    """Apply a layer to each picture of a batch on its own."""

    def apply(inputs):
        images = tf.map_fn(lambda image: layer(image[None])[0], inputs["images"])
        return {**inputs, "images": images}

    return apply
''',
    "for_some": '''\
def for_some(layer, rate, classes=None):
    """Apply a layer to some of the samples of a batch.

    Args:
        layer: What to apply.
        rate: The probability that it happens to a sample.
        classes: The classes that it is for, or None for all. The class of a sample is
            the largest entry of its label by now, after what mixed it before.
    """

    def apply(inputs):
        outputs = layer(dict(inputs))
        chosen = tf.random.uniform(tf.shape(inputs["labels"])[:1]) < rate
        if classes is not None:
            own_class = tf.argmax(inputs["labels"], axis=-1)[:, None]
            is_one = own_class == tf.constant(classes, tf.int64)
            chosen &= tf.reduce_any(is_one, axis=-1)
        return merged(chosen, outputs, inputs)

    return apply
''',
    "one_of": '''\
def one_of(layers):
    """Apply one of several layers to each sample of a batch."""

    def apply(inputs):
        count = tf.shape(inputs["labels"])[:1]
        which = tf.random.uniform(count, maxval=len(layers), dtype=tf.int32)
        result = inputs
        for index, layer in enumerate(layers):
            result = merged(which == index, layer(dict(inputs)), result)
        return result

    return apply
''',
    "random_pipeline": '''\
def random_pipeline(layers, augmentations_per_image, rate):
    """Apply one of several layers to some of the samples, several times in a row."""
    some = for_some(layer=one_of(layers=layers), rate=rate)

    def apply(inputs):
        for _ in range(augmentations_per_image):
            inputs = some(inputs)
        return inputs

    return apply
''',
}
"""Functions that a script defines where it needs them; those that others call come first."""
