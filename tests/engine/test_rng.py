from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from augment.engine import rng

N = 100_000


def test_the_same_numbers_everywhere_and_for_ever() -> None:
    """These are the bits that old share links and finished runs rest on."""
    hashed = rng.streams(7, 3, [0, 1, -1, 2**62])
    assert int(rng.key("shear_x.shear")) == 16_340_687_837_471_319_972
    assert rng.uniform(hashed, rng.key("shear_x.shear")).tolist() == [
        0.1397332270875037,
        0.7469421035317062,
        0.8190032232445096,
        0.6515506276558313,
    ]


def test_the_hash_is_splitmix64() -> None:
    """The first two numbers of the published generator with seed 0."""
    first = rng.combine(np.zeros(1, np.uint64), np.uint64(0))
    assert int(first[0]) == 0xE220A8397B1DCDAF
    state_after_one_step = np.uint64(0x9E3779B97F4A7C15)
    assert int(rng.combine(first * 0, state_after_one_step)[0]) == 0x6E789E6AA1B965F4


@pytest.mark.parametrize("vary", ["seed", "epoch", "id", "key"])
def test_uniform_whatever_varies(vary: str) -> None:
    """The keys that differ least in practice, counting up by one, still give uniform numbers."""
    count = np.arange(N)
    if vary == "seed":
        drawn = np.concatenate(
            [
                rng.uniform(rng.streams(seed, 0, np.arange(100)), rng.key("a"))
                for seed in range(1000)
            ]
        )
    elif vary == "epoch":
        drawn = rng.uniform(rng.streams(1, count, np.full(N, 5)), rng.key("a"))
    elif vary == "id":
        drawn = rng.uniform(rng.streams(1, 0, count), rng.key("a"))
    else:
        keys = np.array([rng.key(f"a{number}") for number in range(N)])
        drawn = rng.uniform(rng.streams(1, 0, [5]), keys)
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    assert len(np.unique(drawn)) == len(drawn)


def test_neighbours_are_independent() -> None:
    count = np.arange(N)
    base = rng.uniform(rng.streams(1, 0, count), rng.key("a"))
    others = {
        "next id": rng.uniform(rng.streams(1, 0, count + 1), rng.key("a")),
        "next epoch": rng.uniform(rng.streams(1, 1, count), rng.key("a")),
        "next seed": rng.uniform(rng.streams(2, 0, count), rng.key("a")),
        "other key": rng.uniform(rng.streams(1, 0, count), rng.key("b")),
        "id and epoch swapped": rng.uniform(rng.streams(1, count, np.zeros(N, int)), rng.key("a")),
    }
    for name, other in others.items():
        assert abs(np.corrcoef(base, other)[0, 1]) < 4.5 / np.sqrt(N), name


def stream_of(hashed: int, key: int) -> int:
    """Return the stream that this key hashes to ``hashed``: SplitMix64 backwards."""

    def shifted_back(value: int, by: int) -> int:
        found = value
        for _ in range(64 // by):
            found = value ^ (found >> by)
        return found

    mixed = shifted_back(hashed, 31) * pow(int(rng._MULTIPLY_2), -1, 2**64) % 2**64
    mixed = shifted_back(mixed, 27) * pow(int(rng._MULTIPLY_1), -1, 2**64) % 2**64
    return (shifted_back(mixed, 30) - int(rng._GOLDEN)) % 2**64 ^ key


def test_never_zero_or_one() -> None:
    key = rng.key("a")
    expected = [0, 2**64 - 1]
    streams = np.array([stream_of(hashed, int(key)) for hashed in expected], np.uint64)
    assert rng.combine(streams, key).tolist() == expected
    lowest, highest = rng.uniform(streams, key).tolist()
    assert 0.0 < lowest < highest < 1.0


def test_one_epoch_or_one_per_row() -> None:
    ids = [4, 9, 4]
    whole = rng.streams(1, [0, 0, 2], ids)
    np.testing.assert_array_equal(whole[:2], rng.streams(1, 0, ids[:2]))
    assert whole[2] == rng.streams(1, 2, [4])[0] != whole[0]
