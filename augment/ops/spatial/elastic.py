"""Elastic deformation."""

from __future__ import annotations

import math
from typing import Annotated

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.distributions import Seed, UpTo
from augment.engine.fields import normal_field
from augment.engine.geometry import Border, FillMode, FillValue
from augment.engine.op import Paper, op
from augment.engine.params import Param, RecommendedRange

Field = npt.NDArray[np.float32]

_CELLS = 3  # cells of the coarse grid in one standard deviation of the Gaussian


@op(
    kind="pixels",
    caption="elastic {displacement:.1%}",
    paper=Paper(
        title="Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis"
    ),
    version=2,
    also=("deform", "distort", "warp", "wobble", "elastic transform", "handwriting"),
)
def elastic(
    image: Image,
    *,
    displacement_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.1,
            step=0.005,
            identity=0.0,
            help="Largest typical displacement of the pixels along each axis, as a fraction of "
            "the shorter side; each picture draws its own.",
            recommended=(
                RecommendedRange(
                    high=0.05,
                    source="Simard, Steinkraus and Platt deform digits by about 0.05; the petals "
                    "of two species may differ by less.",
                ),
            ),
        ),
    ] = 0.05,
    smoothness_factor: Annotated[
        float,
        Param(
            low=0.03,
            high=0.5,
            step=0.01,
            help="Standard deviation of the Gaussian that makes neighbouring pixels move alike, "
            "as a fraction of the shorter side: smaller is more crumpled.",
            recommended=(
                RecommendedRange(
                    low=0.1,
                    source="Simard, Steinkraus and Platt smooth by 4 of 29 pixels, 0.14. "
                    "Folklore: below 0.1 a picture looks crumpled, not bent.",
                ),
            ),
        ),
    ] = 0.14,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    displacement: Annotated[float, UpTo("displacement_factor")],
    seed: Annotated[int, Seed()],
) -> Image:
    """Deform the picture elastically: move each pixel by a random field, smoothed by a Gaussian.

    After Simard, Steinkraus and Platt (2003), section 2; their values for MNIST (29 pixels, sigma 4,
    alpha 34) are about the defaults. Departs from them in two points. The random numbers are normally
    distributed, and the displacement is the standard deviation of the smoothed field, the same
    everywhere in the picture. The field is smoothed on a coarse grid, three cells to the sigma, and
    enlarged bilinearly, so one seed deforms a picture alike at every resolution.

    KerasCV has no such layer; RandomElasticTransform of Keras 3 draws one strength for the whole batch.
    The cost is twice that of a rotation at 224 pixels; a fine field on a picture far wider than high
    costs more, 0.1 s at 8 by 4,096 pixels.

    Example:
        >>> import augment
        >>> step = {"op": "elastic", "displacement_factor": 0.03}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=3)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['elastic 2.1%']
        1 ['elastic 0.7%']
        2 ['elastic 0.9%']
    """
    height, width = image.shape[:2]
    amount = np.float32(displacement * min(height, width))
    from_x, from_y = fields(height, width, smoothness_factor, seed)
    from_x *= amount
    from_y *= amount
    from_x += np.arange(width, dtype=np.float32)
    from_y += np.arange(height, dtype=np.float32)[:, None]
    border = Border(fill_mode, fill_value).keywords
    return np.asarray(cv2.remap(image, from_x, from_y, cv2.INTER_LINEAR, **border), np.uint8)


def fields(height: int, width: int, smoothness_factor: float, seed: int) -> tuple[Field, Field]:
    """Return displacements along x and along y, float32 (height, width), of standard deviation 1."""
    shorter = min(height, width)
    cell = smoothness_factor / _CELLS
    # In this order of division, an aspect ratio has the same grid at every resolution; without the
    # error of the last bits, 0.15 of the side is twenty cells, not twenty-one.
    rows, columns = (math.ceil(round(side / shorter / cell, 9)) for side in (height, width))
    reach = 3 * _CELLS
    across = _kernel(reach, smoothness_factor * shorter * columns / width)
    down = _kernel(reach, smoothness_factor * shorter * rows / height)
    along_x, along_y = (
        cv2.resize(
            cv2.sepFilter2D(noise, cv2.CV_32F, across, down)[reach:-reach, reach:-reach],
            (width, height),
            interpolation=cv2.INTER_LINEAR,
        )
        for noise in normal_field(seed, (2, rows + 2 * reach, columns + 2 * reach))
    )
    return np.asarray(along_x, np.float32), np.asarray(along_y, np.float32)


def _kernel(reach: int, sigma: float) -> Field:
    """Return a Gaussian that preserves the variance of independent numbers."""
    kernel = cv2.getGaussianKernel(2 * reach + 1, sigma, cv2.CV_32F)
    return np.asarray(kernel / np.linalg.norm(kernel), np.float32)
