from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from augment.data import pictures
from augment.errors import DataError
from tests.data import picture_files as files


def encoded(image: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)


def test_channels_are_red_green_blue(image: np.ndarray) -> None:
    np.testing.assert_array_equal(pictures.decode(encoded(image), "x"), image)


def test_a_photograph_is_turned_as_its_exif_data_ask(image: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees clockwise
    smooth = np.asarray(Image.fromarray(image).resize((48, 32)).resize((480, 320)))
    turned = pictures.decode(encoded(smooth, "JPEG", quality=95, exif=exif), "x")
    assert turned.shape == (480, 320, 3)
    assert np.abs(turned.astype(int) - np.rot90(smooth, -1)).mean() < 5


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_every_kind_of_picture_becomes_three_channels(mode: str) -> None:
    grey = Image.new("L", (20, 10), 200)
    picture = Image.new("I;16", (20, 10), 51400) if mode == "I;16" else grey.convert(mode)
    stream = io.BytesIO()
    picture.save(stream, "JPEG" if mode == "CMYK" else "PNG")
    decoded = pictures.decode(stream.getvalue(), "x")
    assert decoded.shape == (10, 20, 3)
    assert decoded.dtype == np.uint8
    assert np.abs(decoded.astype(int) - 200).max() <= 3


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_said_in_words(data: bytes) -> None:
    with pytest.raises(DataError, match=r"^rose\.jpg cannot be read as a picture"):
        pictures.decode(data, "rose.jpg")


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
    width: int, height: int, focus: tuple[float, float], box: pictures.Box
) -> None:
    assert pictures.square_box(width, height, focus) == box


def test_shrinking_averages() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 254
    small = pictures.cut(stripes, (0, 0, 128, 128), 32)
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
    found = pictures.cut(large, (0, 0, 50, 50), 32)
    assert np.abs(found - expected).max() < 1.01


def test_the_same_size_is_the_same_picture(image: np.ndarray) -> None:
    np.testing.assert_array_equal(pictures.cut(image, (5, 4, 37, 36), 32), image[4:36, 5:37])


@pytest.mark.parametrize("size", [16, 32, 100])
def test_nothing_outside_the_box_has_any_influence(image: np.ndarray, size: int) -> None:
    other = np.full_like(image, 255)
    other[4:36, 8:40] = image[4:36, 8:40]
    box = (8, 4, 40, 36)
    np.testing.assert_array_equal(pictures.cut(image, box, size), pictures.cut(other, box, size))


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 37 + k) * np.cos(y / 29 - k) for k in range(3)]
    return np.stack([127.5 + 127 * wave for wave in waves], -1).round().astype(np.uint8)


SHAPES = {
    "both shrink": (400, 700),
    "both grow": (90, 60),
    "one grows": (100, 500),
    "the other grows": (700, 90),
    "one stays": (128, 300),
    "as it is": (128, 128),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_stretching_takes_the_whole_picture_as_others_do(shape: str) -> None:
    image = smooth(*SHAPES[shape])
    found = pictures.fit(image, 128, "stretch")
    assert found.shape == (128, 128, 3)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    by_pillow = Image.fromarray(image).resize((128, 128), Image.Resampling.BILINEAR)
    assert np.abs(found.astype(int) - np.asarray(by_pillow)).max() <= 4


def test_stretching_is_what_tensorflow_does_with_antialiasing() -> None:
    tf = pytest.importorskip("tensorflow")
    for shape in SHAPES.values():
        image = smooth(*shape)
        other = tf.image.resize(image, (128, 128), antialias=True).numpy()
        assert np.abs(pictures.fit(image, 128, "stretch") - other).max() <= 4


@pytest.mark.parametrize(("height", "width"), [(320, 40), (40, 320), (320, 80), (480, 640)])
def test_the_side_that_shrinks_is_averaged_even_where_the_other_grows(
    height: int, width: int
) -> None:
    """Lines of one pixel turn grey; without averaging they stay black and white or vanish."""
    for lines in (np.indices((height, width))[axis] % 2 for axis in (0, 1)):
        image = np.repeat((lines * 254).astype(np.uint8)[..., None], 3, -1)
        along = height if lines[0, 0] != lines[1, 0] else width
        if along > 160:
            assert np.abs(pictures.fit(image, 80, "stretch").astype(int) - 127).max() <= 1


def test_cropping_takes_the_middle_of_the_shorter_side() -> None:
    image = smooth(90, 150)
    found = pictures.fit(image, 45, "crop")
    expected = np.asarray(Image.fromarray(image[:, 30:120]).reduce(2))
    assert np.abs(found.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(pictures.fit(image[:64, :64], 64, "crop"), image[:64, :64])


@pytest.mark.parametrize("how", ["crop", "stretch"])
def test_the_least_side_is_enough(how: str) -> None:
    """What is fitted from a smaller picture is what is fitted from the whole one, nearly."""
    image = files.photograph(896, 1344)
    for size in (64, 100, 224):
        whole = pictures.fit(image, size, how)
        factor = min(image.shape[:2]) // pictures.least_side(size)
        smaller = np.asarray(Image.fromarray(image).reduce(factor)) if factor > 1 else image
        off = np.abs(pictures.fit(smaller, size, how).astype(int) - whole)
        assert off.mean() < 0.6


def test_there_is_no_other_fit(image: np.ndarray) -> None:
    with pytest.raises(DataError, match="must be one of crop, stretch"):
        pictures.fit(image, 32, "pad")
