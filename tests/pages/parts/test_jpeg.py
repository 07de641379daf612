from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from pages.components.parts import jpeg


def pixels(encoded: bytes) -> npt.NDArray[np.uint8]:
    """Return what a picture decodes to, RGB, by Pillow, which refuses a damaged file."""
    return np.asarray(PIL.Image.open(io.BytesIO(encoded)).convert("RGB"))


@pytest.mark.parametrize(
    ("height", "width", "restarts"),
    [
        (40, 40, 0),
        (672, 672, 3),
        (449, 615, 3),  # no multiples of eight
        (9, 20_000, 1),  # two strips of a block's height
        (6_000, 6_400, 9),  # more strips than there are markers, each as long as a strip may be
    ],
)
def test_strips_decode_to_the_same_pixels_as_the_whole(
    height: int, width: int, restarts: int
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (64, 63, 3), np.uint8)
    picture = np.tile(noise, (height // 64 + 1, width // 63 + 1, 1))[:height, :width].copy()
    picture[: height // 2] //= 2
    encoded = jpeg.encoded(picture)
    assert sum(encoded.count(bytes((0xFF, 0xD0 + n))) for n in range(8)) == restarts
    done, whole = cv2.imencode(
        ".jpg",
        picture,
        [
            *(cv2.IMWRITE_JPEG_QUALITY, 90),
            *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        ],
    )
    assert done
    np.testing.assert_array_equal(pixels(encoded), pixels(whole.tobytes()))
