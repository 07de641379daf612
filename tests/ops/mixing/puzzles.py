"""What the tests of Puzzle Mix share: two photographs as seen in blocks, and masks of all sorts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.ops._puzzle_cut import Seen, see
from tests.ops.reference import photograph


def pair(blocks: int) -> tuple[Seen, Seen]:
    own, partner = photograph("square"), photograph("square")[::-1, ::-1].transpose(1, 0, 2)
    return see(own, blocks), see(np.ascontiguousarray(255 - partner), blocks)


def random_masks(count: int, blocks: int) -> npt.NDArray[np.bool_]:
    """Return masks with all shares, half of them with large parts, as cuts have."""
    rng = np.random.default_rng(1)
    noise = rng.random((count, blocks, blocks))
    across = np.arange(blocks)[:, None] * rng.normal(size=(count, 1, 1))
    along = np.arange(blocks) * rng.normal(size=(count, 1, 1))
    sloping = noise + (across + along) / 2
    noise[::2] = sloping[::2] - sloping[::2].mean(axis=(1, 2), keepdims=True) + 0.5
    return noise < rng.random((count, 1, 1))
