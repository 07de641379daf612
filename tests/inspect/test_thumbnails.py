"""Thumbnails of what recipes do to one picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from augment import Recipe, registry
from augment.engine.samples import Samples
from augment.inspect import thumbnails
from augment.inspect.thumbnails import DRAWS, SIDE, Thumbnails
from augment.presets import PRESETS
from tests.ops.reference import photograph

PICTURES = np.stack(
    [cv2.resize(photograph(shape), (150, 150)) for shape in ("square", "wide", "tall")]
)
SAMPLES = Samples.of_arrays(PICTURES, [0, 1, 2], ids=[70, 80, 90])


def recipe(**step: object) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": [step]})


@pytest.fixture(scope="module")
def made() -> Thumbnails:
    return Thumbnails(SAMPLES, row=0)


@pytest.mark.parametrize("name", registry())
def test_the_thumbnail_of_every_op_shows_that_it_does_something(
    made: Thumbnails, name: str
) -> None:
    thumbnail = made.of_op(registry()[name])
    assert thumbnail.image.shape == (SIDE, SIDE, 3)
    difference = np.abs(thumbnail.image.astype(int) - made.original).mean()
    assert difference == pytest.approx(thumbnail.change)
    # Of sharpness, two levels are what full strength makes of a picture that has no noise.
    assert difference >= (1.0 if name == "sharpness" else 4.0)
    assert all(thumbnail.captions)
    assert thumbnail.captions


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_but_nothing_changes_the_picture(made: Thumbnails, name: str) -> None:
    assert (made.of(PRESETS[name].recipe).change > 5.0) == (name != "nothing")


def test_the_same_picture_has_the_same_thumbnails_whatever_its_id() -> None:
    again = Samples.of_arrays(PICTURES, [2, 1, 0], ids=[5, 6, 7])
    for name in ("rotate", "cut_mix", "rand_augment"):
        one, other = (Thumbnails(s, row=1).of_op(registry()[name]) for s in (SAMPLES, again))
        np.testing.assert_array_equal(one.image, other.image)
        assert one.captions == other.captions


def test_mixing_takes_the_next_picture_and_the_last_one_takes_the_first() -> None:
    """Where most of the picture is pasted, what is pasted has the bytes of the partner."""
    small = cv2.resize(PICTURES[0], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    pasted = Thumbnails(SAMPLES, row=2).of(recipe(op="cut_mix"))
    kept = Thumbnails(SAMPLES, row=2).original
    from_first, own = ((pasted.image == one).all(axis=2) for one in (small, kept))
    assert (from_first | own).all()
    assert from_first.mean() > 0.05
    alone = SAMPLES.take([0])
    assert Thumbnails(alone, row=0).of(recipe(op="cut_mix")).change == 0.0


def test_a_draw_is_shown_that_changes_the_picture_if_one_does(made: Thumbnails) -> None:
    rare = made.of(recipe(op="flip", rate=1.0, probability=0.2))
    assert rare.captions == ("flip left-right",)
    np.testing.assert_array_equal(rare.image, made.original[:, ::-1])
    assert made.of(recipe(op="invert", probability=0.0)).change == 0.0


def test_a_clear_draw_is_not_the_extreme_one(made: Thumbnails) -> None:
    """Of the brightness drawn at full range, the strongest of eight is not what is shown."""
    whole = recipe(op="brightness", factor=1.0)
    _, images, _ = made._subject.over_epochs(whole, seed=0, epoch=0, count=DRAWS)
    changes = sorted(np.abs(image.astype(int) - made.original).mean() for image in images)
    assert made.of(whole).change == pytest.approx(changes[-(DRAWS // 4 + 1)])


def test_what_is_too_weak_to_see_is_shown_at_full_strength(made: Thumbnails) -> None:
    blurred = made.of_op(registry()["gaussian_blur"])
    assert blurred.stronger
    assert blurred.change > made.of(recipe(op="gaussian_blur")).change
    assert not made.of_op(registry()["invert"]).stronger
    grey = Samples.of_arrays(np.full((1, 32, 32, 3), 90, np.uint8), [0])
    still = thumbnails.Thumbnails(grey, row=0).of_op(registry()["saturation"])
    assert (still.change, still.stronger) == (0.0, False)


def test_a_thumbnail_is_mostly_of_its_own_picture() -> None:
    black_and_white = np.stack([np.full((8, 8, 3), level, np.uint8) for level in (0, 255)])
    samples = Samples.of_arrays(black_and_white, [0, 1])
    shown = Thumbnails(samples, row=0).of(PRESETS["cut_mix_and_mix_up"].recipe)
    assert 12 <= shown.image.mean() < 128
