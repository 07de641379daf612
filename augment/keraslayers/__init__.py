"""The layers of keras_cv and of Keras itself (`keras.layers`), measured over the strength of one op.

Which layer of Keras 3 is the counterpart of an op, and what it is given at each strength, is the table
`COUNTERPARTS`. Where a layer takes a number that means about the same, it is given that, as users do;
an exported script (`augment.export.with_keras`) gives what is nearest to the recipe. The layers of
keras_cv are the twins that the ops name. They are run in the helper process (`augment.helper`).
Importing this package imports no TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from augment import helper
from augment.engine.geometry import keras_border
from augment.engine.op import registry
from augment.inspect.strength import Scale, Series, comparable

__all__ = ["COUNTERPARTS", "OPS", "Counterpart", "Library", "ask", "keras_arguments"]

TASK = "strength"
KERAS_CV, KERAS = "keras_cv", "keras.layers"


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """The layer of `keras.layers` that does about what an op does.

    Attributes:
        layer: Its name in keras.layers.
        arguments: From the op's parameters and its probability to the layer's arguments.
        means: What the arguments mean and what differs, in sentences, found by running Keras 3.15.
        once: Whether one call draws once for all of its pictures, so that each needs a call.
    """

    layer: str
    arguments: Callable[[Mapping[str, Any], float], Mapping[str, Any]]
    means: str
    once: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Library:
    """What the counterpart of an op in one library does over its strength.

    Attributes:
        name: `KERAS_CV` or `KERAS`.
        version: The version installed; empty if it is not.
        series: The figures; None if there are none.
        reason: Why there are none, in a sentence.
        means: What its arguments mean and what differs, in sentences; empty if nothing.
        parts: Of a policy that is made of layers, each with what it does alone at the same strengths.
    """

    name: str
    version: str = ""
    series: Series | None = None
    reason: str = ""
    means: str = ""
    parts: tuple[tuple[str, Series], ...] = ()


def ask(op: str, image: npt.ArrayLike) -> helper.Job[tuple[Library, ...]]:
    """Begin to measure the counterparts of an op with one picture, and return at once.

    Args:
        op: One of `OPS`.
        image: uint8 (S, S, 3).

    Raises:
        HelperError: Too many requests are waiting.
    """
    return helper.HELPER.submit(TASK, op, np.ascontiguousarray(image))


def keras_arguments(counterpart: Counterpart, scale: Scale, value: Any) -> dict[str, Any]:
    """Return the arguments of a layer of Keras at a value of the scale of its op."""
    return dict(counterpart.arguments(scale.params(value), scale.probability(value)))


def _twin_arguments(op: str) -> Callable[[Mapping[str, Any], float], Mapping[str, Any]]:
    """Return the arguments of the layer of keras_cv, which Keras has under the same names."""

    def arguments(params: Mapping[str, Any], _: float) -> Mapping[str, Any]:
        twin = registry()[op].twin
        assert twin
        return dict(twin.arguments(params) if twin.arguments else params)

    return arguments


def _of(name: str, parameter: str) -> Callable[[Mapping[str, Any], float], Mapping[str, Any]]:
    return lambda params, _: {name: params[parameter]}


def _blur(params: Mapping[str, Any], _: float) -> Mapping[str, Any]:
    sigma = round(224 * params["factor"], 3)  # in pixels
    return {
        "factor": (1.0, 1.0),
        "kernel_size": 2 * math.ceil(3.0 * sigma) + 1,
        "sigma": (0.0, sigma),
    }


_SAME = "Its factor means what ours does: it draws up to it, both ways."
_ALWAYS = "It has no probability: it always happens."
COUNTERPARTS: Mapping[str, Counterpart] = MappingProxyType(
    {
        "rand_augment": Counterpart(
            layer="RandAugment",
            arguments=lambda params, _: {
                "num_ops": params["augmentations_per_image"],
                "factor": params["magnitude"],
            },
            means="It hands its factor on to each of its eleven layers, as a range from 0 to it, "
            "whatever the layer means by that; posterization gets 8 times it, rounded down, as bits. "
            "One call chooses its ops once, for the whole batch; here each picture has a call of its "
            "own.",
            once=True,
        ),
        "aug_mix": Counterpart(
            layer="AugMix",
            arguments=lambda params, _: {
                "factor": params["severity"],
                "num_chains": params["num_chains"],
                "chain_depth": params["chain_depth"],
                "alpha": params["alpha"],
            },
            means="It hands its factor on to its layers as its RandAugment does. One call chooses its "
            "ops once, for the whole batch; here each picture has a call of its own.",
            once=True,
        ),
        "random_erasing": Counterpart(
            layer="RandomErasing",
            arguments=lambda params, _: {
                "factor": (1.0, 1.0),
                "scale": (
                    min(params["area_min_factor"], params["area_factor"]),
                    params["area_factor"],
                ),
            },
            means="Its scale is the erased share of the area, as here, although its documentation calls "
            "it an aspect ratio; both sides are drawn apart.",
        ),
        "flip": Counterpart(
            layer="RandomFlip",
            arguments=lambda params, _: {"mode": params["mode"]},
            means="It has no rate: it mirrors half of the pictures.",
        ),
        "rotate": Counterpart(
            layer="RandomRotation", arguments=_of("factor", "factor"), means=_SAME
        ),
        "shear_x": Counterpart(
            layer="RandomShear",
            arguments=lambda params, _: {"x_factor": params["x_factor"], **keras_border(params)},
            means=_SAME,
        ),
        "shear_y": Counterpart(
            layer="RandomShear",
            arguments=lambda params, _: {"y_factor": params["y_factor"], **keras_border(params)},
            means=_SAME,
        ),
        "translate_x": Counterpart(
            layer="RandomTranslation",
            arguments=lambda params, _: {
                "height_factor": 0.0,
                "width_factor": params["width_factor"],
            },
            means=_SAME,
        ),
        "translate_y": Counterpart(
            layer="RandomTranslation",
            arguments=lambda params, _: {
                "height_factor": params["height_factor"],
                "width_factor": 0.0,
            },
            means=_SAME,
        ),
        "zoom": Counterpart(
            layer="RandomZoom",
            arguments=_twin_arguments("zoom"),
            means="Its factor is how much more of the picture is seen, as in keras_cv: positive values "
            "zoom out.",
        ),
        "color_degeneration": Counterpart(
            layer="RandomColorDegeneration",
            arguments=lambda params, _: {"factor": (0.0, params["factor"])},
            means="A number as its factor would go both ways, to more vivid colours too, so here it is a "
            "range.",
        ),
        "gaussian_blur": Counterpart(
            layer="RandomGaussianBlur",
            arguments=_blur,
            means="It measures the blur in pixels, here for pictures of 224 px. A number as its sigma "
            "ends at 1, less than the second of these strengths, so here it is a range. One call draws "
            "it once for the whole batch; here each picture has a call of its own.",
            once=True,
        ),
        "grayscale": Counterpart(
            layer="RandomGrayscale",
            arguments=lambda _, probability: {"factor": probability},
            means="Its factor is the probability.",
        ),
        "hue": Counterpart(
            layer="RandomHue",
            arguments=lambda params, _: {"factor": 2.0 * params["factor"]},
            means="It halves its factor, as keras_cv does, so it is given twice ours.",
        ),
        "saturation": Counterpart(
            layer="RandomSaturation",
            arguments=_twin_arguments("saturation"),
            means="0.5 changes nothing: it multiplies by f / (1 - f), as keras_cv does, "
            "here over our range.",
        ),
        "sharpness": Counterpart(
            layer="RandomSharpness",
            arguments=lambda params, _: {
                "factor": (0.5 - params["factor"] / 2, 0.5 + params["factor"] / 2)
            },
            means="0.5 changes nothing; below it softens and above it sharpens, here over our range.",
        ),
        "auto_contrast": Counterpart(
            layer="AutoContrast", arguments=lambda _params, _: {}, means=_ALWAYS
        ),
        "brightness": Counterpart(
            layer="RandomBrightness", arguments=_of("factor", "factor"), means=_SAME
        ),
        "contrast": Counterpart(
            layer="RandomContrast",
            arguments=_of("factor", "factor"),
            means="Its documentation has a number mean both ways; a range is (lower, upper), the shares "
            "that are taken off and added.",
        ),
        "equalize": Counterpart(
            layer="Equalization", arguments=lambda _params, _: {}, means=_ALWAYS
        ),
        "invert": Counterpart(
            layer="RandomInvert",
            arguments=lambda _, probability: {"factor": (probability, probability)},
            means="A number would be the end of a range that the probability is drawn from, so a range "
            "of one value is given.",
        ),
        "posterize": Counterpart(
            layer="RandomPosterization",
            arguments=_of("factor", "bits"),
            means="Its documentation calls the factor the number of bits to keep; it draws between 1 and "
            "one less.",
        ),
        "solarize": Counterpart(
            layer="Solarization",
            arguments=lambda params, _: {
                "threshold_factor": min(params["threshold_factor"] / 255.0, 1.0),
                "addition_factor": params["addition_factor"] / 255.0,
            },
            means="Its threshold is a share of the range, drawn between 0 and this, and ends at white.",
        ),
    }
)
"""The counterparts in Keras 3 by op, of those whose strength means about the same there."""

OPS = comparable(list(COUNTERPARTS))
"""The ops that have a counterpart anywhere."""
