"""Neighbours of one kind, rendered in one go, against one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.ops.reference import Picture, assert_near, happen_all, warped

Ops = list[tuple[str, dict[str, Any]]]

TONES: Ops = [
    ("auto_contrast", {}),
    ("solarize", {"threshold": 120.5, "addition": 30.25}),
    ("equalize", {}),
    ("contrast", {"multiplier": 1.6}),
    ("brightness", {"shift": -0.13}),
]
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
]


def one_after_the_other(ops: Ops, picture: Picture) -> Picture:
    for op in ops:
        picture = happen_all([op], picture)
    return picture


@pytest.mark.parametrize("first", range(len(TONES)))
def test_fused_tones_are_the_same_to_the_byte(picture: Picture, first: int) -> None:
    """Each op before each other one, with and without a histogram to push through a table."""
    for rest in itertools.permutations(TONES[:first] + TONES[first + 1 :], 2):
        ops = [TONES[first], *rest]
        np.testing.assert_array_equal(happen_all(ops, picture), one_after_the_other(ops, picture))


@pytest.mark.parametrize("chain", CHAINS, ids=" then ".join)
def test_fused_warps_are_one_warp(picture: Picture, chain: tuple[str, ...]) -> None:
    """One interpolation and one reflection: another picture than warping again and again.

    OpenCV's grid of 1/32 pixel counts in both directions here, so a third level is allowed.
    """
    height, width = picture.shape[:2]

    def source(x: Any, y: Any) -> tuple[Any, Any]:
        for name in reversed(chain):
            x, y = AFFINES[name][1](x, y, height, width)
        return x, y

    ops = [AFFINES[name][0] for name in chain]
    assert_near(happen_all(ops, picture), warped(picture, source), levels=3, share=0.999)


def test_other_kinds_between_keep_neighbours_apart(picture: Picture) -> None:
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
    np.testing.assert_array_equal(happen_all(ops, picture), one_after_the_other(ops, picture))
