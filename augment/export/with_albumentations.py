"""A recipe as a script with albumentations 2.0.8.

How an op is written there is one function, given the ranges of what the op draws. The ranges come from
the op's own distributions, so the ops of a policy's pool are written by the same functions. What
albumentations does otherwise is the op's entry in `COUNTERPARTS`, and a comment in the script. The
statements about albumentations were verified by running version 2.0.8.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from string import Template
from types import MappingProxyType
from typing import Any

import numpy as np

from augment.engine.distributions import Within
from augment.engine.op import Op, registry
from augment.engine.params import Draw
from augment.engine.policies import PoolEntry
from augment.engine.recipe import Recipe, Step
from augment.export.counterparts import Counterpart
from augment.export.shown import Shown
from augment.export.source import Call, Source, listed
from augment.export.steps import (
    Built,
    about_shown,
    imports_for,
    left_out,
    nothing_in,
    sources_of,
    switched_off,
)

VERSION = "2.0.8"
_INSTEAD = (
    "To have it, augment whole batches with augment.render, or map them with augment.tfdata.mapper; "
    "both do the whole recipe."
)
_DIGITS = 6
UNIFORM_STDDEV = 1.0 / math.sqrt(3.0)
"""The standard deviation of numbers that are uniform from -1 to 1."""
SHARPEN_SCALE = 13.0
"""What Sharpen does at alpha is our sharpness at 1 + this times alpha; see `_sharpness`."""


def to_albumentations(
    recipe: Recipe, *, size: tuple[int, int] = (224, 224), shown: Shown | None = None
) -> str:
    """Return a runnable Python script with the recipe as transforms of albumentations 2.0.8.

    The script has a function ``augment_image`` for one picture, uint8 (H, W, 3), which it returns in the
    same form; where a step is for some classes, it also takes the index of the picture's class. The draws
    are albumentations' own, so it gives other pictures than this package, of the same kind. Ops that mix
    pictures are left out, with a comment that says what to do instead.

    Args:
        recipe: What may happen.
        size: Height and width of the pictures in pixels, in which several transforms measure.
        shown: The pictures shown, if the script is to take them; their size replaces `size`.
    """
    if shown is not None:
        size = (shown.size, shown.size)
    steps = [_built(step, size) for step in recipe.steps]
    transforms = _listed(steps)
    by_class = "*only(" in transforms
    uses_cv2 = "cv2." in transforms or shown is not None
    pipeline = f"A.Compose({transforms})"
    template = _BY_CLASS if by_class else _FOR_ALL
    if by_class:
        pipeline = pipeline.replace("\n", "\n    ")
    return _SCRIPT.substitute(
        imports=imports_for(shown, *["import functools"] * by_class)
        + "import albumentations as A\n"
        + "import cv2\n" * uses_cv2
        + "import numpy as np",
        size=f"\n\nSIZE = {size}  # height and width of the pictures" * ("SIZE" in transforms),
        pixels=f"{size[0]} x {size[1]}",
        functions=template.substitute(pipeline=pipeline),
        about=about_shown(shown),
        ending=_ending(shown, size, by_class=by_class),
    )


def _built(step: Step, size: tuple[int, int], rate: float = 1.0) -> Built:
    """Return a step as a transform.

    Args:
        step: The step.
        size: Height and width of the pictures.
        rate: What its probability is multiplied by.
    """
    if not step.enabled:
        return switched_off(step)
    op = registry()[step.op]
    counterpart = COUNTERPARTS.get(op.name)
    if counterpart is None:
        return left_out(step, "albumentations has no such transform", _INSTEAD)
    inner_rate = step.params["rate"] if op.takes_steps and "rate" in step.params else 1.0
    children = [_built(child, size, inner_rate) for child in step.steps]
    if op.takes_steps and not any(child.call for child in children):
        return nothing_in(step, children)
    call = _made(op, step.params, size, children)
    if call is None:
        return left_out(step, "at these settings it changes nothing")
    classes = step.classes
    if op.takes_steps and all(child.classes for child in children if child.call):
        # A choice among nothing is refused there, so the choice is for the classes of its steps.
        own = {one for child in children for one in child.classes or ()}
        classes = tuple(sorted(own if classes is None else own & set(classes)))
    built = Built(_with_chance(call, step.probability * rate), classes=classes)
    return built.noted(step, counterpart.differs) if counterpart.differs else built


def _with_chance(call: Call, probability: float) -> Call:
    """Return a transform whose own ``p``, if it has one, is multiplied by a probability."""
    arguments = dict(call.arguments)
    own = arguments.pop("p", 1.0)
    return Call(call.name, {**arguments, "p": _round(own * probability)})


def _listed(steps: Sequence[Built], *, certain: bool = False) -> Source:
    """Return a list of transforms.

    Args:
        steps: The transforms.
        certain: Whether each must have a ``p`` of 1, as in a OneOf, where ``p`` weighs the choice.
    """
    items = []
    for step in steps:
        call = step.call
        if call is not None and certain and call.arguments.get("p") not in (1.0, None):
            call = _sequence([call], p=1.0)
        if call is not None and step.classes is not None:
            happens = Source(f"own_class in {step.classes}")
            call = Call("*only", {"transform": call, "happens": happens})
        items.append((step.comments, call))
    return listed(items)


def _sequence(calls: Sequence[Call], name: str = "A.Sequential", **arguments: Any) -> Call:
    return Call(name, {"transforms": listed(((), call) for call in calls), **arguments})


def _certain(name: str, **arguments: Any) -> Call:
    """Return a transform that always happens."""
    return Call(f"A.{name}", {**arguments, "p": 1.0})


Range = tuple[float, float]


@dataclass(frozen=True)
class _Given:
    """What an op's transform is made from.

    Attributes:
        params: The values of the op's parameters.
        ranges: The least and the largest value of each of its draws.
        size: Height and width of the pictures in pixels.
        children: The transforms in a policy.
    """

    params: Mapping[str, Any]
    ranges: Mapping[str, Range]
    size: tuple[int, int]
    children: Sequence[Built] = ()

    @property
    def shorter(self) -> int:
        """The shorter side of the pictures in pixels."""
        return min(self.size)

    @property
    def border(self) -> dict[str, Any]:
        """What lies beyond the border, as the transforms that warp take it."""
        mode = Source(f"cv2.BORDER_{_BORDERS[self.params['fill_mode']]}")
        fill = {"fill": self.params["fill_value"]} if mode.endswith("CONSTANT") else {}
        return {"border_mode": mode, **fill}

    def range(self, name: str, scale: float = 1.0) -> Range:
        """Return the range of a draw, in another unit."""
        low, high = sorted(_round(scale * end) for end in self.ranges[name])
        return low, high


_BORDERS = {"reflect": "REFLECT", "constant": "CONSTANT", "edge": "REPLICATE"}


def _round(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0


def _made(
    op: Op, params: Mapping[str, Any], size: tuple[int, int], children: Sequence[Built]
) -> Call | None:
    """Return the transform of an op, or None if it would change nothing."""
    [ranges] = _ranges(op.draws, op, params)
    return _TRANSFORMS[op.name](_Given(params, ranges, size, children))


def _ranges(
    draws: Mapping[str, Draw],
    op: Op,
    params: Mapping[str, Any],
    strengths: Range | None = None,
) -> list[dict[str, Range]]:
    """Return the range of each draw: the values of its distribution at the ends of its uniform numbers.

    Args:
        draws: The distributions.
        op: The op.
        params: The values of its parameters.
        strengths: The range of the strength of a policy, or None outside one.

    Returns:
        One mapping; two if a strength above 0 goes to either side, and so leaves out what is between.
    """
    ends = (0.0, 1.0 - 1e-12)
    variants: list[dict[str, Range]] = [{}]
    for name, draw in draws.items():
        if draw.slots or not set(draw.param_names) <= set(op.params):
            continue
        uniforms = np.array(list(itertools.product(ends, repeat=draw.uniforms_needed))).T
        if strengths is None or not draw.takes_strength:
            values = np.asarray(draw.sample(uniforms, params), np.float64)
            sides = [values]
        else:
            low, high = strengths
            if isinstance(draw, Within):  # a mean width, not the widest
                low = high = (low + high) / 2.0
            first, last = draw.strength_range(op.params)
            at = [
                np.asarray(
                    draw.sample(
                        uniforms, params, np.full(uniforms.shape[1:], first + (last - first) * s)
                    ),
                    np.float64,
                )
                for s in (low, high)
            ]
            values = np.concatenate(at)
            sides = [values]
            if draw.uniforms_needed == 2:  # the second one is the sign
                negative = np.tile(uniforms[1] < 0.5, 2)
                sides = [values[negative], values[~negative]]
                if math.isclose(sides[0].max(), sides[1].min(), abs_tol=1e-9):
                    sides = [values]
        variants = [
            {**variant, name: (float(side.min()), float(side.max()))}
            for variant in variants
            for side in sides
        ]
    return variants


# How each op is written. A function returns a transform without ``p``, or with the chance of its own.


def _flip(given: _Given) -> Call:
    flips = {"horizontal": ["A.HorizontalFlip"], "vertical": ["A.VerticalFlip"]}
    names = flips.get(given.params["mode"], ["A.HorizontalFlip", "A.VerticalFlip"])
    calls = [Call(name, {"p": _round(given.params["rate"])}) for name in names]
    return calls[0] if len(calls) == 1 else _sequence(calls)


def _rot90(given: _Given) -> Call:
    rate, turns = given.params["rate"], given.params["turns"]
    height, width = given.size
    back = [] if height == width else [_certain("Resize", height=height, width=width)]
    half = _sequence([_certain("HorizontalFlip"), _certain("VerticalFlip")], p=1.0)
    either = _sequence([_certain("HorizontalFlip"), _certain("VerticalFlip")], "A.OneOf", p=1.0)
    quarter = _sequence([_certain("Transpose"), either, *back], p=1.0)
    if turns == "half":
        return _at_chance(half, rate)
    if turns == "quarter":
        return _at_chance(quarter, rate)
    if rate <= 0.75 and not back:
        return Call("A.RandomRotate90", {"p": _round(rate / 0.75)})
    # Two of the three rotations are quarter turns.
    return _sequence([half, quarter, quarter], "A.OneOf", p=_round(rate))


def _at_chance(call: Call, p: float) -> Call:
    """Return a transform with another ``p``."""
    return Call(call.name, {**call.arguments, "p": _round(p)})


def _rotate(given: _Given) -> Call:
    return Call("A.Rotate", {"limit": given.range("turn", 360.0), **given.border})


def _affine(given: _Given, **arguments: Any) -> Call:
    return Call("A.Affine", {**arguments, **given.border})


def _shear(given: _Given, axis: str) -> Call:
    low, high = given.ranges["shear"]
    angles = tuple(_round(math.degrees(math.atan(end))) for end in (low, high))
    other = "y" if axis == "x" else "x"
    return _affine(given, shear={axis: angles, other: (0.0, 0.0)})


def _translate(given: _Given, axis: str) -> Call:
    other = "y" if axis == "x" else "x"
    return _affine(given, translate_percent={axis: given.range("shift"), other: (0.0, 0.0)})


def _zoom(given: _Given) -> Call:
    return _affine(given, scale=given.range("multiplier"), keep_ratio=True)


def _random_crop(given: _Given) -> Call:
    height, width = given.size
    down, across = (math.floor(given.params["padding_factor"] * side + 0.5) for side in given.size)
    pad = {"padding": (across, down), **given.border, "p": 1.0}
    return _sequence([Call("A.Pad", pad), _certain("RandomCrop", height=height, width=width)])


def _random_resized_crop(given: _Given) -> Call:
    height, width = given.size
    ratio = given.range("aspect", width / height)
    return Call(
        "A.RandomResizedCrop",
        {"size": Source("SIZE"), "scale": given.range("area"), "ratio": ratio},
    )


def _perspective(given: _Given) -> Call:
    spread = _round(given.params["factor"] * UNIFORM_STDDEV)
    return Call("A.Perspective", {"scale": (spread, spread), **given.border})


def elastic_spread(size: tuple[int, int], sigma: float) -> float:
    """Return how far the smoothing of ElasticTransform brings down the spread of its noise.

    It is the root mean square over the picture. The noise is smoothed by a Gaussian as wide as OpenCV
    makes it, with the outermost numbers repeated.

    Args:
        size: Height and width in pixels.
        sigma: The standard deviation of the Gaussian in pixels.
    """
    energy = 1.0
    for side in size:
        reach = round(8.0 * sigma + 1.0) // 2
        taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        taps /= taps.sum()
        weights = np.zeros((side, side))
        for offset, tap in zip(range(-reach, reach + 1), taps, strict=True):
            weights[np.arange(side), np.clip(np.arange(side) + offset, 0, side - 1)] += tap
        energy *= float((weights**2).sum(axis=1).mean())
    return math.sqrt(energy)


def _elastic(given: _Given) -> Call:
    sigma = _round(max(given.params["smoothness_factor"] * given.shorter, 1.0))
    typical = sum(given.ranges["displacement"]) / 2.0 * given.shorter
    alpha = typical / (UNIFORM_STDDEV * elastic_spread(given.size, sigma))
    return Call(
        "A.ElasticTransform",
        {
            "alpha": _round(alpha),
            "sigma": sigma,
            "noise_distribution": "uniform",
            **given.border,
        },
    )


def _brightness(given: _Given) -> Call:
    if given.params["method"] == "multiplicative":
        low, high = given.range("shift")
        return _jitter(brightness=(_round(1.0 + low), _round(1.0 + high)))
    return _add(given.range("shift"))


def _add(limit: Range) -> Call:
    return Call(
        "A.RandomBrightnessContrast", {"brightness_limit": limit, "contrast_limit": (0.0, 0.0)}
    )


def _jitter(**changed: Range) -> Call:
    """Return a ColorJitter that changes one thing only."""
    same: dict[str, Range] = {
        "brightness": (1.0, 1.0),
        "contrast": (1.0, 1.0),
        "saturation": (1.0, 1.0),
        "hue": (0.0, 0.0),
    }
    return Call("A.ColorJitter", same | changed)


def _color_degeneration(given: _Given) -> Call:
    low, high = given.range("amount")
    return _jitter(saturation=(_round(1.0 - high), _round(1.0 - low)))


def _sharpness(given: _Given) -> Call:
    """Return Sharpen for what is sharper, and a Gaussian of 3 x 3 pixels for what is softer.

    Sharpen at a lightness of 1 adds 9 alpha times the distance from the mean of 3 x 3 pixels; ours adds
    (multiplier - 1) * 9 / 13 times it. A Gaussian of three taps with `side` beside the centre has the
    variance 2 * side, the blend of picture and mean 6 / 13 * (1 - multiplier).
    """
    low, high = given.ranges["multiplier"]
    calls = []
    if high > 1.0:
        ends = tuple(_round((max(end, 1.0) - 1.0) / SHARPEN_SCALE) for end in (low, high))
        calls.append(_certain("Sharpen", alpha=ends, lightness=(1.0, 1.0)))
    if low < 1.0:
        sigmas = tuple(softening_sigma(1.0 - min(end, 1.0)) for end in (high, low))
        calls.append(_certain("GaussianBlur", blur_limit=(3, 3), sigma_limit=sigmas))
    if not calls:
        calls = [_certain("NoOp")]
    return calls[0] if len(calls) == 1 else _sequence(calls, "A.OneOf")


def softening_sigma(amount: float) -> float:
    """Return the sigma of a Gaussian of 3 x 3 pixels that is as wide as the blend with the mean.

    Args:
        amount: How far the multiplier of the sharpness is below 1, from 0 to 1.
    """
    side = 3.0 / 13.0 * amount
    weight = side / (1.0 - 2.0 * side)
    return _round(math.sqrt(-0.5 / math.log(weight))) if weight > 1e-6 else 0.1


def _blur(given: _Given) -> Call:
    # A sigma of 0 is a division by zero there; with so small a one the kernel is a single pixel.
    low, high = (max(end, 0.001) for end in given.range("sigma", given.shorter))
    return Call("A.GaussianBlur", {"blur_limit": 0, "sigma_limit": (low, high)})


def _noise(given: _Given) -> Call:
    return Call("A.GaussNoise", {"std_range": given.range("level")})


def _jpeg(given: _Given) -> Call:
    low, high = given.range("saved_at")
    return Call("A.ImageCompression", {"quality_range": (int(low), int(high))})


def _channel_shift(given: _Given) -> Call:
    # Limits above 1 would be levels.
    names = {"r_shift_limit": "red", "g_shift_limit": "green", "b_shift_limit": "blue"}
    return Call("A.RGBShift", {limit: given.range(name) for limit, name in names.items()})


def _gamma(given: _Given) -> Call:
    low, high = given.ranges["log_exponent"]
    limit = (_round(100.0 * math.exp(low)), _round(100.0 * math.exp(high)))
    return Call("A.RandomGamma", {"gamma_limit": limit})


def _posterize(given: _Given) -> Call:
    low, high = sorted(round(end) for end in given.ranges["kept"])
    return Call("A.Posterize", {"num_bits": (low, high)})


def _solarize(given: _Given) -> Call:
    low, high = given.range("threshold", 1.0 / 255.0)
    invert = Call("A.Solarize", {"threshold_range": (min(low, 1.0), min(high, 1.0))})
    if max(given.ranges["addition"]) == 0.0:
        return invert
    add = _with_chance(_add(given.range("addition", 1.0 / 255.0)), 1.0)
    return _sequence([add, _with_chance(invert, 1.0)])


def _cutout(given: _Given) -> Call | None:
    heights, widths = given.range("box_height"), given.range("box_width")
    if max(heights) == 0.0 or max(widths) == 0.0:
        return None
    if heights[1] == 1.0:
        # It takes a height of 1 for one pixel, and then the width for pixels too.
        rows, columns = given.size
        heights = (math.ceil(heights[0] * rows), rows)
        widths = (math.ceil(widths[0] * columns), math.ceil(widths[1] * columns))
    return Call(
        "A.CoarseDropout",
        {
            "num_holes_range": (1, 1),
            "hole_height_range": heights,
            "hole_width_range": widths,
            "fill": given.params["fill_value"],
        },
    )


def _erasing(given: _Given) -> Call | None:
    least, largest = given.range("area")
    if largest == 0.0:
        return None
    height, width = given.size
    # It never draws an area that does not fit at each of its ratios, and fails if none fits.
    narrowest, widest = largest * width / height, width / height / largest
    low, high = given.ranges["aspect"]
    ratio = (math.ceil(max(low, narrowest) * 1e6) / 1e6, math.floor(min(high, widest) * 1e6) / 1e6)
    if ratio[0] > ratio[1]:
        ratio = (width / height, width / height)
    fill = "random" if given.params["fill"] == "noise" else given.params["fill_value"]
    scale = (_round(min(least, 0.999 * largest)), largest)
    return Call("A.Erasing", {"scale": scale, "ratio": ratio, "fill": fill})


def _grid_mask(given: _Given) -> Call | None:
    low, high = given.ranges["ratio"]
    ratio = math.sqrt((low * low + low * high + high * high) / 3.0)
    if given.params["mode"] == "keep_squares" or ratio == 0.0:
        return None
    height, width = given.size
    ends = given.params["unit_min_factor"] * width, given.params["unit_max_factor"] * height
    shortest, longest = (min(max(math.floor(end), 2), given.shorter) for end in sorted(ends))
    # The upper end of a range of units is left out, but must not be larger than the picture.
    longest = max(min(longest + 1, given.shorter), shortest + 1)
    shortest = min(shortest, given.shorter - 1)
    return Call(
        "A.GridDropout",
        {
            "ratio": _round(ratio),
            "unit_size_range": (shortest, min(longest, given.shorter)),
            "random_offset": True,
            "fill": given.params["fill_value"],
        },
    )


def _one_of(given: _Given) -> Call:
    return Call("A.OneOf", {"transforms": _listed(given.children, certain=True)})


def _random_pipeline(given: _Given) -> Call:
    count = given.params["augmentations_per_image"]
    return Call(
        "A.RandomOrder",
        {"transforms": _listed(given.children), "n": count, "replace": True},
    )


def _rand_augment(given: _Given) -> Call:
    params = given.params
    spread = math.sqrt(3.0) * params["magnitude_stddev"]
    low, high = (min(max(params["magnitude"] + way * spread, 0.0), 1.0) for way in (-1, 1))
    pool = registry()["rand_augment"].pool
    assert pool is not None
    calls = [_of_pool(entry, given, (low, high)) for entry in pool(params)]
    if params["policy"] == "paper":
        calls.append(_certain("NoOp"))
    rate = params["rate"]
    transforms = listed(((), _with_chance(call, rate)) for call in calls)
    count = params["augmentations_per_image"]
    return Call("A.RandomOrder", {"transforms": transforms, "n": count, "replace": True})


def _trivial_augment(given: _Given) -> Call:
    pool = registry()["trivial_augment"].pool
    assert pool is not None
    calls = [_of_pool(entry, given, (0.0, 1.0)) for entry in pool(given.params)]
    return _sequence([_with_chance(call, 1.0) for call in (*calls, _certain("NoOp"))], "A.OneOf")


def _of_pool(entry: PoolEntry, policy: _Given, strengths: Range) -> Call:
    """Return an op of a policy's pool, at a range of strengths."""
    op = registry()[entry.op]
    shared = {name: value for name, value in policy.params.items() if name in op.params}
    params = op.defaults | shared | dict(entry.params)
    variants = _ranges({**op.draws, **entry.draws}, op, params, strengths)
    made = [_TRANSFORMS[op.name](_Given(params, ranges, policy.size)) for ranges in variants]
    calls = [_with_chance(call, 1.0) for call in made if call is not None]
    return calls[0] if len(calls) == 1 else _sequence(calls, "A.OneOf")


_Writer = Callable[[_Given], "Call | None"]


def _always(name: str, **arguments: Any) -> _Writer:
    """Return what writes a transform that is the same for any parameters."""
    return lambda given: Call(f"A.{name}", arguments)


def _jitter_of(thing: str, draw: str) -> _Writer:
    """Return what writes a ColorJitter of one thing by the range of a draw."""
    return lambda given: _jitter(**{thing: given.range(draw)})


_TRANSFORMS: Mapping[str, _Writer] = {
    "one_of": _one_of,
    "random_pipeline": _random_pipeline,
    "rand_augment": _rand_augment,
    "trivial_augment": _trivial_augment,
    "cutout": _cutout,
    "grid_mask": _grid_mask,
    "random_erasing": _erasing,
    "flip": _flip,
    "rot90": _rot90,
    "rotate": _rotate,
    "shear_x": partial(_shear, axis="x"),
    "shear_y": partial(_shear, axis="y"),
    "translate_x": partial(_translate, axis="x"),
    "translate_y": partial(_translate, axis="y"),
    "zoom": _zoom,
    "random_crop": _random_crop,
    "random_resized_crop": _random_resized_crop,
    "perspective": _perspective,
    "elastic": _elastic,
    "channel_shift": _channel_shift,
    "channel_shuffle": _always("ChannelShuffle"),
    "color_degeneration": _color_degeneration,
    "gaussian_blur": _blur,
    "gaussian_noise": _noise,
    "grayscale": _always("ToGray", num_output_channels=3),
    "hue": _jitter_of("hue", "turn"),
    "jpeg_quality": _jpeg,
    "saturation": _jitter_of("saturation", "multiplier"),
    "sharpness": _sharpness,
    "auto_contrast": _always("AutoContrast", method="pil"),
    "brightness": _brightness,
    "contrast": _jitter_of("contrast", "multiplier"),
    "equalize": _always("Equalize", mode="pil"),
    "gamma": _gamma,
    "invert": _always("InvertImg"),
    "posterize": _posterize,
    "solarize": _solarize,
}

_SHEAR = (
    "It draws the angle uniformly, not the shear, and leaves the centre of the picture where it is; here "
    "that is the {edge} edge."
)
_WHOLE_PIXELS = "It moves the picture by whole pixels, cut off towards 0."

COUNTERPARTS: Mapping[str, Counterpart] = MappingProxyType(
    {
        "one_of": Counterpart("OneOf"),
        "random_pipeline": Counterpart("RandomOrder"),
        "rand_augment": Counterpart(
            "RandomOrder",
            "albumentations has no RandAugment, so it is put together from the transforms of its ops, "
            "each with the differences that it has alone. The strength is drawn uniformly, from a range "
            "with the spread of the recipe's, cut off at 0 and 1.",
        ),
        "trivial_augment": Counterpart(
            "OneOf",
            "albumentations has no TrivialAugment, so it is put together from the transforms of its ops, "
            "each with the differences that it has alone. The bits of posterize are equally likely, "
            "where here the fewest and all 8 are half as likely as the others.",
        ),
        "cutout": Counterpart(
            "CoarseDropout",
            "Its rectangle is always entirely inside the picture, so it blanks more. Sides are cut off "
            "to whole pixels, here rounded up.",
        ),
        "grid_mask": Counterpart(
            "GridDropout",
            "Its grid is not rotated, each square lies anywhere in its own unit, and the blank part of a "
            "unit is always the same: the one that blanks as much on average. Units and squares are cut "
            "off to whole pixels, and there is none that keeps the squares.",
        ),
        "random_erasing": Counterpart(
            "Erasing",
            "It draws the aspect ratio uniformly, not its logarithm, so more rectangles are wide than "
            "high, and only ratios at which the largest area fits; here the ratio gives way where an "
            "area does not fit.",
        ),
        "flip": Counterpart("HorizontalFlip"),
        "rot90": Counterpart(
            "RandomRotate90",
            "A quarter turn exchanges the sides of a picture that is not square, so it is resized after "
            "that.",
        ),
        "rotate": Counterpart("Rotate"),
        "shear_x": Counterpart("Affine", _SHEAR.format(edge="top")),
        "shear_y": Counterpart("Affine", _SHEAR.format(edge="left")),
        "translate_x": Counterpart("Affine", _WHOLE_PIXELS),
        "translate_y": Counterpart("Affine", _WHOLE_PIXELS),
        "zoom": Counterpart("Affine"),
        "random_crop": Counterpart("RandomCrop"),
        "random_resized_crop": Counterpart(
            "RandomResizedCrop",
            "A crop that does not fit is drawn again, up to ten times, so large crops are rarer. Crops "
            "begin and end at whole pixels.",
        ),
        "perspective": Counterpart(
            "Perspective",
            "It moves corners outwards only, by the size of normally distributed numbers with the spread "
            "of the recipe's, so it always enlarges the picture and never shows what is beyond its "
            "border.",
        ),
        "elastic": Counterpart(
            "ElasticTransform",
            "It has one strength for all pictures, here the middle of the range. That is the mean over "
            "the picture: the field is smoothed with the outermost noise repeated, so at the edges the "
            "pixels move several times as far as in the middle, and furthest in the corners.",
        ),
        "channel_shift": Counterpart("RGBShift"),
        "channel_shuffle": Counterpart("ChannelShuffle"),
        "color_degeneration": Counterpart("ColorJitter"),
        "gaussian_blur": Counterpart(
            "GaussianBlur",
            "It measures the blur in pixels, so it varies with the size of the picture. At the border it "
            "reflects the picture without repeating the outermost pixels.",
        ),
        "gaussian_noise": Counterpart("GaussNoise"),
        "grayscale": Counterpart("ToGray"),
        "hue": Counterpart(
            "ColorJitter",
            "It has 180 hues, 2 degrees apart, to which a rotation is rounded down, and colours are in "
            "whole numbers on the way, so a level may differ by a few.",
        ),
        "jpeg_quality": Counterpart(
            "ImageCompression",
            "It compresses the picture with red and blue exchanged, so blue loses less detail and red "
            "more.",
        ),
        "saturation": Counterpart("ColorJitter"),
        "sharpness": Counterpart(
            "Sharpen, GaussianBlur",
            "Sharpen only sharpens. Half of the pictures get GaussianBlur with a kernel of 3 x 3 pixels "
            "instead, about as soft as the range of the recipe. The outermost pixels are changed too.",
        ),
        "auto_contrast": Counterpart("AutoContrast"),
        "brightness": Counterpart("RandomBrightnessContrast"),
        "contrast": Counterpart(
            "ColorJitter",
            "It always uses the mean of the greyscale picture, never that of each channel.",
        ),
        "equalize": Counterpart(
            "Equalize",
            "It counts a level itself among those that are darker, so levels come out lighter by up to "
            "their own frequency, and the darkest is not black.",
        ),
        "gamma": Counterpart(
            "RandomGamma",
            "It draws the power uniformly, not its logarithm, so more pictures become darker than "
            "lighter, and cuts levels off instead of rounding them.",
        ),
        "invert": Counterpart("InvertImg"),
        "posterize": Counterpart("Posterize"),
        "solarize": Counterpart(
            "Solarize", "Its threshold ends at 255, so white always becomes black."
        ),
    }
)
"""The transform of each op that has one, by the op's name. In what differs, a level more or less is not
counted."""


def _ending(shown: Shown | None, size: tuple[int, int], *, by_class: bool) -> str:
    """Return what the script does when it is run as a program."""
    if shown is None:
        return _EXAMPLE.substitute(
            height=str(size[0]), width=str(size[1]), own_class=", own_class=0" * by_class
        )
    return _SHOWN.substitute(
        sources_of(shown),
        given="zip(given.images, given.labels.argmax(axis=1))" if by_class else "given.images",
        each="image, own_class" if by_class else "image",
    )


_SCRIPT = Template(
    '''\
"""Augmentation with albumentations 2.0.8, from a recipe.

It needs the packages albumentations and opencv-python-headless. When imported,
albumentations asks the network for its newest version; with the environment variable
NO_ALBUMENTATIONS_UPDATE=1 it does not. To repeat its draws, give A.Compose a seed.
Sizes in pixels are for pictures of $pixels.
$about"""

$imports$size$functions

$ending'''
)

_FOR_ALL = Template(
    '''

TRANSFORM = $pipeline


def augment_image(image):
    """Augment a picture, uint8 (H, W, 3), RGB."""
    return TRANSFORM(image=image)["image"]
'''
)

_BY_CLASS = Template(
    '''


def only(transform, happens):
    """Return the transforms that a picture of some class has: this one, or none."""
    return [transform] if happens else []


@functools.cache
def transform_for(own_class):
    """Return the transforms for pictures of a class."""
    return $pipeline


def augment_image(image, own_class):
    """Augment a picture.

    Args:
        image: uint8 (H, W, 3), RGB.
        own_class: The index of its class, a whole number.
    """
    return transform_for(int(own_class))(image=image)["image"]
'''
)

_EXAMPLE = Template(
    """\
if __name__ == "__main__":
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, ($height, $width, 3), np.uint8)
    print(augment_image(image$own_class).shape)
"""
)

_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    given = $call
    pictures = $given
    augmented = [augment_image($each) for $each in pictures]
    picture = Path(__file__).with_suffix(".png")
    cv2.imwrite(str(picture), np.concatenate(augmented, axis=1)[..., ::-1])
    print(picture)
"""
)
