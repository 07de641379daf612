"""Puzzle Mix: which picture each block comes from, by a graph cut.

The energy of a choice z (0 for the partner, 1 for the own picture, block by block) is, as in the
paper's section 4 and in its authors' code,

    sum_i  saliency lost in block i  -  prior / n^2 * log p(z_i)
    + smoothness / (16 n) * sum over neighbours i, j of  [z_i != z_j] + seams * phi_ij(z_i, z_j)

where p is 'share' for the own picture, and phi is how far the pixels on both sides of the border
between two blocks are apart, from 0 to 1. All terms are whole numbers of 2**-20, so that the cut is
exact and no rounding of a processor's can change it.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import cv2
import maxflow  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.ops._saliency import spectral_residual, thumbnail

SCALE = 2**20
_CELLS = 4  # The pixels that phi compares are quarters of a block, so that it sees no noise.
_NOTHING = 1e-9

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_TO_THE_RIGHT = np.array(((0, 0, 0), (0, 0, 1), (0, 0, 0)))
_DOWN = _TO_THE_RIGHT.T


class Seen(NamedTuple):
    """What the cut and the transport see of a picture, in n x n blocks.

    Attributes:
        saliency: int64 (n, n), in all SCALE but for rounding.
        cells: float32 (4 n, 4 n, 3) from 0 to 1, the picture itself.
    """

    saliency: Ints
    cells: npt.NDArray[np.float32]


class Energy(NamedTuple):
    """The energy of a choice, but for a constant; whole numbers of 1 / SCALE.

    Attributes:
        own: int64 (n, n), what a block costs that is the own picture's.
        partner: int64 (n, n), what it costs if it is the partner's.
        right: int64 (n, n), what it costs if a block and its right neighbour come from different
            pictures; the last column has no such neighbour and is 0.
        down: int64 (n, n), the same for the neighbour below.
    """

    own: Ints
    partner: Ints
    right: Ints
    down: Ints


def see(image: Image, blocks: int) -> Seen:
    """Return what is seen of a picture, uint8 (H, W, 3), in blocks x blocks blocks."""
    small = thumbnail(image)
    pixels = spectral_residual(small)
    means = cv2.resize(pixels, (blocks, blocks), interpolation=cv2.INTER_AREA)
    means = means + _NOTHING  # Where nothing stands out, all blocks do alike.
    cells = cv2.resize(small, (_CELLS * blocks,) * 2, interpolation=cv2.INTER_AREA)
    return Seen(_whole(means / means.sum()), cells.astype(np.float32) / np.float32(255))


def energy_of(
    own: Seen, partner: Seen, *, share: float, smoothness: float, seams: float, prior: float
) -> Energy:
    """Return the energy; `seams` is at most 1, and so neighbours never gain by being different."""
    blocks = len(own.saliency)
    cells = np.stack((partner.cells, own.cells))
    weight = smoothness / (16.0 * blocks)
    right, left_unary, right_unary = _neighbours(cells)
    down, top_unary, bottom_unary = _neighbours(cells.transpose(0, 2, 1, 3))
    unary = np.zeros((2, blocks, blocks))
    unary[:, :, :-1] += left_unary
    unary[:, :, 1:] += right_unary
    unary[:, :-1] += top_unary.transpose(0, 2, 1)
    unary[:, 1:] += bottom_unary.transpose(0, 2, 1)
    unary *= weight * seams
    chances = np.array((1.0 - share, share))
    prior_costs = -np.log(np.maximum(chances, sys.float_info.min)) * prior / blocks**2
    costs = _whole(unary + prior_costs[:, None, None])
    edges = np.zeros((2, blocks, blocks), np.int64)
    edges[0, :, :-1] = _whole(weight * (1.0 + seams * right))
    edges[1, :-1] = _whole(weight * (1.0 + seams * down)).T
    return Energy(costs[1] + partner.saliency, costs[0] + own.saliency, *edges)


def cut(energy: Energy) -> Mask:
    """Return the choice of least energy, bool (n, n), True where the picture is its own."""
    graph = maxflow.GraphInt()
    nodes = graph.add_grid_nodes(energy.own.shape)
    graph.add_grid_edges(nodes, energy.right, structure=_TO_THE_RIGHT, symmetric=True)
    graph.add_grid_edges(nodes, energy.down, structure=_DOWN, symmetric=True)
    graph.add_grid_tedges(nodes, energy.own, energy.partner)
    graph.maxflow()
    return np.asarray(graph.get_grid_segments(nodes))


def _neighbours(cells: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
    """Return what phi adds for blocks that have a neighbour to the right.

    Args:
        cells: float32 (2, 4 n, 4 n, 3), the partner and the own picture.

    Returns:
        float64 (n, n - 1), (2, n, n - 1), (2, n, n - 1): what phi adds where the two blocks come
        from different pictures, for the choice of the left block, and for that of the right one.
    """
    left, right = cells[:, None, :, _CELLS - 1 : -1 : _CELLS], cells[None, :, :, _CELLS::_CELLS]
    apart = np.abs(left - right).mean(axis=4, dtype=np.float64)
    blocks = cells.shape[1] // _CELLS
    phi = apart.reshape(2, 2, blocks, _CELLS, blocks - 1).mean(axis=3)
    differing = (phi[0, 1] + phi[1, 0] - phi[0, 0] - phi[1, 1]) / 2.0
    return differing, phi.sum(axis=1) / 2.0, phi.sum(axis=0) / 2.0


def _whole(energies: Floats) -> Ints:
    return np.rint(energies * SCALE).astype(np.int64)
