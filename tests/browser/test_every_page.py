from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, painted, settle
from tests.runs.conftest import eventually

Scheme = Literal["light", "dark"]

PAGES = {
    "/": "Explore",
    "/data": "Data",
    "/train": "Train",
    "/runs": "Runs",
    "/compare": "Compare",
    "/sweep": "Sweep",
    "/predict": "Predict",
    "/about": "About",
}

GROUNDS: dict[Scheme, str] = {"light": "rgb(251, 250, 245)", "dark": "rgb(18, 22, 18)"}

# The contrast of a text with its ground, after WCAG 2; a translucent text lets the ground through.
CONTRAST = """(element, ground) => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const [behind, [r, g, b, a = 1]] = [parts(ground), parts(getComputedStyle(element).color)];
  const faded = [r, g, b].map((c, n) => a * c + (1 - a) * behind[n]);
  const luminance = rgb => {
    const [red, green, blue] = rgb.map(v => {
      const c = v / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(faded), luminance(behind)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}"""


NAMED = """() => [...document.querySelectorAll("button[aria-label=Menu]")].some(
  (box) => getComputedStyle(box, "::after").content === '"Menu"')"""


def settled(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    if title == "Explore":
        painted(page)
    settle(page)


START = "[data-testid=stMain] button[kind=primary]"


def is_readable(page: Page, text: str, ground: str) -> None:
    """Wait until a text, found by a selector, stands out from a colour, or from that of an element.

    A theme comes to all elements one after the other, and to some by a transition.
    """

    def reads() -> bool:
        behind = ground
        if not ground.startswith("rgb"):
            colour = "element => getComputedStyle(element).backgroundColor"
            behind = page.locator(ground).first.evaluate(colour)
        return bool(page.locator(text).first.evaluate(CONTRAST, behind) >= 4.5)

    eventually(reads, what=text)


def turn(page: Page, scheme: Scheme) -> None:
    """Let the system become light or dark, and wait until the page has followed."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(".stApp")).to_have_css("background-color", GROUNDS[scheme])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_straight_from_its_link(visit: Visits, path: str) -> None:
    page = visit(path)
    for width in (1280, 390):
        if width == 390:
            turn(page, "dark")
            page.set_viewport_size({"width": width, "height": 900})
        settled(page, PAGES[path])
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_role("alert").filter(has_text="error").count() == 0
        expect(page.get_by_role("button", name="Main menu")).to_be_visible()
        if width == 1280:
            navigation = page.get_by_test_id("stTopNav")
            for title in PAGES.values():
                expect(navigation.get_by_role("link", name=title, exact=True)).to_be_visible()
        else:
            expect(page.get_by_role("button", name="Menu", exact=True)).to_be_visible()
            page.wait_for_function(NAMED)  # the style may come after the button
        page.wait_for_function(FITS)


def test_text_has_enough_contrast(visit: Visits) -> None:
    page = visit()
    settled(page, "Explore")
    page.get_by_text("Choose pictures").click()
    settle(page)
    for scheme, ground in GROUNDS.items():
        turn(page, scheme)
        for text in (".name", ".drawn li", ".label li:visible"):
            is_readable(page, text, ".tile")
        for text in (
            ".stButtonGroup [aria-checked=true] p",
            "[data-testid=stCaptionContainer] p",
            "h1",
        ):
            is_readable(page, text, ground)
        for text in (".step .title", ".step .label", ".step .typed", ".step .menu"):
            is_readable(page, text, ".step")
    page.goto(page.url.replace("/?", "/train?"))
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    settle(page)
    for scheme in GROUNDS:
        turn(page, scheme)
        is_readable(page, START, START)
