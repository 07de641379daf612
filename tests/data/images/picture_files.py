"""Picture files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image

ORIENTATION = 0x0112

# Columns are the red, green and blue of the colour space as XYZ under D50, which is what profiles hold.
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
DISPLAY_P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
ADOBE_RGB = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)


def saved(picture: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    """Return a picture as the bytes of a file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def heic(picture: np.ndarray | Image.Image, **options: object) -> bytes:
    """Return a picture as the bytes of a HEIC file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    stream = io.BytesIO()
    pillow_heif.from_pillow(picture).save(stream, **options)
    return stream.getvalue()


def smooth(height: int = 48, width: int = 64) -> np.ndarray:
    """Return a picture with a gradient of its own in each channel, no two corners alike."""
    y, x = np.mgrid[0:height, 0:width]
    channels = (255 * x / (width - 1), 255 * y / (height - 1), 255 * (1 - x / (width - 1)) * 0.8)
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def photograph(height: int = 96, width: int = 128, seed: int = 5) -> np.ndarray:
    """Return a picture that is as hard to compress as a photograph: blurs of several sizes on top."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells in (3, 9, 20):
        blots = Image.fromarray(random.integers(0, 256, (cells, cells, 3), np.uint8))
        total += np.asarray(blots.resize((width, height), Image.Resampling.BICUBIC)) / 3
    return total.round().astype(np.uint8)


def exif(orientation: int) -> Image.Exif:
    """Return EXIF data that ask a viewer to turn the picture."""
    data = Image.Exif()
    data[ORIENTATION] = orientation
    return data


def lying(upright: np.ndarray, orientation: int) -> np.ndarray:
    """Return how a file of that EXIF orientation holds the pixels; the words are those of EXIF 2.3."""
    rows, columns = {  # where the file's first row and first column are in the upright picture
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    inside = upright if rows in ("top", "bottom") else np.transpose(upright, (1, 0, 2))
    inside = inside[::-1] if rows in ("bottom", "right") else inside
    inside = inside[:, ::-1] if columns in ("bottom", "right") else inside
    return np.ascontiguousarray(inside)


def png(header: tuple[int, int, int, int, int], rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file from scratch.

    `header` is width, height, bits a level, colour type and interlacing; `rows` the filtered rows.
    """
    width, height, bits, colour, interlaced = header
    first = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    chunks = [(b"IHDR", first), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def png_of_levels(levels: np.ndarray, bits: int, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a grey (H, W) or RGB (H, W, 3) PNG whose levels have 1, 2, 4, 8 or 16 bits."""
    height, width = levels.shape[:2]
    flat = levels.reshape(height, -1)
    if bits == 16:
        rows = [row.astype(">u2").tobytes() for row in flat]
    else:
        every = (flat[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        rows = [np.packbits(row.ravel()).tobytes() for row in every]
    header = (width, height, bits, 2 if levels.ndim == 3 else 0, 0)
    return png(header, b"".join(b"\0" + row for row in rows), *extra)


def profile(colours: np.ndarray, curve: np.ndarray | float) -> bytes:
    """Return an ICC profile, version 2.1, of an RGB space.

    `colours` has its primaries as columns; `curve` is a gamma or a table of linear light from 0 to 1.
    """
    entries = np.round(np.atleast_1d(curve) * (256 if np.ndim(curve) == 0 else 65535))
    curves = struct.pack(">4sII", b"curv", 0, len(entries)) + entries.astype(">u2").tobytes()
    curves += bytes(-len(curves) % 4)
    text = b"test\0"
    words = struct.pack(">4sII", b"desc", 0, len(text)) + text + bytes(78)
    tags = {
        b"desc": words + bytes(-len(words) % 4),
        b"cprt": struct.pack(">4sI", b"text", 0) + b"none\0\0\0\0",
        b"wtpt": _xyz(np.array([0.9642, 1.0, 0.8249])),
        **{
            name + b"XYZ": _xyz(column)
            for name, column in zip((b"r", b"g", b"b"), colours.T, strict=True)
        },
        **{name + b"TRC": curves for name in (b"r", b"g", b"b")},
    }
    start = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        index += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12x4s4sI4s4s8xI3I4s44x",
        *(start + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ "),
        *(b"acsp", b"APPL", 0, b"none", b"none", 0, 0xF6D6, 0x10000, 0xD32D, b"none"),
    )
    return header + index + body


def linear(levels: np.ndarray) -> np.ndarray:
    """Return the light from 0 to 1 of sRGB values from 0 to 1 (IEC 61966-2-1)."""
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """Return the sRGB values from 0 to 1 of light, cut off where sRGB has no such colour."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _xyz(values: np.ndarray) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(float(value) * 65536) for value in values))
