"""Shared by the benchmarks: decoders of picture files, each as one would use it, and awkward files."""

from __future__ import annotations

import functools
import importlib
import io
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from augment.data.images import decode as decoding
from augment.data.images import squares
from tests.data.images import picture_files as files

Decoder = Callable[[bytes, int | None], np.ndarray]
"""From a file, and the least side wanted or none, to RGB, uint8, (H, W, 3)."""


def augment_(data: bytes, least: int | None) -> np.ndarray:
    return decoding.decode(data, "a file", least_side=least)


def pillow(data: bytes, least: int | None) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        if least is not None:
            picture.draft("RGB", (least, least))
        return np.asarray(picture.convert("RGB") if picture.mode != "RGB" else picture)


def opencv(data: bytes, least: int | None) -> np.ndarray:
    flags = cv2.IMREAD_COLOR_RGB
    if least is not None:
        with Image.open(io.BytesIO(data)) as picture:  # OpenCV tells no size before it decodes
            side = min(picture.size)
        reduced = (cv2.IMREAD_REDUCED_COLOR_8, cv2.IMREAD_REDUCED_COLOR_4)
        for factor, flag in zip((8, 4, 2), (*reduced, cv2.IMREAD_REDUCED_COLOR_2), strict=True):
            if side // factor >= least:
                flags |= flag & ~cv2.IMREAD_COLOR  # which would mean blue first
                break
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if decoded is None:
        raise ValueError("no picture")
    return decoded


def tf_exact(data: bytes, least: int | None) -> np.ndarray:
    return _tensorflow(data, least, dct_method="INTEGER_ACCURATE")


def tf_as_it_is(data: bytes, least: int | None) -> np.ndarray:
    return _tensorflow(data, least)


def simplejpeg(data: bytes, least: int | None) -> np.ndarray:
    module = importlib.import_module("simplejpeg")
    if least is None:
        return module.decode_jpeg(data)
    return module.decode_jpeg(data, min_height=least, min_width=least, min_factor=1)


def pyturbojpeg(data: bytes, least: int | None) -> np.ndarray:
    module, jpeg = _turbojpeg()
    scale = (1, 1)
    if least is not None:
        side = min(jpeg.decode_header(data)[:2])
        scale = next(
            (1, factor) for factor in (8, 4, 2, 1) if side // factor >= least or factor == 1
        )
    return jpeg.decode(data, pixel_format=module.TJPF_RGB, scaling_factor=scale)


class Known(NamedTuple):
    """A decoder, the package that it needs, whether it reduces JPEGs and whether it reads others."""

    decode: Decoder
    package: str
    reduces: bool
    others: bool


DECODERS = {
    "augment (Pillow)": Known(augment_, "PIL", True, True),
    "Pillow alone": Known(pillow, "PIL", True, True),
    "OpenCV": Known(opencv, "cv2", True, True),
    "tf.io": Known(tf_as_it_is, "tensorflow", True, True),
    "tf.io, exact DCT": Known(tf_exact, "tensorflow", True, True),
    "simplejpeg": Known(simplejpeg, "simplejpeg", True, False),
    "PyTurboJPEG": Known(pyturbojpeg, "turbojpeg", True, False),
}


def why_missing(name: str) -> str:
    """Return why a decoder cannot be used here, and nothing where it can."""
    try:
        DECODERS[name].decode(files.saved(files.smooth(), "JPEG"), None)
    except (ImportError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return ""


def resized_by_tensorflow(data: bytes, size: int) -> np.ndarray:
    """Return the middle square as one would have it from TensorFlow alone, uint8 (size, size, 3)."""
    tf = tensorflow()
    image = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    left, top, right, bottom = squares.square_box(image.shape[1], image.shape[0])
    inside = tf.image.resize(image[top:bottom, left:right], (size, size), antialias=True)
    return tf.cast(tf.round(inside), tf.uint8).numpy()


class Awkward(NamedTuple):
    """A file, the picture that a person expects to see in it (none: it is damaged), the tolerance."""

    data: bytes
    expected: np.ndarray | None
    mean_off: float = 3.0


def awkward() -> dict[str, Awkward]:
    """Return files that decoders stumble over; the pictures follow from how the files were made."""
    upright = files.smooth(96, 128)
    picture = Image.fromarray(upright)
    alpha = np.linspace(0, 255, 128).round().astype(np.uint8) * np.ones((96, 1), np.uint8)
    on_white = upright * (alpha[..., None] / 255) + (255 - alpha[..., None].astype(float))
    grey = np.repeat(upright[..., :1], 3, -1)
    deep = np.linspace(0, 65535, 96 * 128).astype(np.uint16).reshape(96, 128)
    wide = files.profile(files.DISPLAY_P3, files.linear(np.linspace(0, 1, 1024)))
    matrix = np.linalg.inv(files.SRGB) @ files.DISPLAY_P3
    brought = files.encoded(files.linear(upright / 255) @ matrix.T) * 255
    palette = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    clear = np.where((np.asarray(palette) == 7)[..., None], 255, palette.convert("RGB"))
    jpeg = files.saved(files.photograph(), "JPEG", quality=92)
    png = bytearray(files.saved(files.photograph(), "PNG"))
    png[len(png) // 2] ^= 1
    cmyk = np.dstack([255 - upright, np.full((96, 128), 40, np.uint8)])
    inks = Image.frombytes("CMYK", (128, 96), cmyk.tobytes())
    best: dict[str, Any] = {"quality": 95, "subsampling": 0}
    turned = files.lying(upright, 6)
    return {
        "JPEG, plain": Awkward(files.saved(picture, "JPEG", **best), upright),
        "JPEG, progressive": Awkward(
            files.saved(picture, "JPEG", progressive=True, **best), upright
        ),
        "JPEG, grey": Awkward(files.saved(upright[..., 0], "JPEG", quality=95), grey),
        "JPEG, turned by EXIF": Awkward(
            files.saved(turned, "JPEG", exif=files.exif(6), **best), upright
        ),
        "JPEG, CMYK": Awkward(files.saved(inks, "JPEG", quality=95), upright * (215 / 255), 5.0),
        "JPEG, Display P3": Awkward(
            files.saved(picture, "JPEG", icc_profile=wide, **best), brought
        ),
        "JPEG, cut off": Awkward(jpeg[: len(jpeg) // 2], None),
        "JPEG, a hole in it": Awkward(jpeg[: len(jpeg) // 2] + b"\xff\xd9", None),
        "PNG, grey of 16 bits": Awkward(
            files.png_of_levels(deep, 16), np.repeat(deep[..., None] / 257, 3, -1), 1.0
        ),
        "PNG, alpha": Awkward(files.saved(np.dstack([upright, alpha]), "PNG"), on_white, 1.0),
        "PNG, palette with alpha": Awkward(files.saved(palette, "PNG", transparency=7), clear, 1.0),
        "PNG, turned by EXIF": Awkward(
            files.saved(turned, "PNG", exif=files.exif(6)), upright, 1.0
        ),
        "PNG, a wrong bit": Awkward(bytes(png), None),
        "PNG, cut off": Awkward(bytes(png[:-200]), None),
    }


@functools.cache
def tensorflow() -> Any:
    """Return TensorFlow, which uses one thread."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    module = importlib.import_module("tensorflow")
    module.config.threading.set_intra_op_parallelism_threads(1)
    module.config.threading.set_inter_op_parallelism_threads(1)
    return module


def _tensorflow(data: bytes, least: int | None, **options: str) -> np.ndarray:
    tf = tensorflow()
    if not data.startswith(b"\xff\xd8"):
        return tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    ratio = 1
    if least is not None:
        side = min(int(side) for side in tf.io.extract_jpeg_shape(data)[:2])
        ratio = next(factor for factor in (8, 4, 2, 1) if side // factor >= least or factor == 1)
    return tf.io.decode_jpeg(data, channels=3, ratio=ratio, **options).numpy()


@functools.cache
def _turbojpeg() -> tuple[Any, Any]:
    module = importlib.import_module("turbojpeg")
    return module, module.TurboJPEG()
