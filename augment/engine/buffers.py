"""Arrays that a thread keeps from one batch to the next.

A fresh array costs a page fault for every 4 KB that is written, which for a large batch takes longer
than most ops do. So what was needed for the last batch is kept for the next one of its shape.
"""

from __future__ import annotations

import sys
import threading

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Shape = tuple[int, ...]

# Of results, so many bytes are kept in all; a larger array is only kept if it is the only one.
_RESULT_BYTES = 64 * 2**20
_LARGEST = 512 * 2**20

_kept = threading.local()


def scratch(name: str, shape: Shape) -> Pixels:
    """Return an array of this thread's own, with any content, the same one each time."""
    array: Pixels | None = getattr(_kept, name, None)
    if array is None or array.shape != shape:
        array = np.empty(shape, np.uint8)
        setattr(_kept, name, array if array.nbytes <= _LARGEST else None)
    return array


def result(shape: Shape) -> Pixels:
    """Return an array to hand out, with any content, that nobody else holds.

    It may have been handed out before, if whoever got it has let go of it and of every view of it.
    """
    held: list[Pixels] = [array for array in getattr(_kept, "results", ()) if array.shape == shape]
    _kept.results = held
    for place in range(len(held)):
        if _references(held, place) == _NOBODY_ELSE:
            return held[place]
    array = np.empty(shape, np.uint8)
    room = _RESULT_BYTES if held else _LARGEST
    if array.nbytes * (len(held) + 1) <= room:
        held.append(array)
    return array


def _references(held: list[Pixels], place: int) -> int:
    return sys.getrefcount(held[place])


# Taken by the same way as later, because versions of Python count what is on their stack differently.
_NOBODY_ELSE = _references([np.empty(0, np.uint8)], 0)
