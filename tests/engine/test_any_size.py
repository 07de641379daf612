"""Everything works from 1 to 4,096 px, square or not, and in batches from 1 to 1,024."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import augment
from tests import contract

OPS = augment.registry()
MIXES = [name for name, op in OPS.items() if op.mixes]
TINY = [(1, 1), (1, 2), (1, 9), (9, 1), (2, 2), (2, 3), (3, 1), (7, 1), (1, 500), (2, 100)]
SMALL = [(8, 8), (8, 13)]
LONG = [(8, 4096), (4096, 8), (13, 4096)]
LARGE = (4096, 4096)
CLASSES = 3


@functools.lru_cache(maxsize=1)
def pictures(count: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Return smooth pictures with some noise, read-only."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(20, 236, (count, 8, 8, 3), dtype=np.uint8)
    smooth = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in coarse]
    noisy = np.stack(smooth)
    noisy[:, ::3, ::5] ^= np.uint8(9)
    noisy.flags.writeable = False
    return noisy


def always(name: str) -> augment.Recipe:
    """Return a recipe in which the op happens to every picture."""
    settings: dict[str, Any] = {"rate": 1.0} if "rate" in OPS[name].params else {}
    return contract.recipe_of(name, **settings)


def check(recipe: augment.Recipe, count: int, height: int, width: int, epoch: int = 0) -> Any:
    """Apply a recipe to a batch of one size; return what was drawn."""
    images = pictures(count, height, width)
    labels = np.eye(CLASSES, dtype=np.float32)[np.arange(count) % CLASSES]
    plan = augment.draw(recipe, np.arange(count), seed=7, epoch=epoch, labels=labels)
    batch = augment.render(plan, images, labels)
    assert batch.images.shape == images.shape
    assert batch.images.dtype == np.uint8
    assert batch.labels is not None
    np.testing.assert_allclose(batch.labels.sum(axis=1), 1.0, atol=1e-6)
    return plan, batch


def at(name: str, size: tuple[int, int], epoch: int = 0) -> None:
    """Have the op happen to one picture of that size; a mix needs a second one."""
    plan, batch = check(always(name), 2 if name in MIXES else 1, *size, epoch)
    assert all(row.ops for row in plan.rows), "the op happened"
    again = augment.render(plan, pictures(len(plan.rows), *size), threads=2)
    np.testing.assert_array_equal(again.images, batch.images)


@pytest.mark.parametrize("size", SMALL, ids=str)
@pytest.mark.parametrize("name", OPS)
def test_small(name: str, size: tuple[int, int]) -> None:
    for epoch in range(25):
        at(name, size, epoch)


@pytest.mark.parametrize("size", TINY, ids=str)
@pytest.mark.parametrize("name", OPS)
@pytest.mark.filterwarnings("error")
def test_tiny(name: str, size: tuple[int, int]) -> None:
    """No level that was not there comes out of a spatial op."""
    for epoch in range(10):
        at(name, size, epoch)
        _, batch = check(always(name), 2, *size, epoch)
        images = pictures(2, *size)
        if OPS[name].group == "spatial":
            assert images.min() <= batch.images.min()
            assert batch.images.max() <= images.max()


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.group == "spatial"])
def test_no_spatial_op_changes_a_single_pixel(name: str) -> None:
    """Beyond its border lies the pixel itself."""
    for epoch in range(20):
        _, batch = check(always(name), 1, 1, 1, epoch)
        np.testing.assert_array_equal(batch.images, pictures(1, 1, 1))


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.smallest_px > 1])
def test_what_is_too_small_for_an_op_stays_as_it_is_and_the_plan_says_so(name: str) -> None:
    smallest = OPS[name].smallest_px
    recipe, labels = always(name), np.eye(2, dtype=np.float32)
    for size in ((smallest - 1, 9), (9, smallest - 1)):
        for epoch in range(20):
            plan, batch = check(recipe, 2, *size, epoch)
            np.testing.assert_array_equal(batch.images, pictures(2, *size))
            np.testing.assert_array_equal(batch.labels, np.eye(CLASSES)[[0, 1]])
            noted = augment.draw(recipe, [0, 1], seed=7, epoch=epoch, labels=labels, size=size)
            assert [row.ops for row in noted.rows] == [row.ops for row in plan.rows]
            for row in noted.rows:
                assert row.notes == (
                    f"{OPS[name].title} changes nothing: it needs a picture of at least {smallest} x "
                    f"{smallest} pixels, and this one has {size[1]} x {size[0]}.",
                )
    large = augment.draw(recipe, [0, 1], seed=7, labels=labels, size=(smallest, smallest))
    assert not any(row.notes for row in large.rows)
    assert any(
        (check(recipe, 2, 2, 9, epoch)[1].images != pictures(2, 2, 9)).any() for epoch in range(20)
    )


@pytest.mark.parametrize("size", LONG, ids=str)
@pytest.mark.parametrize("name", OPS)
def test_long(name: str, size: tuple[int, int]) -> None:
    for epoch in range(3):
        at(name, size, epoch)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPS)
def test_large(name: str) -> None:
    check(always(name), 2 if name in MIXES else 1, *LARGE)


@pytest.mark.parametrize("count", [1, 2, 1024])
@pytest.mark.parametrize("name", augment.presets.PRESETS)
def test_presets_in_batches(name: str, count: int) -> None:
    plan, _ = check(augment.presets.PRESETS[name].recipe, count, 8, 8)
    assert len(plan.rows) == count


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3)], ids=str)
@pytest.mark.parametrize("name", augment.presets.PRESETS)
@pytest.mark.filterwarnings("error")
def test_presets_of_tiny_pictures(name: str, size: tuple[int, int]) -> None:
    for epoch in range(5):
        check(augment.presets.PRESETS[name].recipe, 5, *size, epoch)


@pytest.mark.parametrize("name", MIXES)
def test_a_mix_leaves_a_picture_that_is_alone_as_it_is_and_adds_a_note(name: str) -> None:
    plan, batch = check(contract.recipe_of(name), 1, 8, 8)
    assert plan.rows[0].ops == ()
    assert "alone in its batch" in "".join(plan.rows[0].notes)
    np.testing.assert_array_equal(batch.images, pictures(1, 8, 8))
    np.testing.assert_array_equal(batch.labels, [[1.0, 0.0, 0.0]])
