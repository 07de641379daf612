"""The recipe is built with the mouse and with the keyboard alone."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, expect

from pages.components.session.address import encode
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted, slider

STEPS = [
    {"op": "rotate", "id": "a"},
    {"op": "one_of", "id": "b", "steps": [{"op": "invert", "id": "c"}, {"op": "hue", "id": "d"}]},
]


def opened(visit: Visits, width: int = 1280) -> tuple[Page, str]:
    page = visit(f"/?tiles=4&r={encode(json.dumps({'version': 1, 'steps': STEPS}))}", width=width)
    return page, painted(page)


def titles(page: Page) -> Locator:
    """Return the switches of the steps, from top to bottom."""
    return page.locator(".st-key-inspector").get_by_role("switch")


def edit(page: Page, step: int) -> Locator:
    return page.get_by_role("button", name="Edit", exact=True).nth(step)


def test_a_step_is_moved_copied_and_removed_by_its_menu(visit: Visits) -> None:
    page, first = opened(visit)
    expect(titles(page)).to_have_count(4)
    edit(page, 2).click()
    page.get_by_role("menuitem", name="Move out of One of").click()
    second = repainted(page, first)
    edit(page, 0).click()
    page.get_by_role("menuitem", name="Duplicate").click()
    third = repainted(page, second)
    expect(titles(page)).to_have_count(5)
    edit(page, 0).click()
    page.get_by_role("menuitem", name="Remove").click()
    repainted(page, third)
    expect(titles(page)).to_have_count(4)


def test_a_step_is_moved_and_moved_back_with_the_keyboard_alone(visit: Visits) -> None:
    page, first = opened(visit)
    edit(page, 0).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_focused()
    chosen = page.locator("[role=menuitem][data-focused]")
    expect(chosen).to_have_text("Move down")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text("Move into One of below")
    page.keyboard.press("Enter")
    second = repainted(page, first)
    expect(page.get_by_role("menuitem")).to_have_count(0)
    page.keyboard.press("Control+z")
    assert repainted(page, second) == first


def test_a_step_is_switched_off_and_on_again(visit: Visits) -> None:
    page, first = opened(visit)
    factors = page.get_by_role("group", name="Factor (degrees)")
    expect(factors).to_have_count(2)
    titles(page).first.press("Space")
    second = repainted(page, first)
    expect(factors).to_have_count(1)
    titles(page).first.press("Space")
    assert repainted(page, second) == first


def test_the_probability_is_set_without_its_popover_closing(visit: Visits) -> None:
    page, shown = opened(visit)
    box = page.get_by_role("button", name="Always").first
    box.click()
    for value in ("0.99", "0.98"):
        slider(page, "Probability").press("ArrowLeft")
        expect(slider(page, "Probability")).to_have_value(value)
        expect(slider(page, "Probability")).to_be_focused()
    slider(page, "Probability").press("Home")
    repainted(page, shown)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="0%", exact=True)).to_be_visible()


def test_presets_are_read_and_chosen_on_a_narrow_screen(visit: Visits) -> None:
    page, first = opened(visit, width=390)
    page.get_by_role("button", name="Start from a preset").click()
    names = page.get_by_role("dialog")
    expect(names.get_by_text("The flowers can hardly be recognized any more")).to_be_visible()
    assert names.evaluate("box => box.scrollWidth <= box.clientWidth")
    names.get_by_role("button", name="Too strong").click()
    repainted(page, first)
    expect(names).to_have_count(0)
    expect(page.get_by_text("RandAugment", exact=True)).to_be_visible()
