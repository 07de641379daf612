from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.data import picture_files as files
from tests.pages.shown import by_label, errors, grid

Open = Callable[..., AppTest]
File = tuple[str, bytes, str]


def picture(name: str, seed: int) -> File:
    """Return a small picture as somebody's file."""
    return name, files.saved(files.photograph(40, 48, seed), "PNG"), "image/png"


ROSE, DAISY, LILY = picture("rose.png", 1), picture("daisy.v2.png", 2), picture("lily", 3)


def opened(open_page: Open, *given: File, **parameters: str) -> AppTest:
    """Open Explore on one's own pictures and bring these."""
    app = open_page(data="own", size="64", **parameters)
    return app.file_uploader[0].set_value(given).run() if given else app


def names(app: AppTest) -> list[str]:
    return [tile["name"] for tile in grid(app)["tiles"]]


def read(elements: object) -> list[str]:
    """Return texts as a reader sees them."""
    return [element.value.replace("\\", "") for element in elements]  # type: ignore[attr-defined]


def test_whoever_opens_the_link_is_asked_for_pictures(open_page: Open) -> None:
    app = opened(open_page)
    assert errors(app) == []
    assert not app.get("bidi_component")
    assert "Bring your own pictures" in app.subheader[0].value
    assert any("not written to disk" in text for text in read(app.markdown))
    assert by_label(app.file_uploader, "Your pictures").accept_multiple_files
    assert app.file_uploader[0].allowed_type == []


def test_each_picture_is_a_class_of_its_own(open_page: Open) -> None:
    app = opened(open_page, ROSE, DAISY, LILY)
    assert errors(app) == []
    assert names(app) == ["rose", "daisy.v2", "lily"]
    assert "Only 3 pictures here." in read(app.caption)
    assert any("does not bring them along" in text for text in read(app.caption))
    assert not app.subheader
