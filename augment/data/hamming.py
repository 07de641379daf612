"""All pairs of 64-bit hashes that differ in few bits, without comparing each with each.

The search is multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with
Multi-Index Hashing", https://arxiv.org/abs/1307.2982, section 3): of two hashes that differ in at most d
bits, at least one of four bands of 16 bits differs in at most d / 4, so it is enough to look up each band
with that many bits flipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from augment.data.spec import Ints

Hashes = npt.NDArray[np.uint64]
_BANDS, _BITS = 4, 16
_CHUNK = 1 << 18


def close_pairs(hashes: Hashes, most: int, looks: int, pairs: int) -> tuple[Ints, bool]:
    """Find the pairs of hashes that differ in at most `most` bits, those that differ least before others.

    Args:
        hashes: uint64 of shape (n,).
        most: How many bits may differ, from 0 to 63.
        looks: How many pairs may be looked at; hashes that hardly differ would otherwise take hours.
        pairs: How many pairs may be found.

    Returns:
        int64 (m, 2), the first of a pair before the second and no pair twice; and whether that is all.
    """
    bands = [_Band.of(hashes, number) for number in range(_BANDS)]
    quotient, rest = divmod(most, _BANDS)
    reach = np.array([quotient - (number > rest) for number in range(_BANDS)])
    found, count = [np.empty((0, 2), np.int64)], 0
    for flips in range(quotient + 1):
        for number, band in enumerate(bands):
            if flips > reach[number]:
                continue
            for flipped in combinations(range(_BITS), flips):
                for left, right in band.lookups(sum(1 << bit for bit in flipped)):
                    looks -= left.size
                    differing = hashes[left] ^ hashes[right]
                    near = np.flatnonzero(np.bitwise_count(differing) <= most)
                    near = near[_first_found(differing[near], reach) == flips * _BANDS + number]
                    chosen = np.sort(np.stack([left[near], right[near]], axis=1), axis=1)
                    found.append(chosen)
                    count += len(chosen)
                    if looks <= 0 or count > pairs:
                        return np.concatenate(found)[:pairs], False
    return np.concatenate(found), True


@dataclass(frozen=True, kw_only=True)
class _Band:
    """Sixteen bits of every hash; `order` sorts by them, and `bounds` says where in it a key begins."""

    keys: Ints
    order: Ints
    bounds: Ints

    @classmethod
    def of(cls, hashes: Hashes, number: int) -> _Band:
        keys = (hashes >> np.uint64(_BITS * number)).astype(np.uint16).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        return cls(
            keys=keys,
            order=order,
            bounds=np.searchsorted(keys[order], np.arange((1 << _BITS) + 1)),
        )

    def lookups(self, mask: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield, in pieces, all pairs of which the band of one is that of the other but for `mask`."""
        if mask:
            # A pair would come twice; who has the highest of the flipped bits waits to be found.
            left = np.flatnonzero((self.keys & (1 << (mask.bit_length() - 1))) == 0)
            start = self.bounds[self.keys[left] ^ mask]
        else:
            left, start = self.order, np.arange(1, self.order.size + 1)
        count = self.bounds[(self.keys[left] ^ mask) + 1] - start
        some = np.flatnonzero(count)
        left, start, count = left[some], start[some], count[some]
        ends = np.cumsum(count)
        done = 0
        while done < left.size:
            before = int(ends[done - 1]) if done else 0
            stop = max(int(np.searchsorted(ends, before + _CHUNK, side="right")), done + 1)
            piece = slice(done, stop)
            step = np.arange(int(ends[stop - 1]) - before)
            where = step + np.repeat(
                start[piece] - (ends[piece] - count[piece] - before), count[piece]
            )
            yield np.repeat(left[piece], count[piece]), self.order[where]
            done = stop


def _first_found(differing: Hashes, reach: Ints) -> Ints:
    """Return which lookup finds these differences first, as flips * bands + band."""
    best = np.full(differing.size, np.iinfo(np.int64).max)
    for number in range(_BANDS):
        band = (differing >> np.uint64(_BITS * number)).astype(np.uint16)
        flips = np.bitwise_count(band).astype(np.int64)
        here = np.where(flips <= reach[number], flips * _BANDS + number, best)
        best = np.minimum(best, here)
    return best
