"""Puzzle Mix: the whole op, then saliency, mask and transport each against its definition."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

import augment
from augment.ops.mixing.puzzle_mix import (
    SCALE,
    SIDE,
    Blocks,
    Energy,
    Grid,
    Mask,
    blocks_of,
    cut,
    energy_of,
    place,
    puzzle_mix,
    sources_of,
    spectral_residual,
    thumbnail,
)
from tests.ops.reference import Picture, batch_of, photograph

DEFAULTS = augment.registry()["puzzle_mix"].defaults
# share, smoothness, seams, prior weight: the defaults, each term alone, all or nothing, and much of each.
SETTINGS = [
    (0.5, 1.2, 0.5, 0.2),
    (0.3, 0.0, 0.0, 0.0),
    (0.7, 4.0, 0.0, 0.0),
    (0.4, 4.0, 1.0, 0.0),
    (0.9, 0.0, 0.0, 2.0),
    (1.0, 1.2, 0.5, 0.2),
    (0.2, 10.0, 1.0, 5.0),
]


def mixed(own: Picture, partner: Picture, share: float = 0.5, **values: float) -> Picture:
    return mixed_and_share(own, partner, share=share, **values)[0]


def mixed_and_share(own: Picture, partner: Picture, **values: float) -> tuple[Picture, float]:
    return puzzle_mix(own, partner, np.empty_like(own), **{**DEFAULTS, **values})


def test_salient_parts_of_both_are_visible_although_they_are_in_the_same_place() -> None:
    own, partner = np.full((2, 96, 96, 3), 90, np.uint8)
    own[12:24, 12:24] = (255, 0, 0)
    partner[12:24, 12:24] = (0, 255, 0)

    def seen_whole(picture: Picture) -> list[int]:
        return [
            int((picture == colour).all(axis=2).sum()) for colour in (own[12, 12], partner[12, 12])
        ]

    assert seen_whole(mixed(own, partner)) == [144, 144]
    assert min(seen_whole(mixed(own, partner, transport_cost=10.0))) < 144
    apart = np.roll(partner, (60, 60), axis=(0, 1))
    np.testing.assert_array_equal(mixed(own, apart), np.where(apart == 90, own, apart))


@pytest.mark.parametrize("blocks", [2, 3, 8, 16])
@pytest.mark.parametrize("size", [(8, 8), (9, 31), (61, 33), (8, 300), (224, 224), (100, 37)])
def test_the_share_is_measured_in_pixels(size: tuple[int, int], blocks: int) -> None:
    """The photographs have different ranges of levels, so every pixel shows which one it is from."""
    own, partner = batch_of(2, 224, 300)[:, : size[0], : size[1]] // 4
    shares = []
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        picture, measured = mixed_and_share(own, partner + 128, block_num=blocks, share=share)
        assert measured == np.mean(picture[..., 0] < 128)
        shares.append(measured)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_blocks_move_unchanged_and_none_is_duplicated() -> None:
    """Where the side is divisible, the mixed picture is a selection of the blocks of both."""
    own, partner = photograph("wide")[40:104, 60:124], photograph("tall")[40:104, 6:70]

    def blocks_of(picture: Picture) -> list[bytes]:
        return [
            picture[8 * row : 8 * row + 8, 8 * column : 8 * column + 8].tobytes()
            for row, column in np.ndindex(8, 8)
        ]

    assert len({*blocks_of(own), *blocks_of(partner)}) == 128
    picture = mixed(own, partner, transport_cost=0.05)
    assert len(set(blocks_of(picture))) == 64
    assert set(blocks_of(picture)) <= {*blocks_of(own), *blocks_of(partner)}
    stayed = zip(blocks_of(picture), blocks_of(own), blocks_of(partner), strict=True)
    assert sum(block not in there for block, *there in stayed) > 3


def test_flat_pictures_are_decided_by_the_share_alone() -> None:
    """Also for a black picture."""
    black, white = np.zeros((2, 40, 40, 3), np.uint8)
    white += 255
    assert mixed(black, white, share=0.7).max() == 0
    assert mixed(black, white, share=0.3).min() == 255


@pytest.mark.parametrize("share", [0.2, 0.5, 0.6])
def test_swapping_the_pictures_and_the_share_gives_the_same_picture(share: float) -> None:
    own, partner = photograph("wide")[:130, :140], photograph("square")[60:190, 60:200]
    picture, measured = mixed_and_share(own, partner, transport_cost=0.1, share=share)
    turned, other_share = mixed_and_share(partner, own, transport_cost=0.1, share=1.0 - share)
    np.testing.assert_array_equal(picture, turned)
    assert 0.1 < measured < 0.9
    assert measured + other_share == pytest.approx(1.0)


def bars(row: int, column: int, seed: int) -> tuple[Picture, tuple[slice, slice]]:
    """Return vertical bars, each slightly displaced, and the position of the one horizontal bar."""
    levels = np.full((SIDE, SIDE), 60, np.uint8)
    places = 2 + 10 * np.indices((6, 6)) + np.random.default_rng(seed).integers(0, 3, (2, 6, 6))
    for at in np.ndindex(6, 6):
        top, left = (int(number) for number in places[:, *at])
        if at == (row, column):
            levels[top + 3 : top + 5, left : left + 8] = 180
            odd = slice(top, top + 8), slice(left, left + 8)
        else:
            levels[top : top + 8, left + 3 : left + 5] = 180
    return np.repeat(levels[..., None], 3, axis=2), odd


def assert_salient(picture: Picture, odd: tuple[slice, slice], times: float) -> None:
    """Assert that a part is that many times as salient as the rest, and contains the maximum."""
    salient = spectral_residual(picture)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[odd] = True
    assert salient[inside].mean() > times * salient[~inside].mean()
    assert inside[np.unravel_index(salient.argmax(), salient.shape)]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("place", [(1, 1), (2, 3), (4, 1), (3, 4)])
def test_a_horizontal_bar_among_vertical_ones_is_salient(place: tuple[int, int], seed: int) -> None:
    """A pattern of the paper: the bar is not brighter than the rest, only different."""
    assert_salient(*bars(*place, seed), times=2.0)


@pytest.mark.parametrize(("top", "left"), [(8, 8), (27, 30), (50, 12), (3, 52)])
def test_an_object_before_a_soft_background_is_salient(top: int, left: int) -> None:
    coarse = np.random.default_rng(0).integers(90, 130, (8, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    thing = slice(top, top + 8), slice(left, left + 8)
    picture[thing] += 60
    assert_salient(picture, thing, times=8.0)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_flat_picture_has_no_saliency(level: int) -> None:
    flat = np.full((SIDE, SIDE, 3), level, np.uint8)
    assert spectral_residual(flat).max() < 1e-20


def test_equals_the_formula_of_the_paper_on_the_picture_and_its_mirror_images(
    picture: Picture,
) -> None:
    """Phase and log amplitude of the Fourier transform, with the filters of SciPy.

    The mirrored picture has nothing beyond the highest frequency of the cosine transform; there the one
    before is used.
    """
    small = thumbnail(picture)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    spectrum = np.fft.fft2(np.pad(grey, ((0, SIDE), (0, SIDE)), mode="symmetric"))
    logarithm = np.log(np.abs(spectrum) + 0.25 * 2 * SIDE)
    logarithm[SIDE], logarithm[:, SIDE] = logarithm[SIDE - 2], logarithm[:, SIDE - 2]
    residual = np.log(np.abs(spectrum) + 1e-9) - ndimage.uniform_filter(logarithm, 3, mode="wrap")
    residual[0, 0] = -np.inf
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    expected = ndimage.gaussian_filter(np.abs(back) ** 2, 2.5, mode="wrap")[:SIDE, :SIDE]
    ours = spectral_residual(small)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3 * expected.max())


def test_brighter_is_not_more_salient(picture: Picture) -> None:
    darker = picture // 2
    np.testing.assert_allclose(
        spectral_residual(thumbnail(darker)),
        spectral_residual(thumbnail(darker + 60)),
        rtol=0,
        atol=0.02 * spectral_residual(thumbnail(darker)).max(),
    )


def pair(blocks: int) -> tuple[Blocks, Blocks]:
    own, partner = photograph("square"), photograph("square")[::-1, ::-1].transpose(1, 0, 2)
    return blocks_of(own, blocks), blocks_of(np.ascontiguousarray(255 - partner), blocks)


def random_masks(count: int, blocks: int) -> npt.NDArray[np.bool_]:
    """Return masks with all shares; half of them have large connected parts, as cuts do."""
    rng = np.random.default_rng(1)
    noise = rng.random((count, blocks, blocks))
    across = np.arange(blocks)[:, None] * rng.normal(size=(count, 1, 1))
    along = np.arange(blocks) * rng.normal(size=(count, 1, 1))
    sloping = noise + (across + along) / 2
    noise[::2] = sloping[::2] - sloping[::2].mean(axis=(1, 2), keepdims=True) + 0.5
    return noise < rng.random((count, 1, 1))


def by_definition(
    mask: Mask, own: Blocks, partner: Blocks, share: float, beta: float, gamma: float, eta: float
) -> float:
    """Return the energy of a mask by the formula in the module's docstring, block by block."""
    blocks = len(mask)
    energy = 0.0
    for at in np.ndindex(mask.shape):
        lost = (partner if mask[at] else own).saliency[at] / SCALE
        chance = share if mask[at] else 1.0 - share
        energy += lost - eta / blocks**2 * np.log(max(chance, np.finfo(float).tiny))
        for down, right in ((0, 1), (1, 0)):
            other = at[0] + down, at[1] + right
            if max(other) == blocks:
                continue
            inside = [np.s_[4 * number : 4 * number + 4] for number in at]
            beyond = [np.s_[4 * number : 4 * number + 4] for number in other]
            axis = 0 if down else 1
            inside[axis], beyond[axis] = 4 * other[axis] - 1, 4 * other[axis]
            here = (own if mask[at] else partner).cells[*inside].astype(float)
            there = (own if mask[other] else partner).cells[*beyond].astype(float)
            phi = np.abs(here - there).mean()
            energy += beta / (16 * blocks) * ((mask[at] != mask[other]) + gamma * phi)
    return energy


def value_of(energy: Energy, masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the energies of masks of shape (..., n, n) by the graph."""
    differ_right = masks[..., :, :-1] != masks[..., :, 1:]
    differ_down = masks[..., :-1, :] != masks[..., 1:, :]
    return (
        np.where(masks, energy.own, energy.partner).sum(axis=(-1, -2))
        + (differ_right * energy.right[:, :-1]).sum(axis=(-1, -2))
        + (differ_down * energy.down[:-1]).sum(axis=(-1, -2))
    )


def every_mask(blocks: int) -> npt.NDArray[np.bool_]:
    bits = np.arange(2**blocks**2)[:, None] >> np.arange(blocks**2) & 1
    return bits.astype(bool).reshape(-1, blocks, blocks)


def energy_with(own: Blocks, partner: Blocks, settings: tuple[float, ...]) -> Energy:
    names = ("share", "smoothness", "seams", "prior")
    return energy_of(own, partner, **dict(zip(names, settings, strict=True)))


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [2, 5])
def test_the_graph_has_the_energy_of_the_paper(blocks: int, settings: tuple[float, ...]) -> None:
    """Up to a constant, and to rounding each term to an integer."""
    own, partner = pair(blocks)
    masks = random_masks(60, blocks)
    ours = value_of(energy_with(own, partner, settings), masks) / SCALE
    defined = [by_definition(mask, own, partner, *settings) for mask in masks]
    apart = ours - defined
    assert np.ptp(defined) > 0.01
    assert np.ptp(apart) < 4 * blocks**2 / SCALE + 1e-6


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [2, 3])
def test_the_cut_is_the_minimum_over_all_masks(blocks: int, settings: tuple[float, ...]) -> None:
    own, partner = pair(blocks)
    energy = energy_with(own, partner, settings)
    assert value_of(energy, cut(energy)) == value_of(energy, every_mask(blocks)).min()


def flips(blocks: int) -> npt.NDArray[np.bool_]:
    return np.eye(blocks**2, dtype=bool).reshape(-1, blocks, blocks)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [4, 8, 16])
def test_the_cut_is_no_worse_than_the_better_side_of_each_block_or_random_masks(
    blocks: int, settings: tuple[float, ...]
) -> None:
    """Without smoothness the better side of each block is optimal; with it the cut is better."""
    own, partner = pair(blocks)
    energy = energy_with(own, partner, settings)
    found = value_of(energy, cut(energy))
    better_sides = value_of(energy, energy.own < energy.partner)
    assert found <= better_sides
    if blocks == 8 and settings == SETTINGS[0]:
        assert found < better_sides
    assert found <= value_of(energy, random_masks(2000, blocks)).min()
    assert found <= value_of(energy, np.stack([cut(energy)] * blocks**2) ^ flips(blocks)).min()


def test_among_equal_masks_the_one_with_the_fewest_own_blocks_is_taken() -> None:
    """It does not depend on the flow; other pictures for the same draws would need another version."""
    rng = np.random.default_rng(0)
    ambiguous = 0
    for _ in range(200):
        own, partner, right, down = rng.integers(0, 3, (4, 3, 3))
        right[:, -1] = down[-1] = 0
        energy = Energy(own, partner, right, down)
        masks = every_mask(3)
        values = value_of(energy, masks)
        best = masks[values == values.min()]
        fewest = best[best.sum(axis=(1, 2)).argmin()]
        ambiguous += len(best) > 1
        np.testing.assert_array_equal(cut(energy), fewest)
        assert not (fewest & ~best).any()
    assert ambiguous > 50


def least(energy: Energy) -> int:
    """Return the minimum energy over all masks, by dynamic programming over rows."""
    blocks = len(energy.own)
    rows = np.arange(2**blocks)[:, None] >> np.arange(blocks) & 1
    best = np.zeros(2**blocks, np.int64)
    for own, partner, right, down in zip(*energy, strict=True):
        best = best + np.where(rows, own, partner).sum(axis=1)
        best += (np.diff(rows) != 0) @ right[:-1]
        best = np.min(best[:, None] + (rows[:, None] != rows) @ down, axis=0)
    return int(best.min())


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [4, 8])
def test_the_cut_is_the_minimum_over_all_masks_of_larger_grids(
    blocks: int, settings: tuple[float, ...]
) -> None:
    energy = energy_with(*pair(blocks), settings)
    assert value_of(energy, cut(energy)) == least(energy)


def test_costs_beyond_int32() -> None:
    """A picture of one pixel has them: 5 ln(1 / smallest float) in units of 2**-20 is 3.7e9."""
    assert energy_with(*pair(1), (1.0, 1.2, 0.5, 5.0)).partner > 2**31
    nothing = np.zeros((2, 2), np.int64)
    dear = np.array([[2**32, 0], [0, 2**33]])
    np.testing.assert_array_equal(cut(Energy(nothing, dear, nothing, nothing)), dear > 0)


def test_more_smoothness_gives_fewer_seams() -> None:
    borders = []
    for smoothness in (0.0, 1.2, 4.0):
        mask = cut(energy_with(*pair(8), (0.5, smoothness, 0.5, 0.2)))
        borders.append(sum(np.diff(mask, axis=axis).sum() for axis in (0, 1)))
    assert borders[0] > borders[1] > borders[2]


@pytest.mark.parametrize("level", [0, 90, 255])
def test_in_a_flat_picture_all_blocks_are_equally_salient(level: int) -> None:
    flat = blocks_of(np.full((50, 70, 3), level, np.uint8), 8)
    np.testing.assert_array_equal(flat.saliency, SCALE // 64)


def paid(sources: npt.ArrayLike, saliency: npt.ArrayLike, shown: Mask, cost: float) -> float:
    """Return the paper's objective of a transport, in units of the total saliency; less is better."""
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
    """Over all permutations where they are few; else no exchange of two blocks is cheaper."""
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


def test_a_salient_block_that_is_hidden_moves_to_a_visible_place() -> None:
    """It moves to the nearest visible place, but not if moving is expensive or it is visible already."""
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
