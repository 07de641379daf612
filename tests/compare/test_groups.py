"""Runs that differ in the seed alone, and their figures."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from augment import presets, runs
from augment.compare.groups import group_of, seed_groups
from augment.errors import RunError
from tests.compare.conftest import LABELS, Finished, folder_of

RIGHT = LABELS.tolist()
HALF = [*RIGHT[:5], 0, 0, 0, 0, 0]


def test_figures_are_the_mean_and_the_deviation_over_the_seeds(finished: Finished) -> None:
    group = group_of([finished(RIGHT, seed=5, test=HALF), finished(HALF, seed=2)])
    assert group.seeds == (2, 5)
    assert [run.id for run in group.runs] == ["run-2", "run-1"]
    assert "seed" not in group.name
    found = group.figures["validation"]["accuracy"]
    assert (found.mean, found.count) == (pytest.approx(0.75), 2)
    assert found.deviation == pytest.approx(statistics.stdev([1.0, 0.5]))
    on_test = group.figures["test"]["accuracy"]
    assert (on_test.mean, on_test.deviation, on_test.count) == (0.5, None, 1)
    assert group.warnings == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": {"state": "FAILED", "reason": "Out of memory."}}, "FAILED: Out of memory."),
        ({"state": {"state": "CANCELLED"}}, "it ended CANCELLED."),
        ({"state": {"state": "RUNNING"}}, "it ended LOST"),
    ],
)
def test_a_run_that_did_not_succeed_does_not_count(
    finished: Finished, changes: dict[str, Any], words: str
) -> None:
    good, bad = finished(RIGHT, seed=1), finished(HALF, seed=2, **changes)
    group = group_of([good, bad])
    assert (group.seeds, [run.id for run in group.left_out]) == ((1,), [bad.id])
    assert f"{bad.id} is left out" in group.warnings[0]
    assert words in group.warnings[0]
    assert group.figures["validation"]["accuracy"].count == 1


@pytest.mark.parametrize(
    ("content", "words"), [("{", "evaluation.json"), (None, "no accuracy in its evaluation")]
)
def test_a_run_without_figures_does_not_count(
    finished: Finished, content: str | None, words: str
) -> None:
    bad = finished(HALF, seed=2)
    if content is None:
        folder_of(bad).evaluation.unlink()
    else:
        folder_of(bad).evaluation.write_text(content)
    group = group_of([runs.get(bad.id)])
    assert group.runs == ()
    assert words in group.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": {"stopped_early": True}}, "was stopped early"),
        ({"state": {"attempt": 2}}, "was resumed (attempt 2)"),
        ({"metrics": "what,is,this\n"}, "has a damaged file"),
    ],
)
def test_what_should_be_known_of_a_run_that_counts_is_said(
    finished: Finished, changes: dict[str, Any], words: str
) -> None:
    group = group_of([finished(RIGHT, **changes)])
    assert len(group.runs) == 1
    assert words in group.warnings[0]


def test_of_two_runs_with_one_seed_the_last_to_end_counts(finished: Finished) -> None:
    late = {"ended": "2026-11-28T09:00:00+00:00"}
    first, last, other = (
        finished(RIGHT, seed=1),
        finished(HALF, seed=1, state=late),
        finished(HALF, seed=1),
    )
    group = group_of([last, other, first, last])
    assert [run.id for run in group.runs] == [last.id]
    assert {run.id for run in group.left_out} == {first.id, other.id}
    assert all(f"{last.id} has the seed 1" in one or "run-3 has" in one for one in group.warnings)


def test_runs_that_differ_in_more_than_the_seed_are_no_group(finished: Finished) -> None:
    first, second = finished(RIGHT), finished(RIGHT, epochs=9)
    with pytest.raises(RunError, match=r"run-1 and run-2 differ in more .* \(Epochs: 4 -> 9\)"):
        group_of([first, second])
    with pytest.raises(RunError, match="their data is not the same"):
        group_of([first, finished(RIGHT, checksum="another")])
    with pytest.raises(RunError, match="none was given"):
        group_of([])
    assert [group.runs[0].id for group in seed_groups([second, first])] == ["run-2", "run-1"]


def test_a_run_whose_configuration_is_damaged_is_left_out(finished: Finished) -> None:
    good, bad = finished(RIGHT), finished(RIGHT, seed=2)
    folder_of(bad).spec.write_text("{}")
    bad = runs.get(bad.id)
    group = group_of([bad, good])
    assert group.runs == (good,)
    assert f"{bad.id} is left out: spec.json" in group.warnings[0]
    with pytest.raises(RunError, match=r"run-2: spec\.json"):
        group_of([bad])


def test_steps_that_are_off_do_not_part_a_group(finished: Finished) -> None:
    steps = presets.PRESETS["guide"].recipe.to_dict()["steps"]
    other = {"version": 1, "steps": [*steps, {"op": "flip", "enabled": False}]}
    assert group_of([finished(RIGHT), finished(RIGHT, seed=2, recipe=other)]).seeds == (1, 2)
