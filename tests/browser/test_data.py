from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from augment import data
from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, painted, settle
from tests.browser.forwarding import forwarded
from tests.data.sources import made_folders
from tests.runs.conftest import eventually
from tests.serving import Server

AWFUL = "**loud** www.b.c :smile: &lt; <img src=x onerror=alert(1)>"
ROSES = "**roses** www.b.c :material_delete: $x$"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A zip archive of two classes in two splits, with one picture in both."""
    folder = made_folders.flower_folder(
        tmp_path / "flowers", classes=(AWFUL, "rose"), splits=("train", "test"), per_class=4
    )
    twice = (folder / "train/rose/0.jpg").read_bytes()
    made_folders.filled(folder, {"test/rose/again.jpg": twice, "notes.txt": b"x"})
    return made_folders.zipped(folder, tmp_path / "my flowers.zip")


def add_box(page: Page) -> Locator:
    """Open the box that adds data."""
    box = page.locator(".st-key-add-data details")
    box.wait_for()
    settle(page)
    box.locator("summary").click()
    return box


def takes_folders(session: CDPSession) -> bool:
    """Whether our script listens for what is dropped; it is loaded after the page is shown."""
    document = session.send("Runtime.evaluate", {"expression": "document"})["result"]["objectId"]
    found = session.send("DOMDebugger.getEventListeners", {"objectId": document})["listeners"]
    return any(each["type"] == "drop" and each["useCapture"] for each in found)


def test_a_zip_is_added_prepared_and_explored(visit: Visits, archive: Path) -> None:
    page = visit("/data?size=32", width=390)
    box = add_box(page)
    box.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name="Save and prepare").click()
    title = page.get_by_role("heading", name="My flowers", exact=True)
    expect(title).to_be_visible()
    cards = page.locator(".cards .card")
    expect(cards).to_have_count(2)
    expect(cards.first.locator(".title")).to_have_text(AWFUL)
    expect(page.get_by_role("img", name=f"{AWFUL}, picture 5")).to_be_visible()
    # What is painted is a picture, with many colours.
    colours = """canvas => new Set(new Uint32Array(canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    assert cards.first.locator("canvas").first.evaluate(colours) > 100

    page.get_by_role("tab", name="Duplicates").click()
    expect(page.get_by_text("1 picture of one split is also in another split.")).to_be_visible()
    expect(cards).to_have_count(1)
    expect(cards.locator("figcaption")).to_have_count(2)
    page.get_by_role("tab", name="Bad files").click()
    expect(
        page.get_by_text("notes.txt is left out: its extension is not that of a picture.")
    ).to_be_visible()
    page.get_by_role("tab", name="Class balance").click()
    expect(page.get_by_text(f"the smallest, {AWFUL}, has 8.")).to_be_visible()
    expect(page.locator("a[href*='b.c'], [data-testid=stMain] img")).to_have_count(0)
    page.get_by_role("tab", name="Bad files").click()
    page.wait_for_function(FITS)
    page.wait_for_url(re.compile("part=Bad"))

    other = visit(page.url)
    expect(other.get_by_role("tab", name="Bad files")).to_have_attribute("aria-selected", "true")
    expect(other.get_by_role("link", name="Explore these pictures")).to_be_visible()
    settle(other)
    other.get_by_role("link", name="Explore these pictures").click()
    painted(other)


def test_a_folder_is_dragged_into_the_browser_or_added_from_the_machine_of_the_server(
    visit: Visits, server: Server, tmp_path: Path
) -> None:
    folder = made_folders.flower_folder(tmp_path / "my_roses", classes=("red", "white"))
    page = visit("/data?size=32")
    add_box(page).get_by_text("Folder", exact=True).click()
    target = page.locator("[class*=st-key-folder-upload] [data-testid=stFileUploaderDropzone]")
    target.scroll_into_view_if_needed()
    settle(page)
    session = page.context.new_cdp_session(page)
    eventually(lambda: takes_folders(session), what="nothing listens for a folder that is dropped")
    box = target.bounding_box()
    assert box
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": box["x"] + box["width"] / 2,
                "y": box["y"] + box["height"] / 2,
                "data": {"items": [], "files": [str(folder)], "dragOperationsMask": 1},
            },
        )
    page.get_by_role("button", name="Save and prepare").click()
    expect(page.get_by_role("heading", name="My roses", exact=True)).to_be_visible()
    expect(page.locator(".cards .card .title")).to_have_text(["red", "white"])

    folder = made_folders.flower_folder(tmp_path / ROSES)
    add_box(page).get_by_text("Folder on the server", exact=True).click()
    page.get_by_role("textbox", name="Path of the folder").fill(str(folder))
    page.get_by_role("button", name="Add and prepare").click()
    title = page.get_by_role("heading", name=ROSES.replace("_", " "), exact=True)
    expect(title).to_be_visible()
    expect(page.locator(".cards .card")).to_have_count(2)

    # From another machine it is not.
    with forwarded(server.url) as proxy:
        page = visit(f"{proxy}/data?size=32")
        add_box(page).get_by_text("Folder on the server", exact=True).click()
        expect(page.get_by_text("From another machine you cannot add a folder")).to_be_visible()
        expect(page.get_by_role("textbox", name="Path of the folder")).to_have_count(0)
        # The page is left before the proxy ends, and not while it still loads.
        page.wait_for_load_state("networkidle")
        page.goto("about:blank")


def test_an_address_opens_nothing_that_was_not_added(visit: Visits, tmp_path: Path) -> None:
    folder = made_folders.flower_folder(tmp_path / "secret")
    page = visit(f"/data?size=32&data=folder:{folder}")
    expect(page.get_by_text("The address says data=folder:")).to_be_visible()
    expect(page.get_by_role("heading", name="Eleven bundled photographs")).to_be_visible()
    assert f"folder:{folder}" not in data.names()
