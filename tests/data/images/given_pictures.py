"""Pictures, and files that hold them in every way, that several tests decode."""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image

from tests.data.images import picture_files as files

SMOOTH = files.smooth()
PHOTOGRAPH = files.photograph()
COLOURED = Image.fromarray(PHOTOGRAPH)
PALETTE = COLOURED.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
LOSSLESS = {
    "PNG": files.saved(PHOTOGRAPH, "PNG"),
    "WebP": files.saved(PHOTOGRAPH, "WEBP", lossless=True),
    "BMP": files.saved(PHOTOGRAPH, "BMP"),
    "TIFF": files.saved(PHOTOGRAPH, "TIFF"),
    "TIFF, LZW": files.saved(PHOTOGRAPH, "TIFF", compression="tiff_lzw"),
    "TIFF, deflate": files.saved(PHOTOGRAPH, "TIFF", compression="tiff_adobe_deflate"),
    "TIFF, PackBits": files.saved(PHOTOGRAPH, "TIFF", compression="packbits"),
}
LOSSY = {
    "JPEG": files.saved(PHOTOGRAPH, "JPEG", quality=92),
    "JPEG, progressive": files.saved(PHOTOGRAPH, "JPEG", quality=92, progressive=True),
    "JPEG, whole chroma": files.saved(PHOTOGRAPH, "JPEG", quality=92, subsampling=0),
    "JPEG, as RGB": files.saved(PHOTOGRAPH, "JPEG", quality=92, keep_rgb=True),
    "WebP, lossy": files.saved(PHOTOGRAPH, "WEBP", quality=92),
    "AVIF": files.saved(PHOTOGRAPH, "AVIF", quality=90, subsampling="4:4:4", speed=9),
    "HEIC": files.heic(PHOTOGRAPH, quality=90, chroma=444),
}
PALETTES = {
    "PNG": files.saved(PALETTE, "PNG"),
    "PNG of 4 bits": files.saved(PALETTE.quantize(16), "PNG", bits=4),
    "GIF": files.saved(PALETTE, "GIF"),
    "GIF, interlaced": files.saved(PALETTE, "GIF", interlace=1),
    "BMP": files.saved(PALETTE, "BMP"),
    "TIFF": files.saved(PALETTE, "TIFF"),
}


def off(found: np.ndarray, expected: np.ndarray) -> int:
    """Return the largest difference in levels."""
    assert found.shape == expected.shape
    assert found.dtype == np.uint8
    return int(np.abs(found.astype(int) - expected).max())


def claims(width: int, height: int) -> dict[str, bytes]:
    """Return small files of every kind that say that they are of that size."""
    jpeg, webp = bytearray(LOSSY["JPEG"]), bytearray(LOSSY["WebP, lossy"])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    webp[26:30] = struct.pack("<HH", min(width, 0x3FFF), min(height, 0x3FFF))
    lossless = bytearray(LOSSLESS["WebP"])
    bits = min(width - 1, 0x3FFF) | min(height - 1, 0x3FFF) << 14
    lossless[21:25] = struct.pack("<I", bits | 1 << 28)
    extended = bytearray(files.saved(PHOTOGRAPH, "WEBP", exif=files.exif(6)))
    extended[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    bmp, gif = bytearray(LOSSLESS["BMP"]), bytearray(PALETTES["GIF"])
    bmp[18:26] = struct.pack("<ii", width, height)
    gif[6:10] = struct.pack("<HH", width, height)
    tiff = bytearray(LOSSLESS["TIFF"])
    for tag, value in ((256, width), (257, height)):
        entry = tiff.index(struct.pack("<HHI", tag, 4, 1))
        tiff[entry : entry + 12] = struct.pack("<HHII", tag, 4, 1, value)
    return {
        "PNG": files.png((width, height, 8, 2, 0), bytes(1000)),
        "JPEG": bytes(jpeg),
        "WebP": bytes(webp),
        "WebP, lossless": bytes(lossless),
        "WebP, extended": bytes(extended),
        "BMP": bytes(bmp),
        "GIF": bytes(gif),
        "TIFF": bytes(tiff),
    }
