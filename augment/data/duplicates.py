"""All pairs of 64-bit hashes that differ in few bits, without comparing each with each.

The search is multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with
Multi-Index Hashing", https://arxiv.org/abs/1307.2982, section 3): of two hashes that differ in at most d
bits, at least one of four bands of 16 bits differs in at most d / 4, so it is enough to look up each band
with that many bits flipped.

Which pictures are the same: to the pixel, or likely, such as one that was saved again or made smaller.

A perceptual hash finds the candidates: signs of the lowest frequencies of a small grey copy, which is the
DCT hash of pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions",
diploma thesis, FH Hagenberg). Small copies in colour then decide. Both limits were chosen on Oxford
Flowers 17 (1,360 pictures) and 102 (8,189 at 64 px), where each alarm was looked at. Copies of all of
Flowers 17 were found so:

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

Among the originals there were 70 alarms in Flowers 17, all of them right, and 38 pairs in Flowers 102, of
which two or three show another flower of the kind.
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
from scipy.sparse import coo_array, csgraph

from augment.data.source import Ints, Pixels

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


MOST_BITS = 10
"""How many of 64 bits may differ: 8 misses more copies, 12 has five times the candidates."""
LEAST_CORRELATION = 0.9
"""What small copies of two candidates must have in common; pictures of other flowers seldom do."""
CROWD, LEAST_IN_CROWD = 3, 0.99
"""A picture that agrees with more than so many others is of a set of look-alikes, such as digits, where
`LEAST_CORRELATION` says nothing: of 1,797 handwritten digits it would join 162 into one group, not 10.
Copies of flowers that were saved again, made smaller or brighter come to 0.995 at least."""
FEATURELESS = 0
"""The hash of a picture without anything to go by, such as a plain colour: only equal pixels count."""
LEAST_CONTRAST = 2.0
"""The least standard deviation of the small copy, in levels of 255, of a picture with features."""

MOST_LOOKS, MOST_CANDIDATES = 400_000_000, 300_000
"""Where the search ends, a few seconds each; sets of which all pictures are alike would have no end."""

_GREY, _LOW, _COLOUR = 32, 8, 16
_BATCH = 2048


@dataclass(frozen=True, kw_only=True, eq=False)
class Alike:
    """Which rows of a set are pictures of the same.

    `exact` (P, 2) and `likely` (Q, 2) are int64 pairs of rows, the smaller first: just enough of them to
    join what belongs together, so n equal pictures make n - 1 pairs. `groups` (N,) is the smallest row of
    those that a row is joined with by either. `complete` says that every likely pair was looked for.
    """

    exact: Ints
    likely: Ints
    groups: Ints
    complete: bool = True


def fingerprint(image: Pixels) -> tuple[bytes, int]:
    """Return what tells whether two pictures are the same, or likely are.

    Args:
        image: RGB, uint8, (H, W, 3).

    Returns:
        The SHA-256 of its shape and pixels, 32 bytes; and its perceptual hash of 64 bits, which is
        `FEATURELESS` where the picture has nothing to go by.
    """
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
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


def find_alike(
    digests: npt.NDArray[np.uint8], hashes: npt.NDArray[np.uint64], pictures: Pixels
) -> Alike:
    """Find the rows that are pictures of the same.

    Args:
        digests: uint8 (N, 32), from `fingerprint`.
        hashes: uint64 (N,), from `fingerprint`.
        pictures: uint8 (N, S, S, 3), the prepared pictures, from which only those of candidates are read,
            one by one and in order, so they may lie on disk.

    100,000 crops of real photographs took 3.2 s of one core and 51 MB; a fifth of them were read.
    """
    rows = np.arange(len(hashes))
    if not rows.size:
        none = np.empty((0, 2), np.int64)
        return Alike(exact=none, likely=none, groups=rows)
    whole = np.ascontiguousarray(digests).view("V32").ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    firsts = first[inverse].astype(np.int64)
    exact = np.stack([firsts, rows], axis=1)[firsts != rows]

    nodes = rows[(firsts == rows) & (hashes != FEATURELESS)]
    # Of those with one hash each is compared with the first; whoever is the same as that needs no more.
    _, first, inverse = np.unique(hashes[nodes], return_index=True, return_inverse=True)
    heads = nodes[first[inverse]]
    twins = np.stack([heads, nodes], axis=1)[heads != nodes]
    agree = _agreement(twins, pictures)
    others = np.setdiff1d(nodes, twins[agree >= LEAST_CORRELATION, 1], assume_unique=True)
    pairs, complete = close_pairs(hashes[others], MOST_BITS, MOST_LOOKS, MOST_CANDIDATES)
    agree = np.concatenate([agree, _agreement(others[pairs], pictures)])
    pairs = np.concatenate([twins, others[pairs]])
    good = agree >= LEAST_CORRELATION
    crowded = np.bincount(pairs[good].ravel(), minlength=rows.size) > CROWD
    good &= (agree >= LEAST_IN_CROWD) | ~crowded[pairs].any(axis=1)

    tree = csgraph.minimum_spanning_tree(_graph(pairs[good], 2.0 - agree[good], rows.size)).tocoo()
    likely = np.sort(np.stack([tree.row, tree.col], axis=1).astype(np.int64), axis=1)
    likely = likely[np.lexsort((likely[:, 1], likely[:, 0]))]
    joined = np.concatenate([exact, likely])
    _, component = csgraph.connected_components(
        _graph(joined, np.ones(len(joined)), rows.size), directed=False
    )
    smallest = np.unique(component, return_index=True)[1]
    return Alike(exact=exact, likely=likely, groups=smallest[component], complete=complete)


def _graph(pairs: Ints, costs: npt.NDArray[np.floating[Any]], size: int) -> coo_array:
    return coo_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()


def _agreement(pairs: Ints, pictures: Pixels) -> npt.NDArray[np.float32]:
    """Return how the small copies of each pair correlate, -1 to 1; 0 where one of them is plain."""
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs of rows (P, 2) of the same; `exact` (P,) says which of them are equal to the pixel."""

    rows: Ints
    exact: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shared:
    """What a page says about pictures that are there more than once.

    `across` has for two splits a pair for each picture of the second that also stands in the first, and
    `within` for a split one for each picture that stands in it before; neither has empty entries.
    `labels` has one for each picture that has another class than the first picture of the same.
    """

    across: Mapping[tuple[str, str], Pairs]
    within: Mapping[str, Pairs]
    labels: Pairs


def shared(alike: Alike, splits: Mapping[str, Ints], labels: Ints) -> Shared:
    """Tell where the pictures that are there more than once stand.

    Args:
        alike: Of all N rows.
        splits: The rows of each split, no row in two.
        labels: int64 (N,), the class of each row.
    """
    copies = np.arange(len(alike.groups))
    copies[alike.exact[:, 1]] = alike.exact[:, 0]
    keys = (copies, alike.groups)
    sorted_rows = {split: np.sort(rows) for split, rows in splits.items()}
    firsts = {split: [_firsts(key, rows) for key in keys] for split, rows in sorted_rows.items()}

    def pairs(rows: Ints, before: Sequence[Ints]) -> Pairs:
        equal, similar = (first[key[rows]] for first, key in zip(before, keys, strict=True))
        exact = (equal >= 0) & (equal != rows)
        other = np.where(exact, equal, similar)
        kept = (other >= 0) & (other != rows)
        return Pairs(rows=np.stack([other, rows], axis=1)[kept], exact=exact[kept])

    names = list(splits)
    across = {
        (one, other): pairs(sorted_rows[other], firsts[one])
        for number, one in enumerate(names)
        for other in names[number + 1 :]
    }
    within = {split: pairs(rows, firsts[split]) for split, rows in sorted_rows.items()}
    every = np.sort(np.concatenate([*sorted_rows.values(), np.empty(0, np.int64)]))
    repeated = pairs(every, [_firsts(key, every) for key in keys])
    differ = labels[repeated.rows[:, 0]] != labels[repeated.rows[:, 1]]
    return Shared(
        across={names: found for names, found in across.items() if len(found)},
        within={split: found for split, found in within.items() if len(found)},
        labels=Pairs(rows=repeated.rows[differ], exact=repeated.exact[differ]),
    )


def _firsts(key: Ints, rows: Ints) -> Ints:
    """Return the first of some sorted rows with each key, -1 where there is none."""
    first = np.full(key.size, -1)
    first[key[rows[::-1]]] = rows[::-1]
    return first
