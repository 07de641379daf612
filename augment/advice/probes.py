"""How much of each picture is left after a recipe, in figures.

Nothing is compared with the picture itself pixel by pixel: a flower that is turned, moved or darker is
still the same flower. Instead, small copies of the pictures go through the same plan:

- One copy, and the same with a pattern of 32 levels added. Where both come out alike, the result does not
  depend on the picture any more: it is blank, blown out or noise.
- One whose colours say where they are, through the spatial ops alone: which parts of the picture are
  shown at all. A part counts as lost where no pixel shows it that still depends on the picture.
- One through the spatial ops alone, to compare the real result with: see `augment.advice.information`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.advice.information import coarse, colour_left, information
from augment.drawing import draw
from augment.ops import registry
from augment.ops._colour import Image
from augment.plan import Plan, Row
from augment.recipe import Recipe
from augment.rendering import render

Floats = npt.NDArray[np.float64]

_SMALL_PX = 64
_PATTERN = 32  # levels
_ALIVE = 4  # levels


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


def _lost(probes: _Probes) -> Floats:
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


def _shares(plan: Plan, images: Image) -> Floats:
    """Return, shape (B, B), which share of each result is whose picture."""
    nobody_else = np.eye(len(images), dtype=np.float32)
    if not any(applied.partner is not None for row in plan.rows for applied in row.ops):
        return nobody_else.astype(np.float64)
    mixed = render(plan, _small(images), nobody_else).labels
    assert mixed is not None
    return mixed.astype(np.float64)
