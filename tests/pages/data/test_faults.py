"""What is wrong with the pictures of a set comes first on the page, each with its remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data import overview
from tests.data.sources.made_folders import faulty_folder
from tests.pages.data_page import SIZE, cards, opened, read
from tests.pages.shown import by_label, errors, parameter

Open = Callable[..., AppTest]


@pytest.fixture
def name(tmp_path: Path) -> str:
    """The name of a set with faults."""
    source = data.source(f"folder:{faulty_folder(tmp_path / 'flowers')}").name
    data.prepare(source, SIZE)
    return source


def test_label_conflicts_come_first_and_are_left_out_with_a_click(
    open_page: Open, name: str
) -> None:
    app = opened(open_page, name)
    first, second, third = (each.value for each in app.warning)
    assert first.startswith("**2 pictures under two labels.**")
    assert second.startswith("**1 duplicate across splits**")
    assert third.startswith("**1 unreadable picture**")
    assert cards(app, "conflicts")[0]["title"] == "Duplicates"
    by_label(app.button, "Leave them out").click().run()
    assert errors(app) == []
    assert parameter(app, "leave_out") == "conflicts"
    assert "under two labels" not in read(app.warning)
    assert "2 pictures left out of all splits." in read(app.markdown)
    by_label(app.button, "Keep one of equal pictures").click().run()
    assert "across splits" not in read(app.warning)
    assert "3 pictures left out of all splits." in read(app.markdown)
    by_label(app.button, "Use all pictures again").click().run()
    assert "leave_out" not in app.query_params
    assert "**2 pictures under two labels.**" in "".join(each.value for each in app.warning)


def test_data_without_faults_show_none(open_page: Open) -> None:
    app = opened(open_page)
    assert len(app.warning) == 0
    assert not any("Leave them out" in button.label for button in app.button)


def test_the_list_names_each_picture_and_the_other_one(open_page: Open, name: str) -> None:
    for leave_out in ("nothing", "duplicates"):
        prepared = data.open_prepared(name, SIZE, leave_out=leave_out)
        found = list(csv.reader(io.StringIO(overview.faults_csv(prepared).decode())))
        assert found[0] == [*overview.Fault._fields]
        assert found[1:4] == [
            [
                "train/daisy/0.jpg",
                "daisy",
                "train",
                "two labels",
                "train/rose/same.jpg",
                "rose",
                "train",
            ],
            [
                "train/rose/same.jpg",
                "rose",
                "train",
                "two labels",
                "train/daisy/0.jpg",
                "daisy",
                "train",
            ],
            [
                *("test/daisy/copy.jpg", "daisy", "test", "in two splits"),
                *("train/daisy/1.jpg", "daisy", "train"),
            ],
        ]
        assert "train/rose/bad.jpg" in found[4][3]
        assert len(found) == 5


@pytest.mark.parametrize(
    ("former", "tab"),
    [("Splits", "Class balance"), ("Left out", "Bad files"), ("There twice", "Duplicates")],
)
def test_links_to_former_names_of_tabs_open_them(open_page: Open, former: str, tab: str) -> None:
    app = open_page("data.py", size=str(SIZE), part=former)
    assert errors(app) == []
    assert app.session_state["part"] == tab
    assert not app.info
