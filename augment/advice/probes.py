"""How much of each picture is left after a recipe, in figures.

Nothing is compared with the picture itself pixel by pixel: a flower that is turned, moved or darker is
still the same flower. Instead, small copies of the pictures go through the same plan:

- One copy, and the same with a pattern of 32 levels added. Where both come out alike, the result does not
  depend on the picture any more: it is blank, blown out or noise.
- One whose colours say where they are, through the spatial ops alone: which parts of the picture are
  shown at all. A part counts as lost where no pixel shows it that still depends on the picture.
- One through the spatial ops alone, to compare with. The bits left are the mutual information of its grey
  levels and those of the real result, both at 32 x 32 px and in eight levels between the darkest and the
  lightest, but of four grey levels each at the least. So a picture may become darker, paler or
  a negative and still tell as much; one that is blown out, washed out, blurred or under noise does not.

The shares of those bits that are left (a tenth, the half and nine tenths of 22 crops of the bundled
photographs at 224 px have less), by which the threshold of a third was chosen:

| harmless                  |                | destroying                |                |
|---------------------------|----------------|---------------------------|----------------|
| brightness + 0.2          | 0.64 0.75 0.82 | brightness + 0.75         | 0.06 0.26 0.41 |
| brightness - 0.35         | 0.46 0.63 0.72 | brightness - 0.75         | 0.08 0.25 0.40 |
| contrast x 0.3            | 0.88 0.91 0.96 | brightness + 0.9          | 0.00 0.01 0.15 |
| posterize to 4 bits       | 0.81 0.88 0.95 | contrast x 0.02           | 0.00 0.04 0.29 |
| solarize from 128         | 0.36 0.50 0.66 | posterize to 1 bit        | 0.25 0.48 0.54 |
| inverted                  | 0.91 1.00 1.00 | cut out 0.8 x 0.8         | 0.23 0.26 0.30 |
| blurred by 0.009          | 0.76 0.83 0.90 | blurred by 0.06           | 0.28 0.41 0.55 |
| noise of 0.1              | 0.75 0.80 0.88 | blurred by 0.1            | 0.20 0.34 0.44 |
| JPEG quality 15           | 0.81 0.86 0.92 | grid mask 0.8             | 0.11 0.15 0.18 |
| grid mask 0.5             | 0.32 0.43 0.46 | erased 0.9                | 0.04 0.06 0.08 |

The plain entropy of the grey levels, also tried, cannot tell: it is 0.87 of the picture's own after the
strongest blur, 0.91 under noise of 0.5, and 0.60 after a harmless contrast x 0.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.drawing import draw
from augment.ops import registry
from augment.ops._colour import GREY_WEIGHTS, Image
from augment.plan import Plan, Row
from augment.recipe import Recipe
from augment.rendering import render

Floats = npt.NDArray[np.float64]

_SMALL_PX = 64
_COARSE_PX = 32
_PATTERN = 32  # levels
_ALIVE = 4  # levels
_LEVELS = 8
_FINEST = 4.0  # grey levels
_COLOURLESS = 6.0  # levels between channels


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is left of each picture.

    Attributes:
        lost: float64 (B,), the share of its pixels that nothing shows any more; mixing takes none.
        bits: float64 (B,), what a coarse grey copy tells after the spatial ops alone.
        bits_left: float64 (B,), what is left of that after all ops but the mixing ones.
        colour: float64 (B,), the part of its colour that is still there: 1 for all, 0 for grey or
            unrelated colours, below 0 for opposite ones; not a number where it had none.
        own: float64 (B,), the share of the mixture that is the picture itself.
        largest: float64 (B,), the share of the mixture that is the largest of anybody.
    """

    lost: Floats
    bits: Floats
    bits_left: Floats
    colour: Floats
    own: Floats
    largest: Floats


def probe(
    recipe: Recipe,
    images: Image,
    labels: npt.NDArray[np.floating[Any]],
    ids: npt.ArrayLike,
    *,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
) -> Measured:
    """Return what a recipe leaves of pictures.

    Args:
        recipe: What happens to them.
        images: uint8 (B, H, W, 3), RGB; never written to.
        labels: float (B, K), for the steps that are for chosen classes.
        ids: The stable ids of the samples, integers of shape (B,).
        seed: Any integer.
        epoch: One number, or one per row.
    """
    plan = draw(recipe, ids, seed=seed, epoch=epoch, labels=labels)
    count = len(images)
    lost, colour = np.zeros(count), np.full(count, np.nan)
    bits, bits_left = np.ones(count), np.ones(count)
    unmixed = [_only(row, _mixes_nothing) for row in plan.rows]
    changed = [index for index, row in enumerate(unmixed) if row.ops]
    if changed:
        rows = tuple(unmixed[index] for index in changed)
        after = render(Plan(seed=seed, rows=rows), images[changed]).images
        probes = _probed(rows, _small(images[changed]))
        for place, index in enumerate(changed):
            lost[index] = _lost(probes.one[place], probes.other[place], probes.where[place])
            before, result = _coarse(probes.moved[place], after[place])
            bits[index], bits_left[index] = _information(_grey(before), _grey(result))
            colour[index] = _colour_left(before, result)
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


def _mixes_nothing(name: str) -> bool:
    return registry()[name].kind != "mix"


def _moves(name: str) -> bool:
    return registry()[name].group == "spatial"


def _only(row: Row, wanted: Callable[[str], bool]) -> Row:
    return row._replace(ops=tuple(applied for applied in row.ops if wanted(applied.op)))


def _small(images: Image) -> Image:
    """Return copies whose longer side has at most 64 pixels."""
    height, width = images.shape[1:3]
    # OpenCV averages whole blocks of pixels four times as fast as parts of them.
    shrink = math.ceil(max(height, width) / _SMALL_PX)
    size = max(round(width / shrink), 1), max(round(height / shrink), 1)
    return np.stack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images])


def _probed(rows: tuple[Row, ...], small: Image) -> _Probes:
    moving = tuple(_only(row, _moves) for row in rows)
    plan = Plan(seed=0, rows=(*rows, *rows, *moving, *moving))
    where = np.broadcast_to(_places(*small.shape[1:3]), small.shape)
    pictures = np.concatenate((small, _patterned(small), where, small))
    return _Probes(*np.split(render(plan, pictures).images, 4))


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


def _lost(one: Image, other: Image, where: Image) -> float:
    """Return the share of the picture that no pixel shows which still depends on it."""
    alive = cv2.absdiff(one, other).max(axis=2) >= _ALIVE
    height, width = alive.shape
    # A part has two pixels a side, so that a warp never skips one.
    down, across = max(height // 2, 1), max(width // 2, 1)
    shown = np.zeros((down, across), bool)
    seen = where[alive].astype(np.int64)
    shown[seen[:, 1] * down // 256, seen[:, 0] * across // 256] = True
    return 1.0 - float(shown.mean())


def _coarse(*images: Image) -> Iterator[npt.NDArray[np.float32]]:
    """Yield pictures at 32 x 32 px, or smaller if the first is, in float32."""
    height, width = (min(side, _COARSE_PX) for side in images[0].shape[:2])
    for image in images:
        coarse = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        yield coarse.astype(np.float32)


def _grey(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(image @ GREY_WEIGHTS.astype(np.float32))


def _information(
    before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]
) -> tuple[float, float]:
    """Return the entropy of the grey levels before, and their mutual information with those after.

    In bits, and corrected for the number of pixels (Miller and Madow, 1955), so that small pictures do
    not seem to tell what chance does.
    """
    together = np.bincount(_levels(before) * _LEVELS + _levels(after), minlength=_LEVELS**2)
    table = together.reshape(_LEVELS, _LEVELS)
    own, result, both = (
        _entropy(part) for part in (table.sum(axis=1), table.sum(axis=0), together)
    )
    return own, min(max(own + result - both, 0.0), own)


def _levels(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    low, high = float(grey.min()), float(grey.max())
    width = max((high - low) / _LEVELS, _FINEST)
    return np.asarray(np.minimum((grey.ravel() - low) / width, _LEVELS - 1), np.int64)


def _entropy(counts: npt.NDArray[np.int64]) -> float:
    present = counts[counts > 0]
    share = present / present.sum()
    corrected = (len(present) - 1) / (2.0 * math.log(2.0) * present.sum())
    return float(-(share * np.log2(share)).sum() + corrected)


def _colour_left(before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]) -> float:
    """Return how much of the colours is left; not a number where there were none."""
    own, result = (image - image.mean(axis=2, keepdims=True) for image in (before, after))
    strength = float((own * own).sum())
    if strength < own[..., 0].size * _COLOURLESS**2:
        return math.nan
    return float((own * result).sum()) / strength


def _shares(plan: Plan, images: Image) -> Floats:
    """Return, shape (B, B), which share of each result is whose picture."""
    nobody_else = np.eye(len(images), dtype=np.float32)
    if not any(applied.partner is not None for row in plan.rows for applied in row.ops):
        return nobody_else.astype(np.float64)
    mixed = render(plan, _small(images), nobody_else).labels
    assert mixed is not None
    return mixed.astype(np.float64)
