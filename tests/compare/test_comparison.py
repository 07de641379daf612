"""Two groups compared, against plain loops over the pictures."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from augment.compare.comparison import compare, default_split
from augment.compare.groups import Group, group_of
from augment.errors import RunError
from augment.presets import PRESETS
from tests.compare.conftest import IDS, LABELS, NAMES, Finished, folder_of

RIGHT = LABELS.tolist()
NOTHING = PRESETS["nothing"].recipe

Predicted = dict[int, list[int]]
"""The predicted classes by seed."""


def group(finished: Finished, predicted: Predicted, **changes: Any) -> Group:
    return group_of([finished(of, seed=seed, **changes) for seed, of in predicted.items()])


def drawn(seeds: range) -> Predicted:
    rng = np.random.default_rng(seeds.start)
    return {seed: rng.integers(0, 3, 10).tolist() for seed in seeds}


@pytest.mark.parametrize("second_seeds", [range(1, 4), range(11, 15)])
def test_every_part_is_that_of_plain_loops(finished: Finished, second_seeds: range) -> None:
    before, after = drawn(range(1, 4)), drawn(second_seeds)
    for predicted, changes in ((before, {0: 0, 9: 1}), (after, {0: 1, 9: 2})):
        for of, (row, label) in product(predicted.values(), changes.items()):
            of[row] = label
    first, second = group(finished, before), group(finished, after, recipe=NOTHING)
    found = compare(first, second, "validation")

    def share(predicted: Predicted, row: int, label: int) -> float:
        return sum(of[row] == label for of in predicted.values()) / len(predicted)

    rights = [[share(each, row, RIGHT[row]) for row in range(10)] for each in (before, after)]
    assert found.difference.difference == pytest.approx(np.mean(rights[1]) - np.mean(rights[0]))
    assert found.difference.is_paired_by_seed is (second_seeds == range(1, 4))
    assert found.difference.pictures == 10
    assert found.broken.tolist() == [
        IDS[row] for row in range(10) if rights[0][row] > 0.5 > rights[1][row]
    ]
    assert found.repaired.tolist() == [
        IDS[row] for row in range(10) if rights[0][row] < 0.5 < rights[1][row]
    ]
    assert IDS[0] in found.broken
    assert IDS[9] in found.repaired
    for true, predicted in product(range(3), range(3)):
        rows = [row for row in range(10) if RIGHT[row] == true]
        moved = {row: share(after, row, predicted) - share(before, row, predicted) for row in rows}
        assert found.confusion[true, predicted] == pytest.approx(sum(moved.values()))
        changes = found.changed(true, predicted)
        assert {one.id for one in changes} == {IDS[row] for row in rows if abs(moved[row]) > 1e-9}
        sizes = [abs(one.second / len(after) - one.first / len(before)) for one in changes]
        assert sizes == sorted(sizes, reverse=True)
        for one in changes:
            row = IDS.tolist().index(one.id)
            assert one.first == round(share(before, row, predicted) * len(before))
            assert one.second == round(share(after, row, predicted) * len(after))
    assert [each.name for each in found.classes] == list(NAMES)


def test_the_confusions_that_changed_most_come_first(finished: Finished) -> None:
    # Of the roses one, of the lilies three are taken for tulips in one seed of two.
    roses, lilies = [1, *RIGHT[1:]], [*RIGHT[:6], 1, 1, 1, 2]
    first = group(finished, {1: roses, 2: roses})
    found = compare(first, group(finished, {1: lilies, 2: RIGHT}, recipe=NOTHING), "validation")
    changed = [("lily", 2, "tulip", 1, 1.5), ("rose", 0, "tulip", 1, -1.0)]
    assert found.changed_confusions == changed
    assert found.changed_cells.tolist() == [[2, 1], [2, 2], [0, 0], [0, 1]]
    fields = ("name", "label", "predicted", "predicted_label", "difference")
    assert found.to_dict()["confusions"] == [
        dict(zip(fields, each, strict=True)) for each in changed
    ]


def test_a_picture_that_half_of_the_seeds_get_right_is_neither(finished: Finished) -> None:
    wrong = [(label + 1) % 3 for label in RIGHT]
    half = group(finished, {1: RIGHT, 2: wrong})
    good = group(finished, {1: RIGHT, 2: RIGHT}, recipe=NOTHING)
    found = compare(half, good, "validation")
    assert found.difference.difference == pytest.approx(0.5)
    assert (len(found.broken), len(found.repaired)) == (0, 0)


def test_a_model_that_diverged_predicts_no_class(finished: Finished) -> None:
    first, second = group(finished, {1: RIGHT}), group(finished, {1: RIGHT}, recipe=NOTHING)
    folder = folder_of(second.runs[0])
    known = second.runs[0].predictions()
    assert known is not None
    type(known)(
        ids=known.ids,
        labels=known.labels,
        log_probabilities=np.full_like(known.log_probabilities, np.nan),
    ).write(folder.predictions)
    found = compare(first, second, "validation")
    np.testing.assert_array_equal(found.confusion, -np.diag([3.0, 3.0, 4.0]))
    assert len(found.broken) == 10


def test_the_document_has_the_figures_of_the_contract(finished: Finished) -> None:
    first, second = (
        group(finished, drawn(range(1, 4))),
        group(finished, drawn(range(4, 7)), epochs=9),
    )
    document = compare(first, second, "validation").to_dict()
    low, high = document["interval"]
    assert low <= document["difference"] <= high
    assert (document["pictures"], document["seeds"], document["paired_by_seed"]) == (10, 3, False)
    assert {"name", "difference", "low", "high", "flagged"} <= set(document["classes"][0])
    assert document["broken"] == len(document["broken_ids"])
    assert document["repaired"] == len(document["repaired_ids"])
    assert document["settings"] == ["Epochs: 4 -> 9"]
    assert document["sentence"]


def test_test_is_compared_where_both_have_it(finished: Finished) -> None:
    wrong = [(label + 1) % 3 for label in RIGHT]
    first = group(finished, {1: RIGHT}, test=RIGHT)
    second = group(finished, {1: RIGHT}, test=wrong, epochs=9)
    third = group(finished, {1: RIGHT}, epochs=10)
    assert default_split([first, second]) == "test"
    assert default_split([first, third]) == "validation"
    assert compare(first, second, "test").difference.difference == -1.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "one seed group"),
        ({"data": "digits"}, "data differs (bundled and digits)"),
        ({"checksum": "another"}, "prepared anew"),
        ({"size": 64, "checksum": "another"}, "size of the pictures differs (32 and 64)"),
        ({"fit": "stretch"}, "fit of the pictures differs (crop and stretch)"),
        ({"splits": "re-split"}, "setting splits differs (official and re-split)"),
        ({"split_seed": 3}, "setting split seed differs (0 and 3)"),
        ({"leave_out": "conflicts"}, "setting leave out differs (nothing and conflicts)"),
        ({"per_class": 3}, "setting per class differs (0 and 3)"),
        ({"epochs": 9, "ids": IDS[:9], "labels": LABELS[:9]}, "only the 9 that both have, of 10"),
    ],
)
def test_what_makes_figures_less_comparable_is_said_once(
    finished: Finished, changes: dict[str, Any], words: str
) -> None:
    first = group(finished, {1: RIGHT})
    second = group(finished, {1: RIGHT[: len(changes.get("ids", IDS))]}, **changes)
    warnings = compare(first, second, "validation").warnings
    assert [words in warning for warning in warnings] == [True]


def test_a_run_in_both_groups_is_said(finished: Finished) -> None:
    runs = [finished(RIGHT, seed=seed) for seed in (1, 2)]
    found = compare(group_of(runs), group_of(runs[:1]), "validation")
    assert any("run-1 is in both groups" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ids": IDS + 1}, "no picture of validation in common"),
        ({"labels": LABELS[::-1]}, "same pictures have other classes"),
        ({"names": ("rose", "tulip", "daisy")}, r"have other classes \(3 and 3\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    finished: Finished, changes: dict[str, Any], words: str
) -> None:
    first, second = group(finished, {1: RIGHT}), group(finished, {1: RIGHT}, epochs=9, **changes)
    with pytest.raises(RunError, match=words):
        compare(first, second, "validation")
