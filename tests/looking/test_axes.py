"""What can be swept, and over which values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from augment import Recipe, looking, presets, registry
from augment.looking import Axis
from tests.given import recipe_of
from tests.looking.looked import NESTED, RECIPES, recipe


def axis_of(within: Recipe, label: str) -> Axis:
    return next(axis for axis in looking.sweepable(within) if axis.label == label)


def test_lists_each_setting_of_each_step_in_order() -> None:
    labels = [axis.label for axis in looking.sweepable(RECIPES["nested"])]
    assert labels[:3] == ["Shear x: X factor", "Shear x: Fill mode", "Shear x: Probability"]
    assert "Random pipeline: Augmentations per image" in labels
    assert "Puzzle Mix: Block num" in labels
    assert len(labels) == len(set(labels))


def test_knows_what_the_recipe_has() -> None:
    given = recipe({"op": "rotate", "factor": 0.2, "probability": 0.4})
    assert {axis.name: axis.present for axis in looking.sweepable(given)} == {
        "factor": 0.2,
        "fill_mode": "reflect",
        "probability": 0.4,
    }


def test_leaves_out_what_changes_nothing() -> None:
    off = {"op": "shear_x", "enabled": False}
    given = recipe(
        {**off, "id": "one"},
        {"op": "one_of", "enabled": False, "steps": [{"op": "zoom"}]},
        {"op": "one_of", "id": "on", "steps": [off, {"op": "grayscale"}]},
    )
    assert [axis.label for axis in looking.sweepable(given)] == [
        "One of: Probability",
        "Grayscale: Probability",
    ]
    with_border = recipe({"op": "rotate", "fill_mode": "constant"})
    assert axis_of(with_border, "Rotate: Fill value").present == 0


def test_tells_two_steps_of_one_op_apart() -> None:
    twice = recipe({"op": "cut_mix"}, {"op": "cut_mix", "alpha": 0.5})
    assert axis_of(twice, "CutMix: Alpha").step_id == "cut_mix"
    assert axis_of(twice, "CutMix 2: Alpha").step_id == "cut_mix_2"


def test_a_newcomer_sees_n_by_m() -> None:
    across, down = looking.default_axes(presets.PRESETS["guide"].recipe)
    assert (across.name, down.name) == ("augmentations_per_image", "magnitude")
    assert looking.default_axis(presets.PRESETS["guide"].recipe) == down


@pytest.mark.parametrize("name", RECIPES)
def test_defaults_are_of_the_recipe(name: str) -> None:
    axes, sweepable = looking.default_axes(RECIPES[name]), looking.sweepable(RECIPES[name])
    assert len(axes) == min(2, len(sweepable))
    assert set(axes) <= set(sweepable)
    assert looking.default_axis(RECIPES[name]) in ((*axes,) or (None,))


@pytest.mark.parametrize(
    ("op", "first"),
    [
        ("flip", ["rate", "mode"]),
        ("rotate", ["factor", "fill_mode"]),
        ("random_erasing", ["area_factor", "fill"]),
        ("gamma", ["log_gamma", "probability"]),
    ],
)
def test_defaults_put_numbers_first_and_fine_tuning_last(op: str, first: list[str]) -> None:
    constant = {name: "constant" for name in ("fill", "fill_mode") if name in registry()[op].params}
    axes = looking.default_axes(recipe({"op": op, **constant}))
    assert [axis.name for axis in axes] == first


def test_defaults_without_a_number() -> None:
    grey = recipe({"op": "trivial_augment"}, {"op": "grayscale"})
    assert [axis.name for axis in looking.default_axes(grey)] == ["space", "fill_mode"]
    assert [axis.name for axis in looking.default_axes(recipe({"op": "invert"}))] == ["probability"]
    assert looking.default_axes(recipe()) == ()
    assert looking.default_axis(recipe()) is None


@pytest.mark.parametrize("count", [3, 5, 7, 25])
@pytest.mark.parametrize("name", registry())
def test_values_are_allowed_and_hold_both_ends_and_the_present(name: str, count: int) -> None:
    for axis in looking.sweepable(recipe_of(name)):
        found = looking.values(axis, count)
        assert axis.present in found
        for value in found:
            assert axis.param.check(value) == value
            assert type(value) is type(axis.param.check(value))
        if axis.param.type == "choice":
            assert found == axis.param.choices
        else:
            check_numbers(axis, found, count)


def check_numbers(axis: Axis, found: tuple[float, ...], count: int) -> None:
    low, high = axis.param.bounds
    assert (found[0], found[-1]) == (low, high)
    assert list(found) == sorted(set(found))
    stops = {round((value - low) / axis.param.step, 6) for value in found}
    # There are fewer only where there are no more, or where even ratios fall on one stop.
    assert len(found) == count or {0, 1, 2, 3} <= stops
    for value in set(found) - {axis.present, high}:
        steps = (value - low) / axis.param.step
        assert steps == pytest.approx(round(steps), abs=1e-6)


def of_magnitude(present: float) -> Axis:
    return axis_of(recipe({"op": "rand_augment", "magnitude": present}), "RandAugment: Magnitude")


def test_the_present_value_takes_the_place_of_the_nearest_but_an_end() -> None:
    assert looking.values(of_magnitude(0.3), 5) == (0.0, 0.3, 0.5, 0.75, 1.0)
    assert looking.values(of_magnitude(0.02), 5) == (0.0, 0.02, 0.5, 0.75, 1.0)
    assert looking.values(of_magnitude(0.99), 3) == (0.0, 0.99, 1.0)
    assert looking.values(of_magnitude(1.0), 3) == (0.0, 0.5, 1.0)


def test_a_present_value_between_the_stops_is_kept_whole() -> None:
    crop = recipe({"op": "random_resized_crop"})
    assert 4 / 3 in looking.values(axis_of(crop, "Random resized crop: Aspect ratio factor"))
    coarse = dataclasses.replace(of_magnitude(0.3).param, step=1.0)
    odd = dataclasses.replace(of_magnitude(0.3), param=coarse)
    assert looking.values(odd) == (0.0, 0.3, 1.0)


def test_whole_numbers_are_distinct() -> None:
    given = recipe({"op": "aug_mix"})
    assert looking.values(axis_of(given, "AugMix: Num chains"), 25) == (1, 2, 3, 4, 5, 6)


def test_a_wide_range_goes_in_even_ratios() -> None:
    found = looking.values(axis_of(recipe({"op": "cut_mix"}), "CutMix: Alpha"), 7)
    assert found == (0.01, 0.03, 0.1, 0.32, 1.0, 3.16, 10.0)
    np.testing.assert_allclose(np.diff(np.log(found)), np.log(10) / 2, atol=0.06)


def test_too_few() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        looking.values(of_magnitude(0.3), 2)


def test_values_in_words() -> None:
    turn = recipe({"op": "rotate", "fill_mode": "constant"})
    assert axis_of(turn, "Rotate: Factor").in_words(0.125) == "45°"
    assert axis_of(turn, "Rotate: Fill value").in_words(7) == "7 grey levels"
    assert axis_of(turn, "Rotate: Probability").in_words(0.25) == "25%"
    assert axis_of(recipe({"op": "flip"}), "Flip: Mode").in_words("horizontal_and_vertical") == (
        "horizontal and vertical"
    )
    assert axis_of(NESTED, "Shear x: X factor").in_words(1 / 3) == "0.3333"
