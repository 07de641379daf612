from __future__ import annotations

import numpy as np
import pytest

import augment
from augment import Recipe
from tests import contract

GUIDE = augment.presets.PRESETS["guide"].recipe


def test_a_mix_takes_its_partner_as_it_is_then() -> None:
    """What comes before the mix has happened to the partner too; what comes after has not."""
    recipe = Recipe.from_dict(
        {
            "version": 1,
            "steps": [
                {"op": "brightness", "id": "b", "classes": [1]},
                {"op": "mix_up", "id": "m"},
                {"op": "grayscale", "id": "g", "classes": [0]},
            ],
        }
    )
    images, labels = contract.pictures()[:2], np.eye(2, dtype=np.float32)
    plan = augment.draw(recipe, [1, 2], seed=3, labels=labels)
    before = Recipe(steps=recipe.steps[:1])
    brightened = augment.apply(before, images, labels, ids=[1, 2], seed=3).images[1]
    share = plan.rows[0].ops[0].values["share"]
    blend = np.rint(share * images[0].astype(float) + (1 - share) * brightened)
    grey = np.rint(blend @ [0.299, 0.587, 0.114])
    rendered = augment.render(plan, images, labels)
    assert np.abs(rendered.images[0] - grey[..., None]).max() <= 1
    assert rendered.labels is not None
    np.testing.assert_allclose(rendered.labels[0], [share, 1 - share], atol=1e-6)


def test_labels_through_two_mixes() -> None:
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "mix_up"}, {"op": "cut_mix"}]})
    ids, images = np.arange(3), np.zeros((3, 16, 16, 3), np.uint8)
    images[np.arange(3), :, :, np.arange(3)] = 255
    for epoch in range(20):
        labels = np.eye(3, dtype=np.float32)
        batch = augment.apply(recipe, images, labels, ids=ids, seed=1, epoch=epoch)
        colours = batch.images.mean(axis=(1, 2)) / 255.0
        assert batch.labels is not None
        np.testing.assert_allclose(batch.labels, colours, atol=0.5 / 255 + 1e-6)


def test_pictures_without_labels() -> None:
    plan = augment.draw(GUIDE, contract.IDS, seed=7, epoch=3)
    batch = augment.render(plan, contract.pictures())
    assert batch.labels is None
    np.testing.assert_array_equal(batch.images, contract.applied(GUIDE).images)


def test_a_batch_that_is_not_contiguous() -> None:
    wide = np.repeat(contract.pictures(), 2, axis=2)[:, :, ::2]
    plan = augment.draw(GUIDE, contract.IDS, seed=7)
    np.testing.assert_array_equal(
        augment.render(plan, wide).images, augment.render(plan, contract.pictures()).images
    )


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((12, 8, 8, 3), np.float32), "uint8"),
        (np.zeros((12, 8, 8, 1), np.uint8), "shape"),
        (np.zeros((8, 8, 3), np.uint8), "shape"),
        (np.zeros((11, 8, 8, 3), np.uint8), "12 rows"),
    ],
)
def test_wrong_images(images: np.ndarray, words: str) -> None:
    plan = augment.draw(GUIDE, contract.IDS, seed=7)
    with pytest.raises(ValueError, match=words):
        augment.render(plan, images)


def test_wrong_labels() -> None:
    plan = augment.draw(GUIDE, contract.IDS, seed=7)
    with pytest.raises(ValueError, match="labels"):
        augment.render(plan, contract.pictures(), np.zeros(12))
