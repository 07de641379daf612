from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from augment.data.dealing import Draw
from augment.data.spec import OFFICIAL, TEST, TRAIN, VALIDATION

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


def part_of_id(held: dict[str, np.ndarray], seed: int = 3) -> dict[int, str]:
    dealt = Draw(**held, seed=seed).deal(np.arange(len(held["ids"])), 0.1, 0.1)
    return {int(held["ids"][row]): split for split, rows in dealt.items() for row in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_row_is_dealt_once_and_groups_stay_together(seed: int) -> None:
    held = random_set(seed)
    rows = np.arange(0, len(held["ids"]), 1 + seed % 3)
    dealt = Draw(**held, seed=seed).deal(rows, 0.1, 0.1)
    assert list(dealt) == [split for split in OFFICIAL if split in dealt]
    np.testing.assert_array_equal(np.sort(np.concatenate(list(dealt.values()))), rows)
    for found in dealt.values():
        assert (np.diff(found) > 0).all()
    where = {int(row): split for split, found in dealt.items() for row in found}
    for group in np.unique(held["groups"][rows]):
        members = rows[held["groups"][rows] == group]
        splits = {where[int(row)] for row in members}
        assert len(splits) == 1
        assert len(set(held["labels"][members])) == 1 or splits == {TRAIN}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_class_has_its_shares(seed: int) -> None:
    held = random_set(seed, alone=True)
    parts = part_of_id(held, seed)
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
    parts = part_of_id(held, seed)
    torn = {g for g in held["groups"] if len(set(held["labels"][held["groups"] == g])) > 1}
    for label in np.unique(held["labels"]):
        members = held["labels"] == label
        groups = set(held["groups"][members])
        found = Counter(parts[int(member)] for member in held["ids"][members])
        assert found[TRAIN]
        if not groups & torn:
            assert bool(found[VALIDATION]) == (len(groups) >= 2)
            assert bool(found[TEST]) == (len(groups) >= 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_has_no_influence(seed: int) -> None:
    held = random_set(seed)
    order = np.random.default_rng(seed).permutation(len(held["ids"]))
    other = {name: array[order] for name, array in held.items()}
    other["groups"] = -other["groups"]  # which number a group has says nothing either
    assert part_of_id(held) == part_of_id(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_picture_more_changes_its_own_class_only(seed: int) -> None:
    held = random_set(seed)
    label = int(held["labels"][0])
    more = {"labels": label, "ids": 2**53 - 1, "groups": 10**6}
    before = part_of_id(held)
    after = part_of_id({name: np.append(array, more[name]) for name, array in held.items()})
    others = held["ids"][held["labels"] != label]
    assert all(before[int(other)] == after[int(other)] for other in others)


def test_another_seed_deals_otherwise() -> None:
    held = random_set(1)
    assert part_of_id(held, 1) != part_of_id(held, 2)
    assert part_of_id(held, 1) == part_of_id(held, 1)


def test_each_picture_is_as_likely_to_be_in_test() -> None:
    labels = np.zeros(50, np.int64)
    draws = np.zeros(50)
    for seed in range(400):
        held = Draw(labels=labels, ids=np.arange(50), groups=np.arange(50), seed=seed)
        draws[held.deal(np.arange(50), 0.1, 0.1)[TEST]] += 1
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
    count = groups.size
    for seed in range(20):
        draw = Draw(labels=np.zeros(count, int), ids=np.arange(count), groups=groups, seed=seed)
        dealt = draw.deal(np.arange(count), 0.1, 0.1)
        assert {split: rows.size for split, rows in dealt.items()} == parts


def test_what_disagrees_about_its_class_is_trained_on_and_counts() -> None:
    labels, groups = np.array([0, 1, 0, 1, 1]), np.array([0, 0, 1, 2, 3])
    dealt = Draw(labels=labels, ids=np.arange(5), groups=groups, seed=1).deal(
        np.arange(5), 0.1, 0.1
    )
    assert {0, 1} <= set(dealt[TRAIN].tolist())
    assert sorted(labels[dealt[VALIDATION]].tolist()) == [0, 1]
    assert labels[dealt[TEST]].tolist() == [1]
