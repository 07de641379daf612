from __future__ import annotations

import re

import cv2
import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

from augment import data
from augment.address import encode
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted

FIRST, SECOND = (photograph.flower for photograph in data.bundled.photographs()[:2])
# Before and after are then far apart, and one follows from the other.
INVERT = encode('{"version": 1, "steps": [{"op": "invert"}]}')
FOUR = f"/?tiles=4&r={INVERT}"
UNMOVING = "element => Promise.all(element.getAnimations().map(animation => animation.finished))"


def opened(page: Page, flower: str = FIRST) -> Locator:
    """Open the first tile of a flower with the mouse."""
    page.get_by_role("button", name=f"Show {flower} large").first.click()
    return large_view(page)


def large_view(page: Page) -> Locator:
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.evaluate(UNMOVING)
    return dialog


def seen(dialog: Locator) -> npt.NDArray[np.int16]:
    """Return the large picture as it is on the screen, without its upper and lower quarter."""
    png = np.frombuffer(dialog.locator(".frame").screenshot(), np.uint8)
    picture = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert picture is not None
    height = len(picture)
    # The handle of the wipe is in the middle.
    return picture[height // 4 : height * 2 // 5].astype(np.int16)


def apart(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())


def test_a_tile_opens_goes_round_and_gives_the_focus_back(visit: Visits) -> None:
    page = visit(FOUR)
    painted(page)
    button = page.get_by_role("button", name=f"Show {SECOND} large")
    for way, leave in (("button", "Escape"), ("name", "backdrop"), ("keyboard", "Close")):
        if way == "keyboard":
            page.get_by_role("button", name=f"Show {FIRST} large").focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Enter")
        elif way == "name":
            page.locator(".tile").nth(1).locator("h4").click()
        else:
            button.click()
        dialog = large_view(page)
        expect(dialog.get_by_role("heading", name=SECOND)).to_be_focused()
        if leave == "Close":
            dialog.get_by_role("button", name="Close").click()
        elif leave == "backdrop":
            page.mouse.click(5, 450)
        else:
            page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()

    # Next and previous go round.
    dialog = opened(page)
    page.keyboard.press("ArrowRight")
    expect(dialog).to_have_accessible_name(SECOND)
    expect(dialog.get_by_text("2 of 4")).to_be_visible()
    expect(dialog.get_by_role("img", name=f"{SECOND} before augmentation")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    dialog.get_by_role("button", name="Previous picture").click()
    expect(dialog.get_by_text("4 of 4")).to_be_visible()
    dialog.get_by_role("button", name="Next picture").click()
    dialog.get_by_role("button", name="Next picture").press("ArrowRight")
    expect(dialog.get_by_text("2 of 4")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()

    # Everything has a name and a role.
    dialog = opened(page)
    expect(dialog).to_have_accessible_name(FIRST)
    expect(dialog.get_by_role("group", name="How to compare").get_by_role("radio")).to_have_count(3)
    for name in ("Previous picture", "Next picture", "Close"):
        expect(dialog.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(dialog.get_by_role("img")).to_have_count(2)
    nameless = "all => all.filter(it => !it.ariaLabel && !it.textContent.trim()).length"
    assert dialog.locator("button:visible").evaluate_all(nameless) == 0
    # The keyboard goes round in the dialog and never behind it.
    for _ in range(9):
        page.keyboard.press("Tab")
        focused = dialog.locator(":focus").count()
        assert focused == 1 or page.evaluate("document.activeElement === document.body")


def test_wipe_flip_and_side_by_side_show_before_and_after(visit: Visits) -> None:
    page = visit(FOUR)
    painted(page)
    dialog = opened(page)
    expect(dialog.get_by_role("radio", name="Wipe")).to_be_checked()
    wiper = dialog.get_by_role("slider", name="Where before ends and after begins")
    expect(wiper).to_have_value("50")
    wiper.press("End")
    expect(wiper).to_have_attribute("aria-valuetext", "100% before, 0% after")
    before = seen(dialog)
    wiper.press("Home")
    after = seen(dialog)
    assert apart(after, 255 - before) < 6 < 40 < apart(after, before)

    box = dialog.locator(".frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 260, steps=4)
    page.mouse.up()
    expect(wiper).to_have_value("30")
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 260)
    expect(wiper).to_have_value("30")
    both = seen(dialog)
    width = both.shape[1]
    left, right = np.s_[:, : width * 28 // 100], np.s_[:, width * 32 // 100 :]
    assert apart(both[left], before[left]) < 1
    assert apart(both[right], after[right]) < 1

    wiper.press("ArrowRight")
    expect(wiper).to_have_value("31")
    expect(dialog.get_by_text("1 of 4")).to_be_visible()

    # A key flips from any comparison.
    named = {
        "before": dialog.get_by_role("img", name=f"{FIRST} before augmentation"),
        "after": dialog.get_by_role("img", name=f"{FIRST} after: "),
    }
    dialog.get_by_role("heading", name=FIRST).focus()
    for key in ("f", "Space", "F"):
        page.keyboard.press(key)
        expect(named["before"]).to_be_visible(visible=key != "Space")
        expect(named["after"]).to_be_visible(visible=key == "Space")
    expect(dialog.get_by_role("radio", name="Flip")).to_be_checked()

    # The flip shows the other for as long as it is held.
    dialog.get_by_role("button", name="Show after").click()
    after = seen(dialog)
    dialog.locator(".frame").hover(position={"x": 80, "y": 80})
    page.mouse.down()
    before = seen(dialog)
    page.mouse.up()
    assert apart(before, 255 - after) < 6
    assert apart(seen(dialog), after) < 1
    dialog.get_by_role("button", name="Show before").click()
    assert apart(seen(dialog), before) < 1
    dialog.get_by_role("button", name="Show after").click()
    assert apart(seen(dialog), after) < 1

    # Side by side both are complete, and the choice stays.
    dialog.get_by_role("radio", name="Wipe").focus()
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("radio", name="Side by side")).to_be_checked()
    expect(dialog.get_by_text("1 of 4")).to_be_visible()
    picture = seen(dialog)
    half = (picture.shape[1] - 8) // 2
    assert apart(picture[:, 8 : half - 8], 255 - picture[:, -half + 8 : -8]) < 12
    page.keyboard.press("Escape")
    expect(opened(page, SECOND).get_by_role("radio", name="Side by side")).to_be_checked()


def test_on_a_narrow_screen_all_of_it_can_be_reached(visit: Visits) -> None:
    page = visit("/?tiles=4", width=390, scheme="dark")
    painted(page)
    page.get_by_role("button", name=re.compile("^Show .* large$")).first.click()
    dialog = large_view(page)
    assert dialog.evaluate("it => [it.scrollWidth, it.clientWidth]") == [390, 390]
    picture = dialog.locator(".frame").bounding_box()
    words = dialog.get_by_role("region", name="About this picture")
    below = words.bounding_box()
    assert picture is not None
    assert below is not None
    assert picture["width"] > 340
    assert below["y"] > picture["y"] + picture["height"]
    words.locator("li").last.scroll_into_view_if_needed()
    expect(words.locator("li").last).to_be_in_viewport()
    expect(dialog.get_by_role("button", name="Close")).to_be_in_viewport()
    assert dialog.locator(".frame").evaluate("it => getComputedStyle(it).touchAction") == "pan-y"
    smallest = dialog.locator("button:visible, .choice span").evaluate_all(
        "all => Math.min(...all.flatMap(it => [it.offsetWidth, it.offsetHeight]))"
    )
    assert smallest >= 40
