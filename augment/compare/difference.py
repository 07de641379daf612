"""The difference between two recipes, with an interval that holds for other pictures and other seeds.

Each run of a recipe says of each picture whether it is right. Two things make the mean difference
uncertain: other pictures would have been easier or harder, and another seed would have given other
networks. Both are random effects that cross (every network sees every picture), so the variance of the
mean is that over pictures plus that over seeds less the noise of single predictions, which both contain
(Owen 2007, "The pigeonhole bootstrap"; Cameron, Gelbach and Miller 2011).

Three seeds say little about the spread over seeds, so how wide the interval must be depends on how well
it is known. Two answers are in use. That of Satterthwaite (1946), a t distribution with degrees of
freedom from the parts of the variance, is too narrow where seeds matter and chance hides it. The
fiducial one (Weerahandi 1993, "Generalized confidence intervals"), which averages over all spreads that
the data allow, is too wide where seeds do not matter. The p-value here is the mean of the two, and the
interval has all differences whose p-value is at least 5 %. docs/decisions.md, 2026-11-28, has what was
compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
# Two pictures more, one repaired and one broken (Bonett and Price 2012), because few changes say little
# of their rate. With several seeds the usual picture changes by less than 1. The square of what is added
# is the geometric mean of 1 and the usual square: with 1 and with the usual square, coverage was 99 and
# 92 % in the hardest case (2 % of 200 pictures right, ten seeds).
_EXTRA = 2
_SPREADS = 200
# Student's t distribution is costly to compute, and then differs by less than 1.3 % in width.
_NORMAL_FROM = 100
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The share that is right in the second group less that in the first.

    Attributes:
        difference: Shares, in -1 … 1.
        low: Lower end of the 95 % interval.
        high: Upper end.
        pictures: How many pictures were compared.
        seeds: How many seeds each group has; the smaller number where they differ.
        is_paired_by_seed: Whether both groups have the same seeds.
        sentence: All of it in words, in points (hundredths) with one decimal.
    """

    difference: float
    low: float
    high: float
    pictures: int
    seeds: int
    is_paired_by_seed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A difference and the parts of its variance.

    Attributes:
        difference: Shares, second less first.
        of_pictures: Variance of the difference over pictures, with the noise of single predictions.
        of_seeds: The same over seeds, as the spread of the runs' shares shows it, with the noise; 0 with
            one seed each.
        noise: The part of the noise that both contain.
        freedom: Degrees of freedom of ``of_seeds``; infinite with one seed each.
        pictures: Number of pictures.
    """

    difference: float
    of_pictures: float
    of_seeds: float
    noise: float
    freedom: float
    pictures: int

    def p(self, supposed: float = 0.0) -> float:
        """Return how likely a difference as far from the supposed one as this is by chance alone."""
        off = -abs(self.difference - supposed)
        freedom = max(self.pictures - 1, 1)
        excess = max(self.of_seeds - self.noise, 0.0)
        variance = self.of_pictures + excess
        if not math.isfinite(self.freedom):
            return float(2 * _tail(freedom, off / math.sqrt(variance)))
        doubt = self.of_pictures**2 / freedom + (self.of_seeds**2 / self.freedom if excess else 0.0)
        # A mixture has no fewer degrees of freedom than its parts, but a difference of two parts would.
        mixed = max(variance**2 / doubt, min(self.freedom, freedom))
        satterthwaite = 2 * _tail(mixed, off / math.sqrt(variance))
        possible = self.of_seeds * relative_spreads(self.freedom) - self.noise
        deviations = np.sqrt(self.of_pictures + np.maximum(possible, 0.0))
        fiducial = 2 * _tail(freedom, off / deviations).mean()
        return float((satterthwaite + fiducial) / 2)

    def half_width(self) -> float:
        """Return how far the ends of the 95 % interval are from the difference."""
        centred = replace(self, difference=0.0)
        wide = 2 * math.sqrt(self.of_pictures + self.of_seeds)
        while centred.p(wide) > 1 - CONFIDENCE:
            wide *= 2
        edge = scipy.optimize.brentq(
            lambda far: centred.p(far) - (1 - CONFIDENCE), 0.0, wide, rtol=1e-6
        )
        return float(edge)

    def interval(self) -> tuple[float, float]:
        """Return the ends of the 95 % interval, within -1 … 1."""
        half = self.half_width()
        return max(self.difference - half, -1.0), min(self.difference + half, 1.0)


def paired_difference(first: Bools, second: Bools, *, paired: bool) -> Difference:
    """Return the difference of two groups of runs, with its 95 % interval.

    Args:
        first: (R1, N), whether run r is right on picture n.
        second: (R2, N), the same pictures in the same columns.
        paired: Whether row r of both has the same seed; then R1 is R2.

    Raises:
        ValueError: Shapes that do not fit, or no pictures.
    """
    estimated = estimate(first, second, paired=paired)
    low, high = estimated.interval()
    seeds = len(first), len(second)
    return Difference(
        difference=estimated.difference,
        low=low,
        high=high,
        pictures=estimated.pictures,
        seeds=min(seeds),
        is_paired_by_seed=paired,
        sentence=_sentence(
            estimated.difference,
            low,
            high,
            seeds,
            all_alike=_are_alike(first, second, paired=paired),
        ),
    )


def estimate(first: Bools, second: Bools, *, paired: bool) -> Estimate:
    """Return the difference of two groups and the parts of its variance; as ``paired_difference``."""
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            "first and second are (runs, pictures) of the same pictures, "
            f"not of the shapes {first.shape} and {second.shape}"
        )
    if 0 in first.shape or 0 in second.shape:
        raise ValueError(
            f"there is nothing to compare: the shapes are {first.shape} and {second.shape}"
        )
    if paired and len(first) != len(second):
        raise ValueError(
            "runs in pairs of the same seed are as many in both groups, "
            f"not {len(first)} and {len(second)}"
        )
    runs, pictures = (len(first), len(second)), first.shape[1]
    by_picture = second.mean(axis=0) - first.mean(axis=0)
    difference = float(by_picture.mean())
    squares = float(((by_picture - difference) ** 2).sum())
    changed = by_picture[by_picture != 0]
    usual = math.sqrt(float((changed**2).mean())) if len(changed) else 1.0
    of_seeds, noise = 0.0, 0.0
    if max(runs) > 1:
        spreads = [_spread(group, group) if len(group) > 1 else None for group in (first, second)]
        for spread, other, count in zip(spreads, reversed(spreads), runs, strict=True):
            # A single run does not show its spread over seeds: it is taken to be that of the other group.
            known = spread or other
            assert known is not None
            of_seeds, noise = of_seeds + known[0] / count, noise + known[1] / count
        if paired:
            common, common_noise = _spread(first, second)
            weight = _weight_of_pairs(runs[0])
            of_seeds = max(of_seeds - 2 * weight * common / runs[0], 0.0)
            noise -= 2 * weight * common_noise / runs[0]
    return Estimate(
        difference=difference,
        of_pictures=(squares + _EXTRA * usual) / pictures**2,
        of_seeds=of_seeds,
        noise=max(noise, 0.0) / pictures,
        freedom=_freedom(*runs, paired=paired),
        pictures=pictures,
    )


def _spread(rows: Bools, others: Bools) -> tuple[float, float]:
    """Return the (co)variance over runs of their shares, and that of the noise of single predictions.

    With the same rows twice these are variances: the mean squares of a table of two ways.
    """
    runs, pictures = rows.shape
    shares, other_shares = rows.mean(axis=1), others.mean(axis=1)
    level, other_level = shares.mean(), other_shares.mean()
    over_runs = ((shares - level) * (other_shares - other_level)).sum()
    over_pictures = ((rows.mean(axis=0) - level) * (others.mean(axis=0) - other_level)).sum()
    total = np.count_nonzero(rows & others) - runs * pictures * level * other_level
    rest = total - pictures * over_runs - runs * over_pictures
    return float(over_runs / (runs - 1)), float(rest / (runs - 1) / max(pictures - 1, 1))


def _weight_of_pairs(runs: int) -> float:
    """Return how much of the covariance of runs of the same seed is believed.

    Pairs halve the degrees of freedom: with three seeds that costs more than it gains, unless the two
    groups are correlated by more than about 0.6. Not to believe it makes the interval wider, never too
    narrow, as long as the correlation is not negative.
    """
    return (runs - 1) / (runs + 3)


def _freedom(first: int, second: int, *, paired: bool) -> float:
    """Return the degrees of freedom of the spread over seeds, for groups that spread alike."""
    if first == second == 1:
        return math.inf
    if paired:
        return 2 * (first - 1) / (1 + _weight_of_pairs(first) ** 2)
    if 1 in (first, second):
        return max(first, second) - 1
    return (1 / first + 1 / second) ** 2 / (
        1 / first**2 / (first - 1) + 1 / second**2 / (second - 1)
    )


def _tail(freedom: float, at: Floats | float) -> Floats | np.float64:
    """Return the share of Student's t distribution below a point, from 100 degrees on of the normal."""
    is_normal = freedom >= _NORMAL_FROM
    tail: Floats | np.float64 = (
        scipy.special.ndtr(at) if is_normal else scipy.special.stdtr(freedom, at)
    )
    return tail


@lru_cache(maxsize=64)
def relative_spreads(freedom: float) -> Floats:
    """Return equally likely true variances, in units of the one observed with this freedom."""
    middles = (np.arange(_SPREADS) + 0.5) / _SPREADS
    return np.asarray(freedom / scipy.stats.chi2.ppf(middles, freedom), dtype=np.float64)


def _are_alike(first: Bools, second: Bools, *, paired: bool) -> bool:
    """Return whether no picture tells them apart: in no pair of runs, or without pairs in no two runs."""
    return bool(
        (first == second).all()
        if paired
        else (second == first[0]).all() and (first == first[0]).all()
    )


def _sentence(
    difference: float, low: float, high: float, seeds: tuple[int, int], *, all_alike: bool
) -> str:
    figures = (
        f"{_points(difference, '+')} points, 95 % interval {_points(low)} to {_points(high)}, "
        f"{_seeds(seeds)}"
    )
    if all_alike:
        said = f"both are right on the same pictures, so no difference can be seen: {figures}"
    elif low <= 0 <= high:
        said = f"no difference can be told from chance with this much data: {figures}"
    else:
        said = figures
    if max(seeds) == 1:
        return f"{said}; over pictures only: another seed may differ"
    if min(seeds) == 1:
        return f"{said}; the single run is taken to spread over seeds as the others do"
    return said


def _points(share: float, sign: str = "-") -> str:
    """Return hundredths with one decimal, and no sign where that is 0.0."""
    rounded = round(100 * share, 1)
    return f"{rounded:{sign}.1f}" if rounded else "0.0"


def _seeds(seeds: tuple[int, int]) -> str:
    first, second = (_NUMBERS[count] if count <= 10 else str(count) for count in seeds)
    if first == second:
        return f"{first} seed{'s' if seeds[0] > 1 else ''} each"
    return f"{first} seed{'s' if seeds[0] > 1 else ''} against {second}"
