"""A recipe as a script with the transforms of torchvision, `torchvision.transforms.v2`.

What an op is called there, what it is given and what differs is one table, `TRANSFORMS`. The statements
were verified by running torchvision 0.28; the tests run them again. Its transforms augment one sample;
those that mix take a batch, so from the first step that mixes on, the script goes on in a function for
``collate_fn`` of a data loader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from string import Template
from types import MappingProxyType
from typing import Any

from augment.engine.op import registry
from augment.engine.recipe import Recipe, Step
from augment.export.counterparts import Counterpart
from augment.export.shown import Shown
from augment.export.source import Call, Source, listed
from augment.export.steps import (
    NOT_AMONG,
    Built,
    about_shown,
    helpers_in,
    imports_for,
    left_out,
    listing,
    nothing_in,
    sources_of,
    switched_off,
)

_V2 = "v2."
_INSTEAD = "To have it, augment the batches with augment.apply, which does the whole recipe."
Arguments = Callable[[Mapping[str, Any], tuple[int, int]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Transform:
    """The transform of torchvision that does about what an op does.

    Attributes:
        name: Its name in torchvision.transforms.v2.
        arguments: From the op's parameters and the height and width of the pictures in pixels to the
            transform's arguments.
        differs: What differs, in sentences in which "it" is the transform; empty if nothing is known.
        call: The call in the script where it is not that of the transform alone.
    """

    name: str
    arguments: Arguments = lambda _params, _size: {}
    differs: str = ""
    call: Callable[[Mapping[str, Any], tuple[int, int]], Call] | None = None


def to_torchvision(
    recipe: Recipe, *, size: tuple[int, int] = (224, 224), shown: Shown | None = None
) -> str:
    """Return a runnable Python script with the recipe as transforms of torchvision 0.28.

    The script has a function ``augment_sample`` over a picture, a uint8 tensor (3, H, W), and its label,
    a float tensor (K,), one-hot. If the recipe mixes pictures, it also has a function ``augment_batch``,
    for ``collate_fn`` of a data loader: from a list of such samples to tensors (B, 3, H, W) and (B, K).
    The draws are torch's own, so it gives other pictures than this package, of the same kind.

    Args:
        recipe: What may happen.
        size: Height and width of the pictures in pixels, for the transforms that measure in pixels.
        shown: The pictures shown, if the script is to take them; their size replaces `size`.
    """
    if shown is not None:
        size = (shown.size, shown.size)
    steps = [_built(step, size, nested=False) for step in recipe.steps]
    first = next((at for at, step in enumerate(steps) if step.whole_batch), len(steps))
    alone, together = listing(steps[:first]), listing([_of_batch(step) for step in steps[first:]])
    mixes = first < len(steps)
    source = f"{alone}\n{together}" if mixes else alone
    imports = "import torch\n" + "from torchvision.transforms import v2\n" * (_V2 in source)
    return _SCRIPT.substitute(
        imports=imports_for(shown) + "import math\n\n" * ("math." in source) + imports,
        helpers=helpers_in(source, _HELPERS),
        transforms=alone,
        batch=_BATCH.substitute(transforms=together) if mixes else "",
        about=about_shown(shown),
        height=str(size[0]),
        width=str(size[1]),
        ending=_ending(shown, size, mixes=mixes),
    )


def transform_call(op: str, params: Mapping[str, Any], size: tuple[int, int] = (224, 224)) -> Call:
    """Return the call that makes the transform of an op that has one.

    Args:
        op: A key of `TRANSFORMS`.
        params: The values of the op's parameters.
        size: Height and width of the pictures in pixels.
    """
    transform = TRANSFORMS[op]
    if transform.call:
        return transform.call(params, size)
    return Call(_V2 + transform.name, dict(transform.arguments(params, size)))


def _built(step: Step, size: tuple[int, int], *, nested: bool) -> Built:
    op = registry()[step.op]
    if not step.enabled:
        return switched_off(step)
    if op.takes_steps:
        return _for_some(step, _with_children(step, size), nested=nested)
    transform = TRANSFORMS.get(step.op)
    if transform is None:
        return left_out(step, "torchvision has no such transform", _INSTEAD)
    built = Built(transform_call(step.op, step.params, size), whole_batch=op.mixes)
    if transform.differs:
        built = built.noted(step, transform.differs)
    return _for_some(step, built, nested=nested)


def _with_children(step: Step, size: tuple[int, int]) -> Built:
    """Return a policy with its children inside it."""
    children = [_built(child, size, nested=True) for child in step.steps]
    if not any(child.call for child in children):
        return nothing_in(step, children)
    whole_batch = any(child.whole_batch for child in children)
    if whole_batch:
        children = [_of_batch(child) for child in children]
    names = ("one_of", "batch_pipeline") if whole_batch else ("v2.RandomChoice", "random_pipeline")
    arguments = {"transforms": listing(children), **step.params}
    return Built(Call(names[step.op != "one_of"], arguments), whole_batch=whole_batch)


def _of_batch(built: Built) -> Built:
    """Return what does it to batches."""
    if built.call is None or built.whole_batch:
        return built
    return replace(built, call=Call("for_each", {"transform": built.call}), whole_batch=True)


def _for_some(step: Step, built: Built, *, nested: bool) -> Built:
    """Return what applies a transform with the step's probability, to the step's classes."""
    call = built.call
    if call is None or (step.probability == 1.0 and step.classes is None):
        return built
    if nested and step.classes is not None:
        built = built.noted(step, NOT_AMONG)
    if built.whole_batch:
        classes = {} if step.classes is None else {"classes": step.classes}
        call = Call("for_some", {"transform": call, "rate": step.probability, **classes})
        return replace(built, call=call)
    if step.probability != 1.0:
        call = _apply(call, step.probability)
    if step.classes is not None:
        call = Call("for_classes", {"transform": call, "classes": step.classes})
    return replace(built, call=call)


def _ending(shown: Shown | None, size: tuple[int, int], *, mixes: bool) -> str:
    """Return what the script does when it is run as a program."""
    collate = ", collate_fn=augment_batch" * mixes
    if shown is None:
        height, width = map(str, size)
        return _EXAMPLE.substitute(height=height, width=width, collate=collate)
    batch = "augment_batch(samples)" if mixes else "map(torch.stack, zip(*samples))"
    return _SHOWN.substitute(sources_of(shown), batch=batch)


def _calls(*calls: Call) -> Source:
    return listed(((), call) for call in calls)


def _apply(call: Call, rate: float) -> Call:
    return Call("v2.RandomApply", {"transforms": _calls(call), "p": rate})


def _drawn(function: str, **draws: str) -> Call:
    """Return a call of a function of torchvision with what is drawn for each picture."""
    lambdas = {name: Source(f"lambda: {draw}") for name, draw in draws.items()}
    return Call("Drawn", {"function": Source(f"v2.functional.{function}"), **lambdas})


def _border(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a warp interpolates and what lies beyond the border."""
    fill = params["fill_value"] if params["fill_mode"] == "constant" else 0
    return {"interpolation": Source("v2.InterpolationMode.BILINEAR"), "fill": fill}


def _affine(
    arguments: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> Arguments:
    return lambda params, _: {"degrees": 0, **arguments(params), **_border(params)}


def _shear(factor: float) -> float:
    return round(math.degrees(math.atan(factor)), 4)


def _around_one(name: str) -> Arguments:
    """Return a range of multipliers about 1."""
    return lambda params, _: {
        name: (round(1 - params["factor"], 6), round(1 + params["factor"], 6))
    }


def _flip(params: Mapping[str, Any], _: tuple[int, int]) -> Call:
    names = {"horizontal": "RandomHorizontalFlip", "vertical": "RandomVerticalFlip"}
    flips = [
        Call(_V2 + name, {"p": params["rate"]})
        for direction, name in names.items()
        if direction in params["mode"].split("_")
    ]
    return flips[0] if len(flips) == 1 else Call("v2.Compose", {"transforms": _calls(*flips)})


def _rot90(params: Mapping[str, Any], _: tuple[int, int]) -> Call:
    turns = {"any": (90, 180, 270), "quarter": (90, 270), "half": (180,)}[params["turns"]]
    rotations = [Call("v2.RandomRotation", {"degrees": (turn, turn)}) for turn in turns]
    choice = Call("v2.RandomChoice", {"transforms": _calls(*rotations)})
    return _apply(choice if len(turns) > 1 else rotations[0], params["rate"])


def _crop(params: Mapping[str, Any], size: tuple[int, int]) -> Mapping[str, Any]:
    down, across = (math.floor(params["padding_factor"] * side + 0.5) for side in size)
    mode = {"reflect": "symmetric"}.get(params["fill_mode"], params["fill_mode"])
    fill = {"fill": params["fill_value"]} if mode == "constant" else {}
    return {"size": size, "padding": [across, down, across, down], "padding_mode": mode, **fill}


def _resized_crop(params: Mapping[str, Any], size: tuple[int, int]) -> Mapping[str, Any]:
    aspect, own = params["aspect_ratio_factor"], size[1] / size[0]
    return {
        "size": size,
        "scale": (params["crop_area_factor"], 1.0),
        "ratio": (round(own / aspect, 6), round(own * aspect, 6)),
    }


def _blur(params: Mapping[str, Any], size: tuple[int, int]) -> Mapping[str, Any]:
    sigma = max(round(params["factor"] * min(size), 3), 0.001)  # more than 0
    reach = min(math.ceil(3.0 * sigma), min(size) - 1)
    return {"kernel_size": 2 * reach + 1, "sigma": (0.001, sigma)}


def _elastic(params: Mapping[str, Any], size: tuple[int, int]) -> Mapping[str, Any]:
    side = min(size)
    sigma = round(min(params["smoothness_factor"] * side, (side - 2) / 4), 3)
    # A field between -1 and 1 has a standard deviation of 1 / sqrt(3), smoothed 1 / (2 sqrt(pi) sigma)
    # of that, and alpha 2 moves by a pixel.
    smoothed = 1.0 / (math.sqrt(3.0) * 2.0 * math.sqrt(math.pi) * sigma)
    alpha = round(params["displacement_factor"] / 2.0 * side * 2.0 / smoothed, 1)
    return {"alpha": alpha, "sigma": sigma, **_border(params)}


def _erasing(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    aspect = params["aspect_ratio_factor"]
    return {
        "p": 1.0,
        "scale": (min(params["area_min_factor"], params["area_factor"]), params["area_factor"]),
        "ratio": (round(1.0 / aspect, 6), aspect),
        "value": params["fill_value"] if params["fill"] == "constant" else "random",
    }


def _cutout(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    low, high = (
        round(params[f"height_{end}factor"] * params[f"width_{end}factor"], 6)
        for end in ("min_", "")
    )
    return {"p": 1.0, "scale": (min(low, high), high), "value": params["fill_value"]}


def _aug_mix(params: Mapping[str, Any], _: tuple[int, int]) -> Mapping[str, Any]:
    return {
        "severity": max(round(10 * params["severity"]), 1),
        "mixture_width": params["num_chains"],
        "chain_depth": -1 if params["chain_depth"] == 3 else params["chain_depth"],
        "alpha": params["alpha"],
        "all_ops": False,
        **_border(params),
    }


_FILL = (
    "Beyond the border lies one level, which is black where the recipe reflects or repeats the "
    "picture."
)
_ONE_DRAW = (
    "It draws one share for the whole batch, and the partner of a picture is the one before it."
)
_FITS = "Where a rectangle does not fit ten times in a row, it leaves the picture as it is."

TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {
        "rand_augment": Transform(
            name="RandAugment",
            arguments=lambda params, _: {
                "num_ops": params["augmentations_per_image"],
                "magnitude": round(30 * params["magnitude"]),
                "num_magnitude_bins": 31,
                **_border(params),
            },
            differs='It has the fourteen ops of policy "paper", which at the same magnitude do not go '
            'as far as those of policy "keras_cv", and neither a rate nor a spread of the strength. '
            "Its magnitude is a whole number of 30ths; at 0, equalize and auto contrast still change "
            "the picture. " + _FILL,
        ),
        "trivial_augment": Transform(
            name="TrivialAugmentWide",
            arguments=lambda params, _: {"num_magnitude_bins": 31, **_border(params)},
            differs='It has the ranges of space "wide" only, and shifts by up to 32 pixels at any size '
            "of the picture. " + _FILL,
        ),
        "aug_mix": Transform(
            name="AugMix",
            arguments=_aug_mix,
            differs="Its severity is a whole number of tenths, at least 1, and posterizing starts at 4 "
            "bits and ends at none, black. Its chains have up to three ops, or all the same number. "
            + _FILL,
        ),
        "cut_mix": Transform(
            name="CutMix",
            arguments=lambda params, _: {"alpha": params["alpha"]},
            differs=_ONE_DRAW + " The rectangle is the same in all of them.",
        ),
        "mix_up": Transform(
            name="MixUp",
            differs=_ONE_DRAW + " It fails with uint8, so the script gives it floats.",
            call=lambda params, _: Call(
                "in_floats", {"transform": Call("v2.MixUp", {"alpha": params["alpha"]})}
            ),
        ),
        "cutout": Transform(
            name="RandomErasing",
            arguments=_cutout,
            differs="It draws the area, which the script gives as that of the smallest and of the "
            "largest rectangle, and an aspect ratio from 0.3 to 3.3, and the rectangle is always "
            "entirely inside the picture. " + _FITS,
        ),
        "random_erasing": Transform(
            name="RandomErasing",
            arguments=_erasing,
            differs="Its noise is made for floats: in uint8 its levels are within a few of black and of "
            "white. " + _FITS,
        ),
        "elastic": Transform(
            name="ElasticTransform",
            arguments=_elastic,
            differs="It moves pixels as strongly in every picture; the script gives half of what the "
            "recipe draws at most. Near the border it moves them farther, and its smoothness ends at a "
            "quarter of the shorter side. " + _FILL,
        ),
        "flip": Transform(name="RandomHorizontalFlip, RandomVerticalFlip", call=_flip),
        "perspective": Transform(
            name="RandomPerspective",
            arguments=lambda params, _: {
                "distortion_scale": round(2.0 * params["factor"], 6),
                "p": 1.0,
                **_border(params),
            },
            differs="It moves the corners inwards only, so the whole picture stays visible. "
            + _FILL,
        ),
        "random_crop": Transform(
            name="RandomCrop",
            arguments=_crop,
            differs="It takes the size and the padding in pixels.",
        ),
        "random_resized_crop": Transform(
            name="RandomResizedCrop",
            arguments=_resized_crop,
            differs="Its ratio is that of the width to the height, so the script gives that of these "
            "pictures times the recipe's. Where a crop does not fit, it draws again, so large ones are "
            "rarer.",
        ),
        "rot90": Transform(
            name="RandomRotation",
            call=_rot90,
            differs="A choice of three rotations by one angle. Of a picture that is not square, quarter "
            "turns leave black beside the picture, and lose its ends.",
        ),
        "rotate": Transform(
            name="RandomRotation",
            arguments=lambda params, _: {
                "degrees": round(360.0 * params["factor"], 4),
                **_border(params),
            },
            differs=_FILL,
        ),
        "shear_x": Transform(
            name="RandomAffine",
            arguments=_affine(
                lambda params: {
                    "shear": (-_shear(params["x_factor"]), _shear(params["x_factor"])),
                    "center": [0.5, 0.5],
                }
            ),
            differs="It draws the angle uniformly, not its tangent. By default it shears about the "
            "centre, not about the top edge. " + _FILL,
        ),
        "shear_y": Transform(
            name="RandomAffine",
            arguments=_affine(
                lambda params: {
                    "shear": (0, 0, -_shear(params["y_factor"]), _shear(params["y_factor"])),
                    "center": [0.5, 0.5],
                }
            ),
            differs="It draws the angle uniformly, not its tangent. By default it shears about the "
            "centre, not about the left edge. " + _FILL,
        ),
        "translate_x": Transform(
            name="RandomAffine",
            arguments=_affine(lambda params: {"translate": (params["width_factor"], 0)}),
            differs="It shifts by whole pixels. " + _FILL,
        ),
        "translate_y": Transform(
            name="RandomAffine",
            arguments=_affine(lambda params: {"translate": (0, params["height_factor"])}),
            differs="It shifts by whole pixels. " + _FILL,
        ),
        "zoom": Transform(
            name="RandomAffine",
            arguments=_affine(
                lambda params: {
                    "scale": (round(1 - params["factor"], 6), round(1 + params["factor"], 6))
                }
            ),
            differs=_FILL,
        ),
        "channel_shuffle": Transform(name="RandomChannelPermutation"),
        "color_degeneration": Transform(
            name="ColorJitter",
            arguments=lambda params, _: {"saturation": (round(1 - params["factor"], 6), 1.0)},
        ),
        "gaussian_blur": Transform(
            name="GaussianBlur",
            arguments=_blur,
            differs="It measures the blur in pixels, so it varies with the size of the picture.",
        ),
        "gaussian_noise": Transform(
            name="GaussianNoise",
            call=lambda params, _: _drawn(
                "gaussian_noise", sigma=f"uniform(0.0, {params['stddev']})"
            ),
            differs="It makes the same amount of noise in every picture, so the script draws one and "
            "calls its function.",
        ),
        "grayscale": Transform(
            name="Grayscale", arguments=lambda _params, _size: {"num_output_channels": 3}
        ),
        "hue": Transform(name="ColorJitter", arguments=lambda params, _: {"hue": params["factor"]}),
        "jpeg_quality": Transform(
            name="JPEG", arguments=lambda params, _: {"quality": (params["quality"], 100)}
        ),
        "saturation": Transform(name="ColorJitter", arguments=_around_one("saturation")),
        "sharpness": Transform(
            name="RandomAdjustSharpness",
            call=lambda params, _: _drawn(
                "adjust_sharpness",
                sharpness_factor=f"uniform({1 - params['factor']:.6g}, {1 + params['factor']:.6g})",
            ),
            differs="It has one multiplier for every picture, so the script draws one and calls its "
            "function.",
        ),
        "auto_contrast": Transform(
            name="RandomAutocontrast", arguments=lambda _params, _size: {"p": 1.0}
        ),
        "brightness": Transform(
            name="ColorJitter",
            arguments=_around_one("brightness"),
            differs="It always multiplies, so black stays black; it has no additive method.",
        ),
        "contrast": Transform(
            name="ColorJitter",
            arguments=_around_one("contrast"),
            differs="It always uses the mean of the greyscale picture, never that of each channel.",
        ),
        "equalize": Transform(name="RandomEqualize", arguments=lambda _params, _size: {"p": 1.0}),
        "gamma": Transform(
            name="functional.adjust_gamma",
            call=lambda params, _: _drawn(
                "adjust_gamma",
                gamma=f"math.exp(uniform({-params['log_gamma']}, {params['log_gamma']}))",
            ),
            differs="There is only the function, so the script draws the power.",
        ),
        "invert": Transform(name="RandomInvert", arguments=lambda _params, _size: {"p": 1.0}),
        "posterize": Transform(
            name="RandomPosterize",
            call=lambda params, _: _drawn(
                "posterize", bits=f"int(torch.randint({params['bits']}, 9, ()))"
            ),
            differs="It keeps the same number of bits in every picture, so the script draws one and "
            "calls its function.",
        ),
        "solarize": Transform(
            name="RandomSolarize",
            call=lambda params, _: _drawn(
                "solarize", threshold=f"uniform(0.0, {min(params['threshold_factor'], 255.0)})"
            ),
            differs="It has the same threshold for every picture, so the script draws one and calls its "
            "function. It adds nothing, and its threshold ends at 255, so white always becomes black.",
        ),
    }
)
"""The transforms by op; what is not there has none, but the policies of other steps."""

COUNTERPARTS: Mapping[str, Counterpart] = MappingProxyType(
    {
        "one_of": Counterpart("RandomChoice"),
        "random_pipeline": Counterpart(
            "RandomChoice", "It chooses once, so the script repeats it, each time with the rate."
        ),
        **{op: Counterpart(one.name, one.differs) for op, one in TRANSFORMS.items()},
    }
)
"""What an op is called in torchvision.transforms.v2, and how it differs there."""

_SCRIPT = Template(
    '''\
"""Augmentation with torchvision 0.28, from a recipe.

It needs the packages torch and torchvision. The transforms draw from the generator of
torch, which torch.manual_seed seeds; each worker of a data loader has its own. What is
measured in pixels is for pictures of $height x $width.
$about"""

$imports$helpers
TRANSFORMS = $transforms


def augment_sample(image, label):
    """Augment a picture.

    Args:
        image: uint8 (3, H, W), RGB.
        label: float32 (K,), one-hot.

    Returns:
        The picture and its label, of the same shapes and types.
    """
    for transform in TRANSFORMS:
        image, label = transform(image, label)
    return image, label


$batch$ending'''
)

_BATCH = Template(
    '''\
BATCH_TRANSFORMS = $transforms


def augment_batch(samples):
    """Make a batch of samples, and do what needs a batch: for collate_fn of a data loader.

    Args:
        samples: Pictures with their labels, as augment_sample returns them.

    Returns:
        uint8 (B, 3, H, W), and float32 (B, K), rows summing to 1.
    """
    images, labels = map(torch.stack, zip(*samples))
    for transform in BATCH_TRANSFORMS:
        images, labels = transform(images, labels)
    return images, labels


'''
)

_HELPERS = {
    "uniform": '''\
def uniform(low, high):
    """Draw a number."""
    return float(torch.empty(()).uniform_(low, high))
''',
    "Drawn": '''\
class Drawn(v2.Transform):
    """Call a function of torchvision with what is drawn for each picture."""

    def __init__(self, function, **draws):
        super().__init__()
        self.function, self.draws = function, draws

    def make_params(self, flat_inputs):
        return {name: draw() for name, draw in self.draws.items()}

    def transform(self, inpt, params):
        return self.function(inpt, **params)
''',
    "for_classes": '''\
def for_classes(transform, classes):
    """Apply a transform to a picture of some classes."""

    def apply(image, label):
        if int(label.argmax()) in classes:
            return transform(image, label)
        return image, label

    return apply
''',
    "random_pipeline": '''\
def random_pipeline(transforms, augmentations_per_image, rate):
    """Apply one of several transforms, or none, several times in a row."""
    some = v2.RandomApply([v2.RandomChoice(transforms)], p=rate)
    return v2.Compose([some] * augmentations_per_image)
''',
    "merged": '''\
def merged(chosen, outputs, inputs):
    """Take the chosen samples from the outputs, and the others from the inputs."""
    images = torch.where(chosen[:, None, None, None], outputs[0], inputs[0])
    return images, torch.where(chosen[:, None], outputs[1], inputs[1])
''',
    "in_floats": '''\
def in_floats(transform):
    """Apply a transform of batches that needs floats."""

    def apply(images, labels):
        images, labels = transform(images.float(), labels)
        return images.round().to(torch.uint8), labels

    return apply
''',
    "for_each": '''\
def for_each(transform):
    """Apply a transform to each sample of a batch."""

    def apply(images, labels):
        samples = [transform(image, label) for image, label in zip(images, labels)]
        images, labels = map(torch.stack, zip(*samples))
        return images, labels

    return apply
''',
    "for_some": '''\
def for_some(transform, rate, classes=None):
    """Apply a transform of batches to some of the samples.

    Args:
        transform: What to apply.
        rate: The probability that it happens to a sample.
        classes: The classes that it is for, or None for all. The class of a sample is
            the largest entry of its label by now, after what mixed it before.
    """

    def apply(images, labels):
        chosen = torch.rand(len(labels)) < rate
        if classes is not None:
            chosen &= torch.isin(labels.argmax(dim=1), torch.tensor(classes))
        return merged(chosen, transform(images, labels), (images, labels))

    return apply
''',
    "one_of": '''\
def one_of(transforms):
    """Apply one of several transforms of batches to each sample."""

    def apply(images, labels):
        which = torch.randint(len(transforms), (len(labels),))
        result = images, labels
        for index, transform in enumerate(transforms):
            result = merged(which == index, transform(images, labels), result)
        return result

    return apply
''',
    "batch_pipeline": '''\
def batch_pipeline(transforms, augmentations_per_image, rate):
    """Apply one of several transforms of batches, or none, several times in a row."""
    some = for_some(transform=one_of(transforms=transforms), rate=rate)

    def apply(images, labels):
        for _ in range(augmentations_per_image):
            images, labels = some(images, labels)
        return images, labels

    return apply
''',
}
"""Functions that a script defines where it needs them; those that others call come first."""

_EXAMPLE = Template(
    """\
if __name__ == "__main__":
    images = torch.randint(0, 256, (8, 3, $height, $width), dtype=torch.uint8)
    labels = torch.eye(4)[torch.arange(8) % 4]
    samples = [augment_sample(image, label) for image, label in zip(images, labels)]
    loader = torch.utils.data.DataLoader(samples, batch_size=4$collate)
    for images, labels in loader:
        print(tuple(images.shape), tuple(labels.shape))
"""
)

_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    from PIL import Image

    given = $call
    images = torch.tensor(given.images).permute(0, 3, 1, 2)
    labels = torch.tensor(given.labels)
    samples = [augment_sample(image, label) for image, label in zip(images, labels)]
    images, labels = $batch
    picture = Path(__file__).with_suffix(".png")
    side_by_side = torch.cat(list(images.permute(0, 2, 3, 1)), dim=1)
    Image.fromarray(side_by_side.numpy()).save(picture)
    print(picture)
"""
)
