"""Values that are harmless alone and add up."""

from __future__ import annotations

from typing import Any

import pytest

from augment.advice import Advice, advice_on_values
from tests.advice.given import recipe


def about(kind: str, *steps: dict[str, Any] | str) -> list[Advice]:
    return [advice for advice in advice_on_values(recipe(*steps)) if advice.about == kind]


def rand_augment(**settings: Any) -> dict[str, Any]:
    return {"op": "rand_augment", "policy": "paper", "rate": 1.0, **settings}


@pytest.mark.parametrize(
    ("settings", "spoken"),
    [
        ({"augmentations_per_image": 2, "magnitude": 0.9}, False),
        ({"augmentations_per_image": 3, "magnitude": 0.83}, False),
        ({"augmentations_per_image": 3, "magnitude": 0.84}, True),
        ({"augmentations_per_image": 3, "magnitude": 0.9}, True),
        ({"augmentations_per_image": 3, "magnitude": 0.9, "rate": 0.9}, False),
        ({"augmentations_per_image": 8, "magnitude": 0.3}, False),
    ],
    ids=str,
)
def test_many_ops_at_a_high_strength(settings: dict[str, Any], spoken: bool) -> None:
    assert bool(about("strength", rand_augment(**settings))) is spoken


def test_it_says_how_many_and_how_strong() -> None:
    [advice] = about("strength", rand_augment(augmentations_per_image=3, magnitude=0.9))
    assert advice.step == "rand_augment"
    assert (
        "3 ops, each at 0.9 and happening to 100% of the pictures, add up to 2.7" in advice.sentence
    )


CUT = {"op": "cut_mix", "alpha": 1.0}
BLEND = {"op": "mix_up", "alpha": 0.5}


@pytest.mark.parametrize(
    ("steps", "spoken"),
    [
        ([CUT], False),
        ([CUT, BLEND], True),
        ([CUT, {**BLEND, "alpha": 0.49}], False),
        ([CUT, {**BLEND, "enabled": False}], False),
        ([CUT, {**BLEND, "probability": 0.5}], True),
        ([CUT, {**BLEND, "probability": 0.49}], False),
        ([{"op": "one_of", "steps": [CUT, BLEND]}], False),
        ([{"op": "one_of", "steps": [CUT, BLEND]}, "puzzle_mix"], True),
        ([CUT, "flip"], False),
    ],
    ids=str,
)
def test_mixing_in_a_row(steps: list[Any], spoken: bool) -> None:
    assert bool(about("mixing", *steps)) is spoken


def test_it_says_how_many_share_a_label() -> None:
    [advice] = about("mixing", CUT, BLEND)
    assert advice.step == ""
    assert advice.sentence.startswith("CutMix and MixUp mix the same pictures")
    assert "up to 4 pictures" in advice.sentence
    [three] = about("mixing", CUT, BLEND, "puzzle_mix")
    assert three.sentence.startswith("CutMix, MixUp and Puzzle Mix ")
    assert "up to 8 pictures" in three.sentence


def erased(share: float) -> dict[str, Any]:
    return {"op": "random_erasing", "area_min_factor": share, "area_factor": share}


GRID = {"op": "grid_mask", "ratio_min_factor": 0.4, "ratio_factor": 0.4}


@pytest.mark.parametrize(
    ("steps", "spoken"),
    [
        ([erased(0.4)], False),
        ([erased(0.02), GRID], False),
        ([erased(0.2), GRID], True),
        ([{**erased(0.2), "probability": 0.2}, GRID], False),
        ([{**erased(0.2), "enabled": False}, GRID], False),
        ([{**erased(0.2), "classes": [0]}, GRID], False),
        (["cutout", "grid_mask"], False),
    ],
    ids=str,
)
def test_blanking_adds_up(steps: list[Any], spoken: bool) -> None:
    assert bool(about("blank", *steps)) is spoken


def test_it_says_how_much_is_blank() -> None:
    """0.3 and 0.16 of what is left of it: 0.41."""
    [advice] = about("blank", erased(0.3), GRID)
    assert advice.step == ""
    assert advice.sentence.startswith("Random erasing and GridMask together blank 4")
