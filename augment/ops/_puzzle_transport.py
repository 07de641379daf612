"""Puzzle Mix: where each block of a picture goes, so that what is salient is what is shown."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from augment.engine.colour import Image
from augment.ops._puzzle_cut import SCALE, Ints, Mask


class Grid(NamedTuple):
    """How a picture is divided; where its side does not divide, blocks differ by one pixel.

    Attributes:
        tops: Where each row of blocks begins, and last the height.
        lefts: Where each column of blocks begins, and last the width.
    """

    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @classmethod
    def of(cls, height: int, width: int, blocks: int) -> Grid:
        """Return the grid of blocks x blocks blocks."""
        return cls(_edges(height, blocks), _edges(width, blocks))

    def share(self, mask: Mask) -> float:
        """Return the share of the pixels that lie in the blocks chosen."""
        pixels = np.outer(np.diff(self.tops), np.diff(self.lefts))
        return int(pixels[mask].sum()) / (self.tops[-1] * self.lefts[-1])


def sources_of(saliency: Ints, shown: Mask, transport_cost: float) -> npt.NDArray[np.intp]:
    """Return which block stands in each place, (n * n,): a permutation.

    It makes least, exactly, what the paper's Algorithm 1 makes small by repeated guesses: the cost of
    all moves, each the squared distance as a fraction of the grid's side, less the saliency shown.

    Args:
        saliency: int64 (n, n), see `Seen`.
        shown: bool (n, n), the places where the picture is seen.
        transport_cost: What a move across the whole grid costs, in units of all saliency.
    """
    return np.asarray(linear_sum_assignment(transport_costs(saliency, shown, transport_cost))[1])


def transport_costs(saliency: Ints, shown: Mask, transport_cost: float) -> npt.NDArray[np.float64]:
    """Return what it costs, (n * n, n * n), that a place (first axis) has a block (second axis).

    Whole numbers of 1 / SCALE, less than 2**53 of them, and so exact.
    """
    moves = np.rint(_distances(len(saliency)) * (SCALE * transport_cost))
    return np.asarray(moves - shown.ravel()[:, None] * saliency.ravel().astype(np.float64))


def place(
    target: Image, picture: Image, grid: Grid, shown: Mask, sources: npt.NDArray[np.intp]
) -> None:
    """Write the blocks of a picture into the places where it is shown.

    A place keeps its size, and what is read for it begins where the source begins. It ends inside,
    because no block is larger than the last.
    """
    tops, lefts = grid
    blocks = len(shown)
    for number in np.flatnonzero(shown).tolist():
        row, column = divmod(number, blocks)
        from_row, from_column = divmod(int(sources[number]), blocks)
        height, width = tops[row + 1] - tops[row], lefts[column + 1] - lefts[column]
        top, left = tops[from_row], lefts[from_column]
        target[tops[row] : tops[row + 1], lefts[column] : lefts[column + 1]] = picture[
            top : top + height, left : left + width
        ]


@functools.lru_cache(maxsize=16)
def _distances(blocks: int) -> npt.NDArray[np.float64]:
    """Return the squared distance between any two places, 1 from edge to edge."""
    row, column = np.divmod(np.arange(blocks**2), blocks)
    squared = (row[:, None] - row) ** 2 + (column[:, None] - column) ** 2
    distances: npt.NDArray[np.float64] = squared / (blocks - 1.0) ** 2
    distances.flags.writeable = False
    return distances


def _edges(side: int, blocks: int) -> tuple[int, ...]:
    return tuple(number * side // blocks for number in range(blocks + 1))
