"""What a picture still tells, compared with what it told: in bits, and in colour.

The bits left are the mutual information of the grey levels before and after, both at 32 x 32 px and in
eight levels between the darkest and the lightest, but of four grey levels each at the least. So a picture
may become darker, paler or a negative and still tell as much; one that is blown out, washed out,
blurred or under noise does not.

The shares of its bits that are left (a tenth, the half and nine tenths of 22 crops of the bundled
photographs at 224 px have less), by which the threshold of a third was chosen:

| harmless                  |                | destroying                |                |
|---------------------------|----------------|---------------------------|----------------|
| brightness + 0.2          | 0.63 0.74 0.83 | brightness + 0.75         | 0.06 0.24 0.35 |
| brightness - 0.35         | 0.45 0.61 0.71 | brightness - 0.75         | 0.07 0.23 0.40 |
| contrast x 0.3            | 0.88 0.92 0.96 | brightness + 0.9          | 0.00 0.01 0.19 |
| posterize to 4 bits       | 0.83 0.86 0.94 | contrast x 0.02           | 0.00 0.01 0.18 |
| solarize from 128         | 0.34 0.49 0.65 | posterize to 1 bit        | 0.23 0.46 0.53 |
| inverted                  | 0.98 0.99 0.99 | cut out 0.8 x 0.8         | 0.22 0.25 0.28 |
| blurred by 0.009          | 0.75 0.83 0.89 | blurred by 0.06           | 0.28 0.41 0.54 |
| noise of 0.1              | 0.73 0.78 0.87 | blurred by 0.1            | 0.19 0.34 0.43 |
| JPEG quality 15           | 0.80 0.84 0.91 | grid mask 0.8             | 0.10 0.14 0.18 |
| grid mask 0.5             | 0.32 0.43 0.46 | erased 0.9                | 0.04 0.05 0.07 |

The plain entropy of the grey levels, also tried, cannot tell: it is 0.87 of the picture's own after the
strongest blur, 0.91 under noise of 0.5, and 0.60 after a harmless contrast x 0.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from augment.ops._colour import GREY_WEIGHTS, Image

Floats = npt.NDArray[np.float32]
"""A picture, float32 (H, W, 3), in levels from 0 to 255."""

_COARSE_PX = 32
_LEVELS = 8
_FINEST = 4.0  # grey levels
_COLOURLESS = 6.0  # levels from the mean of the channels
_COLOUR = np.eye(3) - 1.0 / 3.0  # takes from each pixel the mean of its channels


def coarse(*images: Image) -> Iterator[Floats]:
    """Yield pictures at 32 x 32 px, or smaller if the first is, in float32."""
    height, width = (min(side, _COARSE_PX) for side in images[0].shape[:2])
    for image in images:
        coarse = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        yield coarse.astype(np.float32)


def information(before: Floats, after: Floats) -> tuple[float, float]:
    """Return the entropy of the grey levels before, and their mutual information with those after.

    In bits. What chance alone gives on so few pixels is taken off, so that small pictures do not seem to
    tell more: the mean of the chi-squared distribution that the mutual information then follows.
    """
    own_levels, levels = _levels(before), _levels(after)
    together = np.bincount(own_levels * _LEVELS + levels, minlength=_LEVELS**2)
    table = together.reshape(_LEVELS, _LEVELS)
    own_counts, counts = table.sum(axis=1), table.sum(axis=0)
    own = _entropy(own_counts)
    freedom = (np.count_nonzero(own_counts) - 1) * (np.count_nonzero(counts) - 1)
    chance = freedom / (2.0 * math.log(2.0) * len(levels))
    mutual = own + _entropy(counts) - _entropy(together) - chance
    return own, min(max(mutual, 0.0), own)


def _levels(image: Floats) -> npt.NDArray[np.int64]:
    grey = _grey(image)
    low, high = float(grey.min()), float(grey.max())
    width = max((high - low) / _LEVELS, _FINEST)
    return np.asarray(np.minimum((grey.ravel() - low) / width, _LEVELS - 1), np.int64)


def _entropy(counts: npt.NDArray[np.int64]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0


def colour_left(before: Floats, after: Floats) -> float:
    """Return how much of the colours is left; not a number where there were none.

    Colours fade with the picture's contrast, and that does not count.
    """
    own, result = (cv2.transform(image, _COLOUR).ravel() for image in (before, after))
    strength = float(own @ own)
    if strength < own.size / 3 * _COLOURLESS**2:
        return math.nan
    contrast = (_FINEST + float(_grey(after).std())) / (_FINEST + float(_grey(before).std()))
    return float(own @ result) / strength / min(contrast, 1.0)


def _grey(image: Floats) -> Floats:
    return np.asarray(cv2.transform(image, GREY_WEIGHTS[None]))
