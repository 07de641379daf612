"""Sizes that were prepared elsewhere can be chosen on every page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data.store.inventory import prepared_sizes
from augment.data.store.place import Place, root_of
from pages.components.pictures.size_control import SIZES
from tests.data.sources import made_folders
from tests.pages.shown import by_label, errors

Open = Callable[..., AppTest]
PAGES = {
    "explore.py": ("size", "Size in pixels"),
    "train.py": ("train_size", "Picture size in pixels"),
    "data.py": ("data_size", "Size in pixels"),
}


@pytest.fixture
def odd(shared_home: Path, tmp_path: Path) -> Iterator[str]:
    """A folder that is prepared at 40 px."""
    folder = made_folders.flower_folder(tmp_path / "odd", ("a", "b"), per_class=8)
    name = data.prepare(f"folder:{folder}", 40).source
    yield name
    shutil.rmtree(root_of(name))


def said(app: AppTest) -> str:
    return "\n".join(each.value.replace("\\", "") for each in [*app.caption, *app.info])


@pytest.mark.parametrize("page", PAGES)
def test_a_size_of_the_command_line_is_offered_with_its_source(
    open_page: Open, odd: str, page: str
) -> None:
    key, label = PAGES[page]
    app = open_page(page)
    app.session_state["data"] = odd
    app.run()
    by_label(app.selectbox, label).set_value(40).run()
    assert errors(app) == []
    sizes = by_label(app.selectbox, label)
    assert sizes.value == 40
    assert sizes.options == sorted(map(str, (*SIZES, 40)), key=int)
    by_label(app.selectbox, "Data").set_value("bundled").run()
    assert errors(app) == []
    assert len(app.warning) == 0
    sizes = by_label(app.selectbox, label)
    assert sizes.options == list(map(str, SIZES))
    usual = sizes.value
    assert usual in SIZES
    assert f"Nothing of bundled is there at 40 px; {usual} px is shown." in said(app)
    assert app.query_params.get(key) in (None, [str(usual)])
    app.run()
    assert "Nothing of bundled" not in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_usual_size_stays_when_the_source_changes(open_page: Open, odd: str, page: str) -> None:
    key, label = PAGES[page]
    app = open_page(page, data="bundled", **{key: "32"})
    by_label(app.selectbox, "Data").set_value(odd).run()
    assert by_label(app.selectbox, label).value == 32
    assert "Nothing of" not in said(app)


def test_an_address_may_ask_for_such_a_size(open_page: Open, odd: str) -> None:
    app = open_page(data=odd, size="40")
    assert by_label(app.selectbox, "Size in pixels").value == 40
    assert "The address says" not in said(app)


def test_an_address_that_asks_for_a_size_that_is_gone_is_told(open_page: Open) -> None:
    app = open_page("data.py", data="bundled", data_size="40")
    assert "The address says data_size=40, but data_size can be" in said(app)


def test_only_names_of_sets_count(shared_home: Path) -> None:
    root = Place.of("folder:/nowhere", 64).root
    try:
        for name in ("64px", "64px-stretch", "100px-stretch", "48px.part", "0px", "7px.old", "px"):
            (root / name).mkdir()
        (root / "32px").touch()
        assert prepared_sizes("folder:/nowhere") == (48, 64, 100)
    finally:
        shutil.rmtree(root)
