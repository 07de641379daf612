from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.explore_page import settle
from tests.browser.test_uploads import payload, picture, uploader
from tests.data.images import picture_files as files

LOADED = "[...document.images].every(({ complete }) => complete)"


def test_the_data_go_along_from_page_to_page(visit: Visits) -> None:
    """Each page opened by a click has the data in its address, so that a reload shows them too."""
    written = "(?=.*fit=stretch)(?=.*splits=re-split)(?=.*split_seed=3)(?=.*size=32)"
    explore = re.compile(rf"^(?!.*/(train|data)){written}(?=.*tiles=4)(?=.*seed=12)")
    train = re.compile(rf"^(?=.*/train){written}(?=.*seed=12)")
    data = re.compile(rf"^(?=.*/data){written}")
    page = visit("/?tiles=4&size=32&fit=stretch&splits=re-split&split_seed=3&seed=12")
    page.locator(".grid[data-digest]").wait_for()
    page.get_by_role("link", name="Train with this recipe").click()
    page.wait_for_url(train)
    page.get_by_role("link", name="Data", exact=True).click()
    page.wait_for_url(data)
    # One step is one page, as it was.
    for step, there, title in [
        ("back", train, "Train"),
        ("back", explore, "Explore"),
        ("forward", train, "Train"),
        ("forward", data, "Data"),
    ]:
        page.evaluate(f"history.{step}()")
        page.wait_for_url(there)
        expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
        settle(page)
    page.go_back()
    page.wait_for_url(train)
    expect(page.get_by_role("spinbutton", name="Seed", exact=True)).to_have_value("12")
    seed = page.get_by_role("spinbutton", name="Seed of the splits")
    expect(seed).to_have_value("3")
    seed.fill("4")
    seed.press("Enter")
    page.wait_for_url(re.compile("split_seed=4"))
    settle(page)
    page.get_by_role("link", name="Change it in Explore").click()
    page.locator(".grid[data-digest]").wait_for()
    page.wait_for_url(re.compile(r"^(?!.*/train).*split_seed=4"))


def test_own_pictures_stay_chosen(visit: Visits) -> None:
    page = visit("/?data=own&size=32&tiles=4")
    tile = page.locator(".tile .name")
    uploader(page).set_input_files(payload("crocus.png", files.saved(picture(1), "PNG")))
    expect(tile).to_have_text(["crocus"])
    for name in ("Data", "Train", "Runs", "About"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
        expect(tile.filter(has_text="crocus")).to_have_count(0)
        settle(page)
        page.wait_for_function(LOADED)  # a photograph of a page that was left is gone
        page.get_by_role("link", name="Explore", exact=True).click()
        expect(tile).to_have_text(["crocus"])
        page.wait_for_url(re.compile(r"^(?!.*/(data|train|runs|about)).*data=own"))
    page.get_by_role("link", name="Train with this recipe").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.wait_for_url(re.compile(r"/train\?"))
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.go_back()
    expect(tile).to_have_text(["crocus"])
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("link", name="Explore these pictures")).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Explore these pictures").click()
    expect(tile.first).to_have_text("orange dahlia")
