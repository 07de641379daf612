"""What is measured of augmented pictures, by this package and by scripts with other libraries.

It needs NumPy only, since scripts run in environments of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

SAME = 400
"""How many copies of one picture are augmented to compare distributions."""
MOST = 0.175
"""Two times `SAME` draws of one distribution are farther apart than this once in 100,000 times."""

Floats = npt.NDArray[np.float64]


def picture() -> npt.NDArray[np.uint8]:
    """Return a smooth picture of 40 x 56 pixels that is symmetric in nothing, uint8 (40, 56, 3)."""
    down, across = np.mgrid[0:40, 0:56] / 56.0
    red = 60 + 120 * across + 30 * np.sin(9 * down)
    green = 200 - 90 * down - 60 * across**2
    blue = 70 + 50 * np.sin(7 * across + 4 * down) + 60 * down
    return np.stack([red, green, blue], axis=-1).round().astype(np.uint8)


def copies(count: int = SAME) -> dict[str, Any]:
    """Return copies of the picture, every second one inverted, with labels that tell all apart.

    Whoever mixes two of them mixes different pictures.
    """
    one = picture()
    images = np.stack([one if n % 2 == 0 else 255 - one for n in range(count)])
    return {"images": images, "labels": np.eye(count, dtype=np.float32)}


def statistics(given: Mapping[str, Any], images: Any, labels: Any) -> dict[str, list[float]]:
    """Return what became of each picture.

    Args:
        given: The copies before.
        images: Their levels after, (N, 40, 56, 3).
        labels: Their labels after, (N, N).

    Returns:
        Of each the mean of its absolute change; that of its change; the change of the deviation of its
        levels, which has the same sign for a picture and its negative; how much more its right half
        changed than its left one, its lower half than its upper one, and red than blue; and its own
        share of its label.
    """
    change = np.asarray(images, np.float64) - np.asarray(given["images"], np.float64)

    def mean(part: Any) -> Any:
        return part.mean(axis=(1, 2, 3))

    def spread(pictures: Any) -> Any:
        return np.asarray(pictures, np.float64).std(axis=(1, 2)).mean(axis=-1)

    return {
        "distance": mean(np.abs(change)).tolist(),
        "shift": mean(change).tolist(),
        "spread": (spread(images) - spread(given["images"])).tolist(),
        "right": (mean(change[:, :, 28:]) - mean(change[:, :, :28])).tolist(),
        "down": (mean(change[:, 20:]) - mean(change[:, :20])).tolist(),
        "red": (mean(change[..., :1]) - mean(change[..., 2:])).tolist(),
        "own": np.diagonal(np.asarray(labels, np.float64)).tolist(),
    }


def distance(first: list[float], second: list[float], *, resolution: float = 0.0) -> float:
    """Return the largest distance of two cumulative distributions, of Kolmogorov and Smirnov.

    Args:
        first: Some draws.
        second: Other draws.
        resolution: Differences up to this much do not count, such as those of rounding.
    """
    a, b = np.sort(np.asarray(first, np.float64)), np.sort(np.asarray(second, np.float64))

    def above(x: Floats, y: Floats) -> float:
        """Return by how much more of x than of y lies up to some number."""
        of_x = np.searchsorted(x, x, side="right") / len(x)
        of_y = np.searchsorted(y, x + resolution, side="right") / len(y)
        return float((of_x - of_y).max())

    return max(above(a, b), above(b, a))
