from __future__ import annotations

import re

import numpy as np
import pytest

from augment.data import splits
from augment.data.spec import POOL, TEST, TRAIN, VALIDATION
from augment.data.splits import RE_SPLIT, TRAIN_ON_BOTH, Dealt, deal, offered, warnings
from augment.errors import DataError

SIZES = {TRAIN: 40, VALIDATION: 20, TEST: 60, "photographs": 5, POOL: 100}
CLASSES = 4


def own(*names: str) -> dict[str, np.ndarray]:
    ends = np.cumsum([SIZES[name] for name in names])
    return {name: np.arange(end - SIZES[name], end) for name, end in zip(names, ends, strict=True)}


def dealt(*names: str, scheme: str = "official", seed: int = 0) -> Dealt:
    held = own(*names)
    count = sum(map(len, held.values()))
    rows = np.arange(count)
    return deal(held, rows % CLASSES, rows * 7 + 1, rows, scheme=scheme, seed=seed)


def sizes(found: Dealt) -> dict[str, int]:
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
def test_what_is_offered_can_be_done(names: tuple[str, ...], schemes: tuple[str, ...]) -> None:
    assert offered(names) == schemes
    everything = np.arange(sum(SIZES[name] for name in names))
    for scheme in schemes:
        found = dealt(*names, scheme=scheme)
        assert found.scheme == scheme
        np.testing.assert_array_equal(np.sort(np.concatenate([*found.rows.values()])), everything)
        assert found.note.endswith(".")
    for scheme in set(splits.SCHEMES) - set(schemes) - {"official"}:
        with pytest.raises(DataError, match=rf"{re.escape(scheme)}.*need.*choose {schemes[0]}"):
            dealt(*names, scheme=scheme)


def test_the_official_split_is_left_alone() -> None:
    found = dealt("photographs", TEST, VALIDATION, TRAIN)
    assert list(found.rows) == [TRAIN, VALIDATION, TEST, "photographs"]
    for name, rows in own("photographs", TEST, VALIDATION, TRAIN).items():
        np.testing.assert_array_equal(found.rows[name], rows)
    assert found.comparable
    assert "40 pictures are trained on" in found.note
    assert "20 choose the model" in found.note
    assert "60 are kept to report on once" in found.note


def test_without_validation_a_fifth_of_train_is_dealt_out() -> None:
    found = dealt(TRAIN, TEST, "photographs", seed=5)
    assert sizes(found) == {TRAIN: 32, VALIDATION: 8, TEST: 60, "photographs": 5}
    np.testing.assert_array_equal(np.bincount(found.rows[VALIDATION] % CLASSES), [2] * CLASSES)
    np.testing.assert_array_equal(found.rows[TEST], own(TRAIN, TEST)[TEST])
    assert not found.comparable
    assert "20%" in found.note
    assert "seed 5" in found.note


def test_without_test_nothing_is_left_to_report_on() -> None:
    found = dealt(TRAIN, VALIDATION)
    assert sizes(found) == {TRAIN: 40, VALIDATION: 20}
    assert "nothing is left to report on" in found.note


def test_an_empty_split_is_none() -> None:
    held = own(TRAIN, TEST) | {VALIDATION: np.empty(0, np.int64)}
    rows = np.arange(100)
    found = deal(held, rows % CLASSES, rows, rows)
    assert sizes(found) == {TRAIN: 32, VALIDATION: 8, TEST: 60}


def test_training_on_both_leaves_no_validation() -> None:
    found = dealt(TRAIN, VALIDATION, TEST, "photographs", scheme=TRAIN_ON_BOTH)
    assert sizes(found) == {TRAIN: 60, TEST: 60, "photographs": 5}
    assert found.comparable
    assert "nothing chooses the model" in found.note


def test_a_re_split_leaves_other_splits_alone() -> None:
    found = dealt(TRAIN, "photographs", VALIDATION, TEST, scheme=RE_SPLIT, seed=9)
    assert sizes(found) == {TRAIN: 96, VALIDATION: 12, TEST: 12, "photographs": 5}
    np.testing.assert_array_equal(found.rows["photographs"], np.arange(40, 45))
    assert not found.comparable
    assert "do not compare" in found.note
    assert "seed 9" in found.note


def test_a_pool_is_dealt_whatever_is_asked() -> None:
    asked, plain = dealt(POOL, scheme=RE_SPLIT), dealt(POOL)
    assert plain.scheme == RE_SPLIT
    assert sizes(plain) == {TRAIN: 76, VALIDATION: 12, TEST: 12}
    assert not plain.comparable
    assert "no split of its own" in plain.note
    for split, rows in asked.rows.items():
        np.testing.assert_array_equal(rows, plain.rows[split])


def test_pictures_of_the_same_stay_together() -> None:
    rows = np.arange(120)
    held = own(TRAIN, VALIDATION, TEST)
    for seed in range(5):
        found = deal(held, rows // 2 % 4, rows, rows // 2, scheme=RE_SPLIT, seed=seed)
        for part in found.rows.values():
            np.testing.assert_array_equal(part[::2] + 1, part[1::2])


def test_the_order_of_the_splits_has_no_influence() -> None:
    rows = np.arange(120)
    held = own(TRAIN, VALIDATION, TEST)
    turned = dict(reversed(held.items()))
    for scheme in splits.SCHEMES:
        one = deal(held, rows % 4, rows, rows, scheme=scheme)
        other = deal(turned, rows % 4, rows, rows, scheme=scheme)
        assert list(one.rows) == list(other.rows)
        for split in one.rows:
            np.testing.assert_array_equal(one.rows[split], other.rows[split])


@pytest.mark.parametrize("scheme", ["Official", "", None, 3])
def test_a_scheme_must_be_one(scheme: object) -> None:
    with pytest.raises(DataError, match=r"official, train\+validation, re-split\.$"):
        dealt(TRAIN, scheme=scheme)


@pytest.mark.parametrize("seed", [-1, 2**32, True, 1.0, "7"])
def test_a_seed_must_be_one(seed: object) -> None:
    with pytest.raises(DataError, match="whole number from 0 to 4,294,967,295"):
        dealt(TRAIN, seed=seed)


def test_what_is_odd_about_classes_is_said() -> None:
    labels = np.array([0] * 30 + [1] * 2 + [2] + [0, 0, 1] + [0])
    rows = {TRAIN: np.arange(33), VALIDATION: np.arange(33, 36), TEST: np.arange(36, 37)}
    said = warnings(rows, labels, ["oak", "elm\n", "ash", "fir"])
    assert said == (
        "There is no picture of fir to train on (train).",
        "There is no picture of ash, fir to choose the model by (validation).",
        "There is no picture of elm, ash, fir to report on (test).",
        "There is only one picture in all of ash.",
        "The classes are uneven: there are 30 pictures of oak to train on, and 1 of ash; accuracy "
        "over all pictures says little about the small ones.",
    )


def test_even_classes_are_nothing_to_say() -> None:
    found = dealt(TRAIN, VALIDATION, TEST)
    assert warnings(found.rows, np.arange(120) % 4, list("abcd")) == ()
    assert warnings({"photographs": np.arange(3)}, np.arange(3), list("abcd")) == ()
    assert warnings({TRAIN: np.arange(11)}, np.array([0] * 10 + [1]), ["a", "b"])[-1:] == (
        "There is only one picture in all of b.",
    )


def test_lists_of_names_are_short() -> None:
    names = [f"class {number}" for number in range(200)]
    said = warnings({TRAIN: np.arange(2)}, np.array([0, 0]), names)
    assert len(said) == 1
    assert "class 8 and 191 more" in said[0]
    assert len(said[0]) < 200
