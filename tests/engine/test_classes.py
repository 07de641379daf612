"""Steps for chosen classes: decided by the sample's own label, whatever happened to its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import augment
from augment import Recipe, RecipeError
from tests.ops.reference import assert_equally_often, assert_rate, batch_of

IDS = np.arange(3000)
OWN = IDS % 3
LABELS = np.eye(3, dtype=np.float32)[OWN]


def recipe_of(*steps: dict[str, Any]) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": list(steps)})


def names_of(*steps: dict[str, Any], labels: Any = LABELS, **options: Any) -> list[list[str]]:
    """Return what happens to each sample."""
    plan = augment.draw(recipe_of(*steps), IDS, **{"seed": 7, "labels": labels, **options})
    return [[applied.op for applied in row.ops] for row in plan.rows]


def is_grey(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (images == images[..., :1]).all(axis=(1, 2, 3))


def test_rows_of_other_classes_have_no_such_op_in_the_plan() -> None:
    happens = names_of({"op": "mix_up"}, {"op": "grayscale", "classes": [0, 2]})
    for own, names in zip(OWN, happens, strict=True):
        assert names == (["mix_up", "grayscale"] if own in (0, 2) else ["mix_up"])


def test_classes_need_labels() -> None:
    with pytest.raises(RecipeError, match="labels are needed"):
        names_of({"op": "grayscale", "classes": [0]}, labels=None)


@pytest.mark.parametrize("mixing", ["cut_mix", "mix_up", "puzzle_mix"])
def test_exact_after_mixing(mixing: str) -> None:
    """Also where the mixed label is mostly the partner's, and after two mixes."""
    ids = np.arange(96)
    own = ids % 3
    recipe = recipe_of(
        {"op": mixing, "alpha": 0.5},
        {"op": mixing, "alpha": 5.0},
        {"op": "grayscale", "classes": [1]},
    )
    images, labels = batch_of(96, 40, 56), np.eye(3, dtype=np.float32)[own]
    batch = augment.apply(recipe, images, labels, ids=ids, seed=3)
    assert batch.labels is not None
    np.testing.assert_array_equal(is_grey(batch.images), own == 1)
    of_another = batch.labels.argmax(axis=1) != own
    assert np.sum(of_another & (own == 1)) > 2, "some have become mostly another class's picture"
    assert np.sum(of_another & (batch.labels.argmax(axis=1) == 1)) > 2


def test_what_came_before_the_mix_comes_with_the_partner() -> None:
    """The partner is greyed as its own class asks; the picture it goes into is not."""
    recipe = recipe_of({"op": "grayscale", "classes": [1]}, {"op": "cut_mix"})
    ids = np.arange(24)
    own = ids % 2
    images = np.zeros((24, 20, 20, 3), np.uint8) + np.array((200, 10, 10), np.uint8)
    batch = augment.apply(recipe, images, np.eye(2, dtype=np.float32)[own], ids=ids, seed=3)
    assert batch.labels is not None
    grey = (batch.images == batch.images[..., :1]).all(axis=3).mean(axis=(1, 2))
    np.testing.assert_allclose(grey, batch.labels[:, 1], atol=1e-6)


def test_a_mix_for_chosen_classes_takes_partners_of_any() -> None:
    plan = augment.draw(recipe_of({"op": "cut_mix", "classes": [2]}), IDS, seed=7, labels=LABELS)
    partners = [row.ops[0].partner for row in plan.rows if row.ops]
    assert [bool(row.ops) for row in plan.rows] == (OWN == 2).tolist()
    assert_equally_often(OWN[partners].tolist(), range(3))
    few = slice(0, 30)
    images = batch_of(30, 24, 24)
    recipe = recipe_of({"op": "mix_up", "alpha": 5.0, "classes": [2]})
    batch = augment.apply(recipe, images, LABELS[few], ids=IDS[few], seed=7)
    others = OWN[few] != 2
    np.testing.assert_array_equal(batch.images[others], images[others])
    np.testing.assert_array_equal(batch.labels[others], LABELS[few][others])
    assert (batch.images[~others] != images[~others]).any(axis=(1, 2, 3)).all()


def test_one_of_draws_among_what_the_sample_may_have() -> None:
    happens = names_of(
        {
            "op": "one_of",
            "steps": [
                {"op": "grayscale", "classes": [0]},
                {"op": "flip", "classes": [0, 1]},
                {"op": "equalize", "enabled": False},
                {"op": "shear_x", "classes": [0]},
            ],
        }
    )
    by_class = [happens[own::3] for own in range(3)]
    counts = [by_class[0].count([name]) for name in ("grayscale", "flip", "shear_x")]
    assert sum(counts) == 1000
    assert stats.chisquare(counts).pvalue > 1e-3
    assert by_class[1] == [["flip"]] * 1000
    assert by_class[2] == [[]] * 1000


def test_a_random_pipeline_draws_each_slot_among_what_the_sample_may_have() -> None:
    """A slot is not lost on a step that is for another class."""
    happens = names_of(
        {"op": "mix_up"},
        {
            "op": "random_pipeline",
            "augmentations_per_image": 3,
            "steps": [
                {"op": "grayscale", "classes": [0]},
                {"op": "flip", "classes": [0, 1]},
                {"op": "equalize", "classes": [2]},
            ],
        },
    )
    assert all(names[0] == "mix_up" and len(names) == 4 for names in happens)
    by_class = [[name for names in happens[own::3] for name in names[1:]] for own in range(3)]
    assert_equally_often(by_class[0], ["grayscale", "flip"])
    assert set(by_class[1]) == {"flip"}
    assert set(by_class[2]) == {"equalize"}


def test_a_policy_and_its_children_each_have_their_own() -> None:
    """A step needs the classes of its parents too."""
    inner = {
        "op": "one_of",
        "classes": [0, 1],
        "steps": [{"op": "grayscale", "classes": [1, 2]}, {"op": "rand_augment", "classes": [2]}],
    }
    happens = names_of({"op": "random_pipeline", "classes": [1, 2], "steps": [inner]})
    assert happens == [["grayscale"] if own == 1 else [] for own in OWN]


def test_a_policy_with_a_pool_for_chosen_classes() -> None:
    happens = names_of({"op": "rand_augment", "rate": 1.0, "magnitude": 0.9, "classes": [1]})
    assert [bool(names) for names in happens] == (OWN == 1).tolist()


def test_probability_counts_within_the_classes() -> None:
    happens = names_of({"op": "grayscale", "probability": 0.3, "classes": [0, 1]})
    happened = np.array([bool(names) for names in happens])
    assert not happened[OWN == 2].any()
    assert_rate(happened[OWN != 2], 0.3)


def test_the_classes_of_one_step_leave_all_else_alone() -> None:
    """Neither its own draws, where it happens, nor those of others change."""
    steps: list[dict[str, Any]] = [{"op": "shear_x"}, {"op": "solarize"}, {"op": "cut_mix"}]
    for_all = augment.draw(recipe_of(*steps), IDS, seed=7, labels=LABELS)
    steps[1]["classes"] = [1]
    for_one = augment.draw(recipe_of(*steps), IDS, seed=7, labels=LABELS)
    for own, every, some in zip(OWN, for_all.rows, for_one.rows, strict=True):
        assert some.ops == (every.ops if own == 1 else (every.ops[0], every.ops[2]))


def test_of_a_soft_label_the_largest_share_decides() -> None:
    soft = np.tile(np.array((0.3, 0.2, 0.5), np.float32), (len(IDS), 1))
    soft[::2] = (0.25, 0.4, 0.35)
    happens = names_of({"op": "grayscale", "classes": [1]}, labels=soft)
    assert happens == [["grayscale"] if sample % 2 == 0 else [] for sample in IDS]


def test_classes_by_name() -> None:
    text = '{"version": 1, "steps": [{"op": "grayscale", "classes": ["rose", "aster"]}]}'
    recipe = Recipe.from_json(text, class_names=["aster", "tulip", "rose"])
    rows = augment.draw(recipe, IDS, seed=7, labels=LABELS).rows
    assert [bool(row.ops) for row in rows] == np.isin(OWN, (0, 2)).tolist()
