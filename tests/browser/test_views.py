from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from pages.components.views import state
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted, settle, slider

WIDE_ENOUGH = """() => ["html", "[data-testid=stMain]"].every((scrolled) => {
  const { scrollWidth, clientWidth } = document.querySelector(scrolled);
  return scrollWidth === clientWidth;
})"""


def choose(page: Page, view: str) -> None:
    page.get_by_role("radio", name=view, exact=True).click()


def first_digest(page: Page) -> str:
    grid = page.locator(".grid[data-digest]").first
    grid.wait_for()
    return str(grid.get_attribute("data-digest"))


def test_a_view_is_a_click_away_and_in_the_address(visit: Visits) -> None:
    page = visit("/?size=64&tiles=4")
    before = painted(page)
    choose(page, state.STEPS)
    expect(page.get_by_role("heading", name="0. Original")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]view=Steps"))
    page.wait_for_url(re.compile("picture=1"))

    # Back and forward go through the pictures.
    first = repainted(page, before)
    picture = page.get_by_role("combobox", name="Picture")
    settle(page)
    picture.click()
    page.get_by_role("option", name="2. ").click()
    second = repainted(page, first)
    page.wait_for_url(re.compile("picture=2"))
    page.go_back()
    assert repainted(page, second) == first
    # While the page runs there may be two: the one from before, and the one that takes its place.
    expect(picture.and_(page.locator("[value^='1. ']"))).to_have_count(1)
    expect(picture).to_have_count(1)
    page.go_forward()
    assert repainted(page, first) == second
    expect(page.locator(".st-key-address-notes")).to_have_count(0)

    choose(page, state.GRID)
    page.locator(f'.grid[data-digest="{before}"]').wait_for()
    expect(page).not_to_have_url(re.compile(r"[?&](view|picture)="))


def test_a_table_of_two_settings_opens_the_same_elsewhere(visit: Visits) -> None:
    page = visit("/?size=64&tiles=4&view=Sweep")
    strip = painted(page)
    settle(page)
    page.get_by_role("combobox", name="From top to bottom").click()
    page.get_by_role("option", name="RandAugment: Augmentations per image").click()
    table = repainted(page, strip)
    expect(page.get_by_role("table")).to_be_visible()
    page.wait_for_url(re.compile(r"[?&]down="))
    assert painted(visit(page.url)) == table


def test_a_slider_moves_the_view_that_is_shown(visit: Visits) -> None:
    page = visit("/?size=64&tiles=4&view=Range")
    before = first_digest(page)
    slider(page, "Magnitude").press("End")
    expect(page.locator(".grid").first).not_to_have_attribute("data-digest", before)
    expect(page.locator(".grid")).to_have_count(2)
    expect(page.get_by_role("heading", name="Epoch 24")).to_be_visible()


def test_a_narrow_dark_screen_shows_every_view_in_its_width(visit: Visits) -> None:
    page = visit("/?tiles=4", width=390, scheme="dark")
    shown = first_digest(page)
    expect(page.get_by_role("button", name="Menu", exact=True)).to_be_visible()
    for view in state.VIEWS:
        if view != state.GRID:
            choose(page, view)
            grid = page.locator(".grid[data-digest]").first
            expect(grid).not_to_have_attribute("data-digest", shown)
            shown = first_digest(page)
        settle(page)
        page.wait_for_function(WIDE_ENOUGH)
