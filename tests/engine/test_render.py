from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import augment
from augment import Recipe
from tests import contract

pytestmark = pytest.mark.usefixtures("either_way")

GUIDE = augment.presets.PRESETS["guide"].recipe
# Many runs of ops that cannot be joined, before a mix and after it, so that scratch arrays are used.
LONG = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "shear_x"},
            {"op": "gaussian_blur"},
            {"op": "solarize"},
            {"op": "cutout"},
            {"op": "mix_up"},
            {"op": "rotate"},
            {"op": "gaussian_noise"},
            {"op": "flip"},
            {"op": "grid_mask"},
        ],
    }
)


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


def test_nothing_gives_the_pictures_in_an_array_of_their_own() -> None:
    images, labels = contract.pictures(), contract.one_hot()
    before = augment.render(augment.draw(GUIDE, contract.IDS, seed=7), images)  # leaves its array
    del before
    batch = augment.render(augment.draw(Recipe(), contract.IDS, seed=7), images, labels)
    np.testing.assert_array_equal(batch.images, images)
    np.testing.assert_array_equal(batch.labels, labels)
    assert not np.shares_memory(batch.images, images)


def test_pictures_without_labels() -> None:
    plan = augment.draw(GUIDE, contract.IDS, seed=7, epoch=3)
    batch = augment.render(plan, contract.pictures())
    assert batch.labels is None
    np.testing.assert_array_equal(batch.images, contract.applied(GUIDE).images)


def many_pictures(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ``count`` pictures, no two the same, and their labels."""
    images = np.concatenate([contract.pictures(seed) for seed in range(-(-count // 12))])[:count]
    return images, np.eye(5, dtype=np.float32)[np.arange(count) % 5]


@pytest.mark.parametrize("count", [17, 32, 75])
@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_share_more_than_one_block_without_a_trace(count: int, threads: int) -> None:
    images, labels = many_pictures(count)
    for epoch in range(5):
        plan = augment.draw(LONG, np.arange(count), seed=7, epoch=epoch, labels=labels)
        one = augment.render(plan, images, labels)
        many = augment.render(plan, images, labels, threads=threads)
        np.testing.assert_array_equal(many.images, one.images)
        np.testing.assert_array_equal(many.labels, one.labels)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_picture_beyond_the_first_block_gets_what_it_gets_alone(threads: int) -> None:
    images, _ = many_pictures(39)
    recipe = Recipe(steps=tuple(step for step in LONG.steps if step.op != "mix_up"))
    plan = augment.draw(recipe, np.arange(39), seed=7)
    whole = augment.render(plan, images, threads=threads).images
    for row in range(39):
        alone = augment.Plan(seed=7, rows=plan.rows[row : row + 1])
        np.testing.assert_array_equal(
            augment.render(alone, images[row : row + 1]).images[0], whole[row]
        )


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


def steps_of(*names: str) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": [{"op": name} for name in names]})


PARTS = [(), ("invert",), ("mix_up",), ("invert", "mix_up"), ("invert", "mix_up", "grayscale")]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("names", PARTS, ids=len)
def test_the_pictures_go_where_the_caller_wants_them(names: tuple[str, ...], threads: int) -> None:
    """However many parts a plan has, of which the last is written there."""
    recipe, images = steps_of(*names), contract.pictures()
    out = np.full_like(images, 99)
    for epoch in range(3):
        expected = augment.apply(recipe, images, ids=contract.IDS, seed=7, epoch=epoch)
        batch = augment.apply(
            recipe, images, ids=contract.IDS, seed=7, epoch=epoch, threads=threads, out=out
        )
        assert batch.images is out
        np.testing.assert_array_equal(out, expected.images)
    np.testing.assert_array_equal(images, contract.pictures())


def unwritable(images: np.ndarray) -> np.ndarray:
    images.flags.writeable = False
    return images


@pytest.mark.parametrize(
    "out_for",
    [
        lambda images: images,
        lambda images: images[::-1],
        lambda images: images[:1],
        lambda images: np.empty(images.shape, np.int8),
        lambda images: np.empty((*images.shape[:3], 6), np.uint8)[..., ::2],
        lambda images: unwritable(np.empty_like(images)),
    ],
    ids=["the images", "a view of them", "fewer", "signed", "not contiguous", "not writable"],
)
def test_where_the_pictures_cannot_go(out_for: Callable[[np.ndarray], np.ndarray]) -> None:
    images = contract.pictures()
    plan = augment.draw(GUIDE, contract.IDS, seed=7)
    with pytest.raises(
        ValueError, match=r"out is .* must be writable, C-contiguous uint8 of shape \("
    ):
        augment.render(plan, images, out=out_for(images))


def test_an_array_that_begins_where_the_images_end() -> None:
    both = np.concatenate([contract.pictures()] * 2)
    images, out = np.split(both, 2)
    plan = augment.draw(GUIDE, contract.IDS, seed=7)
    augment.render(plan, images, out=out)
    np.testing.assert_array_equal(images, contract.pictures())
    with pytest.raises(ValueError, match="apart from the images in memory"):
        augment.render(plan, images, out=both[1 : len(images) + 1])


@pytest.mark.parametrize("names", PARTS, ids=len)
def test_a_batch_outlives_the_next(names: tuple[str, ...]) -> None:
    recipe = steps_of(*names)
    first = contract.applied(recipe, epoch=1).images
    copy = first.copy()
    for epoch in range(2, 9):
        assert not np.shares_memory(contract.applied(recipe, epoch=epoch).images, first)
    np.testing.assert_array_equal(first, copy)
