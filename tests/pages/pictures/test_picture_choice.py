"""Which pictures Explore shows: the widgets, and the pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from augment import DataError, data
from augment.data import registry, uploads
from augment.data.samples import rows_by_class
from pages.components.pictures import own_pictures, picture_choice
from pages.components.pictures.data_choice import OWN
from pages.components.pictures.picture_choice import COUNTS, PictureChoice, load
from tests.data.images import picture_files as files
from tests.pages.shown import errors, grid, grids, plain

Open = Callable[..., AppTest]

LABELS = np.array([2, 0, 0, 1, 2, 0, 1, 0])
FILES = [(f"{name}.png", files.saved(files.photograph(40, 48, n), "PNG")) for n, name in
         enumerate(("rose", "daisy", "lily"))]  # fmt: skip


def captions(app: AppTest) -> list[str]:
    return [plain(caption.value) for caption in app.caption]


def test_the_data_sets_are_those_of_the_library_and_ones_own_pictures(open_page: Open) -> None:
    app = open_page(size="96")
    titles = registry.titles(data.names())
    assert app.selectbox(key="data").options == [*map(titles.get, data.names()), "Own pictures"]
    assert grid(app)["size"] == 96
    assert not grids(open_page(data=OWN))


def test_the_count_is_that_requested_or_what_is_available(open_page: Open) -> None:
    available = len(data.open_prepared("bundled", 64).split("photographs").labels)
    app = open_page(size="64", split="photographs", tiles=str(COUNTS[0]))
    for count in COUNTS:
        app.button_group(key="tiles").set_value(count).run()
        assert errors(app) == []
        assert len(grid(app)["tiles"]) == min(available, count)
        note = f"Only {available} pictures available."
        assert (note in captions(app)) == (available < count)
    app = open_page(size="64", split="photographs", flowers="red rose")
    assert len(grid(app)["tiles"]) == 1
    assert "Only 1 picture available." in captions(app)


def test_the_box_starts_open_for_a_user_who_has_to_upload_pictures() -> None:
    def page() -> None:
        import streamlit as st

        from pages.components.pictures import picture_choice

        st.text(picture_choice.starts_open())

    app = AppTest.from_function(page)
    assert app.run().text[0].value == "False"
    app.query_params["data"] = "own"
    assert app.run().text[0].value == "False"
    app = AppTest.from_function(page)
    app.query_params["data"] = "own"
    assert app.run().text[0].value == "True"
    del app.query_params["data"]
    assert app.run().text[0].value == "True"


def test_every_class_comes_once_before_any_comes_twice() -> None:
    rows = rows_by_class(LABELS, classes=(), count=8)
    assert LABELS[rows].tolist() == [0, 1, 2, 0, 1, 2, 0, 0]
    assert rows.tolist() == [1, 3, 0, 2, 6, 4, 5, 7]


def test_only_the_requested_classes_come() -> None:
    assert rows_by_class(LABELS, classes=(1, 2), count=3).tolist() == [3, 0, 6]
    assert rows_by_class(LABELS, classes=(5,), count=4).tolist() == []


@pytest.mark.parametrize("count", [1, 4, 9])
def test_a_larger_count_adds_pictures_and_replaces_none(count: int) -> None:
    few = rows_by_class(LABELS, classes=(), count=count)
    assert len(few) == min(count, len(LABELS))
    assert rows_by_class(LABELS, classes=(), count=8).tolist()[: len(few)] == few.tolist()


@pytest.fixture
def own() -> PictureChoice:
    return PictureChoice(source=own_pictures.SOURCE, size=64, own=uploads.take(FILES, 64), count=9)


@pytest.fixture
def prepared(shared_home: object) -> PictureChoice:
    source = data.source("bundled")
    bundled = data.open_prepared("bundled", 64)
    return PictureChoice(source=source, size=64, prepared=bundled, split="photographs", count=4)


def test_pictures_of_a_split_are_those_that_training_gets(prepared: PictureChoice) -> None:
    pictures = load(prepared)
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


def test_pictures_are_read_once_while_the_choice_is_the_same(
    prepared: PictureChoice, own: PictureChoice
) -> None:
    for choice in (prepared, own):
        assert load(choice) is load(replace(choice))
        assert load(choice) is not load(replace(choice, count=1))


def test_a_split_without_pictures_of_the_classes_is_empty(prepared: PictureChoice) -> None:
    pictures = load(replace(prepared, classes=(10**6,)))
    assert (len(pictures.ids), pictures.sheet) == (0, b"")


def test_a_choice_that_is_not_ready_has_no_pictures() -> None:
    choice = PictureChoice(source=own_pictures.SOURCE, size=64)
    assert not choice.ready
    with pytest.raises(DataError, match="no pictures yet"):
        load(choice)


def test_own_pictures_are_classes_of_their_own(own: PictureChoice) -> None:
    assert own.own is not None
    pictures = load(own)
    assert pictures.names == pictures.class_names == own.class_names == ("rose", "daisy", "lily")
    np.testing.assert_array_equal(pictures.labels, np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(pictures.images, own.own.pictures)
    assert pictures.labels.dtype == np.float32
    np.testing.assert_array_equal(pictures.ids, own.own.ids)


def test_some_of_the_own_pictures_keep_their_classes(own: PictureChoice) -> None:
    pictures = load(replace(own, classes=(2, 1)))
    assert pictures.names == ("daisy", "lily")
    assert pictures.labels.argmax(axis=1).tolist() == [1, 2]
    assert len(load(replace(own, count=2)).ids) == 2


def test_one_own_picture_has_a_label_of_two_classes(own: PictureChoice) -> None:
    pictures = load(replace(own, own=uploads.take(FILES[:1], 64)))
    assert pictures.labels.tolist() == [[1.0, 0.0]]


def test_own_pictures_are_in_no_shared_cache(own: PictureChoice) -> None:
    st.cache_resource.clear()
    first = picture_choice.load(own)
    del st.session_state[own_pictures.LOADED]
    assert picture_choice.load(own) is not first
