"""How much of each picture is left after a recipe, in figures.

No pixel is compared with the same pixel of the picture before: a flower that is turned, moved or darker
is still the same flower. Instead, small copies of the pictures go through the same plan:

- One copy, and the same with a pattern of 32 levels added. Where both come out alike, the result does not
  depend on the picture any more: it is blank, blown out or noise.
- One whose colours encode positions, through the spatial ops alone: which parts of the picture are
  visible at all. A part counts as lost if no pixel shows it that still depends on the picture.
- One through the spatial ops alone, with which the real result is compared: in bits, and in colour.

The bits left are the mutual information of the grey levels before and after, both at 32 x 32 px and in
eight levels between the darkest and the lightest, but of four grey levels each at the least. So a picture
may become darker, paler or a negative without a loss; one that is blown out, washed out, blurred or under
noise loses bits.

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

The plain entropy of the grey levels was tried too and does not tell them apart: it is 0.87 of the
picture's own after the strongest blur, 0.91 under noise of 0.5, and 0.60 after a harmless contrast x 0.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine.colour import GREY_WEIGHTS, Image
from augment.engine.draw import draw
from augment.engine.plain import Shares
from augment.engine.plan import Plan
from augment.engine.recipe import Recipe
from augment.engine.render import render
from augment.engine.samples import Samples

Floats = npt.NDArray[np.float32]
"""A picture, float32 (H, W, 3), in levels from 0 to 255."""

_SMALL_PX = 64
_PATTERN = 32  # levels
_ALIVE = 4  # levels
_COARSE_PX = 32
_LEVELS = 8
_FINEST = 4.0  # grey levels
_COLOURLESS = 6.0  # levels from the mean of the channels
_COLOUR = np.eye(3) - 1.0 / 3.0  # takes from each pixel the mean of its channels


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is left of each picture.

    Attributes:
        lost: float64 (B,), the share of its pixels that are no longer visible; mixing loses none.
        bits: float64 (B,), the bits of a coarse grey copy after the spatial ops alone.
        bits_left: float64 (B,), what is left of that after all ops but the mixing ones.
        colour: float64 (B,), the part of its colour that is still there: 1 for all, 0 for grey or
            unrelated colours, below 0 for opposite ones; NaN where it had none.
        own: float64 (B,), the share of the mixture that is the picture itself.
        largest: float64 (B,), the largest share that any picture has in the mixture.
    """

    lost: Shares
    bits: Shares
    bits_left: Shares
    colour: Shares
    own: Shares
    largest: Shares


def probe(
    recipe: Recipe,
    samples: Samples,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
) -> Measured:
    """Return what a recipe leaves of pictures.

    Args:
        recipe: What happens to them.
        samples: The pictures; never written to.
        seed: Any integer.
        epoch: One number, or one per row.
    """
    plan = draw(recipe, samples.ids, seed=seed, epoch=epoch, labels=samples.labels)
    images, count = np.asarray(samples.images), len(samples)
    lost, colour = np.zeros(count), np.full(count, np.nan)
    bits, bits_left = np.ones(count), np.ones(count)
    unmixed = plan.filter(lambda op: not op.mixes)
    changed = [index for index, row in enumerate(unmixed.rows) if row.ops]
    if changed:
        changing = unmixed.take(changed)
        after = render(changing, images[changed]).images
        probes = _probed(changing, _small(images[changed]))
        lost[changed] = _lost(probes)
        for place, index in enumerate(changed):
            before, result = coarse(probes.moved[place], after[place])
            bits[index], bits_left[index] = information(before, result)
            colour[index] = colour_left(before, result)
    shares = _shares(plan, images)
    return Measured(
        lost=lost,
        bits=bits,
        bits_left=bits_left,
        colour=colour,
        own=np.diagonal(shares).copy(),
        largest=shares.max(axis=1),
    )


class _Probes(NamedTuple):
    """Small pictures, uint8 (B, h, w, 3), that went through a plan; see the module."""

    one: Image
    other: Image
    where: Image
    moved: Image


def _small(images: Image) -> Image:
    """Return copies whose longer side has at most 64 pixels."""
    height, width = images.shape[1:3]
    # OpenCV averages whole blocks of pixels four times as fast as parts of them.
    shrink = math.ceil(max(height, width) / _SMALL_PX)
    # Two pixels stay two: some ops leave a single one alone.
    size = max(round(width / shrink), min(width, 2)), max(round(height / shrink), min(height, 2))
    return np.stack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images])


def _probed(plan: Plan, small: Image) -> _Probes:
    twice = [*range(len(small)), *range(len(small))]
    pictures = np.concatenate((small, _patterned(small)))
    one, other = np.split(render(plan.take(twice), pictures).images, 2)
    moving = plan.filter(lambda op: op.group == "spatial").take(twice)
    places = np.broadcast_to(_places(*small.shape[1:3]), small.shape)
    where, moved = np.split(render(moving, np.concatenate((places, small))).images, 2)
    return _Probes(one, other, where, moved)


def _patterned(small: Image) -> Image:
    """Return the pictures with every level moved: up and down on a chessboard of sixteen fields.

    What is close to black or white moves away from it, going by its green, which so always moves.
    """
    height, width = small.shape[1:3]
    fields = np.add.outer(4 * np.arange(height) // height, 4 * np.arange(width) // width) % 2 == 0
    green = small[..., 1]
    up = np.where(fields, green <= 255 - _PATTERN, green < _PATTERN)
    moved = small + np.where(up, _PATTERN, -_PATTERN).astype(np.int16)[..., None]
    return np.asarray(np.clip(moved, 0, 255), np.uint8)


def _places(height: int, width: int) -> Image:
    """Return a picture, uint8 (height, width, 3), whose red is its column and whose green its row."""
    rows, columns = np.mgrid[:height, :width]
    across, down = (255 * columns) // max(width - 1, 1), (255 * rows) // max(height - 1, 1)
    return np.stack((across, down, np.zeros_like(rows)), axis=2).astype(np.uint8)


def _lost(probes: _Probes) -> Shares:
    """Return, shape (B,), the share of each picture that no pixel shows which still depends on it."""
    count, height, width = probes.one.shape[:3]
    rows = count * height, width, 3
    difference = cv2.absdiff(probes.one.reshape(rows), probes.other.reshape(rows))
    dead = cv2.inRange(difference, (0,) * 3, (_ALIVE - 1,) * 3)
    picture, y, x = np.nonzero(dead.reshape(count, height, width) == 0)
    across, down = (
        (probes.where[picture, y, x, axis].astype(np.int64) * (side - 1) + 127) // 255
        for axis, side in ((0, width), (1, height))
    )
    shown = np.zeros((count, height, width), np.uint8)
    shown[picture, down, across] = 1
    # A warp skips pixels here and there: holes of one or two are closed again.
    neighbours = np.ones((3, 3), np.uint8)
    closed = [cv2.morphologyEx(part, cv2.MORPH_CLOSE, neighbours) for part in shown]
    return np.asarray([1.0 - part.mean() for part in closed])


def _shares(plan: Plan, images: Image) -> Shares:
    """Return, shape (B, B), which share of each result is whose picture."""
    pure = np.eye(len(images), dtype=np.float32)
    if not plan.mixes:
        return pure.astype(np.float64)
    mixed = render(plan, _small(images), pure).labels
    assert mixed is not None
    return mixed.astype(np.float64)


def coarse(*images: Image) -> Iterator[Floats]:
    """Yield pictures at 32 x 32 px, or smaller if the first is, in float32."""
    height, width = (min(side, _COARSE_PX) for side in images[0].shape[:2])
    for image in images:
        coarse = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        yield coarse.astype(np.float32)


def information(before: Floats, after: Floats) -> tuple[float, float]:
    """Return the entropy of the grey levels before, and their mutual information with those after.

    In bits. What chance alone gives on so few pixels is subtracted, or small pictures would seem to hold
    more: the mean of the chi-squared distribution that the mutual information then follows.
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
    """Return how much of the colours is left; NaN where there were none.

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
