"""Neighbouring ops of one kind, which happen in one go, against one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import augment
from tests.ops import paper_reference
from tests.ops.reference import Picture, apply_ops, as_picture, assert_near, batch_of
from tests.ops.spatial_reference import pixels, sampled, warped

Ops = list[tuple[str, dict[str, Any]]]

TONES: Ops = [
    ("auto_contrast", {}),
    ("solarize", {"threshold": 120.5, "addition": 30.25}),
    ("equalize", {}),
    ("contrast", {"multiplier": 1.6}),
    ("brightness", {"shift": -0.13}),
]
MORE_TONES: Ops = [
    ("brightness", {"shift": 0.35, "method": "multiplicative"}),
    ("contrast", {"multiplier": 0.6, "mean_of": "picture"}),
    ("posterize", {"kept": 3}),
    ("invert", {}),
    ("gamma", {"log_exponent": -0.4}),
    ("channel_shift", {"red": 0.1, "green": -0.07, "blue": 0.21}),
]
GREY = np.array((0.299, 0.587, 0.114))
# What has no steps, written down once more for levels in floats, shape (H, W, 3).
SMOOTH: dict[str, tuple[tuple[str, dict[str, Any]], Callable[..., Any]]] = {
    "stretched": (
        ("auto_contrast", {}),
        lambda levels: (levels - levels.min((0, 1))) / np.ptp(levels, (0, 1)) * 255.0,
    ),
    "more contrast": (
        ("contrast", {"multiplier": 1.4}),
        lambda levels: (levels - levels.mean((0, 1))) * 1.4 + levels.mean((0, 1)),
    ),
    "less contrast": (
        ("contrast", {"multiplier": 0.7, "mean_of": "picture"}),
        lambda levels: (levels - (levels @ GREY).mean()) * 0.7 + (levels @ GREY).mean(),
    ),
    "darker": (("brightness", {"shift": -0.13}), lambda levels: levels - 0.13 * 255.0),
    "lighter": (
        ("brightness", {"shift": 0.2, "method": "multiplicative"}),
        lambda levels: levels * 1.2,
    ),
    "inverted": (("invert", {}), lambda levels: 255.0 - levels),
    "gamma": (
        ("gamma", {"log_exponent": 0.3}),
        lambda levels: 255.0 * (levels / 255.0) ** np.exp(0.3),
    ),
    "shifted": (
        ("channel_shift", {"red": 0.1, "green": -0.07, "blue": 0.05}),
        lambda levels: levels + 255.0 * np.array((0.1, -0.07, 0.05)),
    ),
}
COS, SIN = np.cos(np.pi / 6), np.sin(np.pi / 6)
# Each with where its colour comes from, written down once more, for a picture of height h and width w.
AFFINES: dict[str, tuple[tuple[str, dict[str, Any]], Callable[..., Any]]] = {
    "shear x": (("shear_x", {"shear": 0.37}), lambda x, y, h, w: (x + 0.37 * y, y)),
    "shear y": (("shear_y", {"shear": -0.22}), lambda x, y, h, w: (x, y - 0.22 * x)),
    "right": (("translate_x", {"shift": 0.313}), lambda x, y, h, w: (x - 0.313 * w, y)),
    "up": (("translate_y", {"shift": -0.71}), lambda x, y, h, w: (x, y + 0.71 * h)),
    "mirror": (
        ("flip", {"mode": "horizontal", "horizontal": True, "vertical": False}),
        lambda x, y, h, w: (w - 1 - x, y),
    ),
    "upside down": (
        ("flip", {"mode": "vertical", "horizontal": False, "vertical": True}),
        lambda x, y, h, w: (x, h - 1 - y),
    ),
    "turned": (
        ("rotate", {"turn": 1 / 12}),
        lambda x, y, h, w: (
            (w - 1) / 2 + (x - (w - 1) / 2) * COS - (y - (h - 1) / 2) * SIN,
            (h - 1) / 2 + (x - (w - 1) / 2) * SIN + (y - (h - 1) / 2) * COS,
        ),
    ),
    "nearer": (
        ("zoom", {"multiplier": 1.25}),
        lambda x, y, h, w: ((x + (w - 1) / 8) / 1.25, (y + (h - 1) / 8) / 1.25),
    ),
    "cropped": (
        ("random_resized_crop", {"area": 0.36, "aspect": 1.0, "across": 0.5, "down": 0.25}),
        lambda x, y, h, w: (0.6 * x + 0.2 * w - 0.2, 0.6 * y + 0.1 * h - 0.2),
    ),
    "another crop": (
        ("random_crop", {"padding_factor": 0.125, "across": 0.0, "down": 0.999}),
        lambda x, y, h, w: (x - np.floor(w / 8 + 0.5), y + np.floor(h / 8 + 0.5)),
    ),
}
CHAINS = [
    ("shear x", "shear y"),
    ("shear y", "shear x"),
    ("right", "up"),
    ("right", "right"),
    ("mirror", "right", "mirror"),
    ("shear x", "mirror", "up"),
    ("mirror", "upside down"),
    ("up", "shear y", "right"),
    ("turned", "right"),
    ("shear y", "turned", "turned"),
    ("nearer", "mirror", "turned"),
    ("cropped", "turned"),
    ("another crop", "cropped", "upside down"),
]


def one_after_the_other(ops: Ops, picture: Picture) -> Picture:
    for op in ops:
        picture = apply_ops([op], picture)
    return picture


@pytest.mark.parametrize("first", range(len(TONES)))
def test_fused_tones_equal_one_after_the_other(picture: Picture, first: int) -> None:
    """Each op before each other one, with and without a histogram to map through a table."""
    for rest in itertools.permutations(TONES[:first] + TONES[first + 1 :], 2):
        ops = [TONES[first], *rest]
        np.testing.assert_array_equal(apply_ops(ops, picture), one_after_the_other(ops, picture))


def test_every_tone_fuses_with_every_other(picture: Picture) -> None:
    every = TONES + MORE_TONES
    assert {name for name, _ in every} == {
        op.name for op in augment.registry().values() if op.kind == "tone"
    }
    for pair in itertools.permutations(every, 2):
        ops = list(pair)
        np.testing.assert_array_equal(apply_ops(ops, picture), one_after_the_other(ops, picture))


def test_fused_tones_equal_one_float_table(picture: Picture) -> None:
    """The levels between are rounded, which the second op magnifies: two levels at most.

    Solarize, posterize and equalize are left out: they have steps, and half a level may decide on which
    side of one a pixel is.
    """
    for chain in itertools.permutations(SMOOTH, 2):
        levels = picture.astype(np.float64)
        for name in chain:
            levels = np.clip(SMOOTH[name][1](levels), 0.0, 255.0)
        fused = apply_ops([SMOOTH[name][0] for name in chain], picture)
        assert_near(fused, as_picture(levels), share=0.99)


@pytest.mark.parametrize("chain", CHAINS, ids=" then ".join)
def test_fused_warps_equal_one_warp(picture: Picture, chain: tuple[str, ...]) -> None:
    """One interpolation and one reflection, which differs from warping repeatedly.

    OpenCV's grid of 1/32 pixel counts in both directions here, so a third level is allowed.
    """
    height, width = picture.shape[:2]

    def source(x: Any, y: Any) -> tuple[Any, Any]:
        for name in reversed(chain):
            x, y = AFFINES[name][1](x, y, height, width)
        return x, y

    ops = [AFFINES[name][0] for name in chain]
    assert_near(apply_ops(ops, picture), warped(picture, source), levels=3, share=0.999)


@pytest.mark.parametrize("policy", ["keras_cv", "paper"])
def test_warps_drawn_by_rand_augment_equal_one_float_warp(policy: str) -> None:
    pictures = batch_of(60, 120, 160)
    step = {"op": "rand_augment", "policy": policy, "rate": 1.0, "magnitude": 0.4}
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
    plan = augment.draw(recipe, np.arange(400), seed=7)
    warped_rows = [
        number
        for number, row in enumerate(plan.rows)
        if len(row.ops) > 1 and {one.op for one in row.ops} <= paper_reference.WARPS
    ]
    warps = plan.take(warped_rows[: len(pictures)])
    assert len(warps) > 10
    ours = augment.render(warps, pictures[: len(warps)]).images
    for row, before, after in zip(warps.rows, pictures, ours, strict=False):
        places = pixels(before)
        for applied in reversed(row.ops):
            places = paper_reference.source(applied.op, *places, **applied.values)
        assert_near(after, sampled(before, *places), levels=3, share=0.99)


def test_neighbours_with_different_borders_are_not_fused(picture: Picture) -> None:
    """A flip, which has no border, goes with either."""
    black: Ops = [("shear_x", {"shear": 0.37, "fill_mode": "constant", "fill_value": 0})]
    grey: Ops = [("translate_y", {"shift": 0.3, "fill_mode": "constant", "fill_value": 128})]
    edge: Ops = [("rotate", {"turn": 0.05, "fill_mode": "edge"})]
    mirror = AFFINES["mirror"][0]
    for ops in ([*black, *grey], [*grey, *edge], [*edge, *black]):
        two = one_after_the_other(ops, picture)
        np.testing.assert_array_equal(apply_ops(ops, picture), two)
        mirrored = [ops[0], mirror, ops[1]]
        assert_near(
            apply_ops(mirrored, picture), one_after_the_other(mirrored, picture), share=0.99
        )


def test_ops_of_another_kind_in_between_prevent_fusing(picture: Picture) -> None:
    blank = {"box_height": 0.4, "box_width": 0.3, "centre_x": 0.6, "centre_y": 0.4}
    ops: Ops = [
        ("equalize", {}),
        AFFINES["right"][0],
        ("contrast", {"multiplier": 1.6}),
        ("cutout", blank),
        ("auto_contrast", {}),
        AFFINES["shear x"][0],
        ("color_degeneration", {"amount": 0.5}),
        ("solarize", {"threshold": 120.5, "addition": 0.0}),
    ]
    np.testing.assert_array_equal(apply_ops(ops, picture), one_after_the_other(ops, picture))
