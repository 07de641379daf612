"""The graph cut of Puzzle Mix against the energy written out, and every choice tried."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from augment.ops._puzzle_cut import SCALE, Energy, Mask, Seen, cut, energy_of, see
from tests.ops.mixing.puzzles import pair, random_masks

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


def by_definition(
    mask: Mask, own: Seen, partner: Seen, share: float, beta: float, gamma: float, eta: float
) -> float:
    """Return the energy of a choice as the module's docstring writes it, block by block."""
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
    """Return what the graph says that choices cost, for masks of shape (..., n, n)."""
    differ_right = masks[..., :, :-1] != masks[..., :, 1:]
    differ_down = masks[..., :-1, :] != masks[..., 1:, :]
    return (
        np.where(masks, energy.own, energy.partner).sum(axis=(-1, -2))
        + (differ_right * energy.right[:, :-1]).sum(axis=(-1, -2))
        + (differ_down * energy.down[:-1]).sum(axis=(-1, -2))
    )


def energy_with(own: Seen, partner: Seen, settings: tuple[float, ...]) -> Energy:
    names = ("share", "smoothness", "seams", "prior")
    return energy_of(own, partner, **dict(zip(names, settings, strict=True)))


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [2, 5])
def test_the_graph_has_the_energy_of_the_paper(blocks: int, settings: tuple[float, ...]) -> None:
    """But for a constant, and for what rounding each term to a whole number costs."""
    own, partner = pair(blocks)
    masks = random_masks(60, blocks)
    ours = value_of(energy_with(own, partner, settings), masks) / SCALE
    defined = [by_definition(mask, own, partner, *settings) for mask in masks]
    apart = ours - defined
    assert np.ptp(defined) > 0.01
    assert np.ptp(apart) < 4 * blocks**2 / SCALE + 1e-6


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [2, 3])
def test_the_cut_is_the_best_of_all_choices(blocks: int, settings: tuple[float, ...]) -> None:
    own, partner = pair(blocks)
    energy = energy_with(own, partner, settings)
    bits = np.arange(2**blocks**2)[:, None] >> np.arange(blocks**2) & 1
    every_mask = bits.astype(bool).reshape(-1, blocks, blocks)
    assert value_of(energy, cut(energy)) == value_of(energy, every_mask).min()


def flips(blocks: int) -> npt.NDArray[np.bool_]:
    return np.eye(blocks**2, dtype=bool).reshape(-1, blocks, blocks)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("blocks", [4, 8, 16])
def test_the_cut_is_no_worse_than_better_sides_or_chance(
    blocks: int, settings: tuple[float, ...]
) -> None:
    """Each block's better side is the best without smoothness; with it the cut is better still."""
    own, partner = pair(blocks)
    energy = energy_with(own, partner, settings)
    least = value_of(energy, cut(energy))
    better_sides = value_of(energy, energy.own < energy.partner)
    assert least <= better_sides
    if blocks == 8 and settings == SETTINGS[0]:
        assert least < better_sides
    assert least <= value_of(energy, random_masks(2000, blocks)).min()
    assert least <= value_of(energy, np.stack([cut(energy)] * blocks**2) ^ flips(blocks)).min()


@pytest.mark.parametrize("blocks", [8, 16])
def test_the_cut_is_as_cheap_as_scipys_flow_is_large(blocks: int) -> None:
    """Duality, with another implementation of another algorithm (Dinic's)."""
    for settings in SETTINGS[:5]:
        energy = energy_with(*pair(blocks), settings)
        number = np.arange(blocks**2).reshape(blocks, blocks)
        source, sink = blocks**2, blocks**2 + 1
        pairs = [
            (np.full_like(number, source), number, energy.own),
            (number, np.full_like(number, sink), energy.partner),
            (number[:, :-1], number[:, 1:], energy.right[:, :-1]),
            (number[:, 1:], number[:, :-1], energy.right[:, :-1]),
            (number[:-1], number[1:], energy.down[:-1]),
            (number[1:], number[:-1], energy.down[:-1]),
        ]
        tails, heads, capacities = (
            np.concatenate([part.ravel() for part in parts]) for parts in zip(*pairs, strict=True)
        )
        graph = csr_array((capacities.astype(np.int32), (tails, heads)), shape=(sink + 1,) * 2)
        assert value_of(energy, cut(energy)) == maximum_flow(graph, source, sink).flow_value


def test_more_smoothness_makes_fewer_borders() -> None:
    borders = []
    for smoothness in (0.0, 1.2, 4.0):
        mask = cut(energy_with(*pair(8), (0.5, smoothness, 0.5, 0.2)))
        borders.append(sum(np.diff(mask, axis=axis).sum() for axis in (0, 1)))
    assert borders[0] > borders[1] > borders[2]


@pytest.mark.parametrize("level", [0, 90, 255])
def test_where_nothing_stands_out_all_blocks_do_alike(level: int) -> None:
    flat = see(np.full((50, 70, 3), level, np.uint8), 8)
    np.testing.assert_array_equal(flat.saliency, SCALE // 64)
