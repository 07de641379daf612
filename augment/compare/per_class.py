"""The difference between two recipes class by class, and which classes are no accidents of many looks.

A class has few pictures, and its share differs from seed to seed much more than the overall share does:
one network prefers one of two similar classes, the next the other. How much more than by the noise of
single predictions is much the same for all classes, so what all of them show of it counts for each as
well (as in the moderated t of Smyth 2004). Without that, three seeds could hardly tell anything of one
class.

With a hundred classes, five differ "with 95 % certainty" by chance alone. Classes are therefore flagged
by Benjamini and Hochberg (1995): of those flagged, no more than the given rate are expected to be
accidents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy

from augment.compare.difference import CONFIDENCE, Bools, Estimate, estimate

# The spread over seeds that all classes show counts for each as this many degrees of freedom of its own.
_FREEDOM_OF_ALL = 4.0
_POWER = 0.8
_TASTE, _NOISE, _CLASS_BY_SEED = 0.4, 0.3, 0.01


@dataclass(frozen=True, kw_only=True)
class ClassDifference:
    """The difference of one class.

    Attributes:
        name: Of the class.
        pictures: How many pictures of it were compared; 0 leaves the interval at -1 … 1.
        difference: The share that is right in the second group less that in the first, in -1 … 1.
        low: Lower end of its 95 % interval.
        high: Upper end.
        p: How likely a difference as large is by chance alone, looking at this class only.
        flagged: Whether it survives Benjamini and Hochberg over all classes.
    """

    name: str
    pictures: int
    difference: float
    low: float
    high: float
    p: float
    flagged: bool


def class_differences(
    first: Bools,
    second: Bools,
    labels: npt.NDArray[np.int64],
    class_names: Sequence[str],
    *,
    paired: bool,
    rate: float = 0.10,
) -> list[ClassDifference]:
    """Return the difference of two groups of runs for each class, in the order of the names.

    Args:
        first: (R1, N), whether run r is right on picture n.
        second: (R2, N), the same pictures in the same columns.
        labels: (N,), the class of each picture, an index into the names.
        class_names: All classes.
        paired: Whether row r of both has the same seed; then R1 is R2.
        rate: The share of the flagged classes that may be accidents.

    Raises:
        ValueError: Shapes that do not fit.
    """
    if labels.shape != first.shape[1:]:
        raise ValueError(
            f"one label per picture: {first.shape[1:]}, not labels of the shape {labels.shape}"
        )
    columns = [np.flatnonzero(labels == number) for number in range(len(class_names))]
    seen = [number for number, own in enumerate(columns) if len(own)]
    alone = [
        estimate(first[:, columns[number]], second[:, columns[number]], paired=paired)
        for number in seen
    ]
    estimates = dict(zip(seen, _moderated(alone), strict=True))
    chances = [each.p() for each in estimates.values()]
    adjusted = scipy.stats.false_discovery_control(chances) if chances else []
    flagged = {number for number, q in zip(seen, adjusted, strict=True) if q <= rate}
    found = []
    for number, name in enumerate(class_names):
        if number not in estimates:
            found.append(
                ClassDifference(
                    name=name, pictures=0, difference=0, low=-1, high=1, p=1, flagged=False
                )
            )
            continue
        own = estimates[number]
        low, high = own.interval()
        found.append(
            ClassDifference(
                name=name,
                pictures=own.pictures,
                difference=own.difference,
                low=low,
                high=high,
                p=own.p(),
                flagged=number in flagged,
            )
        )
    return found


def smallest_visible(pictures: int, seeds: int, accuracy: float) -> float:
    """Return the smallest true difference of a class that four of five such comparisons would see.

    That is, of which the 95 % interval does not contain 0. It is an estimate before looking, from runs of
    ``small`` on Oxford Flowers 102, in parts of the variance a (1 - a) of a prediction: 0.4 is how
    differently two recipes suit a picture, 0.3 the noise of each run, and 0.01 how much each seed moves
    a whole class. The last is left out with one seed, as that comparison is over pictures only.

    Args:
        pictures: Of the class.
        seeds: Of each group.
        accuracy: Share of the class that is right, 0 … 1.

    Returns:
        A share, at most 1.

    Raises:
        ValueError: No pictures or no seeds.
    """
    if pictures < 1 or seeds < 1:
        raise ValueError(
            f"a difference needs at least one picture and one seed, not {pictures} and {seeds}"
        )
    # Agresti and Coull: a class of which all or nothing is right may still be mixed.
    likely = (accuracy * pictures + 2) / (pictures + 4)
    per_picture = _TASTE + 2 * _NOISE / seeds
    of_seeds = 2 * _CLASS_BY_SEED / seeds if seeds > 1 else 0.0
    variance = likely * (1 - likely) * (per_picture / pictures + of_seeds)
    quantiles = scipy.special.ndtri((1 + CONFIDENCE) / 2) + scipy.special.ndtri(_POWER)
    return min(float(quantiles * math.sqrt(variance)), 1.0)


def _moderated(estimates: list[Estimate]) -> list[Estimate]:
    """Return the estimates of classes, each with what all of them show of the spread over seeds."""
    noise = sum(each.noise for each in estimates)
    if not noise or not math.isfinite(estimates[0].freedom):
        return estimates
    ratio = max(sum(each.of_seeds for each in estimates) / noise, 1.0)
    own = estimates[0].freedom
    others = min(_FREEDOM_OF_ALL, own * (len(estimates) - 1))
    return [
        replace(
            each,
            of_seeds=(own * each.of_seeds + others * ratio * each.noise) / (own + others),
            freedom=own + others,
        )
        for each in estimates
    ]
