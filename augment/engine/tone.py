"""Shared maths of the tone ops: tables of 256 entries and what histograms say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint8]
Histogram = npt.NDArray[np.int64]

LEVELS = np.arange(256, dtype=np.float64)
LEVELS.flags.writeable = False


def to_table(levels: npt.NDArray[np.float64]) -> Table:
    """Return float levels, shape (256,) or (256, 3), as uint8: rounded and clipped to 0..255."""
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def channel_means(histogram: Histogram) -> npt.NDArray[np.float64]:
    """Return the mean level of each channel, shape (3,), of a histogram of shape (256, 3)."""
    return np.asarray(LEVELS @ histogram / histogram.sum(axis=0))
