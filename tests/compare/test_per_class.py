from __future__ import annotations

import numpy as np
import pytest

from augment.compare.per_class import ClassDifference, class_differences, smallest_visible
from benchmarks.coverage import draw_classes


def compared(
    seeds: int, pictures: int, differing: float, repetitions: int
) -> tuple[list[list[ClassDifference]], list[np.ndarray]]:
    """Return the classes of drawn predictions, and their true differences."""
    random, found, truths = np.random.default_rng(8), [], []
    for _ in range(repetitions):
        first, second, labels, truth = draw_classes(seeds, pictures, 0.4, differing, random)
        names = [str(number) for number in range(len(truth))]
        found.append(class_differences(first, second, labels, names, paired=True))
        truths.append(truth)
    return found, truths


@pytest.mark.parametrize(("seeds", "pictures"), [(1, 60), (2, 60), (3, 60), (10, 20), (3, 10)])
def test_intervals_of_classes_are_never_too_narrow(seeds: int, pictures: int) -> None:
    found, truths = compared(seeds, pictures, 0.2, 4)
    contained = [
        own.low <= true <= own.high
        for classes, truth in zip(found, truths, strict=True)
        for own, true in zip(classes, truth, strict=True)
    ]
    assert np.mean(contained) >= 0.94


def test_few_of_the_flagged_classes_are_accidents_and_many_that_differ_are_found() -> None:
    """A fifth of the classes differ. Every interval without 0 would make 4 accidents of 102."""
    found, _ = compared(5, 60, 0.2, 8)
    flagged = np.array([[own.flagged for own in classes] for classes in found])
    real = np.arange(102) < 0.2 * 102
    assert flagged[:, ~real].sum() <= 0.1 * flagged.sum()
    assert flagged[:, real].mean() > 0.5


def test_nothing_is_flagged_where_nothing_differs() -> None:
    """Any flag is an accident then, and at most one comparison in ten may have one."""
    found, _ = compared(3, 60, 0.0, 8)
    assert sum(any(own.flagged for own in classes) for classes in found) <= 1


def test_a_class_without_pictures_says_nothing_and_the_order_is_that_of_the_names() -> None:
    first, second = np.zeros((2, 80), bool), np.zeros((2, 80), bool)
    second[:, :40] = True
    labels = np.repeat([2, 0], 40)
    classes = class_differences(first, second, labels, ["rose", "iris", "lily"], paired=True)
    assert [(own.name, own.pictures, own.difference, own.flagged) for own in classes] == [
        ("rose", 40, 0.0, False),
        ("iris", 0, 0.0, False),
        ("lily", 40, 1.0, True),
    ]
    assert (classes[1].low, classes[1].high, classes[1].p) == (-1, 1, 1)


def test_labels_must_fit() -> None:
    right = np.zeros((1, 4), bool)
    with pytest.raises(ValueError, match=r"\(4,\), not labels of the shape \(3,\)"):
        class_differences(right, right, np.zeros(3, np.int64), ["one"], paired=True)


@pytest.mark.parametrize(
    ("pictures", "seeds", "accuracy", "points"),
    [(10, 1, 0.36, 43), (60, 1, 0.36, 17), (10, 3, 0.36, 35), (10, 1, 1.0, 31)],
)
def test_what_could_be_seen(pictures: int, seeds: int, accuracy: float, points: float) -> None:
    assert 100 * smallest_visible(pictures, seeds, accuracy) == pytest.approx(points, abs=1)


def test_nothing_can_be_seen_of_nothing() -> None:
    with pytest.raises(ValueError, match="not 0 and 1"):
        smallest_visible(0, 1, 0.5)
