"""Helpers of the reference tests: photographs, single ops, and how close two pictures are."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import stats

import augment
from augment.engine.plan import Applied
from tests.given import happening, plan_of

Picture = npt.NDArray[np.uint8]

FLOWERS = Path(__file__).resolve().parents[2] / "assets" / "flowers"

# Name -> photograph, width, height: square and not, odd and even, large and small. The dandelion has a
# blown-out sky, the rose deep shadows.
PICTURES = {
    "square": ("orange_dahlia", 224, 224),
    "wide": ("dandelion_clock", 237, 133),
    "tall": ("red_rose", 75, 149),
    "small": ("heather", 32, 24),
}
# Two pixels are close if no channel differs by more than this many grey levels.
LEVELS = 2
# A smaller p-value fails a test. Every seed is fixed, so a test that passes once passes always.
SIGNIFICANCE = 1e-3


@functools.cache
def photograph(shape: str) -> Picture:
    """Return one of `PICTURES`, read-only."""
    flower, width, height = PICTURES[shape]
    with Image.open(FLOWERS / f"{flower}.jpg") as opened:
        picture = np.array(opened.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))
    picture.flags.writeable = False
    return picture


def batch_of(count: int, height: int, width: int) -> Picture:
    """Return different crops of photographs, uint8 (count, height, width, 3)."""
    wide = np.concatenate([photograph("square"), photograph("square")[:, ::-1]], axis=1)
    starts = np.linspace(0, wide.shape[1] - width, count).astype(int)
    return np.stack([wide[:height, start : start + width] for start in starts])


def apply_op(name: str, picture: Picture, **values: Any) -> Picture:
    """Return the picture after one op; values not given are the defaults of the op."""
    return apply_ops([(name, values)], picture)


def apply_ops(ops: Sequence[tuple[str, Mapping[str, Any]]], picture: Picture) -> Picture:
    """Return the picture after several ops, as the engine renders them."""
    return transformed(
        picture,
        [happening(name, stage=stage, **values) for stage, (name, values) in enumerate(ops)],
    )


def transformed(picture: Picture, ops: Sequence[Mapping[str, Any] | Applied]) -> Picture:
    """Return the picture after ops of a plan."""
    return augment.render(plan_of(ops), picture[None]).images[0]


def apply_mix(
    name: str,
    pictures: Picture,
    labels: npt.NDArray[Any],
    partners: Sequence[int],
    **columns: Sequence[float],
) -> augment.Batch:
    """Return pictures and labels after one mix op; each row has its own partner and values."""
    cases = zip(*columns.values(), strict=True)
    rows = [
        [happening(name, partner=int(partner), **dict(zip(columns, case, strict=True)))]
        for partner, case in zip(partners, cases, strict=True)
    ]
    return augment.render(plan_of(*rows), pictures, labels)


def drawn(name: str, count: int = 4000, **params: Any) -> dict[str, npt.NDArray[Any]]:
    """Return the values that the engine draws for one op and `count` samples, by argument."""
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": name, **params}]})
    rows = augment.draw(recipe, np.arange(count), seed=7).rows
    values = [applied.values for row in rows for applied in row.ops]
    return {argument: np.array([value[argument] for value in values]) for argument in values[0]}


def as_picture(levels: npt.NDArray[Any]) -> Picture:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def assert_near(
    ours: Picture, theirs: Picture, *, levels: int = LEVELS, share: float = 1.0
) -> None:
    """Assert that two pictures are within some grey levels of each other on a share of the pixels."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.uint8
    apart = np.abs(ours.astype(int) - theirs.astype(int)).max(axis=2)
    near = np.mean(apart <= levels)
    assert near >= share, (
        f"{near:.2%} of pixels are within {levels} levels, the worst {apart.max()}"
    )


def assert_distributed(values: npt.NDArray[Any], expected: Any) -> None:
    """Assert that values follow a distribution of `scipy.stats` (Kolmogorov-Smirnov test)."""
    assert stats.kstest(values, expected.cdf).pvalue > SIGNIFICANCE


def assert_rate(happened: npt.NDArray[np.bool_], probability: float) -> None:
    """Assert that the number of True is binomial."""
    result = stats.binomtest(int(np.sum(happened)), np.size(happened), probability)
    assert result.pvalue > SIGNIFICANCE, f"rate {np.mean(happened):.4f} for {probability}"


def assert_binomial(counts: Sequence[int], trials: int, probability: float) -> None:
    """Assert that counts out of a number of trials are binomial."""
    expected = stats.binom.pmf(np.arange(trials + 1), trials, probability) * len(counts)
    observed = np.bincount(counts, minlength=trials + 1)
    if probability in (0.0, 1.0):
        np.testing.assert_array_equal(observed, expected)
    else:
        assert stats.chisquare(observed, expected).pvalue > SIGNIFICANCE, (observed, expected)


def assert_equally_often(values: Sequence[Any], among: Sequence[Any]) -> None:
    """Assert that values are among these, each equally often (chi-squared test)."""
    assert set(values) <= set(among)
    counts = [sum(value == member for value in values) for member in among]
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE, dict(zip(among, counts, strict=True))
