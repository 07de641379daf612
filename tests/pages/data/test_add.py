"""Adding data on the page: who may add what, and what happens to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data import adding
from pages.components.data import add
from tests.data.processes import until
from tests.data.sources import made_folders
from tests.pages.conftest import SECONDS
from tests.pages.data_page import SIZE, cards, opened, read
from tests.pages.shown import by_label

Open = Callable[..., AppTest]
Added = list[tuple[object, ...]]


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Added:
    """What was added, instead of preparing it."""
    calls: Added = []
    monkeypatch.setattr(adding, "add", lambda *args: calls.append(args))
    return calls


def set_local(monkeypatch: pytest.MonkeyPatch, is_local: bool) -> None:
    monkeypatch.setattr(add, "browser_is_local", lambda: is_local)


def add_zip(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader[0].set_value(("my flowers.zip", content, "application/zip")).run()
    return by_label(app.button, "Save and prepare").click().run()


def test_a_zip_becomes_a_set_that_all_users_see_until_it_is_removed(
    open_page: Open, tmp_path: Path, shared_home: Path
) -> None:
    folder = made_folders.flower_folder(tmp_path / "flowers")
    app = opened(open_page)
    assert by_label(app.button, "Save and prepare").disabled
    assert "All users of this server can then see these pictures" in read(app.caption)
    add_zip(app, made_folders.zipped(folder, tmp_path / "x.zip").read_bytes())
    name = app.selectbox[0].value
    saved = adding.saved_zip(name)
    assert saved is not None
    until(lambda: data.preparation(name, SIZE).state != "running", SECONDS)
    app.run()
    assert [card["title"] for card in cards(app)] == ["daisy", "rose"]
    other = opened(open_page, name)
    assert [card["title"] for card in cards(other)] == ["daisy", "rose"]
    for page in ("explore.py", "train.py"):
        assert "My flowers" in by_label(open_page(page).selectbox, "Data").options

    app.session_state[f"set {name} {SIZE} crop"] = True
    app.run()
    by_label(app.button, "Verify").click().run()
    assert "All checksums match." in read(app.success)
    by_label(app.button, "Remove this set").click().run()
    assert "This freed " in read(app.success)
    assert saved.exists()
    assert name in data.names()
    by_label(app.button, "Delete the uploaded zip file").click().run()
    assert not saved.exists()
    assert app.selectbox[0].value == "bundled"
    assert name not in data.names()


def test_a_file_that_is_not_a_zip_is_refused_and_can_be_deleted(
    open_page: Open, shared_home: Path
) -> None:
    app = add_zip(opened(open_page), b"Dear diary")
    name = app.selectbox[0].value
    until(lambda: data.preparation(name, SIZE).state != "running", SECONDS)
    app.run()
    assert "is not a zip archive" in read(app.error)
    assert by_label(app.button, "Try again")
    by_label(app.button, "Delete the uploaded zip file").click().run()
    assert adding.saved_zip(name) is None


def test_a_remote_browser_cannot_add_a_folder_but_sees_how(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, added: Added
) -> None:
    set_local(monkeypatch, False)
    app = opened(open_page, **{"kind of data": add.FOLDER})
    assert "From another machine you cannot add a folder" in read(app.info)
    assert adding.FOLDERS in read(app.info)
    assert any("data prepare folder:PATH" in code.value for code in app.code)
    assert len(app.text_input) == 0
    assert not any(button.label == "Add and prepare" for button in app.button)


def test_a_remote_browser_can_add_a_folder_below_a_shared_one(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, added: Added, tmp_path: Path
) -> None:
    set_local(monkeypatch, False)
    monkeypatch.setenv(adding.FOLDERS, str(tmp_path / "**shared**"))
    app = opened(open_page, **{"kind of data": add.FOLDER})
    assert f"below {tmp_path / '**shared**'}" in read(app.info)
    by_label(app.text_input, "Path of the folder").set_value("/etc")
    by_label(app.button, "Add and prepare").click().run()
    assert "/etc is not below a folder" in read(app.error)
    assert added == []
    by_label(app.text_input, "Path of the folder").set_value(str(tmp_path / "**shared**" / "roses"))
    by_label(app.button, "Add and prepare").click().run()
    assert added == [(f"folder:{tmp_path}/**shared**/roses", SIZE, "crop")]


def test_a_local_browser_can_add_any_folder(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, added: Added, tmp_path: Path
) -> None:
    set_local(monkeypatch, True)
    app = opened(open_page, **{"kind of data": add.FOLDER})
    assert len(app.info) == 0
    by_label(app.text_input, "Path of the folder").set_value(str(tmp_path))
    by_label(app.button, "Add and prepare").click().run()
    assert added == [(f"folder:{tmp_path}", SIZE, "crop")]


def test_a_tfds_data_set_is_added_by_its_name(open_page: Open, added: Added) -> None:
    app = opened(open_page, **{"kind of data": add.TFDS})
    label = "Name of a tfds data set of pictures with one label each"
    by_label(app.text_input, label).set_value("**no name**")
    by_label(app.button, "Add and prepare").click().run()
    assert "**no name** is not a name of a tfds set" in read(app.error)
    by_label(app.text_input, label).set_value("mnist")
    by_label(app.button, "Add and prepare").click().run()
    assert added == [("tfds:mnist", SIZE, "crop")]


@pytest.mark.parametrize(("suggested", "shown"), [(224, add.SUGGESTED_SIZE), (64, 64)])
def test_the_size_is_asked_once_and_shown_afterwards(
    open_page: Open, added: Added, suggested: int, shown: int
) -> None:
    app = opened(open_page, **{"kind of data": add.TFDS, "add data": True})
    by_label(app.selectbox, "Size in pixels").set_value(suggested).run()
    size = by_label(app.selectbox, "Size in pixels, for Explore and Train alike")
    assert size.value == shown
    size.set_value(96).run()
    assert "How many pictures there are is not known yet; 1,000 take about" in read(app.caption)
    by_label(app.text_input, "Name of a tfds data set of pictures with one label each").set_value(
        "mnist"
    )
    by_label(app.button, "Add and prepare").click().run()
    assert added == [("tfds:mnist", 96, "crop")]
    assert app.session_state["sizes chosen"]["tfds:mnist"] == 96
    assert app.session_state["add data"] is False


def test_what_a_zip_takes_is_said_before_it_is_saved(open_page: Open, tmp_path: Path) -> None:
    folder = made_folders.flower_folder(tmp_path / "flowers", per_class=3)
    content = made_folders.zipped(folder, tmp_path / "x.zip").read_bytes()
    app = opened(open_page)
    app.file_uploader[0].set_value(("x.zip", content, "application/zip")).run()
    assert "6 pictures: about 1 second, 0.0 MB on the disk" in read(app.caption)
    app.file_uploader[0].set_value(("y.zip", b"Dear diary", "application/zip")).run()
    assert "How many pictures there are is not known yet" in read(app.caption)
