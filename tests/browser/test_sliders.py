"""What a slider that is moved with the keys changes, and what it leaves where it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from augment.address import encode
from augment.presets import PRESETS
from pages.components.recipe import edit
from tests.browser.conftest import Visits
from tests.browser.explore_page import Line, painted, repainted, settle, shows, slider

MAIN = "[data-testid=stMain]"
# Notes every element outside of the stage that comes or goes.
WATCH = """() => {
  window.disturbed = [];
  const stage = document.querySelector(".st-key-stage");
  const note = (what, element) => {
    if (element.nodeType === 1) disturbed.push(`${what} ${element.outerHTML.slice(0, 200)}`);
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes, removedNodes } of records) {
      if (stage.contains(target)) continue;
      addedNodes.forEach((element) => note("added", element));
      removedNodes.forEach((element) => note("removed", element));
    }
  }).observe(document.querySelector("[data-testid=stMain]"), { subtree: true, childList: true });
}"""


def settled(page: Page) -> str:
    """Wait until nothing runs any more, and return the name of what is shown."""
    painted(page)
    settle(page)
    return painted(page)


def tuned(magnitude: float) -> str:
    """Return the parameter of the guide's recipe with another magnitude."""
    recipe = PRESETS["guide"].recipe
    step = recipe.steps[0].id
    return encode(edit.with_value(recipe, step, "magnitude", magnitude).to_json())


def test_ten_quick_changes_end_on_the_last(visit: Visits) -> None:
    page = visit()
    settled(page)
    slider(page, "Magnitude").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(slider(page, "Magnitude")).to_have_value("0.4")
    link = f"r={tuned(0.4)}"
    expected = settled(visit(f"/?{link}"))
    shows(page, expected)
    page.wait_for_url(re.compile(rf"[?&]{link}(&|$)"))
    assert settled(page) == expected


def test_the_address_follows_changes_back_and_forth(visit: Visits) -> None:
    """The second change is made before the browser has the address of the first."""
    lines: list[Line] = []
    page = visit(prepare=lambda page: lines.append(Line(page)))
    settled(page)
    [line] = lines
    line.is_held = True
    slider(page, "Magnitude").press("ArrowRight")
    while not any(tuned(0.31).encode() in sent for sent in line.held):
        page.wait_for_timeout(20)
    before = len(line.asked)
    page.keyboard.press("ArrowLeft")
    while len(line.asked) == before:  # otherwise the page may have the address when it asks
        page.wait_for_timeout(20)
    line.release()
    expect(page).to_have_url(re.compile(f"r={tuned(0.31)}"))
    expect(page).to_have_url(re.compile(f"r={tuned(0.3)}"))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_change_moves_nothing_but_the_pictures(visit: Visits, width: int) -> None:
    page = visit(width=width)
    page.set_viewport_size({"width": width, "height": 600})
    shown = settled(page)
    moved = slider(page, "Magnitude")
    moved.focus()
    # On a wide screen the recipe scrolls by itself.
    scroller = page.locator(".st-key-bench > :last-child" if width == 1280 else MAIN)
    scroller.evaluate("it => it.scrollBy(0, 40)")
    position = scroller.evaluate("it => it.scrollTop")
    box = moved.bounding_box()
    assert position > 0
    page.evaluate(WATCH)
    # Within what is usual, because a value beyond it gets a line of advice at its step.
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        shown = repainted(page, shown)
    settled(page)
    assert page.evaluate("disturbed") == []
    assert scroller.evaluate("it => it.scrollTop") == position
    assert moved.bounding_box() == box
