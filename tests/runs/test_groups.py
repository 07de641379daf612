from __future__ import annotations

from dataclasses import replace

import pytest

from augment.engine.recipe import Recipe
from augment.presets import PRESETS
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.groups import OverSeeds, baseline_of, seed_group, shares_graph
from augment.runs.run import read
from tests.runs.conftest import CONFIG, config


@pytest.mark.parametrize(
    ("changes", "same_group", "same_graph"),
    [
        ({"seed": 4}, True, True),
        ({"name": "another"}, True, True),
        ({"recipe": PRESETS["mixing"].recipe}, False, True),
        ({"epochs": 2}, False, False),
        ({"size": 64}, False, False),
        ({"split_seed": 1}, False, False),
        ({"leave_out": "conflicts"}, False, False),
    ],
)
def test_what_belongs_together(
    changes: dict[str, object], same_group: bool, same_graph: bool
) -> None:
    other = config(**changes)
    assert (seed_group(other, "sum") == seed_group(CONFIG, "sum")) is same_group
    assert shares_graph(other, CONFIG) is same_graph


def test_ids_and_steps_that_are_off_do_not_matter() -> None:
    steps = CONFIG.recipe.to_dict()["steps"]
    renamed = [{**steps[0], "id": "another"}, *steps[1:]]
    off = [*steps, {"op": "flip", "enabled": False}]
    for changed in (renamed, off):
        other = config(recipe={"version": 1, "steps": changed})
        assert seed_group(other) == seed_group(CONFIG)
    stronger = config(recipe={"version": 1, "steps": [{**steps[0], "magnitude": 0.4}, *steps[1:]]})
    assert seed_group(stronger) != seed_group(CONFIG)


def test_a_run_made_before_pictures_could_be_left_out_stays_in_its_group() -> None:
    assert seed_group(RunConfig(recipe=Recipe()), "sum") == "b305623cdc1d"


def test_other_pictures_are_another_group() -> None:
    assert seed_group(CONFIG, "one") != seed_group(CONFIG, "two")


def test_a_figure_over_the_seeds_of_a_group() -> None:
    assert OverSeeds.of([]) is OverSeeds.of([None]) is None
    assert OverSeeds.of([0.5, None]) == OverSeeds(mean=0.5, deviation=None, count=1)
    found = OverSeeds.of([0.2, 0.4])
    assert found
    assert (found.mean, found.deviation) == (pytest.approx(0.3), pytest.approx(0.02**0.5))


def test_what_a_run_is_compared_with_has_no_augmentation_and_the_same_data(home: object) -> None:
    folders.root().mkdir(parents=True, exist_ok=True)
    plain = replace(CONFIG, recipe=Recipe())
    made = [
        folders.create("ours", replace(CONFIG, seed=1), (), "sum"),
        folders.create("same-data", replace(plain, seed=2), (), "sum"),
        folders.create("other-data", plain, (), "other"),
        folders.create("longer", replace(plain, epochs=CONFIG.epochs + 1), (), "sum"),
        folders.create("with-recipe", CONFIG, (), "sum"),
    ]
    ours, *others = map(read, made)
    assert [run.id for run in baseline_of(ours, others)] == ["same-data"]
    assert baseline_of(others[0], others) == []
