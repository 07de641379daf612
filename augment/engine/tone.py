"""Shared maths of the tone ops: tables of 256 entries, and the statistics of a picture that they read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint8]
"""What each level becomes: uint8 (256,), or (256, 3) for each channel."""
Extent = npt.NDArray[np.uint8]
"""The lowest level of each channel, and the highest: uint8 (2, 3)."""
Means = npt.NDArray[np.float64]
"""The mean level of each channel: float64 (3,), the sum of the levels over the number of pixels."""
Histogram = npt.NDArray[np.int64]
"""How often each level occurs in each channel: int64 (256, 3)."""

LEVELS = np.arange(256, dtype=np.float64)
LEVELS.flags.writeable = False


def to_table(levels: npt.NDArray[np.float64]) -> Table:
    """Return float levels, shape (256,) or (256, 3), as uint8: rounded and clipped to 0..255."""
    return np.minimum(np.maximum(np.rint(levels), 0.0), 255.0).astype(np.uint8)
