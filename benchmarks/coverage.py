"""How often the intervals of a comparison contain the true difference, and how wide they are.

    python -m benchmarks.coverage [--repetitions 600] [--classes 20] [--processes 2]

Predictions are drawn from a model of two recipes whose true difference is known: each picture has a
difficulty of its own (heavy tails), each recipe suits each picture differently, each run has an effect of
its seed, and each prediction its noise. With it, runs agree as the runs of the model ``small`` on Oxford
Flowers 102 do (2026-11-28, seven recipes): right and wrong of two seeds of a recipe correlate by 0.72,
of two recipes by 0.67, and the shares of seeds differ by a standard deviation of 0 to 1.7 points.

Several intervals are compared on the same draws. A hundred repetitions tell a coverage to 4 points,
600 to 1.7, 2,500 to 0.9. With one seed, what must be contained is the difference of these two networks
over all pictures; else that of the two recipes over all pictures and seeds. For classes, also
the share of flagged classes that do not differ (the aim is at most 10 %). With one seed these are
mostly classes that differ between the two networks, though not between the recipes.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, stdtr
from scipy.stats import t as student

from augment.compare.difference import Bools, Estimate, estimate, relative_spreads
from augment.compare.per_class import class_differences
from benchmarks import _measure

# In units of the noise of a prediction: difficulty (Student, 3 degrees) and picture by recipe (normal).
DIFFICULTY, TASTE = 3.0, 0.9
_NODES = student.ppf((np.arange(400) + 0.5) / 400, 3)

ACCURACIES, SEEDS, PICTURES = (0.02, 0.35, 0.60, 0.95), (1, 2, 3, 5, 10), (200, 1020, 6149)
# Standard deviation over seeds in points (at an accuracy of one half), correlation of runs of one seed.
SPREADS = ((0.0, 0.0), (0.5, 0.0), (2.0, 0.0), (2.0, 0.5))

# The width of an interval is computed for one draw in so many.
EVERY = 10


def accuracy_at(level: float, spread: float = 0.0) -> float:
    """Return the share that a recipe of this level has right, over all pictures and seeds."""
    return float(ndtr((level + DIFFICULTY * _NODES) / math.sqrt(1 + TASTE**2 + spread**2)).mean())


def level_of(accuracy: float) -> float:
    return float(brentq(lambda level: accuracy_at(level) - accuracy, -60, 60))


@dataclass(frozen=True, kw_only=True)
class World:
    """Two recipes, of which the runs are drawn.

    Attributes:
        accuracy: Share that the first has right.
        gain: How much more the second has right.
        points: Standard deviation over seeds, in points at an accuracy of one half, of each recipe.
        alike: Correlation of the two effects of one seed.
    """

    accuracy: float
    gain: float = 0.0
    points: tuple[float, float] = (0.0, 0.0)
    alike: float = 0.0

    def levels(self) -> list[tuple[float, float]]:
        """Return level and spread over seeds of the two recipes, in units of the noise."""
        found = []
        for accuracy, points in zip(
            (self.accuracy, self.accuracy + self.gain), self.points, strict=True
        ):
            level = level_of(accuracy)
            slope = (accuracy_at(level + 0.05) - accuracy_at(level - 0.05)) / 0.1
            found.append((level, points / 50 * math.sqrt(accuracy * (1 - accuracy)) / slope))
        return found

    def draws(
        self, seeds: tuple[int, int], pictures: int, *, repetitions: int, random: int
    ) -> Iterator[tuple[Bools, Bools, float]]:
        """Yield predictions of both groups, (R, N), and the true difference."""
        rng = np.random.default_rng(random)
        levels = self.levels()
        truth = accuracy_at(*levels[1]) - accuracy_at(*levels[0])
        for _ in range(repetitions):
            common = rng.standard_normal(max(seeds))
            difficulty = DIFFICULTY * rng.standard_t(3, pictures).astype(np.float32)
            right, means = [], []
            for count, (level, spread) in zip(seeds, levels, strict=True):
                own = rng.standard_normal(count)
                effects = math.sqrt(self.alike) * common[:count] + math.sqrt(1 - self.alike) * own
                means.append(level + spread * effects)
                easy = difficulty + TASTE * rng.standard_normal(pictures, dtype=np.float32)
                noise = rng.standard_normal((count, pictures), dtype=np.float32)
                right.append(noise < easy + means[-1][:, None])
            if max(seeds) == 1:
                truth = accuracy_at(means[1][0]) - accuracy_at(means[0][0])
            yield right[0], right[1], truth


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=600, help="draws of each overall cell")
    parser.add_argument("--classes", type=int, default=20, help="draws of 102 classes")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    with ProcessPoolExecutor(given.processes) as pool:
        overall = list(
            pool.map(_overall, [(cell, given.repetitions) for cell in _cells()], chunksize=1)
        )
        classes = list(pool.map(_classes, [(cell, given.classes) for cell in _class_cells()]))
    _measure.write(
        "coverage",
        {
            "machine": _measure.machine("numpy", "scipy"),
            "repetitions": given.repetitions,
            "repetitions of 102 classes": given.classes,
            "overall": overall,
            "classes": classes,
        },
    )


def _cells() -> Iterator[tuple[World, tuple[int, int], int, bool]]:
    """Yield world, seeds of both groups, pictures, and whether the seeds are pairs."""
    for accuracy, seeds, pictures, (points, alike) in itertools.product(
        ACCURACIES, SEEDS, PICTURES, SPREADS
    ):
        if seeds > 1 or not alike:
            world = World(
                accuracy=accuracy,
                gain=0.01 if accuracy < 0.9 else 0.0,
                points=(points, points),
                alike=alike,
            )
            yield world, (seeds, seeds), pictures, True
    for seeds_of_both in ((3, 5), (1, 3), (2, 10)):
        yield World(accuracy=0.35, gain=0.01, points=(1.0, 1.0)), seeds_of_both, 1020, False
    for seeds in (2, 3, 10):
        yield World(accuracy=0.35, gain=0.01, points=(2.0, 0.5)), (seeds, seeds), 1020, True


def _overall(task: tuple[tuple[World, tuple[int, int], int, bool], int]) -> dict[str, Any]:
    (world, seeds, pictures, paired), repetitions = task
    contained: defaultdict[str, list[bool]] = defaultdict(list)
    halves: defaultdict[str, list[float]] = defaultdict(list)
    random = np.random.default_rng(1)
    draws = world.draws(seeds, pictures, repetitions=repetitions, random=1)
    for number, (first, second, truth) in enumerate(draws):
        estimated = estimate(first, second, paired=paired)
        off = abs(estimated.difference - truth)
        # The interval of a method has all differences of which its p-value is at least 5 %.
        for name, p in METHODS.items() if max(seeds) > 1 else [("chosen", _chosen)]:
            contained[name].append(p(estimated, off) >= 0.05)
            if number % EVERY == 0:
                halves[name].append(_half(p, estimated))
        if min(seeds) > 1 and paired:
            half = _bootstrap(first, second, random)
            contained["bootstrap over seeds"].append(off <= half)
            halves["bootstrap over seeds"].append(half)
    return {
        "accuracy": world.accuracy,
        "seeds": seeds,
        "pictures": pictures,
        "points over seeds": world.points,
        "correlation of pairs": world.alike,
        "coverage": {name: round(float(np.mean(each)), 4) for name, each in contained.items()},
        "half width in points": {
            name: round(100 * float(np.median(each)), 2) for name, each in halves.items()
        },
    }


def _half(p: Callable[[Estimate, float], float], estimated: Estimate) -> float:
    return float(brentq(lambda far: p(estimated, far) - 0.05, 0, 100, rtol=1e-5))


def _parts(estimated: Estimate) -> tuple[float, float]:
    excess = max(estimated.of_seeds - estimated.noise, 0.0)
    return estimated.of_pictures + excess, excess


def _chosen(estimated: Estimate, far: float) -> float:
    return estimated.p(estimated.difference - far)


def _normal(estimated: Estimate, far: float) -> float:
    """Two-way clustered standard errors with a normal quantile."""
    return float(2 * ndtr(-far / math.sqrt(_parts(estimated)[0])))


def _satterthwaite(estimated: Estimate, far: float) -> float:
    variance, excess = _parts(estimated)
    doubt = estimated.of_pictures**2 / (estimated.pictures - 1)
    doubt += estimated.of_seeds**2 / estimated.freedom if excess else 0.0
    mixed = max(variance**2 / doubt, estimated.freedom)
    return float(2 * stdtr(mixed, -far / math.sqrt(variance)))


def _fiducial(estimated: Estimate, far: float) -> float:
    spreads = estimated.of_seeds * relative_spreads(estimated.freedom) - estimated.noise
    variances = estimated.of_pictures + np.maximum(spreads, 0)
    return float(2 * ndtr(-far / np.sqrt(variances)).mean())


METHODS = {
    "chosen": _chosen,
    "two-way, normal": _normal,
    "Satterthwaite": _satterthwaite,
    "fiducial": _fiducial,
}


def _bootstrap(first: Bools, second: Bools, random: np.random.Generator) -> float:
    """Return half the width of the percentile interval of a plain bootstrap over the seeds."""
    by_seed = second.mean(axis=1) - first.mean(axis=1)
    drawn = random.integers(0, len(by_seed), (400, len(by_seed)))
    low, high = np.quantile(by_seed[drawn].mean(axis=1), (0.025, 0.975))
    return float(high - low) / 2


def _class_cells() -> Iterator[tuple[int, int, float, float]]:
    """Yield seeds, pictures of a class, its spread over seeds (noise: 1), share that differs."""
    yield from itertools.product((1, 2, 3, 10), (10, 20, 60), (0.2, 0.6), (0.0, 0.2))


def draw_classes(
    seeds: int, pictures: int, spread: float, differing: float, random: np.random.Generator
) -> tuple[Bools, Bools, np.ndarray, np.ndarray]:
    """Return predictions of both groups, (R, N), the labels and the true difference of each class.

    Classes differ in how hard they are and in how much seeds change them (by a factor of 2 either way).
    The share ``differing`` of them gets much better or much worse.
    """
    count = 102
    levels = [random.normal(-1.5, 2.0, count)]
    change = random.choice((-2.0, 2.0), count) * (np.arange(count) < differing * count)
    levels.append(levels[0] + change)
    spreads = spread * np.exp(0.7 * random.standard_normal(count))
    labels = np.repeat(np.arange(count), pictures)
    difficulty = DIFFICULTY * random.standard_t(3, len(labels))
    groups, shares = [], []
    for level in levels:
        means = level + spreads * random.standard_normal((seeds, count))
        easy = difficulty + TASTE * random.standard_normal(len(labels))
        groups.append(random.standard_normal((seeds, len(labels))) < easy + means[:, labels])
        deviation = np.sqrt(1 + TASTE**2 + spreads**2 * (seeds > 1))
        centre = level if seeds > 1 else means[0]
        shares.append(
            ndtr((centre[:, None] + DIFFICULTY * _NODES) / deviation[:, None]).mean(axis=1)
        )
    return groups[0], groups[1], labels, shares[1] - shares[0]


def _classes(task: tuple[tuple[int, int, float, float], int]) -> dict[str, Any]:
    (seeds, pictures, spread, differing), repetitions = task
    random = np.random.default_rng(2)
    contained, halves, wrong, found = [], [], [], []
    for _ in range(repetitions):
        first, second, labels, truth = draw_classes(seeds, pictures, spread, differing, random)
        names = [str(number) for number in range(len(truth))]
        classes = class_differences(first, second, labels, names, paired=True)
        contained += [
            each.low <= true <= each.high for each, true in zip(classes, truth, strict=True)
        ]
        halves += [(each.high - each.low) / 2 for each in classes]
        flagged = np.array([each.flagged for each in classes])
        real = np.arange(len(truth)) < differing * len(truth)
        wrong.append((flagged & ~real).sum() / max(flagged.sum(), 1))
        found.append(flagged[real].mean() if differing else 0.0)
    return {
        "seeds": seeds,
        "pictures of a class": pictures,
        "spread over seeds": spread,
        "share of classes that differ": differing,
        "coverage": round(float(np.mean(contained)), 4),
        "half width in points": round(100 * float(np.median(halves)), 1),
        "false discoveries": round(float(np.mean(wrong)), 3),
        "found of those that differ": round(float(np.mean(found)), 3),
    }


if __name__ == "__main__":
    main()
