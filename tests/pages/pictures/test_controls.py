from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from pages.components.pictures import controls, own_pictures
from tests.pages.shown import errors, grid, grids

Open = Callable[..., AppTest]


def said(app: AppTest) -> list[str]:
    return [caption.value.replace("\\", "") for caption in app.caption]


def test_the_sources_are_those_of_the_library_and_ones_own(open_page: Open) -> None:
    app = open_page()
    assert app.selectbox(key="data").options == [*data.names(), own_pictures.NAME]


@pytest.mark.parametrize("count", controls.COUNTS)
def test_the_number_is_kept_or_said_to_be_too_large(open_page: Open, count: int) -> None:
    there = len(data.open_prepared("bundled", 64).split("photographs").labels)
    app = open_page(size="64", split="photographs", tiles=str(count))
    assert errors(app) == []
    assert len(grid(app)["tiles"]) == min(there, count)
    assert (f"Only {there} pictures here." in said(app)) == (there < count)


def test_the_number_there_is_that_of_the_flowers_chosen(open_page: Open) -> None:
    app = open_page(size="64", split="photographs", flowers="red rose")
    assert len(grid(app)["tiles"]) == 1
    assert "Only 1 picture here." in said(app)


def test_size_and_data_follow_the_address(open_page: Open) -> None:
    assert grid(open_page(size="96"))["size"] == 96
    assert not grids(open_page(data="own"))


def test_the_box_is_open_for_those_who_have_to_bring_pictures() -> None:
    def page() -> None:
        import streamlit as st

        from pages.components.pictures import controls

        st.text(controls.opened())

    app = AppTest.from_function(page)
    assert app.run().text[0].value == "False"
    app.query_params["data"] = "own"
    assert app.run().text[0].value == "False"
    app = AppTest.from_function(page)
    app.query_params["data"] = "own"
    assert app.run().text[0].value == "True"
    del app.query_params["data"]
    assert app.run().text[0].value == "True"
