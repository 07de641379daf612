"""The transport of Puzzle Mix against its objective, and other moves tried."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from augment.ops._puzzle_cut import SCALE, Mask
from augment.ops._puzzle_transport import Grid, place, sources_of
from tests.ops.mixing.puzzles import pair, random_masks
from tests.ops.reference import photograph


def paid(sources: npt.ArrayLike, saliency: npt.ArrayLike, shown: Mask, cost: float) -> float:
    """Return the paper's objective of a transport, in whole saliencies; less is better."""
    blocks = len(shown)
    places, taken = np.arange(blocks**2), np.asarray(sources)
    moves = np.subtract(np.divmod(places, blocks), np.divmod(taken, blocks)) / (blocks - 1)
    seen = shown.ravel() * np.ravel(saliency)[taken] / SCALE
    return float(cost * np.sum(moves**2) - np.sum(seen))


def swapped(sources: npt.NDArray[np.intp], one: int, other: int) -> npt.NDArray[np.intp]:
    changed = sources.copy()
    changed[[one, other]] = changed[[other, one]]
    return changed


@pytest.mark.parametrize("cost", [0.05, 0.8, 10.0])
@pytest.mark.parametrize("blocks", [2, 3, 8])
def test_the_transport_is_a_permutation_and_the_cheapest(blocks: int, cost: float) -> None:
    """Over all permutations where they can be counted; else no two blocks gain by changing places."""
    seen, _ = pair(blocks)
    for shown in random_masks(6, blocks):
        sources = sources_of(seen.saliency, shown, cost)
        assert sorted(sources) == list(range(blocks**2))
        if blocks == 2:
            others = [np.array(other) for other in itertools.permutations(range(4))]
        else:
            swaps = list(itertools.combinations(range(blocks**2), 2))[:: blocks**2 // 8]
            others = [np.arange(blocks**2), *(swapped(sources, *swap) for swap in swaps)]
        ours = paid(sources, seen.saliency, shown, cost)
        assert ours <= min(paid(other, seen.saliency, shown, cost) for other in others) + 1e-5


def test_a_salient_block_that_is_covered_comes_to_where_it_is_seen() -> None:
    """The next free place; a dear move does not happen, nor does one that shows no more."""
    saliency = np.zeros((4, 4), np.int64)
    saliency[1, 1] = SCALE
    shown = np.zeros((4, 4), bool)
    shown[:, 2:] = True
    sources = sources_of(saliency, shown, 0.8)
    assert sources[4 + 2] == 4 + 1
    assert np.sum(sources != np.arange(16)) == 2
    nothing = np.arange(16)
    assert paid(sources, saliency, shown, 0.8) < paid(nothing, saliency, shown, 0.8) - 0.5
    np.testing.assert_array_equal(sources_of(saliency, shown, 10.0), nothing)
    np.testing.assert_array_equal(sources_of(saliency, ~shown, 0.8), nothing)


@pytest.mark.parametrize("size", [(8, 8), (61, 33), (100, 37), (224, 224)])
def test_without_moves_each_block_is_that_of_its_picture(size: tuple[int, int]) -> None:
    own = photograph("square")[: size[0], : size[1]]
    grid = Grid.of(*size, 7)
    shown = random_masks(8, 7)[0]
    target = np.zeros_like(own)
    place(target, own, grid, shown, np.arange(49))
    rows, columns = (np.repeat(np.arange(7), np.diff(edges)) for edges in grid)
    covered = shown[rows[:, None], columns]
    np.testing.assert_array_equal(target, np.where(covered[..., None], own, 0))
    assert grid.share(shown) == covered.mean()


@pytest.mark.parametrize("size", [(8, 8), (61, 33), (100, 37), (90, 111)])
def test_a_moved_block_begins_where_its_source_does(size: tuple[int, int]) -> None:
    grid = Grid.of(*size, 7)
    coordinates = np.dstack([*np.indices(size), np.zeros(size)]).astype(np.uint8)
    target = np.zeros_like(coordinates)
    place(target, coordinates, grid, np.ones((7, 7), bool), np.arange(49)[::-1])
    for row, column in np.ndindex(7, 7):
        rows, columns = slice(*grid.tops[row : row + 2]), slice(*grid.lefts[column : column + 2])
        offset = (rows.start - grid.tops[6 - row], columns.start - grid.lefts[6 - column], 0)
        np.testing.assert_array_equal(
            target[rows, columns].astype(int), coordinates[rows, columns] - np.array(offset)
        )
