from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from pages.components.data.facts import split_warnings
from tests.data.sources.made_folders import filled, flower_folder
from tests.pages.data_page import SIZE, opened, read
from tests.pages.shown import errors

Open = Callable[..., AppTest]


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A set with a picture in two splits, a bad file, and too few pictures to test with."""
    root = flower_folder(tmp_path / "flowers", splits=("train", "validation"), per_class=15)
    duplicate = (root / "train" / "daisy" / "3.jpg").read_bytes()
    filled(root, {"test/daisy/copy.jpg": duplicate, "train/rose/bad.jpg": b"no picture"})
    source = data.source(f"folder:{root}").name
    data.prepare(source, SIZE)
    return source


def test_the_findings_of_the_tabs_are_shown_above_them(open_page: Open, name: str) -> None:
    app = opened(open_page, name)
    assert errors(app) == []
    findings = read(app.info)
    assert "1 warning about classes (*Class balance*)" in findings
    assert "not comparable" not in findings


def test_data_without_findings_have_no_note(open_page: Open) -> None:
    assert "Worth knowing" not in read(opened(open_page, "bundled").info)


def test_warnings_about_classes_are_shown_before_training(open_page: Open, name: str) -> None:
    [warning] = split_warnings(data.open_prepared(name, SIZE))
    app = open_page("train.py", size=str(SIZE))
    app.session_state["data"] = name
    app.run()
    assert warning in read(app.caption)
    app = opened(open_page, name, part="Class balance")
    assert warning in read(app.warning)
