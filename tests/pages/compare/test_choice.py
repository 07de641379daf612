from __future__ import annotations

import pytest

from augment import runs
from augment.runs.folders import RunFolder
from pages.components.compare.choice import MOST, offers, requested
from pages.components.runs.links import GROUPS, groups_address
from tests.pages.compare.groups_of_runs import FLIPS, NOTHING, Make


@pytest.fixture
def made(make_run: Make) -> list[RunFolder]:
    return [
        *(make_run(f"nothing-{seed}", recipe=NOTHING, seed=seed) for seed in (2, 1)),
        make_run("flips-1", recipe=FLIPS, seed=1),
    ]


@pytest.mark.parametrize(
    ("parameter", "groups", "problem"),
    [
        ("", [], ""),
        ("nothing-1,nothing-2;flips-1", [["nothing-1", "nothing-2"], ["flips-1"]], ""),
        (" nothing-2 , nothing-1,;;flips-1;", [["nothing-1", "nothing-2"], ["flips-1"]], ""),
        ("nothing-1;nothing-1", [["nothing-1"]], ""),
        ("nothing-1,gone;flips-1", [["nothing-1"], ["flips-1"]], "there is no run gone"),
        ("../../etc/passwd", [], "there is no run ../../etc/passwd"),
        ("a;b", [], "there is no run a (and 1 more like this)"),
        ("nothing-1,flips-1", [], "differ in more than the seed"),
    ],
)
def test_an_address_is_read_and_what_is_wrong_with_it_is_one_sentence(
    made: list[RunFolder], parameter: str, groups: list[list[str]], problem: str
) -> None:
    found = requested(parameter, runs.list_runs())
    assert [[run.id for run in group] for group in found.groups] == groups
    assert problem in found.problem
    assert bool(found.problem) == bool(problem)
    assert found.problem.count(". ") == 0


def test_more_than_eight_groups_are_cut(make_run: Make) -> None:
    ids = [make_run(f"run-{n}", recipe=NOTHING, epochs=n).id for n in range(1, MOST + 2)]
    found = requested(groups_address([[one] for one in ids])[GROUPS], runs.list_runs())
    assert [group[0].id for group in found.groups] == ids[:MOST]
    assert f"names {MOST + 1} groups" in found.problem


def test_offered_are_seed_groups_without_failures_the_latest_first_one_run_a_seed(
    made: list[RunFolder], make_run: Make
) -> None:
    make_run("failed", recipe=NOTHING, seed=3, state="FAILED")
    make_run("older-1", recipe=NOTHING, seed=1)  # `make_run` makes each run older than the last
    waiting = make_run("flips-2", recipe=FLIPS, seed=2)
    waiting.state.unlink()
    offered = [[run.id for run in group] for group in offers(runs.list_runs())]
    assert offered == [["nothing-1", "nothing-2"], ["flips-1", "flips-2"]]
