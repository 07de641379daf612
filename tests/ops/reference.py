"""What the reference tests share: photographs, one op on one picture, and how near two pictures are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage, stats

import augment
from augment.engine.plan import Applied
from tests.given import happening, plan_of

Picture = npt.NDArray[np.uint8]

FLOWERS = Path(__file__).resolve().parents[2] / "assets" / "flowers"

# Square and not, odd and even, large and small: name -> photograph, width, height. The dandelion has a
# blown-out sky, the rose deep shadows.
PICTURES = {
    "square": ("orange_dahlia", 224, 224),
    "wide": ("dandelion_clock", 237, 133),
    "tall": ("red_rose", 75, 149),
    "small": ("heather", 32, 24),
}
# A pixel is near when no channel differs by more than this many grey levels.
LEVELS = 2
# Smaller chances than this are no accident; every seed is fixed, so what passes once passes always.
NO_ACCIDENT = 1e-3


@functools.cache
def photograph(shape: str) -> Picture:
    """Return one of `PICTURES`, read-only."""
    flower, width, height = PICTURES[shape]
    with Image.open(FLOWERS / f"{flower}.jpg") as opened:
        picture = np.array(opened.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))
    picture.flags.writeable = False
    return picture


def batch_of(count: int, height: int, width: int) -> Picture:
    """Return that many different cuts of photographs, all of one size."""
    wide = np.concatenate([photograph("square"), photograph("square")[:, ::-1]], axis=1)
    starts = np.linspace(0, wide.shape[1] - width, count).astype(int)
    return np.stack([wide[:height, start : start + width] for start in starts])


def happen(name: str, picture: Picture, **values: Any) -> Picture:
    """Return the picture after one op; what is not given is the default of the op."""
    return happen_all([(name, values)], picture)


def happen_all(ops: Sequence[tuple[str, Mapping[str, Any]]], picture: Picture) -> Picture:
    """Return the picture after several ops, as the engine renders them."""
    return transformed(
        picture,
        [happening(name, stage=stage, **values) for stage, (name, values) in enumerate(ops)],
    )


def transformed(picture: Picture, ops: Sequence[Mapping[str, Any] | Applied]) -> Picture:
    """Return the picture after ops of a plan."""
    return augment.render(plan_of(ops), picture[None]).images[0]


def happen_mixed(
    name: str,
    pictures: Picture,
    labels: npt.NDArray[Any],
    partners: Sequence[int],
    **columns: Sequence[float],
) -> augment.Batch:
    """Return pictures and labels after one mix op, each row with its own partner and values."""
    cases = zip(*columns.values(), strict=True)
    rows = [
        [happening(name, partner=int(partner), **dict(zip(columns, case, strict=True)))]
        for partner, case in zip(partners, cases, strict=True)
    ]
    return augment.render(plan_of(*rows), pictures, labels)


def drawn(name: str, count: int = 4000, **params: Any) -> dict[str, npt.NDArray[Any]]:
    """Return what the engine draws for one op, argument by argument, for that many samples."""
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": name, **params}]})
    rows = augment.draw(recipe, np.arange(count), seed=7).rows
    values = [applied.values for row in rows for applied in row.ops]
    return {argument: np.array([value[argument] for value in values]) for argument in values[0]}


def as_picture(levels: npt.NDArray[Any]) -> Picture:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def warped(picture: Picture, source: Callable[[Any, Any], tuple[Any, Any]]) -> Picture:
    """Return the picture warped by SciPy, bilinear and reflected, in one go.

    Args:
        picture: uint8 (H, W, 3).
        source: From x and y in the output to x and y in the input, in pixels.
    """
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = source(x, y)
    channels = [
        ndimage.map_coordinates(channel.astype(np.float64), (y, x), order=1, mode="reflect")
        for channel in np.moveaxis(picture, 2, 0)
    ]
    return as_picture(np.stack(channels, axis=2))


def assert_near(
    ours: Picture, theirs: Picture, *, levels: int = LEVELS, share: float = 1.0
) -> None:
    """Hold two pictures to be within some grey levels of each other, on a share of the pixels."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.uint8
    apart = np.abs(ours.astype(int) - theirs.astype(int)).max(axis=2)
    near = np.mean(apart <= levels)
    assert near >= share, (
        f"{near:.2%} of pixels are within {levels} levels, the worst {apart.max()}"
    )


def assert_distributed(values: npt.NDArray[Any], expected: Any) -> None:
    """Hold values to follow a distribution of `scipy.stats`, by Kolmogorov and Smirnov."""
    assert stats.kstest(values, expected.cdf).pvalue > NO_ACCIDENT


def assert_rate(happened: npt.NDArray[np.bool_], probability: float) -> None:
    """Hold the number of cases that happened to be binomial."""
    result = stats.binomtest(int(np.sum(happened)), np.size(happened), probability)
    assert result.pvalue > NO_ACCIDENT, f"rate {np.mean(happened):.4f} for {probability}"


def assert_binomial(counts: Sequence[int], trials: int, probability: float) -> None:
    """Hold how often something happened in a number of trials to be binomial."""
    expected = stats.binom.pmf(np.arange(trials + 1), trials, probability) * len(counts)
    observed = np.bincount(counts, minlength=trials + 1)
    if probability in (0.0, 1.0):
        np.testing.assert_array_equal(observed, expected)
    else:
        assert stats.chisquare(observed, expected).pvalue > NO_ACCIDENT, (observed, expected)


def assert_equally_often(values: Sequence[Any], among: Sequence[Any]) -> None:
    """Hold values to be these, each as often as the others."""
    assert set(values) <= set(among)
    counts = [sum(value == member for value in values) for member in among]
    assert stats.chisquare(counts).pvalue > NO_ACCIDENT, dict(zip(among, counts, strict=True))
