""" """

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from augment import DataError, data
from augment.data import uploads
from pages.components.pictures import chosen, own_pictures
from pages.components.pictures.chosen import Choice, chosen_rows
from tests.data.images import picture_files as files

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


FILES = [(f"{name}.png", files.saved(files.photograph(40, 48, n), "PNG")) for n, name in
         enumerate(("rose", "daisy", "lily"))]  # fmt: skip


@pytest.fixture
def own() -> Choice:
    return Choice(source=own_pictures.SOURCE, size=64, own=uploads.take(FILES, 64), count=9)


@pytest.fixture
def prepared(shared_home: object) -> Choice:
    source = data.source("bundled")
    held = data.open_prepared("bundled", 64)
    return Choice(source=source, size=64, prepared=held, split="photographs", count=4)


def test_pictures_of_a_split_are_those_that_training_gets(prepared: Choice) -> None:
    pictures = chosen.shown(prepared)
    split = data.open_prepared("bundled", 64).split("photographs")
    assert pictures.images.shape == (4, 64, 64, 3)
    for row, number in enumerate(pictures.ids):
        [place] = np.flatnonzero(split.ids == number)
        np.testing.assert_array_equal(pictures.images[row], split.images[place])
        assert pictures.labels[row].argmax() == split.labels[place]
        assert pictures.names[row] == pictures.class_names[split.labels[place]]
    assert pictures.labels.shape == (4, len(pictures.class_names))
    assert (pictures.labels.sum(axis=1) == 1).all()
    assert pictures.size == 64
    assert pictures.sheet.startswith(b"\xff\xd8")


def test_pictures_are_read_once_while_the_choice_is_the_same(prepared: Choice, own: Choice) -> None:
    for choice in (prepared, own):
        assert chosen.shown(choice) is chosen.shown(replace(choice))
        assert chosen.shown(choice) is not chosen.shown(replace(choice, count=1))


def test_no_picture_of_the_classes_is_no_error(prepared: Choice) -> None:
    pictures = chosen.shown(replace(prepared, split="photographs", classes=(10**6,)))
    assert (len(pictures.ids), pictures.sheet) == (0, b"")


def test_what_is_not_there_yet_is_a_sentence() -> None:
    choice = Choice(source=own_pictures.SOURCE, size=64)
    assert not choice.ready
    with pytest.raises(DataError, match="no pictures yet"):
        chosen.shown(choice)


def test_own_pictures_are_classes_of_their_own(own: Choice) -> None:
    assert own.own is not None
    pictures = chosen.shown(own)
    assert pictures.names == pictures.class_names == own.class_names == ("rose", "daisy", "lily")
    np.testing.assert_array_equal(pictures.labels, np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(pictures.images, own.own.pictures)
    assert pictures.labels.dtype == np.float32
    np.testing.assert_array_equal(pictures.ids, own.own.ids)


def test_some_of_the_own_pictures_keep_their_classes(own: Choice) -> None:
    pictures = chosen.shown(replace(own, classes=(2, 1)))
    assert pictures.names == ("daisy", "lily")
    assert pictures.labels.argmax(axis=1).tolist() == [1, 2]
    assert len(chosen.shown(replace(own, count=2)).ids) == 2


def test_one_own_picture_has_a_label_of_two_classes(own: Choice) -> None:
    pictures = chosen.shown(replace(own, own=uploads.take(FILES[:1], 64)))
    assert pictures.labels.tolist() == [[1.0, 0.0]]


def test_own_pictures_are_in_no_cache_that_people_share(own: Choice) -> None:
    st.cache_resource.clear()
    first = chosen.shown(own)
    del st.session_state[own_pictures.SHOWN]
    assert chosen.shown(own) is not first
