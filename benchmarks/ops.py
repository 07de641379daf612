"""The cost of each op alone, against its counterparts in keras_cv, Pillow and albumentations.

    python -m benchmarks.ops [--seconds 0.1] [--rounds 3] [--ops NAME ...]

Microseconds per image of 224 px, in a batch of 32 on one thread: for drawing, and for rendering what was
drawn before, each op at its defaults and always on. The floor is copying the image. A counterpart has
a similar strength: keras_cv's layers run as graphs on every core; Pillow's functions get Pillow images
and fixed values; keras_cv and albumentations draw as they render, because they cannot do otherwise. An
op without a counterpart has an empty cell. All take turns and the median round counts.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

import augment
from augment.export import to_keras_cv
from benchmarks import _measure
from benchmarks._inputs import one_hot, photographs, recipe
from benchmarks._measure import Step

BATCH, SIZE, CLASSES, EPOCHS = 32, 224, 102, 4
IMAGES, LABELS, IDS = photographs(BATCH, SIZE), one_hot(BATCH, CLASSES), np.arange(BATCH)
CHILDREN = [{"op": "solarize"}, {"op": "shear_x"}, {"op": "grayscale"}]
COLUMNS = ("draw", "render", "keras_cv", "pillow", "albumentations")


def main() -> None:
    names = list(augment.registry())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="per op and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ops", nargs="+", choices=names, default=names, metavar="NAME")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    measured = {
        ("floor", "copying"): lambda: [image.copy() for image in IMAGES],
        ("floor", "an empty recipe"): rendering(recipe([])),
        **steps(options.ops),
    }
    times = _measure.seconds_per_call(measured, seconds=options.seconds, rounds=options.rounds)
    cost = {case: seconds / BATCH * 1e6 for case, seconds in times.items()}
    for (column, name), each in cost.items():
        if column == "floor":
            print(f"{name:20}{each:8,.1f} us per image")
    print(" " * 20 + "".join(f"{column:>15}" for column in COLUMNS))
    for name in options.ops:
        numbers = (cost.get((column, name)) for column in COLUMNS)
        print(
            f"{name:20}" + "".join(f"{number:15,.1f}" if number else " " * 15 for number in numbers)
        )
    table: dict[str, dict[str, float]] = {}
    for (column, name), each in cost.items():
        table.setdefault(name, {})["us" if column == "floor" else column] = each
    packages = ["numpy", "opencv-python-headless", "pillow"]
    packages += [peer for peer in ("keras-cv", "albumentations") if _measure.installed(peer)]
    _measure.write(
        "ops",
        {
            "machine": _measure.machine(*packages),
            "setting": {
                "batch": BATCH,
                "size": SIZE,
                "seconds": options.seconds,
                "rounds": options.rounds,
            },
            "us_per_picture": _measure.rounded(table, 2),
        },
    )


def alone(name: str) -> augment.Recipe:
    """Return a recipe of one op that is always applied."""
    op = augment.registry()[name]
    rate = {"rate": 1.0} if "rate" in op.params else {}
    children = {"steps": CHILDREN} if op.takes_steps else {}
    return recipe([{"op": name, **rate, **children}])


def drawing(measured: augment.Recipe) -> Step:
    epochs = itertools.count()
    return lambda: augment.draw(measured, IDS, seed=7, epoch=next(epochs), labels=LABELS)


def rendering(measured: augment.Recipe) -> Step:
    plans = [
        augment.draw(measured, IDS, seed=7, epoch=epoch, labels=LABELS) for epoch in range(EPOCHS)
    ]
    cycled = itertools.cycle(plans)
    return lambda: augment.render(next(cycled), IMAGES, LABELS)


def steps(names: list[str]) -> dict[tuple[str, str], Step]:
    """Return the steps to time, by column and op."""
    recipes = {name: alone(name) for name in names}
    columns: dict[str, Any] = {
        "draw": {name: drawing(each) for name, each in recipes.items()},
        "render": {name: rendering(each) for name, each in recipes.items()},
        "pillow": pillow(),
    }
    if _measure.installed("keras_cv"):
        columns["keras_cv"] = keras_cv(recipes)
    if _measure.installed("albumentations"):
        columns["albumentations"] = albumentations()
    return {
        (column, name): step
        for column, by_name in columns.items()
        for name, step in by_name.items()
        if name in recipes
    }


def keras_cv(recipes: Mapping[str, augment.Recipe]) -> dict[str, Step]:
    """Return the layers of the exported scripts as graphs over a batch, by the name of the op."""
    import tensorflow as tf

    inputs = {"images": tf.constant(IMAGES, tf.float32), "labels": tf.constant(LABELS)}

    def step(recipe: augment.Recipe) -> Step:
        script: dict[str, Any] = {}
        exec(to_keras_cv(recipe, size=(SIZE, SIZE)), script)
        graph = tf.function(script["augment_batch"])
        return lambda: graph(inputs)["images"].numpy()

    ops = augment.registry()
    return {name: step(recipe) for name, recipe in recipes.items() if ops[name].twin}


def pillow() -> dict[str, Step]:
    """Return Pillow's functions, image by image, by the name of the op."""
    pictures = [Image.fromarray(image) for image in IMAGES]
    bilinear = Image.Resampling.BILINEAR

    def affine(*matrix: float) -> Callable[[Any], Any]:
        kind = Image.Transform.AFFINE
        return lambda picture: picture.transform((SIZE, SIZE), kind, matrix, bilinear)

    def perspective(picture: Any) -> Any:
        coefficients = (0.9, 0.05, 9.0, 0.03, 0.95, 7.0, 1e-4, 2e-4)
        return picture.transform((SIZE, SIZE), Image.Transform.PERSPECTIVE, coefficients, bilinear)

    def crop(picture: Any) -> Any:
        box = (SIZE // 5, SIZE // 5, SIZE * 4 // 5, SIZE * 4 // 5)
        return picture.resize((SIZE, SIZE), bilinear, box)

    def jpeg(picture: Any) -> Any:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=70)
        return Image.open(file).convert("RGB")

    functions: dict[str, Callable[[Any], Any]] = {
        "random_resized_crop": crop,
        "flip": ImageOps.mirror,
        "perspective": perspective,
        "rotate": lambda picture: picture.rotate(14, bilinear),
        "shear_x": affine(1, 0.15, 0, 0, 1, 0),
        "shear_y": affine(1, 0, 0, 0.15, 1, 0),
        "translate_x": affine(1, 0, 33.6, 0, 1, 0),
        "translate_y": affine(1, 0, 0, 0, 1, 33.6),
        "zoom": affine(0.9, 0, 11.2, 0, 0.9, 11.2),
        "color_degeneration": lambda picture: ImageEnhance.Color(picture).enhance(0.75),
        "gaussian_blur": lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
        "grayscale": lambda picture: picture.convert("L").convert("RGB"),
        "jpeg_quality": jpeg,
        "saturation": lambda picture: ImageEnhance.Color(picture).enhance(1.2),
        "sharpness": lambda picture: ImageEnhance.Sharpness(picture).enhance(1.5),
        "auto_contrast": ImageOps.autocontrast,
        "brightness": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
        "contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(1.15),
        "equalize": ImageOps.equalize,
        "invert": ImageOps.invert,
        "posterize": lambda picture: ImageOps.posterize(picture, 4),
        "solarize": lambda picture: ImageOps.solarize(picture, 128),
    }
    return {
        name: lambda function=function: [function(picture) for picture in pictures]
        for name, function in functions.items()
    }


def albumentations() -> dict[str, Step]:
    """Return albumentations' transforms, image by image and always on, by the name of the op."""
    import albumentations as A  # noqa: N812 - the usual alias
    import cv2

    on = {"p": 1}
    reflected = {"border_mode": cv2.BORDER_REFLECT, **on}
    padded = (SIZE * 5 // 4, SIZE * 5 // 4)
    transforms: dict[str, Any] = {
        "cutout": A.CoarseDropout(
            num_holes_range=(1, 1),
            hole_height_range=(0.01, 0.5),
            hole_width_range=(0.01, 0.5),
            **on,
        ),
        "grid_mask": A.GridDropout(ratio=0.5, unit_size_range=(67, 112), **on),
        "random_erasing": A.Erasing(fill="random", **on),
        "elastic": A.ElasticTransform(alpha=60, sigma=15, **on),
        "flip": A.HorizontalFlip(**on),
        "perspective": A.Perspective(scale=(0, 0.1), **reflected),
        "random_crop": A.Compose(
            [A.PadIfNeeded(*padded, border_mode=cv2.BORDER_REFLECT), A.RandomCrop(SIZE, SIZE)]
        ),
        "random_resized_crop": A.RandomResizedCrop((SIZE, SIZE), scale=(0.3, 1), **on),
        "rotate": A.Rotate(limit=29, **reflected),
        "shear_x": A.Affine(shear={"x": (-17, 17), "y": (0, 0)}, **reflected),
        "shear_y": A.Affine(shear={"x": (0, 0), "y": (-17, 17)}, **reflected),
        "translate_x": A.Affine(translate_percent={"x": (-0.3, 0.3), "y": 0}, **reflected),
        "translate_y": A.Affine(translate_percent={"x": 0, "y": (-0.3, 0.3)}, **reflected),
        "zoom": A.Affine(scale=(0.8, 1.2), **reflected),
        "channel_shift": A.RGBShift(25, 25, 25, **on),
        "channel_shuffle": A.ChannelShuffle(**on),
        "color_degeneration": A.ColorJitter(0, 0, (0.5, 1.0), 0, **on),
        "gaussian_blur": A.GaussianBlur(sigma_limit=(0.1, 2.0), **on),
        "gaussian_noise": A.GaussNoise(std_range=(0, 0.1), **on),
        "grayscale": A.ToGray(**on),
        "hue": A.ColorJitter(0, 0, 0, 0.1, **on),
        "jpeg_quality": A.ImageCompression(quality_range=(40, 100), **on),
        "saturation": A.ColorJitter(0, 0, (0.6, 1.4), 0, **on),
        "sharpness": A.Sharpen(alpha=(0, 0.5), **on),
        "auto_contrast": A.AutoContrast(**on),
        "brightness": A.RandomBrightnessContrast(0.2, 0, **on),
        "contrast": A.RandomBrightnessContrast(0, 0.3, **on),
        "equalize": A.Equalize(**on),
        "gamma": A.RandomGamma((74, 135), **on),
        "invert": A.InvertImg(**on),
        "posterize": A.Posterize(num_bits=4, **on),
        "solarize": A.Solarize(**on),
    }
    return {
        name: lambda transform=transform: [transform(image=image)["image"] for image in IMAGES]
        for name, transform in transforms.items()
    }


if __name__ == "__main__":
    main()
