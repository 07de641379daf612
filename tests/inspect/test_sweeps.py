"""What can be swept, and over which values.

One setting, or two, over their ranges: everything else stays.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

import augment
from augment import Recipe, RecipeError, inspect, presets, registry
from augment.inspect import Axis, settings
from tests.given import recipe_of
from tests.inspect.looked import EPOCH, RECIPES, SEED, applied, batch, recipe, when


def axis_of(within: Recipe, label: str) -> Axis:
    return next(axis for axis in inspect.sweepable(within) if axis.label == label)


def test_lists_each_setting_of_each_step_in_order() -> None:
    labels = [axis.label for axis in inspect.sweepable(RECIPES["nested"])]
    assert labels[:3] == ["Shear x: X factor", "Shear x: Fill mode", "Shear x: Probability"]
    assert "Random pipeline: Augmentations per image" in labels
    assert "Puzzle Mix: Block num" in labels
    assert len(labels) == len(set(labels))


def test_knows_what_the_recipe_has() -> None:
    given = recipe({"op": "rotate", "factor": 0.2, "probability": 0.4})
    assert {axis.name: axis.present for axis in inspect.sweepable(given)} == {
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
    assert [axis.label for axis in inspect.sweepable(given)] == [
        "One of: Probability",
        "Grayscale: Probability",
    ]
    with_border = recipe({"op": "rotate", "fill_mode": "constant"})
    assert axis_of(with_border, "Rotate: Fill value").present == 0


def test_distinguishes_two_steps_of_one_op() -> None:
    twice = recipe({"op": "cut_mix"}, {"op": "cut_mix", "alpha": 0.5})
    assert axis_of(twice, "CutMix: Alpha").step_id == "cut_mix"
    assert axis_of(twice, "CutMix 2: Alpha").step_id == "cut_mix_2"


def test_a_newcomer_sees_n_by_m() -> None:
    across, down = inspect.default_axes(presets.PRESETS["guide"].recipe)
    assert (across.name, down.name) == ("augmentations_per_image", "magnitude")
    assert inspect.default_axis(presets.PRESETS["guide"].recipe) == down


@pytest.mark.parametrize("name", RECIPES)
def test_defaults_are_of_the_recipe(name: str) -> None:
    axes, sweepable = inspect.default_axes(RECIPES[name]), inspect.sweepable(RECIPES[name])
    assert len(axes) == min(2, len(sweepable))
    assert set(axes) <= set(sweepable)
    assert inspect.default_axis(RECIPES[name]) in ((*axes,) or (None,))


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
    axes = inspect.default_axes(recipe({"op": op, **constant}))
    assert [axis.name for axis in axes] == first


def test_defaults_without_a_number() -> None:
    grey = recipe({"op": "trivial_augment"}, {"op": "grayscale"})
    assert [axis.name for axis in inspect.default_axes(grey)] == ["space", "fill_mode"]
    assert [axis.name for axis in inspect.default_axes(recipe({"op": "invert"}))] == ["probability"]
    assert inspect.default_axes(recipe()) == ()
    assert inspect.default_axis(recipe()) is None


@pytest.mark.parametrize("count", [3, 5, 7, 25])
@pytest.mark.parametrize("name", registry())
def test_values_are_allowed_and_hold_both_ends_and_the_present(name: str, count: int) -> None:
    for axis in inspect.sweepable(recipe_of(name)):
        found = inspect.values(axis, count)
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
    assert inspect.values(of_magnitude(0.3), 5) == (0.0, 0.3, 0.5, 0.75, 1.0)
    assert inspect.values(of_magnitude(0.02), 5) == (0.0, 0.02, 0.5, 0.75, 1.0)
    assert inspect.values(of_magnitude(0.99), 3) == (0.0, 0.99, 1.0)
    assert inspect.values(of_magnitude(1.0), 3) == (0.0, 0.5, 1.0)


def test_a_present_value_between_the_stops_is_not_rounded() -> None:
    crop = recipe({"op": "random_resized_crop"})
    assert 4 / 3 in inspect.values(axis_of(crop, "Random resized crop: Aspect ratio factor"))
    coarse = dataclasses.replace(of_magnitude(0.3).param, step=1.0)
    odd = dataclasses.replace(of_magnitude(0.3), param=coarse)
    assert inspect.values(odd) == (0.0, 0.3, 1.0)


def test_whole_numbers_are_distinct() -> None:
    given = recipe({"op": "aug_mix"})
    assert inspect.values(axis_of(given, "AugMix: Num chains"), 25) == (1, 2, 3, 4, 5, 6)


def test_a_wide_range_goes_in_even_ratios() -> None:
    found = inspect.values(axis_of(recipe({"op": "cut_mix"}), "CutMix: Alpha"), 7)
    assert found == (0.01, 0.03, 0.1, 0.32, 1.0, 3.16, 10.0)
    np.testing.assert_allclose(np.diff(np.log(found)), np.log(10) / 2, atol=0.06)


def test_too_few() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        inspect.values(of_magnitude(0.3), 2)


def test_a_probability_is_in_percent() -> None:
    assert axis_of(recipe({"op": "flip"}), "Flip: Probability").param.format(0.25) == "25%"


def swept(given: Recipe, label: str, row: int, values: Any = None) -> tuple[inspect.Variant, ...]:
    axis = axis_of(given, label)
    values = inspect.values(axis) if values is None else values
    return inspect.sweep(given, batch(), **when(row), axis=axis, values=values)


def edited(given: Recipe, step_id: str, name: str, value: Any) -> Recipe:
    """Return the recipe with a value changed, by another way: through its JSON-able form."""
    described = given.to_dict()
    waiting = list(described["steps"])
    while waiting:
        step = waiting.pop()
        if step["id"] == step_id:
            step[name] = value
        waiting.extend(step.get("steps", []))
    return Recipe.from_dict(described)


@pytest.mark.parametrize("name", RECIPES)
def test_each_is_the_row_that_the_whole_batch_has(name: str) -> None:
    given = RECIPES[name]
    for number, axis in enumerate(inspect.sweepable(given)):
        row = number % 12
        values = inspect.values(axis, 3)
        found = inspect.sweep(given, batch(), **when(row), axis=axis, values=values)
        assert [variant.values for variant in found] == [(value,) for value in values]
        for variant, value in zip(found, values, strict=True):
            whole = applied(edited(given, axis.step_id, axis.name, value))
            np.testing.assert_array_equal(variant.image, whole.images[row])
            np.testing.assert_array_equal(variant.label, whole.labels[row])


@pytest.mark.parametrize("name", ["guide", "mixes"])
def test_one_is_what_the_grid_shows(name: str) -> None:
    given = RECIPES[name]
    for axis in inspect.sweepable(given):
        values = inspect.values(axis, 3)
        found = inspect.sweep(given, batch(), **when(5), axis=axis, values=values)
        [present] = [variant for variant in found if variant.is_present]
        assert present.values == (axis.present,)
        np.testing.assert_array_equal(present.image, applied(given).images[5])


def test_only_the_setting_changes() -> None:
    """What is drawn for the other steps, and the partners, stay whatever RandAugment does."""
    guide = RECIPES["guide"]
    seen = set()
    for variant in swept(guide, "RandAugment: Magnitude", row=3):
        others = [one for one in variant.row.ops if one.step != "rand_augment"]
        seen.add(repr([{**one.to_dict(), "stage": 0} for one in others]))
    assert len(seen) == 1


def test_a_probability_adds_and_takes_away_but_draws_nothing_anew() -> None:
    given = recipe({"op": "shear_x"}, {"op": "solarize"})
    found = swept(given, "Shear x: Probability", row=2)
    before = [len(variant.row.ops) for variant in found]
    assert before == sorted(before)
    assert (before[0], before[-1]) == (1, 2)
    pictures = {variant.image.tobytes() for variant in found}
    assert len(pictures) == 2


def test_more_ops_begin_with_the_same_ones() -> None:
    always = recipe({"op": "rand_augment", "rate": 1.0})
    rows = [
        variant.row.ops for variant in swept(always, "RandAugment: Augmentations per image", row=6)
    ]
    for fewer, more in itertools.pairwise(rows):
        assert more[: len(fewer)] == fewer


def test_the_recipe_stays() -> None:
    given = recipe({"op": "one_of", "steps": [{"op": "rotate", "factor": 0.1}]})
    before = given.to_json()
    swept(given, "Rotate: Factor", row=0)
    assert given.to_json() == before


def test_a_matrix_is_lines_of_sweeps() -> None:
    guide = RECIPES["guide"]
    across, down = inspect.default_axes(guide)
    many, strong = inspect.values(across, 3), inspect.values(down, 4)
    table = inspect.matrix(
        guide,
        batch(),
        **when(4),
        across=across,
        across_values=many,
        down=down,
        down_values=strong,
    )
    assert [[variant.values for variant in line] for line in table] == [
        [(n, m) for n in many] for m in strong
    ]
    for line, m in zip(table, strong, strict=True):
        for variant, n in zip(line, many, strict=True):
            changed = edited(guide, "rand_augment", "augmentations_per_image", n)
            whole = applied(edited(changed, "rand_augment", "magnitude", m))
            np.testing.assert_array_equal(variant.image, whole.images[4])
            np.testing.assert_array_equal(variant.label, whole.labels[4])
    present = [variant for line in table for variant in line if variant.is_present]
    assert [variant.values for variant in present] == [(across.present, down.present)]
    np.testing.assert_array_equal(present[0].image, applied(guide).images[4])


def test_refuses_two_axes_that_are_one() -> None:
    guide = RECIPES["guide"]
    axis = axis_of(guide, "CutMix: Alpha")
    with pytest.raises(RecipeError, match="choose two that differ"):
        inspect.matrix(
            guide,
            batch(),
            **when(0),
            across=axis,
            across_values=(1.0,),
            down=axis,
            down_values=(1.0,),
        )


def test_refuses_what_the_recipe_refuses_with_the_same_message() -> None:
    guide = RECIPES["guide"]
    with pytest.raises(RecipeError) as own:
        swept(guide, "RandAugment: Magnitude", row=0, values=[0.5, 1.5])
    with pytest.raises(RecipeError) as readers:
        edited(guide, "rand_augment", "magnitude", 1.5)
    assert str(own.value).partition(": ")[2] == str(readers.value).partition(": ")[2]
    with pytest.raises(RecipeError, match="probability is -1"):
        swept(guide, "RandAugment: Probability", row=0, values=[-1])


def test_refuses_a_step_or_a_setting_that_is_not_there() -> None:
    axis = axis_of(RECIPES["guide"], "CutMix: Alpha")
    with pytest.raises(RecipeError, match='no step with the id "cut_mix"'):
        inspect.sweep(recipe(), batch(), **when(0), axis=axis, values=[1.0])
    with pytest.raises(RecipeError, match='has no setting "beta"'):
        settings.with_setting(RECIPES["guide"], "cut_mix", "beta", 1.0)


def test_the_seed_and_the_epoch_are_the_callers() -> None:
    given = RECIPES["guide"]
    samples = batch()
    [variant] = inspect.sweep(
        given,
        samples,
        row=1,
        seed=SEED + 1,
        epoch=EPOCH + 2,
        axis=axis_of(given, "MixUp: Alpha"),
        values=[0.2],
    )
    whole = augment.apply(
        given, samples.images, samples.labels, ids=samples.ids, seed=SEED + 1, epoch=EPOCH + 2
    )
    np.testing.assert_array_equal(variant.image, whole.images[1])


def test_without_mixing_all_else_stays() -> None:
    """Also in a policy: a mixing child that is chosen does nothing, and no other takes its place."""
    for name in ("guide", "nested", "mixes", "parted"):
        given = RECIPES[name]
        held_off = inspect.without_mixing(given)
        samples = batch()
        with_it, without = (
            augment.draw(each, samples.ids, seed=SEED, epoch=EPOCH, labels=samples.labels)
            for each in (given, held_off)
        )
        assert not without.mixes
        for one, other in zip(with_it.rows, without.rows, strict=True):
            kept = [each for each in one.ops if not registry()[each.op].mixes]
            assert [(each.op, each.values) for each in kept] == [
                (each.op, each.values) for each in other.ops
            ]


def test_mixing_steps_are_those_that_can_happen() -> None:
    off = {"op": "cut_mix", "enabled": False}
    given = recipe(
        off,
        {"op": "one_of", "enabled": False, "steps": [{"op": "mix_up"}]},
        {"op": "one_of", "id": "on", "steps": [{"op": "puzzle_mix"}, {"op": "rotate"}]},
        {"op": "aug_mix"},
    )
    assert [step.op for step in inspect.mixing_steps(given)] == ["puzzle_mix"]


def test_without_mixing_the_default_is_of_another_step_if_there_is_one() -> None:
    given = recipe({"op": "cut_mix"}, {"op": "mix_up"}, {"op": "rotate"})
    names = [inspect.default_axis(given, mixing=mixing) for mixing in (True, False)]
    assert [axis and axis.step_id for axis in names] == ["cut_mix", "rotate"]
    alone = inspect.default_axis(recipe({"op": "cut_mix"}), mixing=False)
    assert alone
    assert alone.op == "cut_mix"
