from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from augment.engine import fields
from tests.ops.reference import SIGNIFICANCE

SEED = 2**52 - 1
HEIGHT, WIDTH = 113, 97


def by_definition(seed: int, count: int) -> npt.NDArray[np.float32]:
    """Return normal numbers from 16 bits each, the lowest of a word first, in plain Python."""
    words = np.random.PCG64DXSM(seed).random_raw(-(-count // 4))
    places = [(int(word) >> shift) & 0xFFFF for word in words for shift in (0, 16, 32, 48)]
    return stats.norm.ppf((np.array(places[:count]) + 0.5) / 65_536).astype(np.float32)


@pytest.mark.parametrize("shape", [(), (1,), (5, 7, 3), (200, 200, 2)])
def test_equals_the_definition(shape: tuple[int, ...]) -> None:
    """Also past the numbers that are made at once, which the largest shape is."""
    field = fields.normal_field(SEED, shape)
    assert field.shape == shape
    assert field.dtype == np.float32
    count = int(np.prod(shape))
    np.testing.assert_allclose(field.ravel(), by_definition(SEED, count), rtol=1e-6)


def test_never_changes() -> None:
    """The bits are those that NumPy promises for good, so that an old seed gives the old noise."""
    field = fields.level_field(7, (64, 3))
    digest = "274e2e07b838bef32c013cde19eb1f0ea4dc7469780d30ced75bf34cf983506d"
    assert hashlib.sha256(field.tobytes()).hexdigest() == digest


def test_is_normal() -> None:
    field = fields.normal_field(SEED, (HEIGHT, WIDTH, 3))
    for channel in np.moveaxis(field, 2, 0):
        assert stats.kstest(channel.ravel(), stats.norm.cdf).pvalue > SIGNIFICANCE
    assert np.abs(field).max() > 3.5


def test_levels_are_equally_likely() -> None:
    field = fields.level_field(SEED, (HEIGHT, WIDTH, 3))
    assert field.dtype == np.uint8
    assert stats.chisquare(np.bincount(field.ravel(), minlength=256)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("make", [fields.normal_field, fields.level_field])
def test_neighbours_channels_and_seeds_are_unrelated(
    make: Callable[..., npt.NDArray[Any]],
) -> None:
    field = make(SEED, (HEIGHT, WIDTH, 3)).astype(np.float64)
    others = {
        "right": (field[:, :-1], field[:, 1:]),
        "below": (field[:-1], field[1:]),
        "channel": (field[..., 0], field[..., 1]),
        "next seed": (field, make(SEED - 1, field.shape)),
        "seed a bit away": (field, make(SEED - 2**40, field.shape)),
    }
    for name, (one, other) in others.items():
        related = stats.pearsonr(one.ravel(), other.ravel().astype(float))
        assert related.pvalue > SIGNIFICANCE, name


def test_two_tables_are_read_at_the_same_places() -> None:
    doubled = fields.picked(2.0 * fields.normal_table(), SEED, (9, 9))
    np.testing.assert_array_equal(doubled, 2.0 * fields.normal_field(SEED, (9, 9)))
