from __future__ import annotations

import asyncio
import re
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from augment import Recipe, data
from augment.address import encode
from augment.data import uploads
from augment.data.images import decode
from augment.data.source import Pixels
from pages.components.pictures import own_pictures
from pages.components.pictures.data_choice import OWN
from pages.components.session.text import escaped
from tests.conftest import ROOT
from tests.data.images import picture_files as files
from tests.pages.shown import (
    by_label,
    digest,
    errors,
    go_to,
    grid,
    grids,
    parameter,
    plain,
    slide,
)

Open = Callable[..., AppTest]
File = tuple[str, bytes, str]


def picture(name: str, seed: int) -> File:
    """Return a small picture as a file of the user."""
    return name, files.saved(files.photograph(40, 48, seed), "PNG"), "image/png"


ROSE, DAISY, LILY = picture("rose.png", 1), picture("daisy.v2.png", 2), picture("lily", 3)


def opened(open_page: Open, *given: File, **parameters: str) -> AppTest:
    """Open Explore on one's own pictures and upload these."""
    app = open_page(data="own", size="64", **parameters)
    return app.file_uploader[0].set_value(given).run() if given else app


def names(app: AppTest) -> list[str]:
    return [tile["name"] for tile in grid(app)["tiles"]]


def read(elements: object) -> list[str]:
    """Return texts as a reader sees them."""
    return [plain(element.value) for element in elements]  # type: ignore[attr-defined]


def test_a_link_to_own_pictures_asks_for_pictures(open_page: Open) -> None:
    app = opened(open_page)
    assert errors(app) == []
    assert not grids(app)
    assert "Upload your own pictures" in app.subheader[0].value
    assert any("not written to disk" in text for text in read(app.markdown))
    assert by_label(app.file_uploader, "Your pictures").accept_multiple_files
    assert app.file_uploader[0].allowed_type == []


def test_each_picture_is_a_class_of_its_own(open_page: Open) -> None:
    app = opened(open_page, ROSE, DAISY, LILY)
    assert errors(app) == []
    assert names(app) == ["rose", "daisy.v2", "lily"]
    assert "Only 3 pictures available." in read(app.caption)
    assert any("are not part of a link" in text for text in read(app.caption))
    assert not app.subheader


def test_pictures_of_one_name_are_distinct_in_mixed_labels(open_page: Open) -> None:
    other = ("rose.jpg", *picture("", 4)[1:])
    app = opened(open_page, ROSE, other, r=encode('{"version": 1, "steps": [{"op": "mix_up"}]}'))
    assert names(app) == ["rose", "rose (2)"]
    for tile in grid(app)["tiles"]:
        assert all(
            re.fullmatch(r"\d+% (its own|is rose( \(2\))?)", text) for text, *_ in tile["shares"]
        )
    assert any(tile["shares"] for tile in grid(app)["tiles"])


def test_one_picture_alone_is_shown(open_page: Open) -> None:
    app = opened(open_page, ROSE)
    assert errors(app) == []
    assert names(app) == ["rose"]
    assert grid(app)["tiles"][0]["shares"] == []


def test_each_bad_file_has_a_sentence_and_the_others_are_shown(open_page: Open) -> None:
    hostile = "**x** ![y](http://example.org) <b>.jpg"
    app = opened(open_page, (hostile, b"no picture", ""), ROSE, ("empty.png", b"", ""))
    assert names(app) == ["rose"]
    [warning] = app.warning
    first, second = warning.value.split("\n")
    assert first.startswith(f"- {escaped(f'{hostile} is not a picture that can be read')}")
    assert plain(second).startswith("- empty.png is empty")


def test_with_only_bad_files_there_are_no_pictures(open_page: Open) -> None:
    app = opened(open_page, ("a.png", b"", ""))
    assert not grids(app)
    assert "Upload your own pictures" in app.subheader[0].value
    assert len(app.warning) == 1


def test_a_removed_file_is_dropped(open_page: Open) -> None:
    app = opened(open_page, ROSE, DAISY)
    app.file_uploader[0].set_value([DAISY]).run()
    assert names(app) == ["daisy.v2"]
    app.file_uploader[0].set_value([]).run()
    assert not grids(app)
    assert own_pictures.LOADED not in app.session_state


def test_no_other_user_sees_them(open_page: Open) -> None:
    opened(open_page, ROSE)
    assert not grids(opened(open_page))


def test_a_file_is_decoded_once_for_each_size(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    real = decode.decode

    def counted(data: bytes, name: str, **options: int) -> Pixels:
        decoded.append(name)
        return real(data, name, **options)

    monkeypatch.setattr(decode, "decode", counted)
    app = opened(open_page, ROSE, DAISY)
    before = digest(app)
    slide(app, "Magnitude", 0.9)
    app.number_input(key="seed").set_value(3).run()
    assert digest(app) != before
    assert decoded == ["rose.png", "daisy.v2.png"]
    app.file_uploader[0].set_value([DAISY, LILY]).run()
    assert decoded == ["rose.png", "daisy.v2.png", "lily"]
    app.selectbox(key="size").set_value(96).run()
    assert decoded[3:] == ["daisy.v2.png", "lily"]
    assert grid(app)["size"] == 96


def test_they_are_chosen_by_name_which_is_not_in_the_address(open_page: Open) -> None:
    app = opened(open_page, ROSE, DAISY, LILY)
    app.multiselect(key="own chosen").set_value([app.multiselect(key="own chosen").options[1]])
    app.run()
    assert names(app) == ["daisy.v2"]
    assert not any("daisy" in str(value) for value in app.query_params.values())
    app.file_uploader[0].set_value([ROSE, LILY]).run()
    assert names(app) == ["rose", "lily"]


def test_they_are_still_there_after_another_page_until_they_are_removed(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_file", lambda _, session, file: dropped.append(file)
    )
    app = opened(open_page, ROSE, DAISY)
    app.switch_page("runs.py").run()
    app.switch_page("explore.py")
    app.query_params["data"] = "own"
    app.query_params["size"] = "64"
    app.run()
    assert names(app) == ["rose", "daisy.v2"]
    assert "2 files uploaded earlier." in read(app.caption)
    app.file_uploader[0].set_value([LILY]).run()
    assert names(app) == ["rose", "daisy.v2", "lily"]
    by_label(app.button, "Remove").click().run()
    assert names(app) == ["lily"]
    assert len(dropped) == 2


@pytest.mark.parametrize("page", ["data.py", "train.py", "runs.py", "about.py"])
def test_they_stay_chosen_after_another_page(open_page: Open, page: str) -> None:
    app = opened(open_page, ROSE, DAISY)
    for _ in range(2):
        go_to(app, page)
        assert errors(app) == []
        told = any("only in Explore, where they stay" in text for text in read(app.caption))
        assert told == (page in ("data.py", "train.py"))
        go_to(app, "explore.py")
        assert names(app) == ["rose", "daisy.v2"]
        assert parameter(app, "data") == OWN


def test_data_that_are_chosen_on_another_page_are_shown_instead(open_page: Open) -> None:
    app = opened(open_page, ROSE)
    go_to(app, "train.py")
    by_label(app.selectbox, "Data").set_value("tfds:oxford_flowers102").run()
    go_to(app, "explore.py")
    assert app.session_state["data"] == "tfds:oxford_flowers102"
    by_label(app.selectbox, "Data").set_value(OWN).run()
    assert names(app) == ["rose"]
    # The link of Data that shows what is seen there requests a size.
    go_to(app, "data.py")
    go_to(app, "explore.py", size="64")
    assert app.session_state["data"] == "tfds:oxford_flowers102"


def test_they_cannot_be_trained_on(open_page: Open) -> None:
    assert OWN not in data.names()
    app = open_page("train.py", data="own")
    assert errors(app) == []
    assert "own" not in app.selectbox(key="data").options


def test_steps_for_chosen_classes_have_a_remark() -> None:
    own = uploads.take([file[:2] for file in (ROSE, DAISY)], 32)
    steps = '{"op": "one_of", "steps": [{"op": "cut_mix", "classes": [1, 40]}]}'
    recipe = Recipe.from_json(
        f'{{"version": 1, "steps": [{steps}, {{"op": "flip", "classes": [40]}}, {{"op": "hue"}}]}}'
    )
    mixed, flipped = own_pictures.class_remarks(own, recipe)
    assert mixed.startswith("CutMix applies only to daisy.v2: each of your pictures is a class")
    assert flipped.startswith("Flip applies only to classes that your pictures do not have")


def test_an_upload_as_large_as_the_server_takes_stays_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] == own_pictures.MOST_MEGABYTES
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_: pytest.fail("written to disk"))
    part = bytes(2**20)
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'

    async def receive() -> AsyncIterator[bytes]:
        yield head
        for _ in range(own_pictures.MOST_MEGABYTES):
            yield part
        yield b"\r\n--x--\r\n"

    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    parser = MultiPartParser(headers, receive())
    # A thread of its own: where browser tests ran before, this one has Playwright's loop running.
    with ThreadPoolExecutor(1) as pool:
        form = pool.submit(lambda: asyncio.run(parser.parse())).result()
    assert form["f"].size == own_pictures.MOST_MEGABYTES * 2**20
