"""Dealing pictures into train, validation and test: class by class, drawn by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from augment import rng
from augment.data.spec import OFFICIAL, TRAIN, Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """All that a draw depends on.

    `labels`, `ids` and `groups` are int64 (N,), one a row of the set; rows of one group stay together.
    """

    labels: Ints
    ids: Ints
    groups: Ints
    seed: int

    def deal(self, rows: Ints, validation: float, test: float) -> dict[str, Ints]:
        """Deal these shares out of each class of some sorted rows, and leave the rest to train.

        Returns:
            The rows of train, validation and test, each sorted; the latter two only if they have any.
        """
        if not rows.size:
            return {TRAIN: rows}
        labels, ids, groups = self.labels[rows], self.ids[rows], self.groups[rows]
        drawn = rng.uniform(rng.streams(self.seed, 0, ids), rng.key("split"))
        # A unit, the rows of one group, has the turn of its smallest id; that of the row drawn first
        # would bring large groups forward.
        order = np.lexsort((ids, groups))
        starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
        sizes, first = np.diff(starts, append=rows.size), order[starts]
        least = np.minimum.reduceat(labels[order], starts)
        agreed = least == np.maximum.reduceat(labels[order], starts)
        counts = np.bincount(labels)
        torn = np.bincount(labels[order][np.repeat(~agreed, sizes)], minlength=counts.size)

        parts = np.zeros(starts.size, np.int64)
        turn = np.lexsort((ids[first], drawn[first], least))
        turn = turn[agreed[turn]]
        bounds = np.searchsorted(least[turn], np.arange(1, counts.size))
        for label, units in enumerate(np.split(turn, bounds)):
            wanted = [int(counts[label] * share + 0.5) for share in (validation, test) if share]
            parts[units] = _placed(sizes[units], wanted, trained=bool(torn[label]))
        part = np.empty(rows.size, np.int64)
        part[order] = np.repeat(parts, sizes)
        dealt = {split: rows[part == number] for number, split in enumerate(OFFICIAL)}
        return {split: found for split, found in dealt.items() if split == TRAIN or found.size}


def _placed(sizes: Ints, wanted: Sequence[int], *, trained: bool) -> Ints:
    """Return the part of each unit of a class, these given in the order drawn: 0 is train.

    Part 1 gets `wanted[0]` pictures and part 2 `wanted[1]`, or fewer where the next unit is too large,
    but one unit each as long as one is left for train, unless the class is `trained` on anyway.
    """
    placed = np.zeros(sizes.size, np.int64)
    for number, room in enumerate(wanted):
        free = np.flatnonzero(placed == 0)
        if free.size < 2 - trained:
            break
        spare = max(1, free.size - (len(wanted) - number) + trained)
        placed[_fitting(sizes, free, max(1, room), spare)] = number + 1
    return placed


def _fitting(sizes: Ints, free: Ints, room: int, spare: int) -> Ints:
    if sizes.max() == 1:
        return free[: min(room, spare)]
    taken: list[int] = []
    for unit in free:
        if sizes[unit] <= room and len(taken) < spare:
            taken.append(int(unit))
            room -= int(sizes[unit])
    return np.array(taken or [free[sizes[free].argmin()]], np.int64)
