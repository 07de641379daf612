"""What does the like of one op elsewhere: keras_cv, Pillow and albumentations, at similar strength.

Each returns a step over the same pictures, by the name of the op; an op without a counterpart is not
there. Pillow gets pictures that are Pillow's already and fixed values; albumentations and keras_cv draw
as they go, because they cannot do otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from augment import Recipe, registry
from augment.export import to_keras_cv
from benchmarks._turns import Step

Images = npt.NDArray[np.uint8]


def keras_cv(recipes: Mapping[str, Recipe], images: Images, labels: Any) -> dict[str, Step]:
    """Return the layers of the exported scripts, as graphs over a whole batch."""
    import tensorflow as tf

    inputs = {"images": tf.constant(images, tf.float32), "labels": tf.constant(labels)}

    def step(recipe: Recipe) -> Step:
        script: dict[str, Any] = {}
        exec(to_keras_cv(recipe, size=images.shape[1:3]), script)
        graph = tf.function(script["augment_batch"])
        return lambda: graph(inputs)["images"].numpy()

    ops = registry()
    return {name: step(recipe) for name, recipe in recipes.items() if ops[name].twin}


def pillow(images: Images) -> dict[str, Step]:
    """Return Pillow's own functions, picture by picture."""
    pictures = [Image.fromarray(image) for image in images]
    height, width = images.shape[1:3]
    bilinear = Image.Resampling.BILINEAR

    def affine(*matrix: float) -> Callable[[Any], Any]:
        size, kind = (width, height), Image.Transform.AFFINE
        return lambda picture: picture.transform(size, kind, matrix, bilinear)

    def corners(picture: Any) -> Any:
        moved = (0.9, 0.05, 9.0, 0.03, 0.95, 7.0, 1e-4, 2e-4)
        return picture.transform((width, height), Image.Transform.PERSPECTIVE, moved, bilinear)

    def cut(picture: Any) -> Any:
        box = (width // 5, height // 5, width * 4 // 5, height * 4 // 5)
        return picture.resize((width, height), bilinear, box)

    def saved(picture: Any) -> Any:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=70)
        return Image.open(file).convert("RGB")

    functions: dict[str, Callable[[Any], Any]] = {
        "random_resized_crop": cut,
        "flip": ImageOps.mirror,
        "perspective": corners,
        "rotate": lambda picture: picture.rotate(14, bilinear),
        "shear_x": affine(1, 0.15, 0, 0, 1, 0),
        "shear_y": affine(1, 0, 0, 0.15, 1, 0),
        "translate_x": affine(1, 0, 33.6, 0, 1, 0),
        "translate_y": affine(1, 0, 0, 0, 1, 33.6),
        "zoom": affine(0.9, 0, 11.2, 0, 0.9, 11.2),
        "color_degeneration": lambda picture: ImageEnhance.Color(picture).enhance(0.75),
        "gaussian_blur": lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
        "grayscale": lambda picture: picture.convert("L").convert("RGB"),
        "jpeg_quality": saved,
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


def albumentations(images: Images) -> dict[str, Step]:
    """Return albumentations' transforms, picture by picture, each always on."""
    import albumentations as A  # noqa: N812 - its users' name for it
    import cv2

    height, width = images.shape[1:3]
    on = {"p": 1}
    reflected = {"border_mode": cv2.BORDER_REFLECT, **on}
    padded = (height * 5 // 4, width * 5 // 4)
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
            [A.PadIfNeeded(*padded, border_mode=cv2.BORDER_REFLECT), A.RandomCrop(height, width)]
        ),
        "random_resized_crop": A.RandomResizedCrop((height, width), scale=(0.3, 1), **on),
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
        name: lambda transform=transform: [transform(image=image)["image"] for image in images]
        for name, transform in transforms.items()
    }
