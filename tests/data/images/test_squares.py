from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode, squares
from augment.errors import DataError
from tests.data.images import picture_files as files


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "focus", "box"),
    [
        (60, 40, (0.5, 0.5), (10, 0, 50, 40)),
        (40, 60, (0.5, 0.5), (0, 10, 40, 50)),
        (60, 40, (0.0, 0.5), (0, 0, 40, 40)),
        (60, 40, (1.0, 0.5), (20, 0, 60, 40)),
        (40, 60, (0.5, 0.4), (0, 4, 40, 44)),
        (50, 50, (0.1, 0.9), (0, 0, 50, 50)),
    ],
)
def test_the_square_stays_inside_and_follows_the_focus(
    width: int, height: int, focus: tuple[float, float], box: squares.Box
) -> None:
    assert squares.square_box(width, height, focus) == box


def test_shrinking_averages() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 254
    small = squares.cut(stripes, (0, 0, 128, 128), 32)
    np.testing.assert_array_equal(small, np.full((32, 32, 3), 127, np.uint8))


def test_shrinking_by_a_broken_factor_weighs_by_area() -> None:
    large = np.random.default_rng(4).integers(0, 256, (50, 50, 3), np.uint8)
    edges = np.arange(51.0)
    cells = np.linspace(0, 50, 33)
    # How much of each source pixel lies in each of the 32 target pixels.
    share = np.clip(
        np.minimum(edges[1:], cells[1:, None]) - np.maximum(edges[:-1], cells[:-1, None]), 0, None
    ) * (32 / 50)
    expected = np.einsum("yh,hwc,xw->yxc", share, large.astype(float), share)
    found = squares.cut(large, (0, 0, 50, 50), 32)
    assert np.abs(found - expected).max() < 1.01


def test_the_same_size_is_the_same_picture(image: np.ndarray) -> None:
    np.testing.assert_array_equal(squares.cut(image, (5, 4, 37, 36), 32), image[4:36, 5:37])


@pytest.mark.parametrize("size", [16, 32, 100])
def test_nothing_outside_the_box_has_any_influence(image: np.ndarray, size: int) -> None:
    other = np.full_like(image, 255)
    other[4:36, 8:40] = image[4:36, 8:40]
    box = (8, 4, 40, 36)
    np.testing.assert_array_equal(squares.cut(image, box, size), squares.cut(other, box, size))


SHAPES = {
    "both shrink": (400, 700),
    "both grow": (90, 60),
    "one grows": (100, 500),
    "the other grows": (700, 90),
    "one stays": (128, 300),
    "as it is": (128, 128),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("how", ["crop", "stretch"])
def test_fitting_is_what_tensorflow_does_with_antialiased_cubics(shape: str, how: str) -> None:
    tf = pytest.importorskip("tensorflow")
    image = files.photograph(*SHAPES[shape])
    found = squares.fit(image, 128, how)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert found.flags.writeable
    left, top, right, bottom = squares.square_box(image.shape[1], image.shape[0])
    seen = image[top:bottom, left:right] if how == "crop" else image
    other = tf.image.resize(seen, (128, 128), method="bicubic", antialias=True).numpy()
    off = np.abs(found - other.clip(0, 255))
    assert off.mean() < 0.6
    assert off.max() <= 4


@pytest.mark.parametrize("height", [320, 480])
@pytest.mark.parametrize("width", [40, 80, 640])
@pytest.mark.parametrize("turned", [False, True])
def test_a_side_that_shrinks_skips_nothing_even_where_the_other_grows(
    height: int, width: int, turned: bool
) -> None:
    """Lines of one pixel turn grey; where some were skipped, they would stay or vanish."""
    lines = np.zeros((height, width, 3), np.uint8)
    lines[::2] = 254
    found = squares.fit(lines.swapaxes(0, 1) if turned else lines, 80, "stretch")
    assert np.abs(found.astype(int) - 127).max() <= 12


@pytest.mark.parametrize("size", [45, 89, 120])
def test_cropping_takes_the_middle_to_the_half_pixel(size: int) -> None:
    ramp = np.broadcast_to(np.arange(20, 222, 2, dtype=np.uint8)[:, None, None], (101, 90, 3))
    for picture in (ramp, ramp[::-1], ramp.swapaxes(0, 1)):
        found = squares.fit(picture, size, "crop")
        assert found.shape == (size, size, 3)
        # The middle of the ramp, where half a pixel would be 1 level, and 90 pixels of it, not 91.
        assert abs(found.mean() - 120) < 0.4
        assert abs(np.ptp(found.astype(float)) / (size - 1) * size / 2 - 90) < 0.7


def test_what_has_the_size_stays_as_it_is(image: np.ndarray) -> None:
    np.testing.assert_array_equal(squares.fit(image, 40, "crop"), image[:, 10:50])
    np.testing.assert_array_equal(squares.fit(image[:, :45], 40, "crop"), image[:, 2:42])
    np.testing.assert_array_equal(squares.fit(image[:, :40], 40, "stretch"), image[:, :40])


@pytest.mark.parametrize("size", [64, 100, 224])
def test_the_least_side_is_enough(size: int) -> None:
    """A square of a picture that was decoded small is nearly that of the whole, by Lanczos's filter."""
    image = files.photograph(500, 660)
    data = files.saved(image, "JPEG", quality=95, subsampling=0)
    whole = decode.decode(data, "x")
    small = decode.decode(data, "x", least_side=squares.least_side(size))
    assert small.shape < whole.shape
    best = Image.fromarray(whole).resize(
        (size, size), Image.Resampling.LANCZOS, box=(80, 0, 580, 500)
    )
    off = np.abs(squares.fit(small, size, "crop").astype(int) - np.asarray(best))
    assert off.mean() < 1
    assert off.max() <= 8


def test_an_unknown_fit_is_refused(image: np.ndarray) -> None:
    with pytest.raises(DataError, match="must be one of crop, stretch"):
        squares.fit(image, 32, "pad")
