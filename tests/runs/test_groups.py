from __future__ import annotations

import pytest

from augment.presets import PRESETS
from augment.runs.groups import OverSeeds, seed_group, shares_graph
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


def test_other_pictures_are_another_group() -> None:
    assert seed_group(CONFIG, "one") != seed_group(CONFIG, "two")


def test_a_figure_over_the_seeds_of_a_group() -> None:
    assert OverSeeds.of([]) is OverSeeds.of([None]) is None
    assert OverSeeds.of([0.5, None]) == OverSeeds(mean=0.5, deviation=None, count=1)
    found = OverSeeds.of([0.2, 0.4])
    assert found
    assert (found.mean, found.deviation) == (pytest.approx(0.3), pytest.approx(0.02**0.5))
