"""What the models of a group predicted, aligned by the ids of the pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from augment.compare.groups import group_of
from augment.compare.predictions import has_predictions, predictions_of
from augment.errors import RunError
from augment.system import files
from tests.compare.conftest import IDS, LABELS, Finished, folder_of

RIGHT = LABELS.tolist()


def test_pictures_are_aligned_by_their_ids_whatever_their_order(finished: Finished) -> None:
    rng = np.random.default_rng(0)
    truth: dict[int, dict[int, int]] = {}
    made = []
    for seed in (3, 1, 2):
        order, predicted = rng.permutation(10), rng.integers(0, 3, 10)
        truth[seed] = dict(zip(IDS[order].tolist(), predicted.tolist(), strict=True))
        made.append(finished(predicted, labels=LABELS[order], ids=IDS[order], seed=seed))
    found = predictions_of(group_of(made), "validation")
    assert found.seeds == (1, 2, 3)
    assert found.runs == ("run-2", "run-3", "run-1")
    assert found.class_names == ("rose", "tulip", "lily")
    np.testing.assert_array_equal(found.ids, IDS)
    np.testing.assert_array_equal(found.labels, LABELS)
    for row, seed in enumerate(found.seeds):
        assert dict(zip(IDS.tolist(), found.predicted[row].tolist(), strict=True)) == truth[seed]
    np.testing.assert_array_equal(found.right, found.predicted == LABELS)
    assert (found.right.dtype, found.predicted.dtype) == (np.bool_, np.int64)
    some = found.at(IDS[[7, 2]])
    np.testing.assert_array_equal(some.predicted, found.predicted[:, [7, 2]])
    assert (len(some), some.labels.tolist()) == (2, [2, 0])


def test_only_pictures_that_all_have_are_compared(finished: Finished) -> None:
    more = {"ids": np.append(IDS, 7), "labels": np.append(LABELS, 1)}
    group = group_of([finished([*RIGHT, 0], seed=1, **more), finished(RIGHT, seed=2)])
    found = predictions_of(group, "validation")
    np.testing.assert_array_equal(found.ids, IDS)
    assert found.right.all()
    assert "only the 10 that all of them have, of 11" in found.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ids": IDS + 1}, "no picture of validation in common"),
        ({"labels": LABELS[::-1]}, "have other classes in some"),
        ({"names": ("rose", "tulip", "daisy")}, "other classes.*lily and daisy"),
        ({"names": ("rose", "tulip", "lily", "daisy")}, "other classes.*3 classes and 4"),
    ],
)
def test_what_cannot_be_aligned_is_refused(
    finished: Finished, changes: dict[str, Any], words: str
) -> None:
    group = group_of([finished(RIGHT, seed=1), finished(RIGHT, seed=2, **changes)])
    with pytest.raises(RunError, match=words):
        predictions_of(group, "validation")


def test_runs_without_predictions_are_left_out(finished: Finished) -> None:
    group = group_of([finished(RIGHT, seed=1, test=RIGHT), finished(RIGHT, seed=2)])
    found = predictions_of(group, "test")
    assert found.seeds == (1,)
    assert "python -m augment runs test run-2 makes them" in found.warnings[0]
    assert has_predictions(group, "test")
    alone = group_of([group.runs[1]])
    assert not has_predictions(alone, "test")
    with pytest.raises(RunError, match="python -m augment runs test run-2 makes them"):
        predictions_of(alone, "test")
    folder_of(group.runs[0]).predictions.write_bytes(b"torn")
    assert "run-1 is left out: predictions.npz" in predictions_of(group, "validation").warnings[0]


def test_a_test_of_an_earlier_attempt_does_not_count(finished: Finished) -> None:
    run = finished(RIGHT, test=RIGHT)
    path = folder_of(run).test
    tested = files.read_json(path)
    assert tested is not None
    files.write_json(path, tested | {"epoch": 2})
    group = group_of([run])
    assert "before it was resumed" in group.warnings[0]
    assert set(group.figures) == {"validation"}
    assert not has_predictions(group, "test")
    with pytest.raises(RunError, match=r"before it was resumed.*runs test run-1"):
        predictions_of(group, "test")


def test_a_group_in_which_nothing_has_ended_has_no_predictions(finished: Finished) -> None:
    with pytest.raises(RunError, match=r"none of its runs counts.*CANCELLED"):
        predictions_of(group_of([finished(RIGHT, state={"state": "CANCELLED"})]), "validation")
