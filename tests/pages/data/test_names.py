"""The choice of the encoding of an archive's names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from augment import data
from augment.data import adding
from tests.data.sources.made_folders import Unmarked, flower_folder, picture, zip_of, zipped
from tests.pages.data_page import SIZE, opened, read
from tests.pages.shown import by_label

Open = Callable[..., AppTest]


def test_an_archive_without_a_recorded_encoding_offers_the_choice(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[tuple[object, ...]] = []
    monkeypatch.setattr(adding, "add", lambda *args: added.append(args))
    names = [f"{name}/{number}.jpg" for name in ("猫", "狗") for number in range(10)]
    files = {Unmarked(name, "gbk"): picture(name) for name in names}
    name = data.prepare(f"zip:{zip_of(tmp_path / 'a.zip', files)}", SIZE).source
    app = opened(open_page, name)
    assert "The names in the archive were read as" in read(app.markdown)
    assert "too few or too short to be sure" in read(app.warning)
    choice = by_label(app.selectbox, "Read the names as")
    line = next(each for each in choice.options if each.startswith("simplified Chinese (gb18030)"))
    assert {*line.rpartition(": ")[2].split(", ")} == {"狗", "猫"}
    choice.select("gb18030").run()
    by_label(app.button, "Read and prepare").click().run()
    assert added == [(f"{name}#names=gb18030", SIZE, "crop")]


def test_an_archive_with_a_recorded_encoding_offers_no_choice(
    open_page: Open, tmp_path: Path
) -> None:
    folder = flower_folder(tmp_path / "flowers", per_class=10)
    name = data.prepare(f"zip:{zipped(folder, tmp_path / 'a.zip')}", SIZE).source
    app = opened(open_page, name)
    assert "Read the names as" not in [each.label for each in app.selectbox]
    assert read(app.warning) == ""
