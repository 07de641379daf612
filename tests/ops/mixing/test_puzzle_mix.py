from __future__ import annotations

import numpy as np
import pytest

import augment
from augment.ops.mixing.puzzle_mix import puzzle_mix
from tests.ops.reference import Picture, batch_of, photograph

DEFAULTS = augment.registry()["puzzle_mix"].defaults


def mixed(own: Picture, partner: Picture, share: float = 0.5, **values: float) -> Picture:
    return mixed_and_share(own, partner, share=share, **values)[0]


def mixed_and_share(own: Picture, partner: Picture, **values: float) -> tuple[Picture, float]:
    return puzzle_mix(own, partner, np.empty_like(own), **{**DEFAULTS, **values})


def test_what_stands_out_in_both_is_seen_although_it_is_in_the_same_place() -> None:
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
def test_the_share_is_counted_in_pixels(size: tuple[int, int], blocks: int) -> None:
    """Photographs lit apart, so that every pixel says whose it is."""
    own, partner = batch_of(2, 224, 300)[:, : size[0], : size[1]] // 4
    shares = []
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        picture, measured = mixed_and_share(own, partner + 128, block_num=blocks, share=share)
        assert measured == np.mean(picture[..., 0] < 128)
        shares.append(measured)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_a_block_that_moves_arrives_whole_and_no_block_is_there_twice() -> None:
    """Where the side divides, the mixed picture is a selection of the blocks of both."""
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


def test_two_pictures_in_which_nothing_stands_out() -> None:
    """Black ones too: then the share alone decides."""
    black, white = np.zeros((2, 40, 40, 3), np.uint8)
    white += 255
    assert mixed(black, white, share=0.7).max() == 0
    assert mixed(black, white, share=0.3).min() == 255


@pytest.mark.parametrize("share", [0.2, 0.5, 0.6])
def test_it_does_not_matter_which_picture_is_whose(share: float) -> None:
    own, partner = photograph("wide")[:130, :140], photograph("square")[60:190, 60:200]
    picture, measured = mixed_and_share(own, partner, transport_cost=0.1, share=share)
    turned, other_share = mixed_and_share(partner, own, transport_cost=0.1, share=1.0 - share)
    np.testing.assert_array_equal(picture, turned)
    assert 0.1 < measured < 0.9
    assert measured + other_share == pytest.approx(1.0)
