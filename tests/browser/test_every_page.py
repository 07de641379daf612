from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.explore_page import painted

PAGES = {"/": "Explore", "/train": "Train", "/runs": "Runs", "/about": "About"}

# The contrast of a colour with another, after WCAG 2; colours as the browser computes them.
CONTRAST = """([text, ground]) => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(v => {
      const c = v / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def settled(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    if title == "Explore":
        painted(page)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_straight_from_its_link(
    visit: Visits, path: str, width: int, scheme: str
) -> None:
    page = visit(path, width=width, scheme=scheme)
    settled(page, PAGES[path])
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_role("alert").filter(has_text="error").count() == 0
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    if width == 1280:
        for title in PAGES.values():
            expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_read_stands_out_from_its_ground(visit: Visits, scheme: str) -> None:
    page = visit(scheme=scheme)
    settled(page, "Explore")
    style = "(e, name) => getComputedStyle(e)[name]"
    tile = page.locator(".tile").first.evaluate(style, "backgroundColor")
    ground = page.locator(".stApp").evaluate(style, "backgroundColor")
    assert ground == ("rgb(251, 250, 245)" if scheme == "light" else "rgb(18, 22, 18)")
    for read in (".name", ".drawn li", ".which", ".label li:visible"):
        text = page.locator(read).first.evaluate(style, "color")
        assert page.evaluate(CONTRAST, [text, tile]) >= 4.5, read
    page.goto(page.url.replace("/?", "/train?"))
    button = page.get_by_role("button", name="Start")
    colours = [button.evaluate(style, name) for name in ("color", "backgroundColor")]
    assert page.evaluate(CONTRAST, colours) >= 4.5


def test_on_a_narrow_screen_the_pictures_stay_in_view_while_sliders_move(visit: Visits) -> None:
    page = visit(width=390)
    settled(page, "Explore")
    rate = page.get_by_role("group", name="Rate", exact=True)
    rate.scroll_into_view_if_needed()
    expect(rate).to_be_in_viewport()
    expect(page.locator(".tile").first).to_be_in_viewport()
    pictures, moved = page.locator(".st-key-stage").bounding_box(), rate.bounding_box()
    assert pictures is not None
    assert moved is not None
    assert moved["y"] >= min(pictures["y"] + pictures["height"], 60 + 0.48 * 900)
