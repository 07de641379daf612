"""The recipes to start from: each does what its sentence says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import augment
from augment import advice
from augment.engine.op import GROUPS as OP_GROUPS
from augment.engine.plan import Applied
from augment.engine.samples import Samples
from augment.presets import DEFAULT, GROUPS, PRESETS, START
from tests.ops.reference import assert_binomial, assert_rate, batch_of, photograph

COUNT = 2000


def drawn(name: str) -> augment.Plan:
    return augment.draw(PRESETS[name].recipe, np.arange(COUNT), seed=7)


def ops_of(name: str) -> list[Applied]:
    return [applied for row in drawn(name).rows for applied in row.ops]


def values_of(name: str, op: str, argument: str) -> np.ndarray:
    return np.array([one.values[argument] for one in ops_of(name) if one.op == op])


def test_the_guide_is_first_and_nothing_last() -> None:
    names = list(PRESETS)
    assert names[0] == DEFAULT == "guide"
    assert names[-1] == "nothing"
    assert {"rand_augment", "mixing", "custom"} <= set(names), "what links and scripts may name"


def test_groups_stand_together_in_their_order() -> None:
    """So that a menu by group shows the presets in the order that all else lists them in."""
    found = [preset.group for preset in PRESETS.values()]
    assert list(dict.fromkeys(found)) == list(GROUPS)
    assert found == sorted(found, key=list(GROUPS).index)


def test_a_group_of_ops_has_one_title() -> None:
    shared = {group for group in GROUPS if group in OP_GROUPS}
    assert shared == {"mixing", "erasing", "policies"}
    for preset in PRESETS.values():
        if preset.group in shared:
            kinds = {augment.registry()[step.op].group for step in preset.recipe.steps}
            assert kinds == {preset.group}
    assert {GROUPS[group] for group in shared} == {OP_GROUPS[group] for group in shared}


def test_no_two_are_alike() -> None:
    presets = PRESETS.values()
    for what in (
        [preset.title for preset in presets],
        [preset.sentence for preset in presets],
        [preset.recipe.to_json() for preset in presets],
    ):
        assert len(set(what)) == len(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_it_is_explained_and_its_recipe_is_data(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    assert 0 < len(preset.title) <= 25, "it is shown in a menu"
    assert preset.sentence.endswith(".")
    assert augment.Recipe.from_json(preset.recipe.to_json()) == preset.recipe


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (100, 80)])
def test_it_changes_pictures_and_keeps_what_they_are(name: str, height: int, width: int) -> None:
    pictures, labels = batch_of(12, height, width), np.eye(12, dtype=np.float32)
    batch = augment.apply(PRESETS[name].recipe, pictures, labels, ids=np.arange(12), seed=3)
    assert batch.images.shape == pictures.shape
    assert batch.labels is not None
    np.testing.assert_allclose(batch.labels.sum(axis=1), 1.0, atol=1e-6)
    changed = np.any(batch.images != pictures, axis=(1, 2, 3)).sum()
    assert changed == 0 if name == "nothing" else changed >= 4


def test_crop_and_flip_moves_by_whole_pixels_onto_black() -> None:
    """The common treatment of CIFAR: four pixels around 32, and half of the pictures mirrored."""
    assert_rate(values_of("crop_and_flip", "flip", "horizontal"), 0.5)
    white = np.full((200, 32, 32, 3), 255, np.uint8)
    moved = augment.apply(PRESETS["crop_and_flip"].recipe, white, ids=np.arange(200), seed=3).images
    assert set(np.unique(moved)) == {0, 255}
    rows = (moved == 0).all(axis=(2, 3)).sum(axis=1)
    columns = (moved == 0).all(axis=(1, 3)).sum(axis=1)
    assert set(rows) == set(columns) == {0, 1, 2, 3, 4}


def test_colour_jitter_does_four_things_within_their_ranges() -> None:
    for op, argument, centre, reach in (
        ("brightness", "shift", 0.0, 0.4),
        ("contrast", "multiplier", 1.0, 0.4),
        ("saturation", "multiplier", 1.0, 0.4),
        ("hue", "turn", 0.0, 0.1),
    ):
        far = values_of("colour_jitter", op, argument) - centre
        assert len(far) == COUNT
        assert 0.99 * reach < far.max() <= reach
        assert -reach <= far.min() < -0.99 * reach


def test_the_papers_rand_augment_has_its_numbers() -> None:
    """N is 2 and M is 9 of 10; a slot is empty only where the identity was drawn."""
    counts = [len(row.ops) for row in drawn("rand_augment_paper").rows]
    assert_binomial(counts, 2, 13 / 14)
    for op, argument, extreme in (
        ("rotate", "turn", 30 / 360),
        ("shear_x", "shear", 0.3),
        ("brightness", "shift", 0.9),
    ):
        values = values_of("rand_augment_paper", op, argument)
        np.testing.assert_allclose(np.abs(values), 0.9 * extreme)
    borders: set[Any] = {
        (one.values["fill_mode"], one.values["fill_value"])
        for one in ops_of("rand_augment_paper")
        if "fill_mode" in one.values
    }
    assert borders == {("constant", 128)}


def test_what_mixes_pictures_has_the_alpha_of_its_paper() -> None:
    for name, alphas in (
        ("cut_mix", {"cut_mix": 1.0}),
        ("mix_up", {"mix_up": 0.2}),
        ("cut_mix_and_mix_up", {"cut_mix": 1.0, "mix_up": 0.2}),
    ):
        steps = PRESETS[name].recipe.steps
        assert {step.op: step.params["alpha"] for step in steps} == alphas
        happened = [{one.op for one in row.ops} for row in drawn(name).rows]
        assert happened == [set(alphas)] * COUNT


def test_what_hides_parts_hides_as_much_as_its_paper() -> None:
    grey = np.full((COUNT, 32, 32, 3), 100, np.uint8)

    def hidden(name: str) -> np.ndarray:
        after = augment.apply(PRESETS[name].recipe, grey, ids=np.arange(COUNT), seed=7).images
        return (after != grey).any(axis=3)

    cutout = hidden("cutout")
    sides = [cutout.any(axis=axis).sum(axis=1) for axis in (1, 2)]
    assert {int(side.max()) for side in sides} == {16}, "pixels of 32"
    assert min(int(side.min()) for side in sides) < 16, "also partly outside"
    grids = hidden("grid_mask").mean(axis=(1, 2))
    assert_rate(grids > 0, 0.8)
    assert grids[grids > 0].mean() == pytest.approx(0.4**2, abs=0.02)
    areas = values_of("erasing", "random_erasing", "area")
    assert 0.02 <= areas.min() < 0.03
    assert 0.38 < areas.max() <= 0.4


def test_too_strong_leaves_hardly_anything_of_a_picture() -> None:
    """Of the correlation with the original, where every other preset keeps a half."""
    left = {name: likeness(name) for name in PRESETS}
    assert left.pop("too_strong") < 0.2
    assert min(left.values()) > 0.45


def likeness(name: str) -> float:
    """Return the mean correlation of pictures with what they were."""
    pictures = batch_of(60, 48, 48)
    after = augment.apply(PRESETS[name].recipe, pictures, ids=np.arange(60), seed=7).images
    pairs = zip(pictures.reshape(60, -1), after.reshape(60, -1), strict=True)
    return float(np.nanmean([abs(np.corrcoef(a, b)[0, 1]) if b.std() else 0.0 for a, b in pairs]))


def test_each_policy_of_a_paper_is_that_policy() -> None:
    assert {one.op for one in ops_of("aug_mix")} == {"aug_mix"}
    assert set(values_of("aug_mix", "aug_mix", "num_chains")) == {3}
    assert max(len(row.ops) for row in drawn("trivial_augment").rows) == 1
    assert np.ptp(np.abs(values_of("trivial_augment", "shear_x", "shear"))) > 0.9


def test_erasing_is_for_half_of_the_pictures_and_the_others_choose() -> None:
    assert_rate(np.array([len(row.ops) == 1 for row in drawn("erasing").rows]), 0.5)
    for name, choices in (
        ("mixing", {"cut_mix", "mix_up"}),
        ("custom", {"grid_mask", "grayscale"}),
    ):
        assert {one.op for one in ops_of(name)} == choices
        assert all(len(row.ops) == 1 for row in drawn(name).rows)


def test_the_first_recipe_does_what_a_newcomer_can_name() -> None:
    """Half are mirrored, half have a part of another picture, of which neither is a sliver."""
    assert START == "first"
    assert_rate(values_of(START, "flip", "horizontal"), 0.5)
    assert set(values_of(START, "random_resized_crop", "aspect")) == {1.0}
    assert_rate(
        np.array([any(one.op == "cut_mix" for one in row.ops) for row in drawn(START).rows]), 0.5
    )
    shares = values_of(START, "cut_mix", "share")
    assert np.mean((shares > 0.1) & (shares < 0.9)) > 0.99


def test_of_the_first_recipe_there_is_nothing_to_advise() -> None:
    flowers = np.stack([photograph("square")] * 9)
    samples = Samples.of_arrays(flowers, np.arange(9))
    recipe = PRESETS[START].recipe
    assert advice.advice_on_values(recipe) == ()
    for seed in range(4):
        alone = [
            one for step in recipe.steps for one in advice.measure_step(step, samples, seed=seed)
        ]
        assert alone == []
        assert advice.measure_whole(recipe, samples, seed=seed) == ()
