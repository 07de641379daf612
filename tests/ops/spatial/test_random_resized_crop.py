from __future__ import annotations

import math
from types import ModuleType

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn
from tests.ops.spatial_reference import pixels, sampled

# Left, top, width and height of a crop, as fractions of the sides.
CROPS = [(0.0, 0.0, 0.5, 0.5), (0.25, 0.5, 0.75, 0.25), (0.5, 0.125, 0.25, 0.875)]
DRAWN = [
    {"area": 0.3, "aspect": 1.2, "across": 0.1, "down": 0.9},
    {"area": 0.9, "aspect": 0.75, "across": 0.5, "down": 0.3},
    {"area": 0.6, "aspect": 2.5, "across": 0.7, "down": 0.001},
]


def values_of(left: float, top: float, width: float, height: float) -> dict[str, float]:
    """Return the drawn values that give a crop."""
    return {
        "area": width * height,
        "aspect": width / height,
        "across": left / (1.0 - width),
        "down": top / (1.0 - height),
    }


def crop_of(height: int, width: int, **values: float) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the crop, in pixels from the picture's upper left."""
    op = augment.registry()["random_resized_crop"]
    (wide, _, x0), (_, high, y0) = op.function(height, width, **{**op.defaults, **values})
    return x0 + (1 - wide) / 2, y0 + (1 - high) / 2, wide * width, high * height


@pytest.mark.parametrize("crop", CROPS)
def test_equals_a_crop_resized_by_opencv_and_pillow(
    picture: Picture, crop: tuple[float, float, float, float]
) -> None:
    """Except at the edge of the crop, where only our sampling uses pixels beyond it.

    Pictures are cut to whole crops first. Pillow and OpenCV round a weight to 8 and 11 bits.
    """
    height, width = (side // 8 * 8 for side in picture.shape[:2])
    picture = np.ascontiguousarray(picture[:height, :width])
    left, top, wide, high = (
        round(part * side) for part, side in zip(crop, (width, height) * 2, strict=True)
    )
    cut = np.ascontiguousarray(picture[top : top + high, left : left + wide])
    ours = apply_op("random_resized_crop", picture, **values_of(*crop))
    edge_x, edge_y = math.ceil(width / wide / 2), math.ceil(height / high / 2)
    inner = np.s_[edge_y:-edge_y, edge_x:-edge_x]
    resized = cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR)
    assert_near(ours[inner], resized[inner], share=0.995)
    pillows = np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR))
    assert_near(ours[inner], pillows[inner], share=0.995)


@pytest.mark.parametrize("values", DRAWN)
def test_equals_scipy(picture: Picture, values: dict[str, float]) -> None:
    """Also at the edges, with pixels beyond the crop, and the reflection beyond the picture."""
    x, y = pixels(picture)
    height, width = picture.shape[:2]
    left, top, wide, high = crop_of(height, width, **values)
    scipys = sampled(
        picture, left + (x + 0.5) * wide / width - 0.5, top + (y + 0.5) * high / height - 0.5
    )
    assert_near(apply_op("random_resized_crop", picture, **values), scipys, share=0.995)


def test_crops_lie_within_the_picture_and_have_their_area() -> None:
    drawn_values = drawn("random_resized_crop", crop_area_factor=0.05, aspect_ratio_factor=3.0)
    names = ("area", "aspect", "across", "down")
    width, height, misshapen = 300, 200, 0
    for case in zip(*map(drawn_values.get, names), strict=True):
        values = dict(zip(names, case, strict=True))
        area, aspect = case[:2]
        left, top, wide, high = crop_of(height, width, **values)
        assert min(left, top) >= -1e-9
        assert left + wide <= width + 1e-9
        assert top + high <= height + 1e-9
        assert wide * high == pytest.approx(area * width * height)
        shape = (wide / width) / (high / height)
        misshapen += shape != pytest.approx(aspect)
        # The aspect gives way towards the picture's own, and no further than it must.
        assert shape == pytest.approx(np.clip(aspect, area, 1.0 / area))
    assert 0 < misshapen < len(drawn_values["area"])


def test_a_crop_of_the_whole_picture_changes_nothing(picture: Picture) -> None:
    for aspect in (0.75, 1.0, 1.3):
        whole = {"area": 1.0, "aspect": aspect, "across": 0.3, "down": 0.8}
        np.testing.assert_array_equal(apply_op("random_resized_crop", picture, **whole), picture)


def test_draws_areas_and_ratios_and_places_uniformly() -> None:
    values = drawn("random_resized_crop", crop_area_factor=0.2, aspect_ratio_factor=2.0)
    assert_distributed(values["area"], stats.uniform(0.2, 0.8))
    assert_distributed(np.log2(values["aspect"]), stats.uniform(-1.0, 2.0))
    for name in ("across", "down"):
        assert_distributed(values[name], stats.uniform())


@pytest.mark.slow
@pytest.mark.parametrize("values", DRAWN[:2])
def test_equals_the_crop_of_keras_cv_from_corner_to_corner(
    picture: Picture, keras: ModuleType, values: dict[str, float]
) -> None:
    """Their box spans the centres of its first and last pixel, so ours is shifted to match."""
    height, width = picture.shape[:2]
    left, top, wide, high = crop_of(height, width, **values)
    box_x = (left + (wide / width - 1) / 2) / (width - 1)
    box_y = (top + (high / height - 1) / 2) / (height - 1)
    layer = keras.layers.RandomCropAndResize((height, width), (0.3, 1.0), (0.75, 1.33))
    box = [[box_y, box_x, box_y + high / height, box_x + wide / width]]
    theirs = np.asarray(layer._crop_and_resize(picture.astype(np.float32), box))
    ours = apply_op("random_resized_crop", picture, **values)
    assert_near(ours, np.rint(theirs).astype(np.uint8), share=0.995)


@pytest.mark.slow
def test_keras_cv_crops_areas_and_ratios_of_the_same_range(keras: ModuleType) -> None:
    arguments = augment.registry()["random_resized_crop"].twin.arguments(
        {"crop_area_factor": 0.6, "aspect_ratio_factor": 1.25}
    )
    layer = keras.layers.RandomCropAndResize(**{**arguments, "target_size": (24, 32)})
    boxes = np.array([np.ravel(layer.get_random_transformation()) for _ in range(300)])
    high, wide = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    assert 0.6 - 1e-5 <= (high * wide).min() < 0.65
    assert 1 / 1.25 - 1e-5 <= (wide / high).min() < 0.9
    assert 1.1 < (wide / high).max() <= 1.25 + 1e-5
    assert layer(np.zeros((2, 24, 32, 3), np.float32)).shape == (2, 24, 32, 3)
