from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment.data.registry import DIGITS, FLOWERS
from augment.data.store.place import Place
from tests.pages.shown import by_label, errors, plain

Open = Callable[..., AppTest]

PAGES = ("explore.py", "data.py", "train.py")


def offered(app: AppTest) -> dict[str, str]:
    """Return the label of each button that chooses another set."""
    return {
        button.key.removeprefix("choose "): plain(button.label)
        for button in app.button
        if button.key.startswith("choose ")
    }


@pytest.fixture
def no_originals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_one_click_leads_from_the_photographs_to_flowers(
    open_page: Open, no_originals: Path, page: str
) -> None:
    app = open_page(page, size="32")
    assert list(offered(app)) == ([DIGITS] if page == "train.py" else []) + [FLOWERS]
    assert "about 345 MB to download, about a minute to prepare" in offered(app)[FLOWERS]
    app.button(f"choose {FLOWERS}").click().run()
    assert errors(app) == []
    assert by_label(app.selectbox, "Data").value == FLOWERS
    assert any(
        "Oxford Flowers 102 at 32 px is not prepared" in each.value for each in app.subheader
    )
    assert offered(app) == {}


def test_one_click_leads_to_digits_that_can_be_trained_on_at_once(open_page: Open) -> None:
    app = open_page("train.py", size="32")
    app.button(f"choose {DIGITS}").click().run()
    assert errors(app) == []
    assert by_label(app.selectbox, "Data").value == DIGITS
    assert any("1,029 training pictures" in plain(each.value) for each in app.markdown)
    assert by_label(app.button, "Start")
    assert offered(app) == {}


def test_flowers_that_are_there_need_no_download(
    open_page: Open, home: Path, no_originals: Path
) -> None:
    folder = no_originals / "oxford_flowers102" / "2.1.1"
    folder.mkdir(parents=True)
    for file in ("dataset_info.json", "features.json"):
        (folder / file).write_text("{}")
    app = open_page("data.py", size="32")
    assert "on this disk, under a minute to prepare" in offered(app)[FLOWERS]
    index = Place.of(FLOWERS, 32).index
    index.parent.mkdir(parents=True)
    index.write_text("{}")
    assert "already prepared" in offered(app.run())[FLOWERS]
