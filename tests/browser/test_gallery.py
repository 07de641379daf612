"""The lists of ops and of presets: what is done with the keyboard, and which words find what."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from augment import registry
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted

# What is typed -> the ops that are listed first.
FINDS = {
    "rotate 90": ["Rotate by 90 degrees"],
    "rotate": ["Rotate", "Rotate by 90 degrees"],
    "mirror": ["Flip"],
    "noise": ["Gaussian noise"],
    "darker": ["Brightness", "Gamma"],
    "black and white": ["Grayscale"],
    "crop": ["Random crop", "Random resized crop"],
    "colour": ["Colour degeneration"],
    "color degen": ["Colour degeneration"],
    "posteris": ["Posterize"],
    "gre": ["Grayscale"],
    "grey": ["Grayscale"],
    "RAND_AUGMENT": ["RandAugment"],
    "mask grid": ["GridMask"],
}
FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.querySelector(".title")?.textContent ?? focused.type;
}"""
FITS = "box => box.scrollWidth <= box.clientWidth"
GREYS = """canvas => {
  const { width, height } = canvas;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  copy.getContext("2d").drawImage(canvas, 0, 0);
  const levels = copy.getContext("2d").getImageData(0, 0, width, height).data;
  const colour = (level, at) => at % 4 ? 0 : Math.abs(level - levels[at + 2]);
  return Math.max(...[...levels].map(colour));
}"""


def opened(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=name, exact=True).click()
    names = page.get_by_role("dialog")
    names.locator(".gallery[data-digest]").wait_for()
    return names


def press(page: Page, key: str, focused: str) -> None:
    page.keyboard.press(key)
    page.wait_for_function(f"wanted => ({FOCUSED})() === wanted", arg=focused)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_op_is_found_by_any_word_and_added_by_the_keyboard(visit: Visits, width: int) -> None:
    page = visit("/?tiles=4", width=width)
    first = painted(page)
    names = opened(page, "Add a step")
    titles = names.locator(".card .title")
    page.wait_for_function(f"() => ({FOCUSED})() === 'search'")
    expect(titles).to_have_count(len(registry()))
    assert names.evaluate(FITS)
    lefts = names.locator(".card").evaluate_all(
        "all => all.map(card => card.getBoundingClientRect().x)"
    )
    assert len({round(left) for left in lefts}) == (2 if width == 390 else 8)

    grayscale = names.get_by_role("button", name="Grayscale", exact=True)
    assert grayscale.locator("canvas").evaluate(GREYS) < 20, "its own thumbnail"
    expect(grayscale).to_have_accessible_description(
        "Convert the picture to grey: all three channels become the luma. One draw: grey."
    )
    # Which words find what does not depend on the width.
    for typed, expected in FINDS.items() if width == 1280 else ():
        names.get_by_role("searchbox", name="Search").fill(typed)
        expect(names.get_by_role("status")).to_contain_text("found")
        assert titles.all_inner_texts()[: len(expected)] == expected, typed
    none = "No op matches. Try another word for what it should do."
    names.get_by_role("searchbox", name="Search").fill("no such thing")
    expect(names.get_by_role("status")).to_have_text(none)
    expect(titles).to_have_count(0)
    names.get_by_role("searchbox", name="Search").fill("")

    press(page, "ArrowDown", "AugMix")
    press(page, "ArrowRight", "One of")
    press(page, "ArrowDown", "Random pipeline" if width == 390 else "MixUp")
    press(page, "ArrowUp", "One of")
    press(page, "End", "Solarize")
    press(page, "Home", "AugMix")
    press(page, "ArrowUp", "search")
    page.keyboard.press("Escape")
    expect(names).to_have_count(0)
    assert painted(page) == first

    names = opened(page, "Add a step")
    page.wait_for_function(f"() => ({FOCUSED})() === 'search'")
    page.keyboard.type("invert")
    press(page, "ArrowDown", "Invert")
    press(page, "x", "search")
    expect(names.get_by_role("status")).to_contain_text("No op matches")
    page.keyboard.press("Backspace")
    press(page, "ArrowDown", "Invert")
    page.keyboard.press("Enter")
    expect(names).to_have_count(0)
    repainted(page, first)
    expect(page.get_by_text("invert", exact=True).first).to_be_visible()


def test_a_preset_is_added_to_the_recipe_or_replaces_it(visit: Visits) -> None:
    page = visit("/?tiles=4", width=320)
    first = painted(page)
    names = opened(page, "Start from a preset")
    assert names.evaluate(FITS)
    marked = names.locator("[aria-current]")
    expect(marked).to_have_accessible_name("The Keras guide")
    expect(marked).to_contain_text("in use")
    names.get_by_role("radio", name="Add to its end").check()
    names.get_by_role("searchbox", name="Search").fill("jitter")
    page.keyboard.press("Enter")
    expect(names).to_have_count(0)
    second = repainted(page, first)
    expect(page.get_by_text("saturation", exact=False).first).to_be_visible()
    expect(page.get_by_text("CutMix", exact=False).first).to_be_visible()
    names = opened(page, "Start from a preset")
    expect(names.get_by_role("radio", name="Add to its end")).to_be_checked()
    expect(names.locator("[aria-current]")).to_have_count(0)
    names.get_by_role("radio", name="Replace the recipe").check()
    names.get_by_role("button", name="Nothing", exact=True).click()
    expect(names).to_have_count(0)
    repainted(page, second)
    expect(page.get_by_text("unchanged").first).to_be_visible()
