from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from augment.data import splits
from augment.data.source import OFFICIAL, POOL, TEST, TRAIN, VALIDATION
from augment.data.splits import (
    RE_SPLIT,
    TRAIN_ON_BOTH,
    SplitAssignment,
    assign_splits,
    draw_splits,
    offered,
    warnings,
)
from augment.errors import DataError

SIZES = {TRAIN: 40, VALIDATION: 20, TEST: 60, "photographs": 5, POOL: 100}
CLASSES = 4


def own(*names: str) -> dict[str, np.ndarray]:
    ends = np.cumsum([SIZES[name] for name in names])
    return {name: np.arange(end - SIZES[name], end) for name, end in zip(names, ends, strict=True)}


def assigned(*names: str, scheme: str = "official", seed: int = 0) -> SplitAssignment:
    held = own(*names)
    count = sum(map(len, held.values()))
    rows = np.arange(count)
    return assign_splits(held, rows % CLASSES, rows * 7 + 1, rows, scheme=scheme, seed=seed)


def sizes(found: SplitAssignment) -> dict[str, int]:
    return {split: len(rows) for split, rows in found.rows.items()}


@pytest.mark.parametrize(
    ("names", "schemes"),
    [
        ((TRAIN, VALIDATION, TEST), splits.SCHEMES),
        ((TRAIN, VALIDATION, TEST, "photographs"), splits.SCHEMES),
        ((TRAIN, TEST), ("official", "re-split")),
        ((TRAIN,), ("official", "re-split")),
        ((VALIDATION, TEST), ("official", "re-split")),
        ((POOL,), ("re-split",)),
        (("photographs",), ("official",)),
    ],
)
def test_each_offered_scheme_can_be_applied(
    names: tuple[str, ...], schemes: tuple[str, ...]
) -> None:
    assert offered(names) == schemes
    everything = np.arange(sum(SIZES[name] for name in names))
    for scheme in schemes:
        found = assigned(*names, scheme=scheme)
        assert found.scheme == scheme
        np.testing.assert_array_equal(np.sort(np.concatenate([*found.rows.values()])), everything)
        assert found.note.endswith(".")
    for scheme in set(splits.SCHEMES) - set(schemes) - {"official"}:
        with pytest.raises(DataError, match=rf"{re.escape(scheme)}.*need.*choose {schemes[0]}"):
            assigned(*names, scheme=scheme)


def test_the_official_split_is_left_alone() -> None:
    found = assigned("photographs", TEST, VALIDATION, TRAIN)
    assert list(found.rows) == [TRAIN, VALIDATION, TEST, "photographs"]
    for name, rows in own("photographs", TEST, VALIDATION, TRAIN).items():
        np.testing.assert_array_equal(found.rows[name], rows)
    assert found.comparable
    assert found.note == (
        "Official split of the source: 40 training, 20 validation and 60 test pictures. The validation "
        "pictures select the model; the test pictures are for a last evaluation."
    )


def test_without_validation_a_fifth_of_train_is_taken() -> None:
    found = assigned(TRAIN, TEST, "photographs", seed=5)
    assert sizes(found) == {TRAIN: 32, VALIDATION: 8, TEST: 60, "photographs": 5}
    np.testing.assert_array_equal(np.bincount(found.rows[VALIDATION] % CLASSES), [2] * CLASSES)
    np.testing.assert_array_equal(found.rows[TEST], own(TRAIN, TEST)[TEST])
    assert not found.comparable
    assert "20%" in found.note
    assert "seed 5" in found.note


def test_without_test_nothing_is_left_to_report_on() -> None:
    found = assigned(TRAIN, VALIDATION)
    assert sizes(found) == {TRAIN: 40, VALIDATION: 20}
    assert found.note == (
        "Official split of the source: 40 training and 20 validation pictures, no test pictures. The "
        "validation pictures select the model, so the accuracy on them is optimistic."
    )


def test_an_empty_split_counts_as_missing() -> None:
    held = own(TRAIN, TEST) | {VALIDATION: np.empty(0, np.int64)}
    rows = np.arange(100)
    found = assign_splits(held, rows % CLASSES, rows, rows)
    assert sizes(found) == {TRAIN: 32, VALIDATION: 8, TEST: 60}


def test_training_on_both_leaves_no_validation() -> None:
    found = assigned(TRAIN, VALIDATION, TEST, "photographs", scheme=TRAIN_ON_BOTH)
    assert sizes(found) == {TRAIN: 60, TEST: 60, "photographs": 5}
    assert found.comparable
    assert (
        "60 training and 60 test pictures, no validation pictures. No pictures select the model, so the "
        "last epoch is used; the test pictures are evaluated once, at the end."
    ) in found.note


def test_a_re_split_leaves_other_splits_alone() -> None:
    found = assigned(TRAIN, "photographs", VALIDATION, TEST, scheme=RE_SPLIT, seed=9)
    assert sizes(found) == {TRAIN: 96, VALIDATION: 12, TEST: 12, "photographs": 5}
    np.testing.assert_array_equal(found.rows["photographs"], np.arange(40, 45))
    assert not found.comparable
    assert "not comparable with published ones or with those of another seed" in found.note
    assert "seed 9" in found.note


def test_a_pool_is_split_under_any_scheme() -> None:
    asked, plain = assigned(POOL, scheme=RE_SPLIT), assigned(POOL)
    assert plain.scheme == RE_SPLIT
    assert sizes(plain) == {TRAIN: 76, VALIDATION: 12, TEST: 12}
    assert not plain.comparable
    assert "The source has no splits" in plain.note
    for split, rows in asked.rows.items():
        np.testing.assert_array_equal(rows, plain.rows[split])


def test_duplicates_stay_together() -> None:
    rows = np.arange(120)
    held = own(TRAIN, VALIDATION, TEST)
    for seed in range(5):
        found = assign_splits(held, rows // 2 % 4, rows, rows // 2, scheme=RE_SPLIT, seed=seed)
        for part in found.rows.values():
            np.testing.assert_array_equal(part[::2] + 1, part[1::2])


def test_the_order_of_the_splits_has_no_influence() -> None:
    rows = np.arange(120)
    held = own(TRAIN, VALIDATION, TEST)
    turned = dict(reversed(held.items()))
    for scheme in splits.SCHEMES:
        one = assign_splits(held, rows % 4, rows, rows, scheme=scheme)
        other = assign_splits(turned, rows % 4, rows, rows, scheme=scheme)
        assert list(one.rows) == list(other.rows)
        for split in one.rows:
            np.testing.assert_array_equal(one.rows[split], other.rows[split])


@pytest.mark.parametrize("scheme", ["Official", "", None, 3])
def test_an_unknown_scheme_is_refused(scheme: object) -> None:
    with pytest.raises(DataError, match=r"official, train\+validation, re-split\.$"):
        assigned(TRAIN, scheme=scheme)


@pytest.mark.parametrize("seed", [-1, 2**32, True, 1.0, "7"])
def test_a_seed_out_of_range_is_refused(seed: object) -> None:
    with pytest.raises(DataError, match="whole number from 0 to 4294967295"):
        assigned(TRAIN, seed=seed)


def test_warnings_about_missing_single_and_uneven_classes() -> None:
    labels = np.array([0] * 30 + [1] * 2 + [2] + [0, 0, 1] + [0])
    rows = {TRAIN: np.arange(33), VALIDATION: np.arange(33, 36), TEST: np.arange(36, 37)}
    found = warnings(rows, labels, ["oak", "elm\n", "ash", "fir"])
    assert found == (
        "There is no training picture of fir.",
        "There is no validation picture of ash, fir.",
        "There is no test picture of elm, ash, fir.",
        "There is only one picture in all of ash.",
        "The classes are imbalanced: there are 30 training pictures of oak and 1 of ash; the accuracy "
        "over all pictures says little about the small classes.",
    )


def test_even_classes_give_no_warning() -> None:
    found = assigned(TRAIN, VALIDATION, TEST)
    assert warnings(found.rows, np.arange(120) % 4, list("abcd")) == ()
    assert warnings({"photographs": np.arange(3)}, np.arange(3), list("abcd")) == ()
    assert warnings({TRAIN: np.arange(11)}, np.array([0] * 10 + [1]), ["a", "b"])[-1:] == (
        "There is only one picture in all of b.",
    )


def test_lists_of_names_are_short() -> None:
    names = [f"class {number}" for number in range(200)]
    found = warnings({TRAIN: np.arange(2)}, np.array([0, 0]), names)
    assert len(found) == 1
    assert "class 8 and 191 more" in found[0]
    assert len(found[0]) < 200


SEEDS = range(12)


def random_set(seed: int, alone: bool = False) -> dict[str, np.ndarray]:
    """Return labels, ids and groups of up to 400 rows in classes of every size."""
    random = np.random.default_rng(seed)
    sizes = np.append(random.integers(0, 60, random.integers(1, 9)), [0, 1, 2, 3, 4])
    labels = random.permutation(np.repeat(np.arange(sizes.size), sizes))
    ids = random.choice(2**53, labels.size, replace=False)
    groups = np.arange(labels.size)
    for row in [] if alone else random.choice(labels.size, labels.size // 4):
        # Mostly within a class, as real copies are.
        fellows = np.flatnonzero(labels == labels[row]) if random.random() < 0.9 else groups
        groups[row] = groups[random.choice(fellows)]
    return {"labels": labels, "ids": ids, "groups": groups}


def drawn(
    held: dict[str, np.ndarray], seed: int, rows: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    rows = np.arange(len(held["ids"])) if rows is None else rows
    return draw_splits(rows, **held, seed=seed, validation=0.1, test=0.1)


def one_class(groups: np.ndarray) -> dict[str, np.ndarray]:
    count = groups.size
    return {"labels": np.zeros(count, int), "ids": np.arange(count), "groups": groups}


def split_of_id(held: dict[str, np.ndarray], seed: int = 3) -> dict[int, str]:
    splits = drawn(held, seed)
    return {int(held["ids"][row]): split for split, rows in splits.items() for row in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_row_is_in_one_split_and_groups_stay_together(seed: int) -> None:
    held = random_set(seed)
    rows = np.arange(0, len(held["ids"]), 1 + seed % 3)
    found_splits = drawn(held, seed, rows)
    assert list(found_splits) == [split for split in OFFICIAL if split in found_splits]
    np.testing.assert_array_equal(np.sort(np.concatenate(list(found_splits.values()))), rows)
    for found in found_splits.values():
        assert (np.diff(found) > 0).all()
    where = {int(row): split for split, found in found_splits.items() for row in found}
    for group in np.unique(held["groups"][rows]):
        members = rows[held["groups"][rows] == group]
        splits = {where[int(row)] for row in members}
        assert len(splits) == 1
        assert len(set(held["labels"][members])) == 1 or splits == {TRAIN}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_class_has_its_shares(seed: int) -> None:
    held = random_set(seed, alone=True)
    parts = split_of_id(held, seed)
    for label in range(held["labels"].max() + 1):
        members = held["ids"][held["labels"] == label]
        found = Counter(parts[int(member)] for member in members)
        for split, least in ((VALIDATION, 2), (TEST, 3)):
            wanted = max(1, int(0.1 * members.size + 0.5)) if members.size >= least else 0
            assert found[split] == wanted, (label, split)
        assert found[TRAIN] > 0 or not members.size


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_of_enough_groups_are_everywhere(seed: int) -> None:
    held = random_set(seed)
    parts = split_of_id(held, seed)
    disagreeing = {g for g in held["groups"] if len(set(held["labels"][held["groups"] == g])) > 1}
    for label in np.unique(held["labels"]):
        members = held["labels"] == label
        groups = set(held["groups"][members])
        found = Counter(parts[int(member)] for member in held["ids"][members])
        assert found[TRAIN]
        if not groups & disagreeing:
            assert bool(found[VALIDATION]) == (len(groups) >= 2)
            assert bool(found[TEST]) == (len(groups) >= 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_has_no_influence(seed: int) -> None:
    held = random_set(seed)
    order = np.random.default_rng(seed).permutation(len(held["ids"]))
    other = {name: array[order] for name, array in held.items()}
    other["groups"] = -other["groups"]  # which number a group has says nothing either
    assert split_of_id(held) == split_of_id(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_picture_more_changes_its_own_class_only(seed: int) -> None:
    held = random_set(seed)
    label = int(held["labels"][0])
    more = {"labels": label, "ids": 2**53 - 1, "groups": 10**6}
    before = split_of_id(held)
    after = split_of_id({name: np.append(array, more[name]) for name, array in held.items()})
    others = held["ids"][held["labels"] != label]
    assert all(before[int(other)] == after[int(other)] for other in others)


def test_another_seed_gives_other_splits() -> None:
    held = random_set(1)
    assert split_of_id(held, 1) != split_of_id(held, 2)
    assert split_of_id(held, 1) == split_of_id(held, 1)


def test_each_picture_is_as_likely_to_be_in_test() -> None:
    draws = np.zeros(50)
    for seed in range(400):
        draws[drawn(one_class(np.arange(50)), seed)[TEST]] += 1
    assert draws.sum() == 400 * 5
    assert 15 < draws.min() <= draws.max() < 75


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([9, 1], {TRAIN: 9, VALIDATION: 1}),
        ([28, 1, 1], {TRAIN: 28, VALIDATION: 1, TEST: 1}),
        ([10, 10, 10], {TRAIN: 10, VALIDATION: 10, TEST: 10}),
        ([10, 30, 20], {TRAIN: 30, VALIDATION: 10, TEST: 20}),
        ([5], {TRAIN: 5}),
    ],
)
def test_large_groups_leave_something_everywhere(sizes: list[int], parts: dict[str, int]) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(20):
        found = drawn(one_class(groups), seed)
        assert {split: rows.size for split, rows in found.items()} == parts


def test_a_group_with_two_labels_is_trained_on_and_counts() -> None:
    labels, groups = np.array([0, 1, 0, 1, 1]), np.array([0, 0, 1, 2, 3])
    found_splits = drawn({"labels": labels, "ids": np.arange(5), "groups": groups}, seed=1)
    assert {0, 1} <= set(found_splits[TRAIN].tolist())
    assert sorted(labels[found_splits[VALIDATION]].tolist()) == [0, 1]
    assert labels[found_splits[TEST]].tolist() == [1]


# Rows 0 and 1 are equal and have two labels, as have the near-duplicates 2 and 3; 4 to 6 are equal, and
# 7 and 8 are near-duplicates. The ids fall, so the smallest id is that of the last row.
LABELS = np.array([0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0])
GROUPS = np.array([0, 0, 2, 2, 4, 4, 4, 7, 7, 9, 10, 11])
COPIES = np.array([0, 0, 2, 3, 4, 4, 4, 7, 8, 9, 10, 11])
SPLIT = {
    TRAIN: np.array([0, 2, 3, 4, 7, 9]),
    VALIDATION: np.array([5, 8, 10]),
    TEST: np.array([1, 6, 11]),
}


def without(
    leave_out: str, own: dict[str, np.ndarray] = SPLIT, scheme: str = "official"
) -> SplitAssignment:
    ids = np.arange(100, 100 - LABELS.size, -1)
    return assign_splits(
        own, LABELS, ids, GROUPS, scheme=scheme, leave_out=leave_out, copies=COPIES
    )


def test_all_pictures_of_a_group_with_two_labels_are_left_out() -> None:
    found = without("conflicts")
    left = {split: rows.tolist() for split, rows in found.left_out.items()}
    assert left == {TRAIN: [0, 2, 3], TEST: [1]}
    rows = {split: rows.tolist() for split, rows in found.rows.items()}
    assert rows == {TRAIN: [4, 7, 9], VALIDATION: [5, 8, 10], TEST: [6, 11]}
    assert not found.comparable
    assert found.note == (
        "Official split of the source: 3 training, 3 validation and 2 test pictures. The validation "
        "pictures select the model; the test pictures are for a last evaluation. 4 pictures are left "
        "out (3 of train, 1 of test): a copy of each has another label. As pictures are left out, the "
        "results are not strictly comparable with published ones."
    )


def test_of_equal_pictures_the_one_in_test_stays_and_near_duplicates_all_stay() -> None:
    found = without("duplicates")
    left = {split: rows.tolist() for split, rows in found.left_out.items()}
    assert left == {TRAIN: [0, 2, 3, 4], VALIDATION: [5], TEST: [1]}
    pool = without("duplicates", {POOL: np.arange(LABELS.size)})
    # All in one split, so the smallest id stays, which is that of row 6.
    assert sorted(np.concatenate([*pool.left_out.values()])) == [0, 1, 2, 3, 4, 5]
    before = without("nothing", {POOL: np.arange(LABELS.size)})
    for split, rows in pool.rows.items():
        assert set(rows) <= set(before.rows[split])


def test_nothing_to_leave_out_changes_nothing() -> None:
    clean = {TRAIN: np.array([7, 8]), VALIDATION: np.array([9]), TEST: np.array([10, 11])}
    for leave_out in splits.LEAVE_OUT:
        found = without(leave_out, clean)
        assert found.note == without("nothing", clean).note
        assert found.comparable
        assert found.left_out == {}
        for split, rows in clean.items():
            np.testing.assert_array_equal(found.rows[split], rows)


def test_a_split_of_conflicts_alone_is_no_split_and_a_set_of_them_is_refused() -> None:
    found = without(
        "conflicts", {TRAIN: np.array([4, 9]), VALIDATION: np.array([7]), TEST: np.array([2, 3])}
    )
    assert list(found.rows) == [TRAIN, VALIDATION]
    with pytest.raises(DataError, match="would leave no picture at all; choose nothing"):
        without("conflicts", {TRAIN: np.array([0, 1])})
    with pytest.raises(DataError, match="'all', but must be one of nothing, conflicts, duplicates"):
        without("all")
