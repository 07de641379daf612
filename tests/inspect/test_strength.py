"""One op over its strength: which values, what is measured, and what is said of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import augment
from augment import registry
from augment.export import with_keras
from augment.inspect import strength
from augment.inspect.strength import DRAWS, Images, Layer, Series, ours, scale_of
from augment.keraslayers import COUNTERPARTS, OPS
from tests.inspect.looked import batch

IMAGE = np.ascontiguousarray(batch().images[0])


def series(layer: Any, op: str = "invert", values: Any = (0.0, 0.25, 0.5, 1.0)) -> Series:
    """Return the figures of a layer that is made for each value."""
    settings = [f"factor {value:g}" for value in values]
    *_, found = strength.measured(IMAGE, op, settings, [layer(value) for value in values])
    assert found
    return found


def lighter_by(levels: float) -> Layer:
    def layer(images: Images) -> Images:
        return np.clip(images + np.float64(levels), 0, 255).astype(np.uint8)

    return layer


@pytest.mark.parametrize("op", OPS)
def test_a_scale_goes_from_nothing_to_the_extreme_and_ours_grows(op: str) -> None:
    scale = scale_of(op)
    assert len(scale.values) == strength.COUNT
    found = ours(IMAGE, scale, seed=7)
    assert found.change[-1] == max(found.change) or op in ("translate_x", "translate_y", "rotate")
    assert strength.grows(found).startswith("gets stronger")
    # What has a range of its own: a threshold that is drawn below white, a smallest area.
    starts_at_nothing = op not in ("solarize", "random_erasing", "jpeg_quality")
    assert (found.change[0] == 0.0) == starts_at_nothing
    assert found.one_way == ""


def test_randaugment_comes_first_and_nothing_that_mixes_is_there() -> None:
    assert OPS[0] == "rand_augment"
    assert not {"cut_mix", "mix_up", "one_of", "random_pipeline", "gamma"} & set(OPS)
    assert {name for name, op in registry().items() if op.twin} - set(OPS) == {
        *("cut_mix", "mix_up", "one_of", "random_pipeline")
    }
    assert set(COUNTERPARTS) <= set(OPS)


def test_the_layers_of_keras_are_those_of_its_scripts() -> None:
    exported = {op: with_keras.COUNTERPARTS[op].name for op in COUNTERPARTS}
    assert {op: counterpart.layer for op, counterpart in COUNTERPARTS.items()} == exported


def test_the_recipe_of_a_strength_has_the_op_alone() -> None:
    [step] = scale_of("rand_augment").recipe(0.5).steps
    assert (step.params["magnitude"], step.params["rate"]) == (0.5, 1.0)
    [step] = scale_of("grayscale").recipe(0.25).steps
    assert step.probability == 0.25


def test_what_is_measured() -> None:
    found = series(lambda value: lighter_by(40 * value))
    for n, value in enumerate((0.0, 0.25, 0.5, 1.0)):
        changed = lighter_by(40 * value)(IMAGE[None])[0]
        expected = np.abs(changed.astype(int) - IMAGE).mean()
        assert found.change[n] == pytest.approx(expected)
        np.testing.assert_array_equal(found.images[n], changed)
        own = [len(np.unique(changed[..., channel])) for channel in range(3)]
        assert found.levels[n] == pytest.approx(np.mean(own))
    assert found.error == pytest.approx((0.0,) * 4)
    assert found.bits
    assert found.bits[0] == pytest.approx(1.0)
    blank = series(lambda value: lambda images: np.zeros_like(images))
    assert blank.bits == (0.0,) * 4
    assert series(lambda value: lighter_by(value), op="rotate").bits is None


def test_the_picture_shown_is_the_draw_with_the_median_change() -> None:
    def layer(_: float) -> Layer:
        return lambda images: np.stack([lighter_by(n)(one) for n, one in enumerate(images)])

    shown = series(layer).images[0]
    np.testing.assert_array_equal(shown, lighter_by(DRAWS // 2)(IMAGE))


FLAT = series(lambda value: lighter_by(0))


def said(*change: float, error: float = 0.1) -> str:
    """Return what is said of these mean changes, at factor 0, 1, 2 and so on."""
    found = dataclasses.replace(
        FLAT,
        settings=tuple(f"factor {n}" for n in range(len(change))),
        change=change,
        error=(error,) * len(change),
    )
    return strength.grows(found)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ((0, 5, 9), "gets stronger, from nothing at factor 0 to 9.0 grey levels at factor 2"),
        ((4, 5, 9), "gets stronger, but begins with 4.0 grey levels at factor 0: 9.0 grey"),
        ((70, 70, 12), "gets weaker: 70 grey levels at factor 0, 12 grey levels at factor 2"),
        ((0, 70, 40, 12), "gets weaker: 70 grey levels at factor 1, 12 grey levels at factor 3"),
        ((0, 5, 9, 6), "gets stronger up to factor 2 and then weaker: 9.0 grey levels at"),
        ((8, 3, 9), "gets weaker at first and then stronger: 8.0 grey levels at factor 0, 3.0"),
        ((20, 20, 20), "changes the picture by about 20 grey levels at every strength"),
        ((0, 20, 20), "changes nothing at factor 0, and then about 20 grey levels at every"),
        ((0, 30, 9, 30), "does not clearly get stronger: 30 grey levels at factor 1, 30 grey"),
        ((0, 0.1, 0.2), "changes nothing that can be seen, at any strength"),
    ],
)
def test_what_is_said_follows_from_the_figures(change: tuple[float, ...], sentence: str) -> None:
    assert said(*change).startswith(sentence)


def test_what_chance_may_have_made_is_not_said() -> None:
    assert said(60, 40, 80, 55, error=15).startswith("changes the picture by about 59")
    assert said(60, 61, 62, 63, 64, error=15).startswith("gets stronger"), "every step is up"
    assert "weaker" not in said(0, 35, 31, error=2)


def test_few_grey_levels_are_said_where_they_are() -> None:
    def posterized(value: float) -> Layer:
        mask = 0x80 if value < 0.4 else 0xF0
        return lambda images: images & np.uint8(mask)

    [sentence] = strength.findings(series(posterized))
    assert sentence == "leaves 2 grey levels in a channel at factor 0 and factor 0.25"
    assert strength.findings(series(lambda value: lighter_by(value))) == []


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("rotate", "turns one way only"),
        ("shear_x", "shears one way only"),
        ("shear_y", "shears one way only"),
        ("translate_x", "moves one way only"),
        ("translate_y", "moves one way only"),
        ("zoom", "only zooms in"),
        ("brightness", "only brightens"),
        ("contrast", "only lowers the contrast"),
    ],
)
def test_one_direction_is_noticed(op: str, words: str) -> None:
    """By our own op with draws of one sign; that with both nothing is said is tested with the scales."""
    [drawn] = registry()[op].draws
    scale = scale_of(op)

    def layer(value: float) -> Layer:
        plan = augment.draw(scale.recipe(value), np.arange(300), seed=7)
        sign = -1 if op == "contrast" else 1
        neutral = 1.0 if drawn in ("multiplier", "scale") else 0.0
        rows = [
            n
            for n, row in enumerate(plan.rows)
            for applied in row.ops
            if sign * (dict(applied.values)[drawn] - neutral) > 0.01
        ]
        chosen = plan.take(rows[:DRAWS])
        return lambda images: augment.render(chosen, images).images

    values = scale.values[1:3]
    assert series(layer, op=op, values=values).one_way == words


def test_what_a_layer_is_given_names_what_differs() -> None:
    given = [{"factor": (-0.0, value), "mode": "a"} for value in (0.0, 1 / 6)]
    assert strength.varying(given) == ["factor (0, 0)", "factor (0, 0.167)"]
    assert strength.varying([{"mode": "a"}] * 2) == ["always the same"] * 2
