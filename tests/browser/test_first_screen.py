"""The first screen of Explore: how much of it is pictures, and how far the recipe is."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from augment.address import encode
from augment.presets import PRESETS, START
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, settle

# The share of the window that visible parts of pictures cover; the side with them cuts them off.
PICTURES = """all => {
  const pane = document.querySelector(".st-key-bench").firstElementChild.getBoundingClientRect();
  const bottom = Math.min(pane.bottom, innerHeight);
  const seen = all.map((it) => it.getBoundingClientRect()).map(({ top, bottom: end, width }) =>
    width * Math.max(0, Math.min(end, bottom) - Math.max(top, pane.top)));
  return seen.reduce((sum, area) => sum + area, 0) / innerWidth / innerHeight;
}"""
HIDDEN = """all => all.map(
  (it) => getComputedStyle(it).scrollbarColor.startsWith("rgba(0, 0, 0, 0)"))"""
AT_LEAST = 0.45


def sliders(page: Page) -> Locator:
    return page.locator(".st-key-inspector").get_by_role("slider")


@pytest.mark.parametrize("name", ["guide", START])
def test_nearly_half_of_the_first_screen_is_pictures_and_the_recipe_is_near(
    visit: Visits, name: str
) -> None:
    page = visit(f"/?r={encode(PRESETS[name].recipe.to_json())}")
    page.set_viewport_size({"width": 1280, "height": 800})
    painted(page)
    expect(page.locator(".first")).to_be_visible()
    expect(sliders(page).first).to_be_attached()
    settle(page)
    assert page.locator("canvas.picture").evaluate_all(PICTURES) >= AT_LEAST
    title = page.get_by_role("heading", name="Explore", exact=True).bounding_box()
    link = page.get_by_role("link", name="Train with this recipe").bounding_box()
    assert title
    assert link
    assert abs(title["y"] - link["y"]) < 10, "all controls are in one row"
    for each in sliders(page).all():
        expect(each).to_be_in_viewport(ratio=1)

    # The recipe is a few presses of the Tab key away.
    first = sliders(page).first
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the recipe")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(first).to_be_focused()
    # From the tiles, which are one stop, it is as few.
    page.locator(".open").first.focus()
    inside = page.locator(".st-key-inspector :focus")
    stops = 0
    while not inside.count():
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 8
        assert page.locator(".open:focus").count() == 0
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", name="Data", exact=True, level=1)).to_be_visible()
    expect(skip).to_have_count(0)


def test_pictures_and_recipe_scroll_apart_with_one_scrollbar(visit: Visits) -> None:
    long = json.dumps({"version": 1, "steps": [{"op": "cut_mix"}] * 20})
    page = visit(f"/?r={encode(long)}")
    page.set_viewport_size({"width": 1280, "height": 800})
    painted(page)
    expect(sliders(page).first).to_be_attached()
    settle(page)
    scrolled = page.locator("[data-testid=stMain]").evaluate(
        "it => it.scrollHeight - it.clientHeight"
    )
    assert scrolled == 0
    sides = page.locator(".st-key-bench > *")
    first = page.locator(".tile").first
    assert sides.evaluate_all(HIDDEN) == [False, True]
    page.locator(".st-key-inspector").hover()
    assert sides.evaluate_all(HIDDEN) == [True, False]
    page.mouse.wheel(0, 300)
    page.wait_for_function("document.querySelector('.st-key-bench').lastElementChild.scrollTop > 0")
    expect(first.locator(".pair")).to_be_in_viewport(ratio=1)
    first.hover()
    assert sides.evaluate_all(HIDDEN) == [False, True]
    page.locator(".open").first.focus()
    page.keyboard.press("PageDown")
    page.wait_for_function(
        "document.querySelector('.st-key-bench').firstElementChild.scrollTop > 0"
    )


def test_on_a_phone_two_pairs_are_in_sight_at_every_slider(visit: Visits) -> None:
    page = visit(width=390)
    page.set_viewport_size({"width": 390, "height": 844})
    painted(page)
    expect(sliders(page).nth(5)).to_be_attached()
    settle(page)
    for slider in sliders(page).all():
        slider.focus()
        box = slider.bounding_box()
        pane = page.locator(".st-key-bench > *").first.bounding_box()
        assert box is not None
        assert pane is not None
        assert pane["y"] + pane["height"] <= box["y"] <= 845 - box["height"]
        for pair in page.locator(".pair").all()[:2]:
            seen = pair.bounding_box()
            assert seen is not None
            assert pane["y"] <= seen["y"]
            assert seen["y"] + seen["height"] <= pane["y"] + pane["height"]
    page.set_viewport_size({"width": 320, "height": 640})
    for scroller in ("html", "[data-testid=stMain]", ".st-key-bench > :first-child"):
        assert page.locator(scroller).evaluate("it => it.scrollWidth - it.clientWidth") <= 0


def test_what_was_lost_is_above_the_pictures_and_on_them(visit: Visits) -> None:
    strong = encode(PRESETS["too_strong"].recipe.to_json())
    page = visit(f"/?tiles=4&r={strong}", scheme="dark")
    painted(page)
    line = page.locator(".first.advice")
    expect(line).to_contain_text("pictures kept less than")
    expect(page.locator(".badge:visible").first).to_contain_text("%")
    settle(page)
    tile = page.locator(".tile").first
    before = tile.bounding_box()
    page.locator("summary", has_text="Details").click()
    expect(page.get_by_text("bits that a coarse grey copy holds").first).to_be_visible()
    assert tile.bounding_box() == before
    page.keyboard.press("Escape")
    expect(page.get_by_text("bits that a coarse grey copy holds").first).to_be_hidden()
