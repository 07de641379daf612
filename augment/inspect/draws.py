"""One picture over many epochs: how far a recipe goes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.plan import Row
from augment.engine.recipe import Recipe
from augment.engine.samples import Labels, Samples
from augment.inspect.subject import Subject

FULL_SCALE = 100.0
"""The deviation, in grey levels, that is shown in the lightest colour of `RAMP`, as is all above it.

The same for every recipe, so that pictures compare. No deviation can be above 127.5, which a pixel has
that is black in one half of the draws and white in the other."""

MOVED = 32.0
"""The deviation, in grey levels, from which on a pixel counts as one that the recipe moves."""


def _ramp() -> Image:
    """Return one hue from nearly black to nearly white, even in the lightness that an eye sees.

    Lightness is that of CIE L*a*b*, so the steps are even in print and to the colour-blind too; the
    colour comes and goes, because neither black nor white has any.
    """
    part = np.linspace(0.0, 1.0, 256)
    hue, chroma = np.deg2rad(68.0), 55.0 * np.sin(np.pi * part) ** 0.8
    lab = np.stack([6.0 + 90.0 * part, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    rgb = cv2.cvtColor(lab[None].astype(np.float32), cv2.COLOR_Lab2RGB)[0]
    return np.asarray(np.rint(np.clip(rgb, 0.0, 1.0) * 255.0), np.uint8)


RAMP = _ramp()
"""uint8 (256, 3): the colours of a deviation from 0 to `FULL_SCALE`."""
RAMP.flags.writeable = False


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What a recipe makes of one picture, draw after draw.

    Attributes:
        images: uint8 (count, S, S, 3), one for each epoch.
        labels: float32 (count, K).
        rows: What was drawn in each epoch.
        mean: uint8 (S, S, 3), the mean picture, rounded.
        deviation: float32 (S, S), in grey levels: how far a pixel typically is from its mean, as the
            standard deviation over the draws, the three channels taken together as the root of
            their mean square.
        deviation_picture: uint8 (S, S, 3): the deviation in the colours of `RAMP`.
        mean_change: How far the draws are from the picture as it is, in grey levels: the mean absolute
            difference, over all draws, pixels and channels.
        moved: The share of the pixels whose deviation is at least `MOVED`.
        untouched: The share of the draws that left every pixel as it was.
    """

    images: Image
    labels: Labels
    rows: tuple[Row, ...]
    mean: Image
    deviation: npt.NDArray[np.float32]
    deviation_picture: Image
    mean_change: float
    moved: float
    untouched: float

    @property
    def sentence(self) -> str:
        """How much varies, in words."""
        return (
            f"{self.moved:.0%} of the pixels vary by {MOVED:.0f} grey levels or more, and "
            f"{self.untouched:.0%} of the draws leave the picture unchanged."
        )


def spread(
    recipe: Recipe,
    samples: Samples,
    *,
    row: int,
    seed: int,
    epoch: int,
    count: int = 25,
) -> Spread:
    """Render one picture of a batch in several epochs, each with the partners that it has there.

    Args:
        recipe: What may happen.
        samples: The batch that the picture is in.
        row: Which of them.
        seed: Any integer.
        epoch: The first epoch.
        count: How many epochs, one after the other; at least 1.

    Raises:
        IndexError: There is no such row.
        ValueError: The count is less than 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    subject = Subject(samples=samples, row=row)
    rows, drawn, soft_labels = subject.over_epochs(recipe, seed=seed, epoch=epoch, count=count)
    original = subject.image
    mean, deviation = _mean_and_deviation(drawn)
    changes = [cv2.norm(image, original, cv2.NORM_L1) / image.size for image in drawn]
    return Spread(
        images=drawn,
        labels=soft_labels,
        rows=rows,
        mean=mean,
        deviation=deviation,
        deviation_picture=coloured(deviation),
        mean_change=float(np.mean(changes)),
        moved=float(np.mean(deviation >= MOVED)),
        untouched=float(np.mean(np.equal(changes, 0.0))),
    )


def coloured(deviation: npt.NDArray[np.float32]) -> Image:
    """Return deviations in grey levels, of any shape, as colours of `RAMP`, with an axis of 3 more."""
    part = np.clip(deviation / FULL_SCALE, 0.0, 1.0)
    return np.asarray(RAMP[np.rint(part * 255.0).astype(np.uint8)])


def _mean_and_deviation(images: Image) -> tuple[Image, npt.NDArray[np.float32]]:
    """Return the mean picture, and (S, S) the deviation from it."""
    count = len(images)
    # Sums of whole numbers are exact in float64, so nothing is lost in their difference.
    total = np.zeros(images.shape[1:], np.float64)
    squares = np.zeros_like(total)
    for image in images:
        cv2.accumulate(image, total)
        cv2.accumulateSquare(image, squares)
    variance = (count * squares - total * total) / count**2
    deviation = np.sqrt(variance.mean(axis=2)).astype(np.float32)
    return np.asarray(np.rint(total / count), np.uint8), deviation
