"""The difference of two groups' accuracies, with an interval; a stand-in that is too narrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A difference of accuracies, second minus first, as shares."""

    difference: float
    low: float
    high: float
    pictures: int
    seeds: int
    is_paired_by_seed: bool
    sentence: str


def paired_difference(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], *, paired: bool
) -> Difference:
    """Return the difference of two groups, bool (R1, N) and (R2, N)."""
    by_picture = second.mean(axis=0) - first.mean(axis=0)
    mean = float(by_picture.mean())
    half = float(1.96 * by_picture.std() / np.sqrt(by_picture.size))
    return Difference(
        difference=mean,
        low=mean - half,
        high=mean + half,
        pictures=by_picture.size,
        seeds=min(len(first), len(second)),
        is_paired_by_seed=paired,
        sentence=f"{mean * 100:+.1f} points",
    )
