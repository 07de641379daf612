"""Duplicates in a set: pictures with equal pixels, and near-duplicates, such as one that was saved again.

A perceptual hash finds the candidates: signs of the lowest frequencies of a small grey copy, which is the
DCT hash of pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions",
diploma thesis, FH Hagenberg). Small copies in colour then decide. Both limits were chosen on Oxford
Flowers 17 (1,360 pictures) and 102 (8,189 at 64 px), where every pair found was inspected. Copies of
all of Flowers 17 were found so:

| copy | found |
|---|---|
| saved again as JPEG of quality 60 or 30 | all |
| made half as large, also saved again at 60 | all |
| 10 % brighter | all |
| 3 % cut off, 1.5 % on each side | 99.9 % |
| 6 % cut off | 89 % |
| 3 % cut off at one corner | 76 % |
| 10 % cut off | 21 % |
| made grey | 47 % |
| mirrored | never: it is another picture, as any augmentation is |

Among the originals it found 70 pairs in Flowers 17, all of them right, and 38 in Flowers 102, of which
two or three show another flower of the kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import scipy

from augment.data.source import Ints, Pixels

Hashes = npt.NDArray[np.uint64]

MOST_BITS = 10
"""How many of 64 bits may differ: 8 misses more copies, 12 has five times the candidates."""
LEAST_CORRELATION = 0.9
"""The correlation of small copies of near-duplicates; pictures of different flowers seldom reach it."""
LEAST_SIDE = 16
"""The least side of a picture that can have near-duplicates: a copy cannot be told from a look-alike in
fewer pixels. Among 1,797 handwritten digits of 8 x 8 pixels, none of them a copy, it found 321 pairs."""
CROWD, LEAST_IN_CROWD = 3, 0.99
"""A picture that agrees with more than `CROWD` others is of a set of look-alikes, such as digits, where
`LEAST_CORRELATION` means nothing: of 1,797 handwritten digits it would join 162 into one group, not 10.
Copies of flowers that were saved again, made smaller or brighter reach 0.995 at least."""
FEATURELESS = 0
"""The hash of a picture without features, such as a plain colour: only equal pixels count."""
LEAST_CONTRAST = 2.0
"""The least standard deviation of the small copy, in levels of 255, of a picture with features."""
MOST_LOOKUPS, MOST_CANDIDATES = 400_000_000, 300_000
"""Where the search ends, a few seconds each; sets in which all pictures look alike would have no end."""

_GREY, _LOW, _COLOUR = 32, 8, 16
_BATCH = 2048
_BANDS, _BITS = 4, 16
_CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True, eq=False)
class Duplicates:
    """Which rows of a set are duplicates.

    Attributes:
        exact: int64 (P, 2), pairs of rows with equal pixels, the smaller row first. Only as many as join
            what belongs together: n equal pictures have n - 1 pairs.
        near: int64 (Q, 2), the same for near-duplicates.
        groups: int64 (N,), the smallest row that a row is joined with by either.
        complete: Whether every near-duplicate was searched for.
    """

    exact: Ints
    near: Ints
    groups: Ints
    complete: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs of duplicates: `rows` (P, 2), and whether their pixels are equal, `exact` (P,)."""

    rows: Ints
    exact: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class DuplicateReport:
    """Duplicates by the splits that they are in; no entry is empty.

    Attributes:
        across: For two splits, a pair for each picture of the second that is also in the first.
        within: For a split, a pair for each picture that is in it before.
        labels: A pair for each picture with another class than its first duplicate.
    """

    across: Mapping[tuple[str, str], Pairs]
    within: Mapping[str, Pairs]
    labels: Pairs


def fingerprint(image: Pixels) -> tuple[bytes, int]:
    """Return two hashes of a picture, by which duplicates are found.

    Args:
        image: RGB, uint8, (H, W, 3).

    Returns:
        The SHA-256 of its shape and pixels, 32 bytes; and its perceptual hash of 64 bits, which is
        `FEATURELESS` where the picture has no features or fewer than `LEAST_SIDE` pixels a side.
    """
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    if min(image.shape[:2]) < LEAST_SIDE:
        return digest.digest(), FEATURELESS
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # Halves are averaged six times as fast as the odd fraction that is left at the end.
    while min(grey.shape) >= 4 * _GREY:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        even = grey[: 2 * height, : 2 * width]
        grey = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (_GREY, _GREY), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_LOW, :_LOW].ravel()
    if np.linalg.norm(low[1:]) < LEAST_CONTRAST * _GREY:
        return digest.digest(), FEATURELESS
    bits = np.packbits(low > np.median(low))
    return digest.digest(), int.from_bytes(bits.tobytes(), "big")


def find_duplicates(digests: npt.NDArray[np.uint8], hashes: Hashes, pictures: Pixels) -> Duplicates:
    """Find the duplicates and near-duplicates among N pictures.

    Args:
        digests: uint8 (N, 32), from `fingerprint`.
        hashes: uint64 (N,), from `fingerprint`.
        pictures: uint8 (N, S, S, 3), the prepared pictures. Only candidates are read, one by one and in
            order, so they may be on disk.

    100,000 crops of real photographs took 3.2 s of one core and 51 MB; a fifth of them were read.
    """
    rows = np.arange(len(hashes))
    if not rows.size:
        none = np.empty((0, 2), np.int64)
        return Duplicates(exact=none, near=none, groups=rows)
    keys = np.ascontiguousarray(digests).view("V32").ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    firsts = first[inverse].astype(np.int64)
    exact = np.stack([firsts, rows], axis=1)[firsts != rows]

    nodes = rows[(firsts == rows) & (hashes != FEATURELESS)]
    # Of those with equal hashes each is compared with the first, and only those that differ from it with
    # all others.
    _, first, inverse = np.unique(hashes[nodes], return_index=True, return_inverse=True)
    heads = nodes[first[inverse]]
    same_hash = np.stack([heads, nodes], axis=1)[heads != nodes]
    agree = _agreement(same_hash, pictures)
    others = np.setdiff1d(nodes, same_hash[agree >= LEAST_CORRELATION, 1], assume_unique=True)
    pairs, complete = close_pairs(hashes[others], MOST_BITS, MOST_LOOKUPS, MOST_CANDIDATES)
    agree = np.concatenate([agree, _agreement(others[pairs], pictures)])
    pairs = np.concatenate([same_hash, others[pairs]])
    good = agree >= LEAST_CORRELATION
    crowded = np.bincount(pairs[good].ravel(), minlength=rows.size) > CROWD
    good &= (agree >= LEAST_IN_CROWD) | ~crowded[pairs].any(axis=1)

    graph = _graph(pairs[good], 2.0 - agree[good], rows.size)
    tree = scipy.sparse.csgraph.minimum_spanning_tree(graph).tocoo()
    near = np.sort(np.stack([tree.row, tree.col], axis=1).astype(np.int64), axis=1)
    near = near[np.lexsort((near[:, 1], near[:, 0]))]
    joined = np.concatenate([exact, near])
    _, component = scipy.sparse.csgraph.connected_components(
        _graph(joined, np.ones(len(joined)), rows.size), directed=False
    )
    smallest = np.unique(component, return_index=True)[1]
    return Duplicates(exact=exact, near=near, groups=smallest[component], complete=complete)


def report(duplicates: Duplicates, splits: Mapping[str, Ints], labels: Ints) -> DuplicateReport:
    """Report in which splits duplicates are.

    Args:
        duplicates: Of all N rows.
        splits: The rows of each split, no row in two.
        labels: int64 (N,), the class of each row.
    """
    copies = np.arange(len(duplicates.groups))
    copies[duplicates.exact[:, 1]] = duplicates.exact[:, 0]
    keys = (copies, duplicates.groups)
    sorted_rows = {split: np.sort(rows) for split, rows in splits.items()}
    firsts = {split: [_firsts(key, rows) for key in keys] for split, rows in sorted_rows.items()}

    def pairs(rows: Ints, before: Sequence[Ints]) -> Pairs:
        equal, similar = (first[key[rows]] for first, key in zip(before, keys, strict=True))
        exact = (equal >= 0) & (equal != rows)
        other = np.where(exact, equal, similar)
        found = (other >= 0) & (other != rows)
        return Pairs(rows=np.stack([other, rows], axis=1)[found], exact=exact[found])

    across = {
        (one, other): pairs(sorted_rows[other], firsts[one])
        for one, other in combinations(splits, 2)
    }
    within = {split: pairs(rows, firsts[split]) for split, rows in sorted_rows.items()}
    every = np.sort(np.concatenate([*sorted_rows.values(), np.empty(0, np.int64)]))
    repeated = pairs(every, [_firsts(key, every) for key in keys])
    differ = labels[repeated.rows[:, 0]] != labels[repeated.rows[:, 1]]
    return DuplicateReport(
        across={names: found for names, found in across.items() if len(found)},
        within={split: found for split, found in within.items() if len(found)},
        labels=Pairs(rows=repeated.rows[differ], exact=repeated.exact[differ]),
    )


def _firsts(key: Ints, rows: Ints) -> Ints:
    """Return the first of some sorted rows with each key, -1 where no row has it."""
    first = np.full(key.size, -1)
    first[key[rows[::-1]]] = rows[::-1]
    return first


def _graph(pairs: Ints, costs: npt.NDArray[np.floating[Any]], size: int) -> scipy.sparse.coo_array:
    return scipy.sparse.coo_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()


def _agreement(pairs: Ints, pictures: Pixels) -> npt.NDArray[np.float32]:
    """Return how the small copies of each pair correlate, -1 to 1; 0 where one has no features."""
    rows, where = np.unique(pairs, return_inverse=True)
    where = where.reshape(pairs.shape)
    copies = np.zeros((rows.size, _COLOUR * _COLOUR * 3), np.int8)
    for number, row in enumerate(rows):
        picture = np.ascontiguousarray(pictures[row])
        small = cv2.resize(picture, (_COLOUR, _COLOUR), interpolation=cv2.INTER_AREA)
        centred = small.reshape(-1, 3) - small.mean(axis=(0, 1))
        if centred.std() >= LEAST_CONTRAST:
            copies[number] = np.rint(centred * (127 / np.abs(centred).max())).ravel()
    agree = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _BATCH):
        # Whole numbers below 2**24, so sums of products are exact in float32.
        one, other = (copies[side].astype(np.float32) for side in where[start : start + _BATCH].T)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        products = np.einsum("ij,ij->i", one, other)
        agree[start : start + _BATCH] = products / np.maximum(lengths, 1)
    return agree


def close_pairs(
    hashes: Hashes, most_bits: int, most_lookups: int, most_pairs: int
) -> tuple[Ints, bool]:
    """Find the pairs of hashes that differ in few bits, those that differ least first.

    The search is multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with
    Multi-Index Hashing", https://arxiv.org/abs/1307.2982, section 3): of two hashes that differ in at
    most d bits, at least one of four bands of 16 bits differs in at most d / 4, so it is enough to look
    up each band with that many bits flipped.

    Args:
        hashes: uint64 of shape (n,).
        most_bits: How many bits may differ, from 0 to 63.
        most_lookups: How many pairs are compared at most; hashes that hardly differ would take hours.
        most_pairs: How many pairs are found at most.

    Returns:
        int64 (m, 2), the smaller index of a pair first and no pair twice; and whether these are all.
    """
    bands = [_Band.of(hashes, number) for number in range(_BANDS)]
    quotient, rest = divmod(most_bits, _BANDS)
    reach = np.array([quotient - (number > rest) for number in range(_BANDS)])
    found, count = [np.empty((0, 2), np.int64)], 0
    for flips in range(quotient + 1):
        for number, band in enumerate(bands):
            if flips > reach[number]:
                continue
            for flipped in combinations(range(_BITS), flips):
                for left, right in band.lookups(sum(1 << bit for bit in flipped)):
                    most_lookups -= left.size
                    differing = hashes[left] ^ hashes[right]
                    near = np.flatnonzero(np.bitwise_count(differing) <= most_bits)
                    near = near[_first_found(differing[near], reach) == flips * _BANDS + number]
                    chosen = np.sort(np.stack([left[near], right[near]], axis=1), axis=1)
                    found.append(chosen)
                    count += len(chosen)
                    if most_lookups <= 0 or count > most_pairs:
                        return np.concatenate(found)[:most_pairs], False
    return np.concatenate(found), True


@dataclass(frozen=True, kw_only=True)
class _Band:
    """Sixteen bits of every hash; `order` sorts by them, and in it a key begins at its `bounds`."""

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
        """Yield, in pieces, all pairs whose bands differ in the bits of `mask`."""
        if mask:
            # Each pair once: that which lacks the highest of the flipped bits looks up the other.
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
    """Return the number of the lookup that finds these differences first, flips * bands + band."""
    best = np.full(differing.size, np.iinfo(np.int64).max)
    for number in range(_BANDS):
        band = (differing >> np.uint64(_BITS * number)).astype(np.uint16)
        flips = np.bitwise_count(band).astype(np.int64)
        here = np.where(flips <= reach[number], flips * _BANDS + number, best)
        best = np.minimum(best, here)
    return best
