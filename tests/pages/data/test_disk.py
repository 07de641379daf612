"""The prepared sets on the disk: sizes, verifying and removing them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import DataError, data
from augment.data.store.file_format import PICTURES
from augment.data.store.place import Place
from augment.runs import removal
from augment.system.units import counted
from tests.pages.conftest import Visit
from tests.pages.data_page import SIZE, opened, read
from tests.pages.shown import by_label, errors, plain

Open = Callable[..., AppTest]
LABEL = f"Eleven bundled photographs, {SIZE} px, crop"


@pytest.fixture
def app(open_page: Open) -> AppTest:
    """The page with the bundled set opened in the list of what is prepared."""
    return opened(open_page, **{f"set bundled {SIZE} crop": True})


def test_every_set_is_listed_with_its_size(app: AppTest) -> None:
    listed = {plain(each.label).partition(":")[0] for each in app.expander}
    assert LABEL in listed
    total = sum(info.bytes for info in data.list_prepared()) / 1e6
    assert f"{counted(len(data.list_prepared()), 'prepared set')}, {total:,.1f} MB;" in read(
        app.markdown
    )
    assert "275 pictures (photographs 11, train 176, validation 88), prepared" in read(app.markdown)


def test_a_remote_browser_only_sees_the_command(app: AppTest, visitor: Visit) -> None:
    visitor(address="192.0.2.9")
    app.run()
    assert "Remove this set" not in [button.label for button in app.button]
    assert f"python -m augment data remove bundled --size {SIZE}" in read(app.code)


def test_a_set_is_removed_and_the_bundled_one_prepared_again(app: AppTest) -> None:
    before = Place.of("bundled", SIZE).index.stat().st_mtime_ns
    by_label(app.button, "Remove this set").click().run()
    assert "Removed. This freed 0.9 MB of disk space." in read(app.success)
    assert Place.of("bundled", SIZE).index.stat().st_mtime_ns > before


def test_a_set_that_a_training_needs_stays(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise DataError("bundled is needed by a training, *roses*.")

    monkeypatch.setattr(removal, "remove", refuse)
    by_label(app.button, "Remove this set").click().run()
    assert "bundled is needed by a training, *roses*." in errors(app)
    assert Place.of("bundled", SIZE).index.exists()


def test_a_changed_byte_is_found(app: AppTest) -> None:
    file = Place.of("bundled", SIZE).folder / PICTURES
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    try:
        by_label(app.button, "Verify").click().run()
        assert f"checksum mismatch in {PICTURES}" in read(app.error)
    finally:
        file.write_bytes(good)
    by_label(app.button, "Verify").click().run()
    assert "All checksums match." in read(app.success)


def test_a_set_is_prepared_again(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(data, "start_preparing", lambda *args, **how: started.append((args, how)))
    by_label(app.button, "Prepare again").click().run()
    assert started == [(("bundled", SIZE, "crop"), {"again": True})]
