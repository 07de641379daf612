"""Splits of a set: which pictures train the model, which select it, and which test it.

A source has official splits of its own, or one pool. A scheme keeps these, joins some, or draws new ones
class by class, by the ids of the pictures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL, TEST, TRAIN, VALIDATION, Ints
from augment.engine import rng
from augment.engine.limits import SEED, shorten
from augment.errors import DataError
from augment.system.units import counted

AS_IT_IS, TRAIN_ON_BOTH, RE_SPLIT = SCHEMES = ("official", "train+validation", "re-split")
NOTHING, CONFLICTS, DUPLICATES = LEAVE_OUT = ("nothing", "conflicts", "duplicates")
"""Which pictures a scheme leaves out: none; all that are there under two labels; and of each other set
of equal pictures all but one as well."""
VALIDATION_SHARE = TEST_SHARE = 0.1
"""The share of each class that a re-split takes for either; the rest is trained on."""
SHARE_OF_TRAIN = 0.2
"""The share of each class taken from train where a source has no validation split."""
MOST_UNEVEN = 10
"""How many times as many pictures the largest class may have as the smallest before a warning."""

_NAMES_IN_MESSAGE = 8
_ADJECTIVES = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitAssignment:
    """The splits that a scheme makes of a set.

    Attributes:
        rows: The sorted rows of each split, int64: train, validation and test as far as there are any,
            then other splits of the source, unchanged.
        scheme: The scheme that was applied.
        comparable: Whether figures compare with published ones of the official split.
        note: All that in sentences.
        left_out: The sorted rows that each split would have besides; no entry is empty.
    """

    rows: Mapping[str, Ints]
    scheme: str
    comparable: bool
    note: str
    left_out: Mapping[str, Ints] = field(default_factory=dict)


def offered(own: Collection[str]) -> tuple[str, ...]:
    """Return the schemes that make sense for a source with these splits of its own, the default first."""
    parts = [split for split in OFFICIAL if split in own]
    if not parts:
        return (RE_SPLIT,) if POOL in own else (AS_IT_IS,)
    return SCHEMES if len(parts) == len(OFFICIAL) else (AS_IT_IS, RE_SPLIT)


def assign_splits(
    own: Mapping[str, Ints],
    labels: Ints,
    ids: Ints,
    groups: Ints,
    *,
    scheme: str = AS_IT_IS,
    seed: int = 0,
    leave_out: str = NOTHING,
    copies: Ints | None = None,
) -> SplitAssignment:
    """Assign the rows of a set to splits.

    A re-split draws within each class by the ids of its pictures alone, so neither the order of the
    rows nor the other classes have any influence. Pictures of one group stay together; a group whose
    labels disagree is trained on, because no prediction of it could be right. A class of one picture (or
    one group) is in train only, one of two also in validation, any other in all three.

    Pictures are left out after that, so every other picture stays in the split that it has without.
    With "conflicts" these are all pictures of a group whose labels disagree, in whichever splits they
    are. With "duplicates" they are also all but one of the rows with equal pixels; the one in test stays,
    or else one in validation, or in train, and of several in one split that with the smallest id.

    Args:
        own: The rows of each split that the source itself has.
        labels: int64 (N,), the class of each row.
        ids: int64 (N,), distinct, the stable ids of the rows.
        groups: int64 (N,), equal for duplicates (`duplicates.find_duplicates`).
        scheme: One of `SCHEMES`; "official" of a source without splits of its own is a re-split.
        seed: From 0 to 4,294,967,295; a re-split depends on it.
        leave_out: One of `LEAVE_OUT`.
        copies: int64 (N,), equal for rows with equal pixels; `groups` if it is not given.

    Raises:
        DataError: There is no such scheme, or not for this source, or the seed is out of range; or there
            is no such rule of what to leave out, or it leaves no picture.
    """
    given = {split: _sorted(np.asarray(rows, np.int64)) for split, rows in own.items() if len(rows)}
    _check(given, scheme, seed)
    if leave_out not in LEAVE_OUT:
        raise DataError(
            f"What is left out is {shorten(leave_out)}, but must be one of {', '.join(LEAVE_OUT)}."
        )
    parts = {split: given[split] for split in OFFICIAL if split in given}
    pool = not parts and POOL in given
    if pool:
        parts = {POOL: given[POOL]}
    others = {split: rows for split, rows in given.items() if split not in parts}
    comparable = False
    if pool or scheme == RE_SPLIT:
        scheme = RE_SPLIT
        together = np.sort(np.concatenate(list(parts.values())))
        parts = draw_splits(
            together, labels, ids, groups, seed, validation=VALIDATION_SHARE, test=TEST_SHARE
        )
        why = (
            "The source has no splits" if pool else "The official splits of the source are not used"
        )
        before = (
            f"{why}: all its pictures are split with seed {seed}, {VALIDATION_SHARE:.0%} of each class "
            f"for validation and {TEST_SHARE:.0%} for test; duplicates stay together."
        )
        after = "The results are not comparable with published ones or with those of another seed."
    elif scheme == TRAIN_ON_BOTH:
        both = np.sort(np.concatenate([parts[TRAIN], parts[VALIDATION]]))
        parts, comparable = {TRAIN: both, TEST: parts[TEST]}, True
        before = "The official training and validation splits are combined for training."
        after = (
            "The results are comparable with published ones of models that were trained on both."
        )
    elif TRAIN not in parts:
        before = ""
        after = "The source has no pictures to train on" + (
            f"; choose {RE_SPLIT} to split all its pictures." if parts else "."
        )
    elif VALIDATION not in parts:
        drawn = draw_splits(
            parts[TRAIN], labels, ids, groups, seed, validation=SHARE_OF_TRAIN, test=0.0
        )
        parts = drawn | {split: rows for split, rows in parts.items() if split == TEST}
        before = (
            f"The source has no validation split: {SHARE_OF_TRAIN:.0%} of each class of its training "
            f"split are drawn with seed {seed}."
        )
        after = (
            "As there are fewer training pictures than in the official split, the results are not "
            "strictly comparable with published ones."
        )
    else:
        comparable, before, after = True, "Official split of the source:", ""
    rows, left_out = parts | others, dict[str, Ints]()
    if leave_out != NOTHING:
        same = groups if copies is None else copies
        rows, left_out = _without(rows, labels, ids, groups, same, leave_out)
        if not rows:
            raise DataError(
                f"Leaving out {leave_out} would leave no picture at all; choose {NOTHING} and give each "
                "picture one label."
            )
    if left_out:
        if comparable:
            after = (
                "As pictures are left out, the results are not strictly comparable with published "
                "ones."
            )
        comparable = False
        after = f"{_left_out_note(left_out, leave_out)} {after}"
    used = {split: rows[split] for split in parts if split in rows} if before else {}
    note = " ".join(filter(None, [before, _uses(used) if used else "", after]))
    return SplitAssignment(
        rows=rows, scheme=scheme, comparable=comparable, note=note, left_out=left_out
    )


def warnings(rows: Mapping[str, Ints], labels: Ints, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence for each thing about the classes that a person should know before training.

    Args:
        rows: The rows of each split, as in `SplitAssignment`.
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
    found, together = [], np.sum(list(counts.values()), axis=0)
    for split, count in counts.items():
        if (missing := np.flatnonzero(count == 0)).size:
            some = "any class" if missing.size == len(class_names) else _named(missing, class_names)
            found.append(f"There is no {_ADJECTIVES[split]} picture of {some}.")
    if (single := np.flatnonzero(together == 1)).size:
        found.append(f"There is only one picture in all of {_named(single, class_names)}.")
    trained = counts.get(TRAIN, together)
    filled = np.flatnonzero(trained)
    if filled.size and trained.max() > MOST_UNEVEN * trained[filled].min():
        most, least = int(trained.argmax()), int(filled[trained[filled].argmin()])
        found.append(
            f"The classes are imbalanced: there are {trained[most]:,} training pictures of "
            f"{shown(class_names[most])} and {trained[least]:,} of {shown(class_names[least])}; the "
            "accuracy over all pictures says little about the small classes."
        )
    return tuple(found)


def draw_splits(
    rows: Ints,
    labels: Ints,
    ids: Ints,
    groups: Ints,
    seed: int,
    *,
    validation: float,
    test: float,
) -> dict[str, Ints]:
    """Draw shares of each class of some sorted rows for validation and test; train gets the rest.

    `labels`, `ids` and `groups` are those of all rows of the set, as for `assign_splits`.

    Returns:
        The rows of train, validation and test, each sorted; the latter two only if they have any.
    """
    if not rows.size:
        return {TRAIN: rows}
    labels, ids, groups = labels[rows], ids[rows], groups[rows]
    drawn = rng.uniform(rng.streams(seed, 0, ids), rng.key("split"))
    # A unit, the rows of one group, has the turn of its smallest id; that of the row drawn first
    # would bring large groups forward.
    order = np.lexsort((ids, groups))
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
    sizes, first = np.diff(starts, append=rows.size), order[starts]
    unit_label = np.minimum.reduceat(labels[order], starts)
    agrees = unit_label == np.maximum.reduceat(labels[order], starts)
    counts = np.bincount(labels)
    disagreeing = np.bincount(labels[order][np.repeat(~agrees, sizes)], minlength=counts.size)

    parts = np.zeros(starts.size, np.int64)
    turn = np.lexsort((ids[first], drawn[first], unit_label))
    turn = turn[agrees[turn]]
    bounds = np.searchsorted(unit_label[turn], np.arange(1, counts.size))
    for label, units in enumerate(np.split(turn, bounds)):
        pictures = [int(counts[label] * share + 0.5) for share in (validation, test) if share]
        parts[units] = _fill(sizes[units], pictures, has_train=bool(disagreeing[label]))
    part = np.empty(rows.size, np.int64)
    part[order] = np.repeat(parts, sizes)
    splits = {split: rows[part == number] for number, split in enumerate(OFFICIAL)}
    return {split: found for split, found in splits.items() if split == TRAIN or found.size}


def are_in_conflict(groups: Ints, labels: Ints) -> npt.NDArray[np.bool_]:
    """Return of each picture whether its group of duplicates has two labels, bool (N,).

    Args:
        groups: int64 (N,), equal for duplicates.
        labels: int64 (N,), the classes.
    """
    _, group = np.unique(groups, return_inverse=True)
    lowest = np.full(group.size, np.iinfo(np.int64).max)
    highest = np.full(group.size, -1)
    np.minimum.at(lowest, group, labels)
    np.maximum.at(highest, group, labels)
    return np.asarray(lowest[group] != highest[group])


def _without(
    rows: Mapping[str, Ints], labels: Ints, ids: Ints, groups: Ints, copies: Ints, leave_out: str
) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """Return the rows of each split that stay, and those that are left out; no entry is empty."""
    every = np.concatenate([*rows.values(), np.empty(0, np.int64)])
    out = are_in_conflict(groups[every], labels[every])
    if leave_out == DUPLICATES:
        order = [TEST, VALIDATION, TRAIN, *(split for split in rows if split not in OFFICIAL)]
        rank = np.repeat([order.index(split) for split in rows], [*map(len, rows.values())])
        _, first = np.unique(
            copies[every][turn := np.lexsort((ids[every], rank))], return_index=True
        )
        stays = np.zeros(every.size, bool)
        stays[turn[first]] = True
        out |= ~stays
    kept, left, start = {}, {}, 0
    for split, found in rows.items():
        drop = out[start : start + len(found)]
        start += len(found)
        if not drop.all():
            kept[split] = found[~drop] if drop.any() else found
        if drop.any():
            left[split] = found[drop]
    return kept, left


def _left_out_note(left_out: Mapping[str, Ints], rule: str) -> str:
    count = sum(map(len, left_out.values()))
    where = ", ".join(f"{len(rows):,} of {shown(split)}" for split, rows in left_out.items())
    why = "a copy of each has another label" + (
        ", or the same picture is there already" if rule == DUPLICATES else ""
    )
    return f"{counted(count, 'picture')} {'is' if count == 1 else 'are'} left out ({where}): {why}."


def _fill(sizes: Ints, pictures: Sequence[int], *, has_train: bool) -> Ints:
    """Return the part of each unit of a class, which are in the order drawn: 0 is train.

    Part 1 gets `pictures[0]` pictures and part 2 `pictures[1]`, or fewer where the next unit is too
    large, but at least one unit each, as long as one is left for train, unless train has pictures of
    the class anyway.
    """
    parts = np.zeros(sizes.size, np.int64)
    for number, most in enumerate(pictures):
        free = np.flatnonzero(parts == 0)
        if free.size < 2 - has_train:
            break
        spare = max(1, free.size - (len(pictures) - number) + has_train)
        parts[_chosen(sizes, free, max(1, most), spare)] = number + 1
    return parts


def _chosen(sizes: Ints, free: Ints, most: int, spare: int) -> Ints:
    """Return the first free units that together have at most `most` pictures, at most `spare` units."""
    if sizes.max() == 1:
        return free[: min(most, spare)]
    chosen: list[int] = []
    for unit in free:
        if sizes[unit] <= most and len(chosen) < spare:
            chosen.append(int(unit))
            most -= int(sizes[unit])
    return np.array(chosen or [free[sizes[free].argmin()]], np.int64)


def _sorted(rows: Ints) -> Ints:
    # Mostly they are sorted already, and that is checked a hundred times as fast as a million are sorted.
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


def _uses(parts: Mapping[str, Ints]) -> str:
    *counts, last = (f"{len(rows):,} {_ADJECTIVES[split]}" for split, rows in parts.items())
    missing = "".join(
        f", no {_ADJECTIVES[split]} pictures" for split in (VALIDATION, TEST) if split not in parts
    )
    there = f"{', '.join(counts)} and {last}" if counts else last
    if VALIDATION not in parts:
        tested = "; the test pictures are evaluated once, at the end" if TEST in parts else ""
        use = f"No pictures select the model, so the last epoch is used{tested}"
    elif TEST in parts:
        use = (
            "The validation pictures select the model; the test pictures are for a last evaluation"
        )
    else:
        use = "The validation pictures select the model, so the accuracy on them is optimistic"
    return f"{there} pictures{missing}. {use}."


def _named(classes: Ints, class_names: Sequence[str]) -> str:
    names = ", ".join(shown(class_names[label]) for label in classes[:_NAMES_IN_MESSAGE])
    more = classes.size - _NAMES_IN_MESSAGE
    return f"{names} and {more:,} more" if more > 0 else names
