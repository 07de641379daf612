"""What differs between two configurations, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from augment.compare.settings import differing_settings, differing_steps
from augment.engine.recipe import Recipe
from tests.compare.conftest import CONFIG

FLIP = {"op": "flip"}
CUT_MIX, MIX_UP = {"op": "cut_mix"}, {"op": "mix_up"}


def rand_augment(**settings: Any) -> dict[str, Any]:
    return {"op": "rand_augment", **settings}


def one_of(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"op": "one_of", "steps": list(steps)}


def differing(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    names = ("rose", "tulip", "lily", "daisy", "iris")
    recipes = (Recipe.from_dict({"version": 1, "steps": steps}) for steps in (before, after))
    return list(differing_steps(*recipes, names))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([FLIP], [FLIP | {"id": "other"}], []),
        (
            [rand_augment(magnitude=0.3)],
            [rand_augment(magnitude=0.5)],
            ["RandAugment magnitude 0.3 -> 0.5"],
        ),
        ([FLIP], [FLIP, CUT_MIX], ["CutMix added"]),
        ([CUT_MIX], [CUT_MIX, FLIP | {"classes": [1]}], ["Flip added for only 1 class (tulip)"]),
        ([CUT_MIX, FLIP], [FLIP], ["CutMix removed"]),
        ([FLIP], [FLIP | {"probability": 0.5}], ["Flip probability 100% -> 50%"]),
        ([FLIP], [FLIP | {"enabled": False}], ["Flip removed"]),
        ([FLIP], [FLIP | {"classes": [1]}], ["Flip for all classes -> only 1 class (tulip)"]),
        (
            [FLIP | {"classes": [0, 1, 2, 3, 4]}],
            [FLIP],
            ["Flip for only 5 classes (rose, tulip, lily, \N{HORIZONTAL ELLIPSIS}) -> all classes"],
        ),
        ([FLIP, CUT_MIX], [CUT_MIX, FLIP], ["order Flip, CutMix -> CutMix, Flip"]),
        ([CUT_MIX, MIX_UP], [one_of(CUT_MIX, MIX_UP)], [
            "CutMix moved into One of",
            "MixUp moved into One of",
            "One of added",
        ]),
        ([], [one_of(CUT_MIX, MIX_UP)], ["One of (CutMix, MixUp) added"]),
        ([one_of(CUT_MIX)], [one_of(CUT_MIX, MIX_UP)], ["MixUp added in One of"]),
        ([one_of(CUT_MIX, MIX_UP)], [], ["One of (CutMix, MixUp) removed"]),
        ([one_of(CUT_MIX)], [CUT_MIX], ["One of removed", "CutMix moved to the top level"]),
        (
            [CUT_MIX],
            [one_of(CUT_MIX | {"id": "other"})],
            ["CutMix moved into One of", "One of added"],
        ),
        (
            [one_of(FLIP | {"id": "a"}), FLIP | {"id": "b"}],
            [FLIP | {"id": "c", "rate": 0.1}, one_of(FLIP | {"id": "d"})],
            ["Flip (c) rate 0.5 -> 0.1", "order One of, Flip (c) -> Flip (c), One of"],
        ),
        (
            [FLIP | {"id": "a"}, FLIP | {"id": "b"}],
            [FLIP | {"id": "b", "rate": 0.1}],
            ["Flip (a) removed", "Flip (b) rate 0.5 -> 0.1"],
        ),
        (  # no picture is filled with a value where the border is reflected
            [rand_augment(fill_value=0)],
            [rand_augment(fill_value=9)],
            [],
        ),
    ],
)  # fmt: skip
def test_steps(
    before: list[dict[str, Any]], after: list[dict[str, Any]], expected: list[str]
) -> None:
    assert differing(before, after) == expected


def test_fields_of_the_configuration() -> None:
    changes: dict[str, Any] = {"epochs": 100, "size": 64, "schedule": "constant"}
    assert differing_settings(CONFIG, replace(CONFIG, **changes)) == (
        "Size in pixels: 32 px -> 64 px",
        "Epochs: 4 -> 100",
        "Schedule: cosine -> constant",
    )
    assert differing_settings(CONFIG, replace(CONFIG, seed=9, name="another")) == ()
