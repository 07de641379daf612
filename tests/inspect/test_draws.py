"""One picture over many epochs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import augment
from augment import inspect
from augment.inspect import draws
from tests.inspect.looked import RECIPES, SEED, batch, recipe, when, whole


def spread(name: str, row: int, epoch: int = 3, count: int = 5) -> inspect.Spread:
    return inspect.spread(RECIPES[name], batch(), **when(row, epoch), count=count)


@pytest.mark.parametrize("name", RECIPES)
def test_each_is_the_row_of_the_batch_in_its_epoch(name: str) -> None:
    samples = batch()
    for row in (0, 7, 11):
        found = spread(name, row)
        assert len(found.rows) == 5
        for number, epoch in enumerate(range(3, 8)):
            np.testing.assert_array_equal(found.images[number], whole(name, epoch).images[row])
            np.testing.assert_array_equal(found.labels[number], whole(name, epoch).labels[row])
            plan = augment.draw(
                RECIPES[name], samples.ids, seed=SEED, epoch=epoch, labels=samples.labels
            )
            assert found.rows[number] == plan.rows[row]


@pytest.mark.parametrize("name", ["guide", "rand_augment"])
def test_the_mean_and_the_deviation(name: str) -> None:
    found = spread(name, 4, count=25)
    exact = found.images.astype(np.float64)
    np.testing.assert_array_equal(found.mean, np.rint(exact.mean(axis=0)).astype(np.uint8))
    deviation = np.sqrt(exact.var(axis=0).mean(axis=2))
    np.testing.assert_allclose(found.deviation, deviation, rtol=1e-6, atol=1e-6)
    assert found.deviation.dtype == np.float32
    assert found.deviation.shape == found.images.shape[1:3]
    original = batch().images[4].astype(np.float64)
    assert found.mean_change == pytest.approx(np.abs(exact - original).mean())
    assert found.moved == pytest.approx((deviation >= draws.MOVED).mean())
    same = (exact == original).all(axis=(1, 2, 3)).mean()
    assert found.untouched == pytest.approx(same)
    assert (same > 0) == (name == "rand_augment"), "the guide always mixes"


def test_black_half_of_the_time_and_white_the_other() -> None:
    black = batch(images=np.zeros_like(batch().images))
    sometimes = recipe({"op": "invert", "probability": 0.5})
    found = inspect.spread(sometimes, black, **when(1), count=25)
    inverted = np.mean([bool(row.ops) for row in found.rows])
    assert 0.2 < inverted < 0.8
    assert found.untouched == pytest.approx(1.0 - inverted)
    assert found.mean_change == pytest.approx(255.0 * inverted)
    np.testing.assert_allclose(
        found.deviation, 255.0 * np.sqrt(inverted * (1 - inverted)), rtol=1e-6
    )
    assert (found.mean == round(255.0 * inverted)).all()
    assert found.moved == 1.0
    assert (found.deviation_picture == inspect.RAMP[255]).all()


@pytest.mark.parametrize("name", ["nothing", "guide"])
def test_one_draw_deviates_from_nothing(name: str) -> None:
    found = spread(name, 2, count=1)
    np.testing.assert_array_equal(found.mean, whole(name).images[2])
    assert not found.deviation.any()
    assert (found.deviation_picture == inspect.RAMP[0]).all()


def test_nothing_changes_nothing() -> None:
    found = spread("nothing", 3)
    assert (found.mean_change, found.moved, found.untouched) == (0.0, 0.0, 1.0)
    np.testing.assert_array_equal(found.mean, batch().images[3])


def test_a_stronger_recipe_goes_further() -> None:
    def strong(magnitude: float) -> inspect.Spread:
        step = {"op": "rand_augment", "magnitude": magnitude, "magnitude_stddev": 0.0}
        return inspect.spread(recipe(step), batch(), **when(5))

    none, weak, full = strong(0.0), strong(0.1), strong(1.0)
    assert none.untouched == 1.0
    assert weak.mean_change < full.mean_change
    assert weak.deviation.mean() < full.deviation.mean()


def test_the_ramp_is_one_hue_and_even_in_lightness() -> None:
    lab = cv2.cvtColor(inspect.RAMP[None].astype(np.float32) / 255.0, cv2.COLOR_RGB2Lab)[0]
    steps = np.diff(lab[:, 0])
    assert (steps > 0).all()
    np.testing.assert_allclose(steps, 90 / 255, atol=0.35)
    coloured = lab[np.hypot(lab[:, 1], lab[:, 2]) > 20]
    assert len(coloured) > 128
    assert np.ptp(np.degrees(np.arctan2(coloured[:, 2], coloured[:, 1]))) < 20


def test_the_scale_is_fixed() -> None:
    levels = np.array([0.0, inspect.FULL_SCALE / 2, inspect.FULL_SCALE, 127.5], np.float32)
    np.testing.assert_array_equal(
        draws.coloured(levels), inspect.RAMP[[0, 128, 255, 255]].reshape(4, 3)
    )


def test_a_count_below_one() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        spread("nothing", 0, count=0)


@pytest.mark.parametrize("count", [1, 2])
def test_in_small_batches(count: int) -> None:
    found = inspect.spread(RECIPES["guide"], batch(count), **when(0), count=4)
    for number in range(4):
        expected = whole("guide", 3 + number, count)
        np.testing.assert_array_equal(found.images[number], expected.images[0])
        np.testing.assert_array_equal(found.labels[number], expected.labels[0])


def test_pictures_of_32_px() -> None:
    small = batch(images=np.stack([cv2.resize(image, (32, 32)) for image in batch().images]))
    for name in ("guide", "nested", "mixes"):
        found = inspect.spread(RECIPES[name], small, **when(6), count=3)
        walk = inspect.walk(RECIPES[name], small, **when(6))
        for number in range(3):
            expected = augment.apply(
                RECIPES[name],
                small.images,
                small.labels,
                ids=small.ids,
                seed=SEED,
                epoch=3 + number,
            )
            np.testing.assert_array_equal(found.images[number], expected.images[6])
        np.testing.assert_array_equal(walk.stages[-1].image, found.images[0])
