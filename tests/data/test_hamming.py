from __future__ import annotations

import numpy as np
import pytest

from augment.data import hamming

ENOUGH = 10**9


def near_hashes(count: int, seed: int) -> np.ndarray:
    """Return hashes of which many differ in few bits, and some in none."""
    random = np.random.default_rng(seed)
    centres = random.integers(0, 2**64, max(count // 6, 1), np.uint64)
    hashes = centres[random.integers(0, centres.size, count)]
    flips = random.integers(0, 9, count)
    for number in range(8):
        flipped = np.uint64(1) << random.integers(0, 64, count).astype(np.uint64)
        hashes = np.where(flips > number, hashes ^ flipped, hashes)
    return hashes


def by_comparing_all(hashes: np.ndarray, most: int) -> set[tuple[int, int]]:
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None])
    return set(zip(*np.nonzero(np.triu(distance <= most, 1)), strict=True))


@pytest.mark.parametrize("most", [0, 3, 4, 7, 10])
def test_all_pairs_are_found_and_none_twice(most: int) -> None:
    for seed in range(3):
        hashes = near_hashes(300, seed)
        pairs, complete = hamming.close_pairs(hashes, most, ENOUGH, ENOUGH)
        assert complete
        found = [tuple(pair) for pair in pairs.tolist()]
        assert len(found) == len(set(found)) > 0
        assert set(found) == by_comparing_all(hashes, most)


def test_pieces_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = near_hashes(200, 9)
    whole, _ = hamming.close_pairs(hashes, 10, ENOUGH, ENOUGH)
    monkeypatch.setattr(hamming, "_CHUNK", 7)
    pieces, complete = hamming.close_pairs(hashes, 10, ENOUGH, ENOUGH)
    assert complete
    np.testing.assert_array_equal(whole, pieces)


@pytest.mark.parametrize("count", [0, 1])
def test_few_hashes_make_no_pair(count: int) -> None:
    pairs, complete = hamming.close_pairs(np.zeros(count, np.uint64), 10, ENOUGH, ENOUGH)
    assert pairs.shape == (0, 2)
    assert complete


def test_hashes_that_hardly_differ_end_the_search() -> None:
    hashes = np.full(3000, 12345, np.uint64)
    pairs, complete = hamming.close_pairs(hashes, 10, ENOUGH, 1000)
    assert len(pairs) == 1000
    assert not complete
    pairs, complete = hamming.close_pairs(hashes, 10, 1000, ENOUGH)
    assert len(pairs) < 3000 * 2999 // 2
    assert not complete
