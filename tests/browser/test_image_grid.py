"""The grid by itself, on an empty page, with states that Explore rarely shows."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.components.parts.image_grid.image_grid import class_colour
from tests.browser.explore_page import painted, repainted
from tests.conftest import ROOT
from tests.pages.parts.test_image_grid import shown

MOUNT = """async ({ html, css, js, width }) => {
  document.body.innerHTML = "<div id='host' style='--st-base-radius: 4px'></div>";
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${css}</style><div>${html}</div>`;
  const { default: mount } = await import(`data:text/javascript;base64,${js}`);
  window.send = (frame) => {
    const data = Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0));
    window.leave = mount({ data, parentElement: root.lastElementChild });
  };
}"""
MATRIX = """show(['rose'] * 6, 1, before_of=[0] * 6, layout='single', headings=Headings(
    across_title='Magnitude', across=('0', '0.5', '1'), down_title='Layers', down=('1', '2')))"""
STRIP = """show(['rose'] * 3, layout='single', headings=Headings(
    across_title='Magnitude', across=('0', '0.5', '1')))"""
# Read from a copy, because a canvas that is read turns into a slower one.
LEVELS = """all => all.map((shown) => {
  const copy = document.createElement("canvas");
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(shown, 0, 0);
  return context.getImageData(0, 0, 1, 1).data[0];
})"""

Show = Callable[[str], Page]


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A tab for all tests, and what the browser logs in it."""
    with chromium.new_context() as window:
        page = window.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        yield page, problems


@pytest.fixture
def show(tab: tuple[Page, list[str]]) -> Iterator[Show]:
    """A way to show a grid, and then others in its place; the test fails if the browser logs anything."""
    page, problems = tab
    problems.clear()
    page.goto("about:blank")
    page.set_viewport_size({"width": 390, "height": 700})

    def shows(call: str) -> Page:
        [element] = shown(call).get("bidi_component")
        sent: Any = element.proto
        if not page.locator("#host").count():
            js = base64.b64encode(sent.js_content.encode()).decode()
            parts = {"html": sent.html_content, "css": sent.css_content, "js": js}
            page.evaluate(MOUNT, parts)
        page.evaluate("frame => send(frame)", base64.b64encode(sent.bytes).decode())
        return page

    yield shows
    assert problems == []


def test_every_tile_has_its_own_picture_of_each_sheet(show: Show) -> None:
    page = show("show(['a', 'b', 'c', 'd', 'e'], 3, grey=150, before_of=[2, 0, 0, 1, 2])")
    first = painted(page)
    pairs = [130, 150, 90, 170, 90, 190, 110, 210, 130, 230]
    assert page.locator("canvas.picture").evaluate_all(LEVELS) == pytest.approx(pairs, abs=2)
    show("show(['a', 'b'], 1, grey=10, before_of=[0, 0])")
    repainted(page, first)
    pairs = [90, 10, 90, 30]
    assert page.locator("canvas.picture").evaluate_all(LEVELS) == pytest.approx(pairs, abs=2)
    page.get_by_role("button", name="Show b large").click()
    assert page.locator("canvas.layer").evaluate_all(LEVELS) == pytest.approx([90, 30], abs=2)


def test_a_matrix_is_a_table(show: Show) -> None:
    page = show(MATRIX)
    painted(page)
    table = page.get_by_role("region", name="Layers by Magnitude").get_by_role("table")
    columns = ["Magnitude", "Layers", "0", "0.5", "1"]
    assert table.get_by_role("columnheader").all_text_contents() == columns
    assert table.get_by_role("rowheader").all_text_contents() == ["1", "2"]
    cell = table.get_by_role("row").nth(3).get_by_role("cell").nth(1)
    expect(cell.get_by_role("img")).to_have_accessible_name(
        "rose, Magnitude 0.5, Layers 2 after: nothing was drawn"
    )
    cell.get_by_role("button", name="Show rose, Magnitude 0.5, Layers 2 large").click()
    expect(page.get_by_role("dialog")).to_have_accessible_name("rose, Magnitude 0.5, Layers 2")


def test_a_wide_matrix_scrolls_by_itself(show: Show) -> None:
    values = tuple(str(n) for n in range(8))
    headings = f"across_title='M', across={values}, down_title='N', down=('1', '2')"
    page = show(f"show(['rose'] * 16, layout='single', headings=Headings({headings}))")
    painted(page)
    box = page.get_by_role("region", name="N by M")
    assert box.evaluate("it => it.scrollWidth > it.clientWidth + 100")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("columnheader", name="7")).not_to_be_in_viewport()
    page.get_by_role("button", name="Show rose, M 7, N 2 large").focus()
    expect(page.get_by_role("columnheader", name="7")).to_be_in_viewport()
    # The headings of the rows stay.
    expect(page.get_by_role("rowheader", name="2")).to_be_in_viewport(ratio=1)


def test_a_strip_is_headed_by_its_values_and_wraps(show: Show) -> None:
    page = show(STRIP)
    painted(page)
    expect(page.get_by_text("Magnitude", exact=True)).to_be_visible()
    assert page.locator(".tile h4").all_text_contents() == ["0", "0.5", "1"]
    tops = page.locator(".tile").evaluate_all("all => all.map(it => it.offsetTop)")
    assert tops[0] == tops[1] < tops[2]


def test_one_shape_follows_another(show: Show) -> None:
    digests = [""]
    for call, tiles in ((MATRIX, 6), ("show(['a', 'b'])", 2), (STRIP, 3), ("show(['a'])", 1)):
        page = show(call)
        expect(page.locator(".tile")).to_have_count(tiles)
        expect(page.locator(".tile canvas:visible")).to_have_count(
            tiles * 2 if "layout" not in call else tiles
        )
        digests.append(repainted(page, digests[-1]))
    assert len(set(digests)) == 5


def test_without_pictures_there_is_a_message(show: Show) -> None:
    page = show("show([])")
    painted(page)
    expect(page.get_by_text("There are no pictures to show.")).to_be_visible()
    page = show("show(['a'])")
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.get_by_text("There are no pictures to show.")).to_have_count(0)


def test_unreadable_pictures_are_a_message_and_the_old_ones_stay(show: Show) -> None:
    page = show("show(['a'])")
    first = painted(page)
    sheets = "before=b'no', after=b'picture'"
    broken = f"image_grid(grid_frame([Tile(name='b')], {sheets}, size=8), key='grid')"
    show(broken)
    expect(page.get_by_role("alert")).to_contain_text("cannot read the new pictures")
    assert painted(page) == first
    expect(page.get_by_role("heading", name="a")).to_be_visible()
    show("show(['c'])")
    expect(page.get_by_role("heading", name="c")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_what_did_not_change_is_not_touched(show: Show) -> None:
    page = show("show(['a', 'b'])")
    first = painted(page)
    page.evaluate(
        """() => {
          window.touched = [];
          const what = (it) => `${it.target.className} ${it.attributeName}`;
          const note = (records) => touched.push(...records.map(what));
          const grid = host.shadowRoot.querySelector(".grid");
          const all = { subtree: true, childList: true, attributes: true, characterData: true };
          new MutationObserver(note).observe(grid, all);
        }"""
    )
    show("show(['a', 'c'])")
    repainted(page, first)
    touched = page.evaluate("touched")
    assert sorted(touched) == [
        "grid small dense data-digest",
        *("name null", "open aria-label"),
        *["picture aria-label"] * 2,
    ]


def test_small_pictures_are_enlarged_pixel_by_pixel(show: Show) -> None:
    page = show("show(['a'])")
    painted(page)
    page.get_by_role("button", name="Show a large").click()
    rendering = "it => getComputedStyle(it).imageRendering"
    assert page.locator(".layer").first.evaluate(rendering) == "pixelated"


def test_text_from_outside_is_only_text(show: Show) -> None:
    page = show("show(['<img src=x onerror=alert(1)>'])")
    painted(page)
    page.get_by_role("button", name="Show <img").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="<img src=x")).to_be_visible()
    assert page.locator("img").count() == 0


def test_the_large_view_follows_the_pictures(show: Show) -> None:
    page = show("show(['a', 'b'])")
    first = painted(page)
    page.get_by_role("button", name="Show b large").click()
    dialog = page.get_by_role("dialog")
    show("show(['a', 'c'], grey=200)")
    repainted(page, first)
    expect(dialog).to_have_accessible_name("c")
    after = dialog.get_by_role("img", name="c after: nothing was drawn")
    assert after.evaluate_all(LEVELS) == pytest.approx([220], abs=2)
    show("show(['d'], grey=20)")
    expect(dialog).to_have_accessible_name("d")
    expect(dialog.get_by_role("button", name="Next picture")).to_be_hidden()
    show("show([])")
    expect(dialog).to_have_count(0)


def test_leaving_the_page_closes_the_large_view(show: Show) -> None:
    page = show("show(['a'])")
    painted(page)
    page.get_by_role("button", name="Show a large").click()
    page.evaluate("leave()")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_tiles_are_one_stop_of_the_tab_key(show: Show) -> None:
    page = show("show(list('abcde'))")
    painted(page)
    page.set_viewport_size({"width": 700, "height": 700})  # two columns
    focused = page.locator(".open:focus")
    page.keyboard.press("Tab")
    for key, name in (
        *(("ArrowRight", "b"), ("ArrowDown", "d"), ("ArrowLeft", "c"), ("End", "e")),
        *(("ArrowDown", "e"), ("ArrowUp", "c"), ("Home", "a"), ("ArrowUp", "a"), ("End", "e")),
    ):
        page.keyboard.press(key)
        expect(focused).to_have_accessible_name(f"Show {name} large")
    page.keyboard.press("Tab")
    expect(focused).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(focused).to_have_accessible_name("Show e large")
    show("show(['a', 'b'])")
    expect(page.locator(".tile")).to_have_count(2)
    assert page.locator(".open").evaluate_all("all => all.map(it => it.tabIndex)") == [-1, 0]


def test_badges_are_on_the_frame_that_they_are_about(show: Show) -> None:
    page = show("show(['a', 'b'])")
    first = painted(page)
    badges = page.locator(".badge:visible")
    tell = "detail => document.dispatchEvent(new CustomEvent('augment:badges', { detail }))"
    page.evaluate(tell, {"digest": first, "texts": ["", "7% of its detail left"]})
    expect(badges).to_have_text(["7% of its detail left"])
    show("show(['a', 'b'], grey=20)")
    second = repainted(page, first)
    expect(badges).to_have_count(0)
    show("show(['a', 'b'])")
    assert repainted(page, second) == first
    expect(badges).to_have_text(["7% of its detail left"])


def test_the_pictures_mixed_in_are_shown_on_the_tile_and_in_the_large_view(show: Show) -> None:
    page = show("""
sheets = dict(before=sheet(3), after=sheet(2))
ops = (("CutMix", 2), ("Rotate", None), ("MixUp", 2))
details = tuple(Detail(title=title, partner=partner) for title, partner in ops)
tiles = [Tile(name='a', details=details), Tile(name='b')]
image_grid(grid_frame(tiles, **sheets, size=8), key='grid')""")
    painted(page)
    partners = page.locator(".partners canvas")
    expect(partners).to_have_count(0)
    page.get_by_role("button", name="Show a large").focus()
    assert partners.evaluate_all(LEVELS) == pytest.approx([130], abs=2)
    page.keyboard.press("Enter")
    assert page.locator(".thumb:visible").evaluate_all(LEVELS) == pytest.approx([130, 130], abs=2)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".thumb:visible")).to_have_count(0)


# What the browser makes of the colour of each class, on both schemes, as pixels.
COLOURS = """([root, classes]) => {
  const dot = Object.assign(document.createElement("i"), { className: "dot" });
  root.append(dot);
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return ["light", "dark"].map((scheme) => {
    dot.style.colorScheme = scheme;
    return classes.map(([hue, tone]) => {
      dot.style.setProperty("--hue", hue);
      dot.style.setProperty("--tone", tone);
      context.fillStyle = getComputedStyle(dot).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    });
  });
}"""


def luminance(rgb: Any) -> Any:
    """Return the relative luminance of colours, after WCAG 2."""
    levels = np.asarray(rgb, float) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_the_colour_of_every_class_stands_out_from_its_ground(show: Show) -> None:
    page = show("show(['a'])")
    painted(page)
    classes = [class_colour(index) for index in range(1000)]
    root = page.locator(".box").evaluate_handle("it => it")
    light, dark = page.evaluate(COLOURS, [root, classes])
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for scheme, colours in (("light", light), ("dark", dark)):
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            behind = luminance(list(bytes.fromhex(theme[scheme][ground][1:])))
            found = luminance(colours)
            contrast = (np.maximum(found, behind) + 0.05) / (np.minimum(found, behind) + 0.05)
            assert contrast.min() >= 3, (scheme, ground)
