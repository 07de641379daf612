"""Step by step: the picture after each op, and the reasons why other steps did not happen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import augment
from augment import inspect, registry
from augment.inspect import stages
from tests.inspect.looked import EPOCH, RECIPES, SEED, batch, recipe, when, whole

ALL = range(12)


def walked(recipe: augment.Recipe, row: int, epoch: int = EPOCH, count: int = 12) -> inspect.Walk:
    return inspect.walk(recipe, batch(count), **when(row, epoch))


def reasons(recipe: augment.Recipe, row: int, epoch: int = EPOCH, count: int = 12) -> Any:
    return {one.step: one.reason for one in walked(recipe, row, epoch, count).skipped}


@pytest.mark.parametrize("name", RECIPES)
def test_starts_with_the_picture_and_ends_with_the_whole(name: str) -> None:
    samples = batch()
    images, labels = samples.images, samples.labels
    plan = augment.draw(RECIPES[name], samples.ids, seed=SEED, epoch=EPOCH, labels=labels)
    for row in ALL:
        walk = walked(RECIPES[name], row)
        first, *rest = walk.stages
        np.testing.assert_array_equal(first.image, images[row])
        np.testing.assert_array_equal(first.label, labels[row])
        assert (first.step, first.op, first.applied, first.partner) == ("", "", None, None)
        np.testing.assert_array_equal(walk.stages[-1].image, whole(name).images[row])
        np.testing.assert_array_equal(walk.stages[-1].label, whole(name).labels[row])
        assert tuple(stage.applied for stage in rest) == plan.rows[row].ops == walk.row.ops
        assert [(s.step, s.op) for s in rest] == [(s.applied.step, s.applied.op) for s in rest]
        assert walk.left_out == 0


@pytest.mark.parametrize("name", ["guide", "nested", "mixes", "parted"])
def test_each_stage_is_the_engines_for_the_ops_up_to_there(name: str) -> None:
    samples = batch()
    images, labels = samples.images, samples.labels
    plan = augment.draw(RECIPES[name], samples.ids, seed=SEED, epoch=EPOCH, labels=labels)
    for row in (0, 3, 7):
        for number, stage in enumerate(walked(RECIPES[name], row).stages):
            # The others go on to their ends, and so does this one where it is another's partner.
            described = plan.to_dict()
            rows = described["rows"]
            rows.append({**rows[row], "ops": rows[row]["ops"][:number]})
            cut = augment.Plan.from_json(json.dumps(described))
            again = [*range(12), row]
            batch_cut = augment.render(cut, images[again], labels[again])
            np.testing.assert_array_equal(stage.image, batch_cut.images[-1])
            np.testing.assert_array_equal(stage.label, batch_cut.labels[-1])


def test_a_mix_takes_its_partner_as_it_is_by_then() -> None:
    """CutMix pastes pixels as they are, so they are there to be found."""
    images = batch().images
    changed = recipe({"op": "invert"}, {"op": "cut_mix"}, {"op": "invert"})
    for row in ALL:
        start, inverted, mixed, back = walked(changed, row).stages
        assert mixed.partner not in (None, row)
        from_partner = (mixed.image == 255 - images[mixed.partner]).all(axis=2)
        own = (mixed.image == inverted.image).all(axis=2)
        assert (from_partner | own).all()
        for stage in (start, inverted, back):
            assert stage.partner is None


def test_what_it_returns_is_its_own() -> None:
    images, labels = batch().images, batch().labels
    for name in ("nothing", "cut_mix", "guide"):
        for stage in walked(RECIPES.get(name, recipe({"op": "cut_mix"})), 3).stages:
            assert not np.shares_memory(stage.image, images)
            assert not np.shares_memory(stage.label, labels)
            assert stage.label.dtype == np.float32


def test_gives_the_reason_of_what_is_switched_off_and_not_for_the_class() -> None:
    steps = recipe(
        {"op": "invert", "enabled": False},
        {"op": "one_of", "enabled": False, "steps": [{"op": "solarize"}]},
        {"op": "shear_x", "classes": [1, 2]},
    )
    assert reasons(steps, row=0) == {
        "invert": "It is switched off.",
        "one_of": "It is switched off.",
        "shear_x": "It is not for the class of this picture.",
    }
    assert "shear_x" not in reasons(steps, row=1)


def test_gives_the_reason_of_what_was_not_drawn() -> None:
    seldom = recipe({"op": "invert", "probability": 0.25}, {"op": "cut_mix", "probability": 0.25})
    found = {row: reasons(seldom, row) for row in ALL}
    for row in ALL:
        happened = {stage.step for stage in walked(seldom, row).stages}
        assert set(found[row]) == {"invert", "cut_mix"} - happened
        assert set(found[row].values()) <= {
            "It has a probability of 25%, and was not drawn this time."
        }
    assert len({frozenset(one) for one in found.values()}) >= 3


def test_distinguishes_a_probability_from_the_choice_of_a_policy() -> None:
    either = recipe(
        {
            "op": "one_of",
            "steps": [
                {"op": "invert", "probability": 0.5},
                {"op": "solarize", "enabled": False},
                {"op": "grayscale"},
            ],
        }
    )
    seen = set()
    for row in ALL:
        found = reasons(either, row)
        assert found.pop("solarize") == "It is switched off."
        seen.add(tuple(found.items()))
    not_drawn = ("invert", "It has a probability of 50%, and was not drawn this time.")
    not_picked = "It was not picked this time."
    assert seen == {
        (("invert", not_picked),),
        (("grayscale", not_picked),),
        (not_drawn, ("grayscale", not_picked)),
    }


def test_a_policy_that_drew_nothing() -> None:
    never = recipe({"op": "rand_augment", "rate": 0.0}, {"op": "one_of", "steps": []})
    assert reasons(never, row=0) == {
        "rand_augment": "It drew none of its ops this time.",
        "one_of": "It holds no steps.",
    }


def test_a_picture_that_is_alone() -> None:
    alone = "It needs a second picture, and this one is alone."
    assert reasons(RECIPES["guide"], row=0, count=1)["mix_up"] == alone
    walk = walked(recipe({"op": "one_of", "steps": [{"op": "cut_mix"}]}), row=0, count=1)
    assert [one.reason for one in walk.skipped] == [alone]
    assert walk.row.notes
    assert len(walk.stages) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_every_step_happened_or_has_a_reason(name: str) -> None:
    for row in ALL:
        walk = walked(RECIPES[name], row)
        mentioned = {stage.step for stage in walk.stages} | {one.step for one in walk.skipped}
        for step in RECIPES[name].steps:
            below = {one.id for one in augment.Recipe(steps=(step,)).walk()}
            assert mentioned & below, step.id
        for one in walk.skipped:
            assert one.op in registry()
            assert one.reason.endswith(".")


def test_there_are_never_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    many = recipe(*({"op": "invert"} for _ in range(6)), {"op": "rotate"}, {"op": "solarize"})
    every = walked(many, 2)
    monkeypatch.setattr(stages, "MAX_STAGES", 4)
    few = walked(many, 2)
    assert [stage.step for stage in few.stages] == ["", "invert", "invert_2", "solarize"]
    assert few.left_out == 5
    for one, other in zip(few.stages, [*every.stages[:3], every.stages[-1]], strict=True):
        np.testing.assert_array_equal(one.image, other.image)
