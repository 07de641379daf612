"""Samples: arrays of your own are read or refused with a message, and what lies on disk stays there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment.engine.samples import ImageRows, Samples, chosen_rows, one_hot_rows
from augment.errors import DataError

STORED = np.arange(6 * 2 * 2 * 3, dtype=np.uint8).reshape(6, 2, 2, 3)


def test_chosen_pictures_read_as_an_array_of_them_would() -> None:
    rows = np.array([4, 0, 5])
    view = chosen_rows(STORED, rows)
    expected = STORED[rows]
    assert (view.shape, view.dtype, view.ndim, len(view)) == ((3, 2, 2, 3), np.uint8, 4, 3)
    np.testing.assert_array_equal(view[1], expected[1])
    np.testing.assert_array_equal(view[[2, 0, 2]], expected[[2, 0, 2]])
    np.testing.assert_array_equal(view[np.array([], np.int64)], expected[:0])
    np.testing.assert_array_equal(view[:2], expected[:2])
    np.testing.assert_array_equal(np.asarray(view), expected)
    assert np.asarray(view, np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="is a copy"):
        np.asarray(view, copy=False)


@pytest.mark.parametrize("rows", [[0, 1, 2], [3, 4, 5], [2], []])
def test_neighbours_are_a_slice_of_the_array_itself(rows: list[int]) -> None:
    found = chosen_rows(STORED, np.array(rows, np.int64))
    assert isinstance(found, np.ndarray)
    assert not len(rows) or np.shares_memory(found, STORED)
    np.testing.assert_array_equal(found, STORED[np.array(rows, np.int64)])


def test_training_reads_chosen_pictures_where_they_are() -> None:
    view = chosen_rows(STORED, np.array([4, 0, 5]))
    samples = Samples.of_arrays(view, np.array([0, 1, 0]), ids=np.array([7, 8, 9]))
    assert samples.images is view
    assert isinstance(view, ImageRows)


def test_labels_are_made_for_the_rows_that_are_read() -> None:
    view = one_hot_rows(np.array([2, 0, 1]), 3)
    expected = np.eye(3, dtype=np.float32)[[2, 0, 1]]
    assert (view.shape, view.dtype, view.ndim, len(view)) == ((3, 3), np.float32, 2, 3)
    np.testing.assert_array_equal(view[[1, 1]], expected[[1, 1]])
    np.testing.assert_array_equal(view[1:], expected[1:])
    np.testing.assert_array_equal(np.asarray(view), expected)
    with pytest.raises(ValueError, match="is a copy"):
        np.asarray(view, copy=False)


def test_rows_are_taken_into_arrays_of_their_own() -> None:
    view = chosen_rows(STORED, np.array([4, 0, 5]))
    names = ["rose", "aster"]
    samples = Samples.of_arrays(view, [0, 1, 0], ids=[7, 8, 9], class_names=names)
    assert samples.names == ("rose", "aster", "rose")
    taken = samples.take([2, 1])
    assert len(taken) == 2
    assert type(taken.images) is type(taken.labels) is np.ndarray
    np.testing.assert_array_equal(taken.images, STORED[[5, 0]])
    np.testing.assert_array_equal(taken.labels, np.eye(2)[[0, 1]])
    assert taken.ids.tolist() == [9, 8]
    assert taken.names == ("rose", "aster")
    assert not np.shares_memory(samples.take([0, 1, 2]).images, STORED)


COUNT, CLASSES = 6, 4
IMAGES = np.random.default_rng(1).integers(0, 256, (COUNT, 8, 10, 3), dtype=np.uint8)
NUMBERS = np.array([2, 0, 3, 1, 1, 0])
ROWS = np.array([4, 0, 0])
EXPECTED = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]], np.float32)


@pytest.mark.parametrize(
    "labels",
    [
        NUMBERS,
        NUMBERS.astype(np.uint8),
        NUMBERS[:, None],
        NUMBERS.tolist(),
        np.eye(CLASSES)[NUMBERS],
        np.eye(CLASSES, dtype=np.float16)[NUMBERS],
        np.eye(CLASSES, dtype=int)[NUMBERS],
        np.eye(CLASSES, dtype=bool)[NUMBERS],
    ],
)
def test_labels_are_read_as_shares(labels: Any) -> None:
    read = Samples.of_arrays(IMAGES, labels).labels[ROWS]
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, EXPECTED)


def test_soft_labels_stay_soft() -> None:
    soft = np.random.default_rng(2).dirichlet(np.ones(CLASSES), COUNT)
    read = Samples.of_arrays(IMAGES, soft).labels[ROWS]
    np.testing.assert_array_equal(read, soft[ROWS].astype(np.float32))


def test_classes_without_a_sample_count_with_class_count() -> None:
    assert Samples.of_arrays(IMAGES, NUMBERS, class_count=9).labels[ROWS].shape == (3, 9)


def test_samples_are_numbered_unless_they_have_ids() -> None:
    np.testing.assert_array_equal(Samples.of_arrays(IMAGES, NUMBERS).ids, np.arange(COUNT))
    given = np.array([7, 3, 2**52, 1, 0, 5], np.uint64)
    read = Samples.of_arrays(IMAGES, NUMBERS, ids=given).ids
    assert read.dtype == np.int64
    np.testing.assert_array_equal(read, given)


def test_pictures_on_disk_stay_there(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert np.shares_memory(Samples.of_arrays(mapped, NUMBERS).images, mapped)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "images of floats": ({"images": IMAGES / 255.0}, r"images are float64 .*rint\(images \* 255\)"),
    "images with the channels first": ({"images": np.moveaxis(IMAGES, 3, 1)}, "moveaxis"),
    "pictures of other sizes": ({"images": [IMAGES[0], IMAGES[0, :4]]}, "resize the pictures"),
    "a label too few": ({"labels": NUMBERS[:5]}, r"shape \(5,\).* each of the 6 images"),
    "a row of labels too few": ({"labels": np.eye(CLASSES)[NUMBERS[:5]]}, r"shape \(5, 4\)"),
    "numbers as floats": ({"labels": NUMBERS.astype(float)}, r"float64 .*labels.astype\(int\)"),
    "a column of floats": (
        {"labels": NUMBERS[:, None] * 1.0},
        "row 0 sum to 2; .*if they are class",
    ),
    "words": ({"labels": np.array(list("abcdef"))}, r"must be class numbers, .*numpy.unique"),
    "a number below 0": ({"labels": NUMBERS - 1}, "A label is -1"),
    "a number too high": ({"labels": NUMBERS, "class_count": 3}, "is 3, but the 3 .* 0 to 2"),
    "other classes": ({"labels": np.eye(CLASSES)[NUMBERS], "class_count": 5}, "5 classes, but 4"),
    "half a class": (
        {"class_count": 4.5},
        "number of classes is 4.5; it must be a whole number from 1",
    ),
    "several classes a row": ({"labels": np.ones((COUNT, 2))}, "row 0 sum to 2; .*axis=1"),
    "a share below 0": ({"labels": np.tile([1.5, -0.5], (COUNT, 1))}, "smallest is -0.5"),
    "not a number": ({"labels": np.full((COUNT, 1), np.nan)}, "row 0 hold nan"),
    "ids as floats": ({"ids": np.arange(6.0)}, r"ids are float64 .*ids.astype\('int64'\)"),
    "an id too many": ({"ids": np.arange(7)}, r"of shape \(7,\)"),
    "an id beyond int64": ({"ids": np.arange(6, dtype=np.uint64) + 2**63}, "at most"),
    "an id twice": ({"ids": [1, 2, 3, 4, 5, 1]}, "the same id, 1"),
}


@pytest.mark.parametrize("rows", [[0.5], [True, False, True], [[0, 1]], "01"])
def test_rows_that_are_no_numbers_are_not_taken(rows: Any) -> None:
    with pytest.raises(DataError, match=r"The rows are .* must be integers of shape \(n,\)"):
        Samples.of_arrays(IMAGES, NUMBERS).take(rows)


@pytest.mark.parametrize("case", REFUSED)
def test_other_arrays_are_refused_with_a_message(case: str) -> None:
    given, message = REFUSED[case]
    with pytest.raises(DataError, match=message) as refused:
        Samples.of_arrays(**{"images": IMAGES, "labels": NUMBERS, **given})
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_one_wrong_class_number_takes_no_memory() -> None:
    with pytest.raises(DataError, match=r"need 1,000,001 classes, but at most 1,000,000"):
        Samples.of_arrays(np.zeros((2, 8, 8, 3), np.uint8), [0, 10**6])
