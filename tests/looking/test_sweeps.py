"""One setting, or two, over their ranges: everything else stays."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import augment
from augment import Recipe, RecipeError, looking
from augment.looking import _settings
from tests.looking.looked import EPOCH, RECIPES, SEED, applied, batch, recipe, when
from tests.looking.test_axes import axis_of


def swept(given: Recipe, label: str, row: int, values: Any = None) -> tuple[looking.Variant, ...]:
    axis = axis_of(given, label)
    values = looking.values(axis) if values is None else values
    return looking.sweep(given, *batch(), **when(row), axis=axis, values=values)


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
    for number, axis in enumerate(looking.sweepable(given)):
        row = number % 12
        values = looking.values(axis, 3)
        found = looking.sweep(given, *batch(), **when(row), axis=axis, values=values)
        assert [variant.values for variant in found] == [(value,) for value in values]
        for variant, value in zip(found, values, strict=True):
            whole = applied(edited(given, axis.step_id, axis.name, value))
            np.testing.assert_array_equal(variant.image, whole.images[row])
            np.testing.assert_array_equal(variant.label, whole.labels[row])


@pytest.mark.parametrize("name", ["guide", "mixes"])
def test_one_is_what_the_grid_shows(name: str) -> None:
    given = RECIPES[name]
    for axis in looking.sweepable(given):
        values = looking.values(axis, 3)
        found = looking.sweep(given, *batch(), **when(5), axis=axis, values=values)
        [present] = [variant for variant in found if variant.is_present]
        assert present.values == (axis.present,)
        np.testing.assert_array_equal(present.image, applied(given).images[5])


def test_only_the_setting_changes() -> None:
    """What is drawn for the other steps, and the partners, stay whatever RandAugment does."""
    guide = RECIPES["guide"]
    seen = set()
    for variant in swept(guide, "RandAugment: Magnitude", row=3):
        others = [one for one in variant.row.ops if one.step != "rand_augment"]
        seen.add(repr([one._replace(stage=0) for one in others]))
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
    across, down = looking.default_axes(guide)
    many, strong = looking.values(across, 3), looking.values(down, 4)
    table = looking.matrix(
        guide,
        *batch(),
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
        looking.matrix(
            guide,
            *batch(),
            **when(0),
            across=axis,
            across_values=(1.0,),
            down=axis,
            down_values=(1.0,),
        )


def test_refuses_what_the_recipe_refuses_in_the_same_words() -> None:
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
        looking.sweep(recipe(), *batch(), **when(0), axis=axis, values=[1.0])
    with pytest.raises(RecipeError, match='has no setting "beta"'):
        _settings.with_setting(RECIPES["guide"], "cut_mix", "beta", 1.0)


def test_the_seed_and_the_epoch_are_the_callers() -> None:
    given = RECIPES["guide"]
    images, labels, ids = batch()
    [variant] = looking.sweep(
        given,
        images,
        labels,
        ids,
        row=1,
        seed=SEED + 1,
        epoch=EPOCH + 2,
        axis=axis_of(given, "MixUp: Alpha"),
        values=[0.2],
    )
    whole = augment.apply(given, images, labels, ids=ids, seed=SEED + 1, epoch=EPOCH + 2)
    np.testing.assert_array_equal(variant.image, whole.images[1])
