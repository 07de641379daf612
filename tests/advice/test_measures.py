"""A flower that is darker, paler or a negative keeps its information; one that is blown out does not.

How much of each picture is left: known for many recipes without looking.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

import augment
from augment.advice import Measured, probe
from augment.advice.measures import coarse, colour_left, information
from augment.advice.pictures import BITS_LEFT
from tests.advice.given import flowers, recipe


def shares(change: Any, side: int = 96) -> np.ndarray:
    """Return which shares of their bits the photographs keep under a change of their levels."""
    found = []
    for image in flowers(side).images:
        changed = np.clip(np.rint(change(image.astype(np.float64))), 0, 255).astype(np.uint8)
        bits, left = information(*coarse(image, changed))
        assert 0.0 <= left <= bits
        found.append(left / bits)
    return np.array(found)


def paler(image: np.ndarray) -> np.ndarray:
    return 128 + 0.3 * (image - 128)


def blurred(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), 0.1 * len(image))


def noisy(image: np.ndarray) -> np.ndarray:
    return image + 80 * np.random.default_rng(5).standard_normal(image.shape)


@pytest.mark.parametrize("side", [32, 96])
@pytest.mark.parametrize(
    "harmless",
    [
        lambda image: image,
        lambda image: 255 - image,
        lambda image: 0.4 * image,
        lambda image: image + 51,
        lambda image: 255 * (image / 255) ** 2,
        lambda image: image // 16 * 16,
        paler,
    ],
)
def test_a_harmless_change_leaves_most(harmless: Any, side: int) -> None:
    assert np.median(shares(harmless, side)) > 0.6
    assert (shares(harmless, side) > BITS_LEFT).mean() > 0.8


@pytest.mark.parametrize(
    "destroying",
    [
        lambda image: image + 230,
        lambda image: image - 230,
        lambda image: 0.01 * image,
        lambda image: 128 + 0.01 * (image - 128),
        lambda image: np.zeros_like(image),
    ],
)
def test_a_destroying_change_leaves_little(destroying: Any) -> None:
    assert (shares(destroying) < BITS_LEFT).mean() > 0.8


def test_blur_and_noise_take_from_it() -> None:
    assert np.median(shares(blurred)) < 0.5
    assert np.median(shares(noisy, side=32)) < 0.5


def test_a_picture_has_all_information_on_itself_and_none_on_noise() -> None:
    levels = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (32, 1))
    picture = np.stack([levels] * 3, axis=2)
    bits, left = information(*coarse(picture, picture))
    assert bits == pytest.approx(3.0)
    assert left == pytest.approx(3.0, abs=0.05)
    random = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    assert information(*coarse(picture, random))[1] == pytest.approx(0.0, abs=0.02)


def test_one_level_has_no_information() -> None:
    flat = np.full((8, 8, 3), 77, np.uint8)
    assert information(*coarse(flat, flat)) == (0.0, 0.0)


def test_what_chance_does_on_few_pixels_is_taken_off() -> None:
    rng = np.random.default_rng(3)
    pairs = rng.integers(0, 256, (200, 2, 8, 8, 3), np.uint8)
    left = [information(*coarse(*pair))[1] for pair in pairs]
    assert np.mean(left) < 0.2


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((200, 60, 60), 1.0),
        ((130, 60, 60), 0.5),
        ((107, 107, 107), 0.0),
        ((60, 200, 200), -1.0),
        ((60, 200, 60), -0.5),
    ],
)
def test_the_colour_left(colour: tuple[int, ...], expected: float) -> None:
    red = np.full((16, 16, 3), (200, 60, 60), np.float32)
    assert colour_left(red, np.full_like(red, colour)) == pytest.approx(expected, abs=0.01)


def test_colour_that_fades_with_the_contrast_is_not_lost() -> None:
    for image in flowers().images:
        darker = (0.2 * image).astype(np.uint8)
        grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
        for changed, low, high in ((darker, 0.7, 1.3), (grey, -0.05, 0.05)):
            found = colour_left(*coarse(image, changed))
            assert math.isnan(found) or low < found < high


def test_what_has_no_colour_cannot_lose_it() -> None:
    grey = np.full((16, 16, 3), (100, 104, 100), np.float32)
    assert math.isnan(colour_left(grey, 255 - grey))


def measured(*steps: dict[str, Any] | str, side: int = 96, rows: int = 9) -> Measured:
    given = flowers(side)
    return probe(recipe(*steps), given.take(np.arange(rows)), seed=3)


def fixed(op: str, **settings: Any) -> dict[str, Any]:
    return {"op": op, **settings}


ERASED = {"area_min_factor": 0.5, "area_factor": 0.5, "aspect_ratio_factor": 1.0}
GRID = {"ratio_min_factor": 0.5, "ratio_factor": 0.5, "rotation_factor": 0.0}
HARMLESS = [
    fixed("flip", rate=1.0, mode="horizontal_and_vertical"),
    fixed("rotate", factor=0.02),
    fixed("invert"),
    fixed("grayscale"),
    fixed("hue", factor=0.5),
    fixed("equalize"),
    fixed("auto_contrast"),
    fixed("solarize"),
    fixed("posterize", bits=4),
    fixed("brightness", factor=0.1),
    fixed("gaussian_blur", factor=0.02),
    fixed("gaussian_noise"),
    fixed("jpeg_quality"),
    fixed("contrast", factor=0.3),
    fixed("elastic", displacement_factor=0.01),
]


@pytest.mark.parametrize("step", HARMLESS, ids=lambda step: step["op"])
def test_what_only_changes_a_picture_loses_nothing(step: dict[str, Any]) -> None:
    found = measured(step)
    assert (found.lost < 0.1).all()
    assert (found.lost >= 0.0).all()
    assert (found.own == 1.0).all()
    assert (found.largest == 1.0).all()


def test_nothing_leaves_all() -> None:
    found = measured()
    assert (found.lost == 0.0).all()
    assert (found.bits_left == found.bits).all()
    assert np.isnan(found.colour).all()


@pytest.mark.parametrize("side", [8, 32, 96, 224])
@pytest.mark.parametrize("fill", ["noise", "constant"])
def test_what_is_erased_is_lost(fill: str, side: int) -> None:
    lost = measured(fixed("random_erasing", fill=fill, **ERASED), side=side).lost
    np.testing.assert_allclose(lost, 0.5, atol=0.3 if side == 8 else 0.06)


@pytest.mark.parametrize(("mode", "share"), [("drop_squares", 0.25), ("keep_squares", 0.75)])
def test_what_a_grid_blanks_is_lost(mode: str, share: float) -> None:
    lost = measured(fixed("grid_mask", mode=mode, **GRID), side=224).lost
    assert lost.mean() == pytest.approx(share, abs=0.08)


def test_what_is_blown_out_is_lost() -> None:
    lost = measured(fixed("brightness", factor=1.0)).lost
    given = flowers()
    plan = augment.draw(recipe(fixed("brightness", factor=1.0)), given.ids, seed=3)
    shift = np.array([row.ops[0].values["shift"] for row in plan.rows])
    assert (lost[np.abs(shift) > 0.95] > 0.8).all()
    assert (lost[np.abs(shift) < 0.2] < 0.2).all()
    assert np.ptp(np.abs(shift)) > 0.5


def test_what_is_moved_out_of_sight_is_lost_unless_it_comes_back_as_a_reflection() -> None:
    away = fixed("translate_x", width_factor=1.0, fill_mode="constant")
    given = flowers()
    plan = augment.draw(recipe(away), given.ids, seed=3)
    shift = np.array([abs(row.ops[0].values["shift"]) for row in plan.rows])
    np.testing.assert_allclose(measured(away).lost, shift, atol=0.04)
    assert (measured({**away, "fill_mode": "reflect"}).lost <= np.minimum(shift, 0.5) + 0.04).all()


@pytest.mark.parametrize(
    "step",
    [
        fixed("elastic", displacement_factor=0.1),
        fixed("perspective", factor=0.15),
        fixed("rotate", factor=0.5),
        fixed("translate_y", height_factor=0.8),
    ],
    ids=lambda step: step["op"],
)
def test_a_flower_that_is_moved_or_bent_is_the_same_flower(step: dict[str, Any]) -> None:
    found = measured(step)
    assert (found.bits_left > 0.6 * found.bits).all()
    assert (found.colour[~np.isnan(found.colour)] > 0.8).all()


def test_what_is_cropped_away_is_lost() -> None:
    crop = fixed("random_resized_crop", crop_area_factor=0.1)
    given = flowers()
    plan = augment.draw(recipe(crop), given.ids, seed=3)
    area = np.array([row.ops[0].values["area"] for row in plan.rows])
    np.testing.assert_allclose(measured(crop).lost, 1.0 - area, atol=0.06)


def test_losses_add_up_in_either_order() -> None:
    crop = fixed("random_resized_crop", crop_area_factor=0.3)
    erase = fixed("random_erasing", **ERASED)
    alone = measured(crop).lost, measured(erase).lost
    for steps in ((crop, erase), (erase, crop)):
        both = measured(*steps).lost
        assert (both > np.maximum(*alone) - 0.06).all()
        assert both.mean() > max(part.mean() for part in alone) + 0.1


def test_mixing_loses_nothing_but_shares() -> None:
    for name in ("cut_mix", "mix_up", "puzzle_mix"):
        found = measured(name)
        assert (found.lost == 0.0).all()
        assert (found.bits_left == found.bits).all()
        assert found.own.min() < 0.9
        np.testing.assert_allclose(found.largest, np.maximum(found.own, 1 - found.own), atol=1e-6)


def test_the_shares_are_those_of_the_label() -> None:
    steps = ("cut_mix", fixed("mix_up", alpha=1.0))
    given = flowers()
    batch = augment.apply(recipe(*steps), given.images, given.labels, ids=given.ids, seed=3)
    assert batch.labels is not None
    found = measured(*steps)
    np.testing.assert_allclose(found.own, np.diagonal(batch.labels), atol=0.04)
    np.testing.assert_allclose(found.largest, batch.labels.max(axis=1), atol=0.04)
    assert found.largest.min() < 0.5


def test_only_the_pictures_it_happens_to_are_touched() -> None:
    found = measured(fixed("random_erasing", probability=0.5, **ERASED))
    plan = augment.draw(
        recipe(fixed("random_erasing", probability=0.5, **ERASED)), flowers().ids, seed=3
    )
    happens = np.array([bool(row.ops) for row in plan.rows])
    assert 0 < happens.sum() < 9
    assert ((found.lost > 0.3) == happens).all()
    classes = measured(fixed("random_erasing", classes=[2, 4], **ERASED))
    assert np.flatnonzero(classes.lost > 0.3).tolist() == [2, 4]


def test_a_step_has_the_same_draws_alone_and_in_the_recipe() -> None:
    erase = fixed("random_erasing", **ERASED)
    np.testing.assert_array_equal(measured(erase).lost, measured("equalize", erase, "mix_up").lost)


def test_a_policy_counts_like_its_children() -> None:
    inside = fixed("one_of", steps=[fixed("random_erasing", **ERASED)])
    np.testing.assert_allclose(measured(inside).lost, 0.5, atol=0.06)
    assert (measured(fixed("aug_mix", severity=0.2)).lost < 0.1).all()


@pytest.mark.parametrize("name", augment.registry())
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8), (2, 9, 31), (2, 100, 3)])
def test_any_op_on_any_picture(name: str, shape: tuple[int, int, int]) -> None:
    images = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    before = images.copy()
    children = {"steps": [{"op": "cut_mix"}]} if augment.registry()[name].takes_steps else {}
    found = probe(
        recipe({"op": name, **children}),
        augment.Samples.of_arrays(images, np.eye(shape[0], dtype=np.float32)),
        seed=1,
    )
    np.testing.assert_array_equal(images, before)
    for part in (found.lost, found.own, found.largest):
        assert part.shape == shape[:1]
        assert ((part >= 0.0) & (part <= 1.0 + 1e-6)).all()
    assert ((found.bits_left >= 0.0) & (found.bits_left <= found.bits)).all()
