from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from tests.data.sources.made_folders import filled, flower_folder
from tests.pages.data_page import SIZE, opened, read
from tests.pages.shown import errors

Open = Callable[..., AppTest]


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A set with a picture in two splits, a bad file, and too few pictures to test with."""
    root = flower_folder(tmp_path / "flowers", splits=("train", "validation"), per_class=15)
    twin = (root / "train" / "daisy" / "3.jpg").read_bytes()
    filled(root, {"test/daisy/copy.jpg": twin, "train/rose/bad.jpg": b"no picture"})
    source = data.source(f"folder:{root}").name
    data.prepare(source, SIZE)
    return source


def test_what_the_closed_parts_hold_is_said_above_them(open_page: Open, name: str) -> None:
    app = opened(open_page, name)
    assert errors(app) == []
    told = read(app.info)
    assert "1 picture of one split in another one, too (*There twice*)" in told
    assert "1 picture that could not be read (*Left out*)" in told
    assert "1 warning about classes (*Splits*)" in told
    assert "compare with no published" not in told


def test_of_usual_data_nothing_is_said(open_page: Open) -> None:
    assert "Worth knowing" not in read(opened(open_page, "bundled").info)
