"""JPEG of large pictures, encoded in strips by several threads.

A JPEG may have restart markers: what lies between two of them is coded without knowing what is before
it (ITU-T T.81, E.1.4). So strips that are encoded by themselves become one file, when their codes are
put together with a marker between each two, and it decodes to the same pixels as if it had been encoded
in one go.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

_BLOCK = 8  # pixels on each side of what is coded together, where colours have full resolution
_STRIPS = 4
_WORTH_IT = 2**17  # pixels; the strips of fewer take less time than to wake a thread
_LONGEST = 2**16 - 1  # blocks between two restart markers
_FRAME, _SCAN, _RESTART, _END = b"\xff\xc0", b"\xff\xda", 0xD0, b"\xff\xd9"

# Full colour resolution, because changes of hue have to be visible. WebP of the same size takes twenty
# times as long.
_SETTINGS = (
    *(cv2.IMWRITE_JPEG_QUALITY, 90),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_HELPERS = min(_STRIPS, os.cpu_count() or 1) - 1
_helpers = ThreadPoolExecutor(max(_HELPERS, 1), "jpeg")


def encoded(picture: Image) -> bytes:
    """Return a picture as a JPEG. The bytes do not depend on how many threads there are.

    Args:
        picture: uint8 (H, W, 3), BGR as OpenCV has it, C-contiguous.
    """
    height, width = picture.shape[:2]
    if height * width < _WORTH_IT:
        return _encoded(picture, 0)
    across = -(-width // _BLOCK)
    down = min(-(-height // (_BLOCK * _STRIPS)), _LONGEST // across)
    step = down * _BLOCK
    strips = [picture[top : top + step] for top in range(0, height, step)]
    first, *others = _shared(lambda strip: _encoded(strip, down * across), strips)
    # The header of the first, with the height of all.
    size = first.index(_FRAME) + 5
    parts = [first[:size], height.to_bytes(2, "big"), first[size + 2 : -2]]
    for number, jpeg in enumerate(others):
        scan = jpeg.index(_SCAN) + 2
        start = scan + int.from_bytes(jpeg[scan : scan + 2], "big")
        parts += [bytes((0xFF, _RESTART + number % 8)), jpeg[start:-2]]
    return b"".join((*parts, _END))


def _shared(encode: Callable[[Image], bytes], strips: Sequence[Image]) -> list[bytes]:
    """Encode strips, together with the helpers that are free: nothing waits for one that is not."""
    found, left = [b""] * len(strips), iter(range(len(strips)))

    def work() -> None:
        for number in left:
            found[number] = encode(strips[number])

    helping = [_helpers.submit(work) for _ in range(_HELPERS)]
    work()
    for future in helping:
        if not future.cancel():
            future.result()
    return found


def _encoded(picture: Image, interval: int) -> bytes:
    """Return a JPEG with a restart marker after each `interval` blocks; 0 for none."""
    packed, jpeg = cv2.imencode(
        ".jpg", picture, (*_SETTINGS, cv2.IMWRITE_JPEG_RST_INTERVAL, interval)
    )
    if not packed:
        raise RuntimeError("the picture cannot be compressed")
    return jpeg.tobytes()
