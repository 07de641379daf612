from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from augment.arrays import Arrays
from augment.data.store.rows import Names, PictureRows, chosen_rows

IMAGES = np.arange(6 * 2 * 2 * 3, dtype=np.uint8).reshape(6, 2, 2, 3)
NAMES = ["a.jpg", "", "rösé", "two\nlines", "b\udcff", "日本"]


def test_chosen_pictures_read_as_an_array_of_them_would() -> None:
    rows = np.array([4, 0, 5])
    view = PictureRows(IMAGES, rows)
    expected = IMAGES[rows]
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
    found = chosen_rows(IMAGES, np.array(rows, np.int64))
    assert isinstance(found, np.ndarray)
    assert not len(rows) or np.shares_memory(found, IMAGES)
    np.testing.assert_array_equal(found, IMAGES[np.array(rows, np.int64)])


def test_training_reads_chosen_pictures_where_they_are() -> None:
    view = PictureRows(IMAGES, np.array([4, 0, 5]))
    held = Arrays(view, np.array([0, 1, 0]), ids=np.array([7, 8, 9]))
    assert held.images is view


def test_names_come_back_one_by_one(tmp_path: Path) -> None:
    text, ends = tmp_path / "names.bin", tmp_path / "ends.npy"
    Names.write(NAMES, text, ends)
    names = Names.open(text, ends)
    assert list(names) == NAMES
    assert names[-1] == "日本"
    assert names[1:3] == ["", "rösé"]
    assert list(names.of(np.array([5, 0]))) == ["日本", "a.jpg"]
    assert names.of(np.array([5, 0])).index("a.jpg") == 1
    with pytest.raises(IndexError):
        names[6]


@pytest.mark.parametrize("names", [[], [""]])
def test_there_may_be_no_text_at_all(tmp_path: Path, names: list[str]) -> None:
    text, ends = tmp_path / "names.bin", tmp_path / "ends.npy"
    Names.write(names, text, ends)
    assert list(Names.open(text, ends)) == names
