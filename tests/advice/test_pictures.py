"""The advice about pictures, and when it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import augment
from augment.advice import Advice, Measured, losses, measure_step, measure_whole, pictures
from augment.presets import PRESETS
from tests.advice.given import flowers, recipe

COUNT = 10


def left(**found: tuple[int, float]) -> Measured:
    """Return what is left of ten pictures: all, but for so many that have another figure."""
    parts = {"lost": 0.0, "bits": 2.0, "bits_left": 2.0, "colour": 1.0, "own": 1.0, "largest": 1.0}
    columns = {name: np.full(COUNT, value) for name, value in parts.items()}
    for name, (count, value) in found.items():
        columns[name][:count] = value
    return Measured(**columns)


def advice_on(monkeypatch: pytest.MonkeyPatch, found: Measured) -> tuple[Advice, ...]:
    monkeypatch.setattr(pictures, "probe", lambda *given, **more: found)
    given = flowers()
    [step] = recipe("flip").steps
    return measure_step(step, given, seed=0)


@pytest.mark.parametrize(
    ("about", "part", "limit", "beyond", "enough"),
    [
        ("gone", "lost", 0.6, 0.61, 4),
        ("gone", "bits_left", 0.67, 0.66, 4),
        ("colour", "colour", 0.25, 0.24, 8),
        ("own", "own", 0.1, 0.09, 8),
        ("label", "largest", 0.5, 0.49, 6),
    ],
)
def test_the_thresholds(
    monkeypatch: pytest.MonkeyPatch,
    about: str,
    part: str,
    limit: float,
    beyond: float,
    enough: int,
) -> None:
    assert advice_on(monkeypatch, left(**{part: (COUNT, limit)})) == ()
    assert advice_on(monkeypatch, left(**{part: (enough - 1, beyond)})) == ()
    [advice] = advice_on(monkeypatch, left(**{part: (enough, beyond)}))
    assert advice.about == about
    assert advice.step == "flip"
    assert advice.sentence.startswith(f"{enough} of 10 pictures ")
    assert advice.sentence.endswith(".")
    assert advice.measure.endswith(".")
    [advice] = advice_on(monkeypatch, left(**{part: (COUNT, beyond)}))
    assert advice.sentence.startswith("10 of 10 pictures ")


def test_blank_and_unreadable_pictures_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = left(lost=(2, 0.9))
    found.bits_left[1:5] = 0.5
    [advice] = advice_on(monkeypatch, found)
    assert advice.sentence == "5 of 10 pictures kept too little to know a flower by."
    assert advice.measure == (
        "2 lost more than 60% of the pixels (blank, blown out or out of sight) and 3 kept 0.5 of the 2.0 "
        "bits that a coarse grey copy holds, where less than 33% counts as too little."
    )
    assert losses(found) == ("90% of it lost",) * 2 + ("25% of its detail left",) * 3 + ("",) * 5


@pytest.mark.parametrize(
    ("bits", "words"), [(0.1, "a tenth"), (0.3, "a fifth"), (0.45, "a quarter"), (0.6, "a third")]
)
def test_how_little_is_kept_is_said_by_the_next_simple_fraction(
    monkeypatch: pytest.MonkeyPatch, bits: float, words: str
) -> None:
    [advice] = advice_on(monkeypatch, left(bits_left=(9, bits)))
    assert advice.sentence == f"9 of 10 pictures kept less than {words} of their detail."


def test_what_is_gone_needs_no_word_on_its_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    found = left(lost=(9, 0.9), colour=(9, 0.0))
    assert [advice.about for advice in advice_on(monkeypatch, found)] == ["gone"]


def test_what_never_had_a_colour_has_not_lost_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert advice_on(monkeypatch, left(colour=(10, np.nan))) == ()


def measured(
    whole: augment.Recipe, given: augment.Samples, *, seed: int, epoch: int = 0
) -> tuple[Advice, ...]:
    """Return the advice on each step and then on the whole, as the page shows it."""
    draws = {"seed": seed, "epoch": epoch}
    alone = [advice for step in whole.steps for advice in measure_step(step, given, **draws)]
    return (*alone, *measure_whole(whole, given, **draws, known=alone))


def on(*steps: dict[str, Any] | str, seed: int = 3, side: int = 96, rows: int = 9) -> list[Advice]:
    return list(measured(recipe(*steps), flowers(side).take(np.arange(rows)), seed=seed))


ERASED = {"op": "random_erasing", "area_min_factor": 0.7, "area_factor": 0.7}


@pytest.mark.parametrize("side", [32, 96, 224])
@pytest.mark.parametrize(
    ("step", "about"),
    [
        (ERASED, "gone"),
        ({"op": "grid_mask", "ratio_min_factor": 0.9, "ratio_factor": 0.9}, "gone"),
        (
            {
                "op": "cutout",
                "height_min_factor": 1.0,
                "height_factor": 1.0,
                "width_min_factor": 1.0,
                "width_factor": 1.0,
            },
            "gone",
        ),
        ({"op": "grayscale"}, "colour"),
        ({"op": "invert"}, "colour"),
    ],
    ids=str,
)
def test_a_recipe_that_destroys_gets_advice(step: dict[str, Any], about: str, side: int) -> None:
    assert [advice.about for advice in on(step, side=side)] == [about]


def test_brightness_at_its_extreme_gets_advice() -> None:
    seeds = [on({"op": "brightness", "factor": 1.0}, seed=seed) for seed in range(8)]
    assert sum(map(bool, seeds)) >= 3


@pytest.mark.parametrize(
    "name",
    [
        "guide",
        "rand_augment",
        "rand_augment_paper",
        "crop_and_flip",
        "colour_jitter",
        "trivial_augment",
        "erasing",
        "mixing",
        "nothing",
    ],
)
def test_what_people_train_with_is_left_alone(name: str) -> None:
    given = flowers()
    found = [measured(PRESETS[name].recipe, given, seed=seed) for seed in range(6)]
    assert sum(map(bool, found)) <= 1


def test_what_the_steps_do_together_is_advice_on_the_whole() -> None:
    third = {"op": "random_erasing", "area_min_factor": 0.33, "area_factor": 0.33}
    found = on(*({**third, "id": name} for name in "abc"))
    assert [(advice.step, advice.about) for advice in found] == [("", "gone")]
    assert found[0].sentence.startswith("All steps together: ")


def test_mixing_again_and_again_is_advice_on_the_whole() -> None:
    steps = [{"op": "mix_up", "alpha": 10.0, "id": name} for name in "abc"]
    assert ("", "label") in [(advice.step, advice.about) for advice in on(*steps)]


def test_what_a_step_does_alone_is_not_repeated() -> None:
    assert [advice.step for advice in on(ERASED, "flip")] == ["random_erasing"]


def test_a_step_that_is_off_is_passed_over() -> None:
    assert on({**ERASED, "enabled": False}, "flip") == []


def test_the_whole_is_measured_without_what_is_known() -> None:
    given = flowers()
    whole = recipe("hue", ERASED, "grayscale")
    assert {advice.about for advice in measure_whole(whole, given, seed=3)} >= {"gone"}
    known = [advice for step in whole.steps for advice in measure_step(step, given, seed=3)]
    assert "gone" not in {a.about for a in measure_whole(whole, given, seed=3, known=known)}


def test_one_step_has_no_whole() -> None:
    given = flowers()
    single = recipe(ERASED, {"op": "flip", "enabled": False})
    assert measure_whole(single, given, seed=3) == ()


def test_a_batch_of_one() -> None:
    [advice] = on(ERASED, rows=1)
    assert advice.sentence.startswith("The picture lost more than 60% of its area")
    assert on("cut_mix", rows=1) == []


def test_another_epoch_draws_anew() -> None:
    given = flowers()
    bright = recipe({"op": "brightness", "factor": 1.0})
    found = [measured(bright, given, seed=3, epoch=epoch) for epoch in range(8)]
    assert len(set(found)) > 2


def test_the_pictures_stay_as_they_are() -> None:
    given = flowers(32)
    before = given.images.copy()
    everything = PRESETS["guide"].recipe
    on_all = augment.Recipe(steps=tuple(replace(step, enabled=True) for step in everything.steps))
    measured(on_all, given, seed=3)
    np.testing.assert_array_equal(given.images, before)
