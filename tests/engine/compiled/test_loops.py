"""The loops give the bytes of the plain way, as the ops call them: which matrix goes into which loop."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import augment
from augment.engine.geometry import BORDERS
from augment.engine.plan import Applied, Row
from tests.engine.compiled.conftest import Compare, noise

SIZES = [(8, 8), (31, 9), (9, 31), (64, 48), (224, 224), (1, 5), (5, 1), (1, 1), (2, 3), (1, 300)]
MIRROR = {"mode": "horizontal_and_vertical", "horizontal": True, "vertical": False}
UPSIDE_DOWN = {"mode": "horizontal_and_vertical", "horizontal": False, "vertical": True}
Ops = list[tuple[str, dict[str, Any]]]


def chains(height: int, width: int) -> dict[str, Ops]:
    """Return ops whose one matrix needs each of the loops, for pictures of a size."""

    def right(pixels: float) -> tuple[str, dict[str, Any]]:
        return "translate_x", {"shift": pixels / width}

    def down(pixels: float) -> tuple[str, dict[str, Any]]:
        return "translate_y", {"shift": pixels / height}

    crop = {"aspect": 1.3, "across": 0.3, "down": 0.8}
    return {
        "nothing": [right(0.0)],
        "whole pixels right": [right(3.0)],
        "left by a part of a pixel": [right(-4.37)],
        "right by nearly a pixel": [right(0.9999)],
        "left out of the picture": [right(-1000.3)],
        "up by a part": [down(-2.71)],
        "down out of the picture": [down(333.3)],
        "whole pixels down": [down(5.0)],
        "whole pixels up and left": [right(-2.0), down(-5.0)],
        "parts both ways": [right(-3.3), down(5.2)],
        "shear x": [("shear_x", {"shear": 0.31})],
        "shear x, moved": [right(-12.3), ("shear_x", {"shear": -0.7})],
        "shear x, moved by a part": [("shear_x", {"shear": 0.3137}), right(5.4321)],
        "shear x, down": [("shear_x", {"shear": 0.2}), down(2.5)],
        "shear y": [("shear_y", {"shear": -0.43})],
        "shear y, moved": [down(7.7), ("shear_y", {"shear": 1.0})],
        "shear y, moved by a part": [("shear_y", {"shear": 0.3137}), down(-5.4321)],
        "shear y, right": [("shear_y", {"shear": 0.2}), right(2.5)],
        "mirrored": [("flip", MIRROR)],
        "upside down": [("flip", UPSIDE_DOWN)],
        "half a turn": [("flip", MIRROR), ("flip", UPSIDE_DOWN)],
        "mirrored, moved": [("flip", MIRROR), right(4.0), down(-1.0)],
        "mirrored, moved by a part": [right(2.25), ("flip", MIRROR)],
        "nearer": [("zoom", {"multiplier": 1.37})],
        "farther": [("zoom", {"multiplier": 0.23})],
        "farther upside down": [("zoom", {"multiplier": 0.61}), ("flip", UPSIDE_DOWN)],
        "a crop": [("random_resized_crop", {"area": 0.37, **crop})],
        "a padded crop": [
            ("random_crop", {"padding_factor": 0.2, "across": 0.9, "down": 0.1}),
        ],
        "turned": [("rotate", {"turn": 0.07})],
        "turned by a quarter": [("rotate", {"turn": 0.25})],
        "turned far out": [("rotate", {"turn": -0.4}), right(70.7), down(-90.3)],
        "both shears": [("shear_x", {"shear": 0.3}), ("shear_y", {"shear": -0.8})],
    }


def row(ops: Ops, **given: Any) -> Row:
    """Return a row in which these ops happen, whatever their values."""
    known = augment.registry()
    return Row(
        0,
        0,
        tuple(
            Applied(
                step=name,
                op=name,
                values={
                    **known[name].defaults,
                    **{key: value for key, value in given.items() if key in known[name].params},
                    **values,
                },
                partner=None,
                stage=stage,
            )
            for stage, (name, values) in enumerate(ops)
        ),
        (),
    )


def plan_of(rows: list[Row]) -> augment.Plan:
    return augment.Plan(seed=0, rows=tuple(rows))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_warps(size: tuple[int, int], same: Compare) -> None:
    """Every kind of matrix and border, within a picture and out of it."""
    rows = [
        row(ops, fill_mode=border, fill_value=77)
        for border in BORDERS
        for ops in chains(*size).values()
    ]
    same(plan_of(rows), noise(len(rows), *size, seed=1))


def test_warps_drawn_at_random(same: Compare) -> None:
    """Every fraction of a pixel, as chains of ops make them."""
    rng = np.random.default_rng(3)
    moves = ["translate_x", "translate_y"]
    others: Ops = [("shear_x", {"shear": 0.0}), ("shear_y", {"shear": 0.0})]
    rows = []
    for number in range(600):
        ops: Ops = [(move, {"shift": rng.uniform(-1.5, 1.5)}) for move in moves[: number % 3]]
        other = others[number // 3 % 2][0]
        ops += [(other, {"shear": rng.uniform(-1, 1)})] if number % 4 else []
        ops += [("zoom", {"multiplier": rng.uniform(0.1, 1.9)})] if number % 5 == 0 else []
        rng.shuffle(ops)
        rows.append(row(ops, fill_mode=list(BORDERS)[number % 3], fill_value=200))
    same(plan_of(rows), noise(600, 21, 18))


def test_neighbours_with_two_borders(same: Compare) -> None:
    """A warp for each border; one that needs none goes with any, before or after."""
    ops = {
        "edge": ("rotate", {"turn": 0.05, "fill_mode": "edge"}),
        "reflect": ("shear_x", {"shear": 0.2, "fill_mode": "reflect"}),
        "dark": ("translate_x", {"shift": 0.3, "fill_mode": "constant", "fill_value": 3}),
        "light": ("translate_y", {"shift": 0.3, "fill_mode": "constant", "fill_value": 250}),
        "any": ("flip", MIRROR),
        "tone": ("brightness", {"shift": 0.2}),
    }
    rows = [row([ops[name] for name in names]) for names in itertools.product(ops, repeat=3)]
    same(plan_of(rows), noise(len(rows), 13, 17))


READING: Ops = [("auto_contrast", {}), ("equalize", {}), ("contrast", {"multiplier": 1.7})]
OTHER_TONES: Ops = [
    ("invert", {}),
    ("solarize", {"threshold": 120.5, "addition": 30.25}),
    ("channel_shift", {"red": 0.1, "green": -0.07, "blue": 0.21}),
]


@pytest.mark.parametrize("size", [*SIZES, (301, 299), (300, 2), (700, 1)], ids=str)
def test_statistics_and_tables(size: tuple[int, int], same: Compare) -> None:
    """More than 256 white lines, whose sums no longer fit into 16 bits; an odd number of pixels."""
    rows = [
        row([tone, *after])
        for tone in READING + OTHER_TONES
        for after in ([], [("invert", {})], [("equalize", {})])
    ]
    images = noise(len(rows), *size)
    for white in (images, np.full_like(images, 255), np.full_like(images, (3, 254, 120))):
        same(plan_of(rows), white)


def test_every_three_tones(same: Compare) -> None:
    """One table where nothing is read of the picture between them, grey and per channel."""
    every = READING + OTHER_TONES
    rows = [row(list(ops)) for ops in itertools.product(every, repeat=3)]
    same(plan_of(rows), noise(len(rows), 37, 29))


def test_a_table_for_every_level_and_place(same: Compare) -> None:
    """Larger than what is looked up at once, by some bytes."""
    levels = np.arange(3 * 97 * 63, dtype=np.uint8).reshape(1, 97, 63, 3)
    for ops in (OTHER_TONES[:1], OTHER_TONES[2:]):
        same(plan_of([row(ops)]), levels)


def test_colours(same: Compare) -> None:
    """All levels of all channels, near the ends of what is clipped, too."""
    rng = np.random.default_rng(5)
    rows = [row([("saturation", {"multiplier": each})]) for each in rng.uniform(0.0, 3.0, 30)]
    rows += [row([("color_degeneration", {"amount": each})]) for each in (0.0, 0.31, 1.0)]
    images = rng.integers(0, 256, (len(rows), 53, 67, 3), dtype=np.uint8)
    same(plan_of(rows), images)


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (1, 7), (7, 1), (64, 48)], ids=str)
def test_a_paste_and_the_blend_after_it(size: tuple[int, int], same: Compare) -> None:
    """In one pass: a row has both, one or none of them, and its partners have what they have."""
    rng = np.random.default_rng(9)
    count = 97
    known = augment.registry()
    rows = []
    for number in range(count):
        ops = []
        partners = rng.integers(0, count, 2).tolist()
        shares = rng.choice([0.0, 0.3, 0.5, 0.999, 1.0, rng.random()], 2).tolist()
        if number % 3:
            place = {"centre_x": rng.random(), "centre_y": rng.random()}
            values = {**known["cut_mix"].defaults, "share": shares[0], **place}
            ops.append(Applied("cut_mix", "cut_mix", values, partners[0], 1))
        if number % 4:
            values = {**known["mix_up"].defaults, "share": shares[1]}
            ops.append(Applied("mix_up", "mix_up", values, partners[1], 2))
        if number % 5 == 0:
            ops.insert(0, row([("invert", {})]).ops[0])
        rows.append(Row(number, 0, tuple(ops), ()))
    for threads in (1, 3):
        same(plan_of(rows), noise(count, *size), threads=threads)
