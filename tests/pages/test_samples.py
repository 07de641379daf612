from __future__ import annotations

import numpy as np
import pytest

from pages.components.samples import chosen_rows

LABELS = np.array([2, 0, 0, 1, 2, 0, 1, 0])


def test_every_class_comes_once_before_any_comes_twice() -> None:
    rows = chosen_rows(LABELS, classes=(), count=8)
    assert LABELS[rows].tolist() == [0, 1, 2, 0, 1, 2, 0, 0]
    assert rows.tolist() == [1, 3, 0, 2, 6, 4, 5, 7]


def test_only_the_classes_wanted_come() -> None:
    assert chosen_rows(LABELS, classes=(1, 2), count=3).tolist() == [3, 0, 6]


@pytest.mark.parametrize("count", [1, 4, 9])
def test_more_pictures_keep_those_that_were_there(count: int) -> None:
    few = chosen_rows(LABELS, classes=(), count=count)
    assert len(few) == min(count, len(LABELS))
    assert chosen_rows(LABELS, classes=(), count=8).tolist()[: len(few)] == few.tolist()


def test_no_pictures_of_an_absent_class() -> None:
    assert chosen_rows(LABELS, classes=(5,), count=4).tolist() == []
