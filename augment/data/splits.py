"""Schemes of splitting: which rows of a set are trained on, choose the model, are reported on once.

Dealing pictures into train, validation and test: class by class, drawn by their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL, TEST, TRAIN, VALIDATION, Ints
from augment.engine import rng
from augment.engine.limits import SEED
from augment.errors import DataError

AS_IT_IS, TRAIN_ON_BOTH, RE_SPLIT = SCHEMES = ("official", "train+validation", "re-split")
VALIDATION_SHARE = TEST_SHARE = 0.1
"""What a re-split takes of each class for either; the rest is trained on."""
SHARE_OF_TRAIN = 0.2
"""What is taken of each class where a source has pictures to train on, but none to validate with."""

MOST_UNEVEN = 10
"""How many times as many pictures the largest class may have as the smallest before a warning."""
_NAMED = 8
_POOLED = "The source has no split of its own: its pictures are"
_MIXED = "Another split than the source's own: all its pictures are"
_USES = {TRAIN: "train on", VALIDATION: "choose the model by", TEST: "report on"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Dealt:
    """What a scheme made of a set.

    `rows` has the sorted rows of each split: train, validation and test, as far as there are any, then
    the source's other splits as they were. `scheme` is what was really done, `note` says it in
    sentences, and `comparable` whether figures compare with published ones of the official split.
    """

    rows: Mapping[str, Ints]
    scheme: str
    comparable: bool
    note: str


def offered(own: Collection[str]) -> tuple[str, ...]:
    """Return the schemes that make sense for a source with these splits of its own, the default first."""
    parts = [split for split in OFFICIAL if split in own]
    if not parts:
        return (RE_SPLIT,) if POOL in own else (AS_IT_IS,)
    return SCHEMES if len(parts) == len(OFFICIAL) else (AS_IT_IS, RE_SPLIT)


def deal(
    own: Mapping[str, Ints],
    labels: Ints,
    ids: Ints,
    groups: Ints,
    *,
    scheme: str = AS_IT_IS,
    seed: int = 0,
) -> Dealt:
    """Deal the rows of a set into splits.

    A re-split draws within each class by the ids of its pictures alone, so neither the order of the
    rows nor the other classes have any influence. Pictures of one group stay together; a group whose
    labels disagree is trained on, because nothing can be right about it in an evaluation. A class of
    one picture (or of one group) is in train only, one of two also in validation, any other in all
    three.

    Args:
        own: The rows of each split that the source itself has.
        labels: int64 (N,), the class of each row.
        ids: int64 (N,), distinct, the stable ids of the rows.
        groups: int64 (N,), equal for rows that are pictures of the same (`likeness.find_alike`).
        scheme: One of `SCHEMES`; "official" of a source without splits of its own is a re-split.
        seed: A whole number from 0 to 4,294,967,295, of which the dealt parts depend.

    Raises:
        DataError: There is no such scheme, or not for this source, or the seed is not one.
    """
    given = {split: _sorted(np.asarray(rows, np.int64)) for split, rows in own.items() if len(rows)}
    _check(given, scheme, seed)
    parts = {split: given[split] for split in OFFICIAL if split in given}
    pool = not parts and POOL in given
    if pool:
        parts = {POOL: given[POOL]}
    others = {split: rows for split, rows in given.items() if split not in parts}
    comparable, draw = False, Draw(labels=labels, ids=ids, groups=groups, seed=seed)
    if pool or scheme == RE_SPLIT:
        scheme = RE_SPLIT
        together = np.sort(np.concatenate(list(parts.values())))
        parts = draw.deal(together, VALIDATION_SHARE, TEST_SHARE)
        note = (
            f"{_POOLED if pool else _MIXED} dealt with seed {seed}, {VALIDATION_SHARE:.0%} of each class "
            f"to validation and {TEST_SHARE:.0%} to test; pictures of the same stay together. "
            f"{_words(parts)} Figures do not compare with published ones, nor with those of another seed."
        )
    elif scheme == TRAIN_ON_BOTH:
        both = np.sort(np.concatenate([parts[TRAIN], parts[VALIDATION]]))
        parts, comparable = {TRAIN: both, TEST: parts[TEST]}, True
        note = (
            f"The source's own train and validation together. {_words(parts)} Compares with published "
            "figures of models that were trained on both."
        )
    elif TRAIN not in parts:
        note = "The source has no pictures to train on" + (
            f"; a {RE_SPLIT} of all its pictures has." if parts else ", only some to look at."
        )
    elif VALIDATION not in parts:
        parts = draw.deal(parts[TRAIN], SHARE_OF_TRAIN, 0.0) | {
            split: rows for split, rows in parts.items() if split == TEST
        }
        note = (
            f"The source has no pictures of its own to validate with: {SHARE_OF_TRAIN:.0%} of each class "
            f"of its train are dealt out with seed {seed}. {_words(parts)} Less is trained on than for "
            "published figures, so they do not compare in the strict sense."
        )
    else:
        comparable = True
        note = f"The source's own split. {_words(parts)}"
    return Dealt(rows=parts | others, scheme=scheme, comparable=comparable, note=note)


def warnings(rows: Mapping[str, Ints], labels: Ints, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence for each thing about the classes that a person should know before training.

    Args:
        rows: The rows of each split, as in `Dealt`.
        labels: int64 (N,), the class of each row.
        class_names: One a class.
    """
    counts = {
        split: np.bincount(labels[rows[split]], minlength=len(class_names))
        for split in OFFICIAL
        if split in rows
    }
    if not counts:
        return ()
    found, whole = [], np.sum(list(counts.values()), axis=0)
    for split, count in counts.items():
        if (missing := np.flatnonzero(count == 0)).size:
            some = "any class" if missing.size == len(class_names) else _named(missing, class_names)
            found.append(f"There is no picture of {some} to {_USES[split]} ({split}).")
    if (single := np.flatnonzero(whole == 1)).size:
        found.append(f"There is only one picture in all of {_named(single, class_names)}.")
    trained = counts.get(TRAIN, whole)
    filled = np.flatnonzero(trained)
    if filled.size and trained.max() > MOST_UNEVEN * trained[filled].min():
        most, least = int(trained.argmax()), int(filled[trained[filled].argmin()])
        found.append(
            f"The classes are uneven: there are {trained[most]:,} pictures of "
            f"{shown(class_names[most])} to train on, and {trained[least]:,} of "
            f"{shown(class_names[least])}; accuracy over all pictures says little about the small ones."
        )
    return tuple(found)


def _sorted(rows: Ints) -> Ints:
    # As rows come, they are in order, and looking takes a hundredth of sorting a million of them.
    return rows if (rows[1:] > rows[:-1]).all() else np.sort(rows)


def _check(given: Collection[str], scheme: object, seed: object) -> None:
    if scheme not in SCHEMES:
        raise DataError(f"The splits are {scheme!r}, but must be one of {', '.join(SCHEMES)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or not SEED.low <= seed <= SEED.high:
        raise DataError(f"The seed of the splits is {seed!r}, but must be {SEED}.")
    allowed = offered(given)
    if scheme in allowed or scheme == AS_IT_IS:
        return
    has = ", ".join(shown(split) for split in given) or "none"
    needs = (
        "train, validation and test"
        if scheme == TRAIN_ON_BOTH
        else "train, validation or test, or pictures in no split"
    )
    raise DataError(
        f"The splits {scheme!r} need a source with {needs}, but its splits are {has}; "
        f"choose {' or '.join(allowed)}."
    )


def _words(parts: Mapping[str, Ints]) -> str:
    count = {split: f"{len(rows):,}" for split, rows in parts.items()}
    chooses = (
        f"{count[VALIDATION]} choose the model (validation)"
        if VALIDATION in count
        else "nothing chooses the model, so the last epoch is kept"
    )
    reported = (
        f"{count[TEST]} are kept to report on once, when all is chosen (test)."
        if TEST in count
        else "nothing is left to report on: accuracy on the pictures that chose the model flatters it."
    )
    return f"{count[TRAIN]} pictures are trained on (train), {chooses}, and {reported}"


def _named(classes: Ints, class_names: Sequence[str]) -> str:
    names = ", ".join(shown(class_names[label]) for label in classes[:_NAMED])
    more = f" and {classes.size - _NAMED:,} more" if classes.size > _NAMED else ""
    return names + more


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
