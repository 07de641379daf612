"""Requests to keras_cv, their results and times. A stand-in inverts the pictures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from augment import kerascv
from augment.errors import DataError
from augment.helper import Helper
from augment.kerascv import MAX_BYTES, MAX_PICTURES, KerasCVError, timed
from tests.helper_tasks import IMAGES, LABELS, doing

LONG = 180.0


@pytest.mark.parametrize("labels", [LABELS, LABELS.argmax(axis=1)])
def test_pictures_and_labels_travel_both_ways(
    stand_in: Helper, labels: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    done = kerascv.render(doing("invert"), IMAGES, labels, timeout=LONG)
    np.testing.assert_array_equal(done.images, 255 - IMAGES)
    np.testing.assert_array_equal(done.labels, LABELS)
    assert done.images.dtype == np.uint8
    assert done.labels.dtype == np.float32
    assert (done.seconds, done.building, done.starting) == (0.5, 0.0, 1.5)


def test_a_failure_is_an_error_of_keras_cv(stand_in: Helper) -> None:
    with pytest.raises(KerasCVError, match="SIGKILL"):
        kerascv.ask(doing("die"), IMAGES, LABELS, timeout=LONG).result()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((MAX_PICTURES + 1, 8, 8, 3), np.uint8),
        np.zeros((1, 1 + MAX_BYTES // 24, 8, 3), np.uint8),
        np.zeros((0, 8, 8, 3), np.uint8),
    ],
)
def test_too_much_is_refused_before_anything_starts(
    stand_in: Helper, images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    with pytest.raises(
        KerasCVError, match=r"1 to 64 pictures of together 32 MB at most; these are"
    ):
        kerascv.render(doing("invert"), images, np.ones((len(images), 1)))
    assert stand_in.pid is None


def test_what_are_no_pictures_or_labels_is_refused(stand_in: Helper) -> None:
    with pytest.raises(DataError, match="must be uint8"):
        kerascv.render(doing("invert"), IMAGES / 255, LABELS)
    with pytest.raises(DataError, match="recipe is of type str"):
        kerascv.render("guide", IMAGES, LABELS)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="sum to 2"):
        kerascv.render(doing("invert"), IMAGES, 2 * LABELS)


@pytest.mark.parametrize(
    ("clock", "result", "seconds"),
    [
        ([0.0, 0.02, 1.0, 1.01, 2.0, 2.3, 3.0, 3.02, 4.0, 4.03], 4, 0.01),
        ([0.0, 0.6], 0, 0.6),
    ],
    ids=["the fastest of five", "what is slow is called once"],
)
def test_timed(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], result: int, seconds: float
) -> None:
    ticks, calls = iter(clock), iter(range(9))
    monkeypatch.setattr(kerascv, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert timed(lambda: next(calls)) == (result, pytest.approx(seconds))
