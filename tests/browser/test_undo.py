from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.explore_page import Line, painted, repainted, settle, slider

REDO = ("Control+Shift+Z", "Control+y")
# Notes each click on the buttons, which the keys press.
COUNT = """() => {
  window.pressed = [];
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".st-key-undo, .st-key-redo");
    if (button) window.pressed.push(button.matches(".st-key-undo") ? "z" : "Z");
  }, true);
}"""


def changed(page: Page, key: str = "End") -> tuple[str, str]:
    """Change a value, and return the names of the pictures before and after, once the address follows."""
    first = painted(page)
    settle(page)  # its address is written last
    address = page.url
    slider(page, "Magnitude").press(key)
    second = repainted(page, first)
    page.wait_for_function("url => location.href !== url", arg=address)
    return first, second


def test_buttons_undo_and_redo_on_a_narrow_screen(visit: Visits) -> None:
    page = visit("/?tiles=4", width=390)
    painted(page)
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    first, second = changed(page)
    expect(redo).to_be_disabled()
    undo.click()
    assert repainted(page, second) == first
    expect(slider(page, "Magnitude")).to_have_value("0.3")
    expect(undo).to_be_disabled()
    redo.click()
    assert repainted(page, first) == second
    expect(slider(page, "Magnitude")).to_have_value("1")


def test_keys_undo_and_redo_except_in_a_text_field(visit: Visits) -> None:
    page = visit("/?tiles=4")
    first, second = changed(page)
    address = page.url
    for redo in REDO:
        page.keyboard.press("Control+z")  # the slider has the focus
        assert repainted(page, second) == first
        if redo == REDO[0]:  # what was undone is shared
            page.wait_for_function("url => location.href !== url", arg=address)
            other = visit(page.url)
            assert painted(other) == first
            expect(other.get_by_role("button", name="Undo")).to_be_disabled()
        page.keyboard.press(redo)
        assert repainted(page, first) == second
    page.get_by_text("Share", exact=True).click()
    field = page.get_by_role("textbox", name="Paste a recipe")
    field.click()
    page.keyboard.type("abc")
    page.keyboard.press("Control+z")
    expect(field).not_to_have_value("abc")
    page.keyboard.press("Control+y")
    expect(field).to_have_value("abc")
    page.keyboard.press("Control+z")
    assert painted(page) == second
    expect(slider(page, "Magnitude")).to_have_value("1")
    number = page.get_by_role("spinbutton", name="Seed")
    number.fill("8")
    number.press("Control+z")
    expect(slider(page, "Magnitude")).to_have_value("1")
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()


def test_back_is_an_undo_and_forward_a_redo(visit: Visits) -> None:
    """And the buttons go on from where the browser's history has gone.

    Undoing by the button is a step forward for the browser, so Back restores the change.
    """
    page = visit("/?tiles=4")
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    first, second = changed(page)
    page.go_back()
    assert repainted(page, second) == first
    expect(slider(page, "Magnitude")).to_have_value("0.3")
    expect(undo).to_be_disabled()
    expect(redo).to_be_enabled()
    page.go_forward()
    assert repainted(page, first) == second
    expect(redo).to_be_disabled()

    address = page.url
    undo.click()
    assert repainted(page, second) == first
    page.wait_for_function("url => location.href !== url", arg=address)
    page.go_back()
    assert repainted(page, first) == second
    expect(page).to_have_url(re.compile(re.escape(address)))
    expect(undo).to_be_enabled()
    expect(redo).to_be_disabled()


def test_behind_a_dialog_the_keys_do_nothing(visit: Visits) -> None:
    page = visit("/?tiles=4")
    _, second = changed(page)
    page.evaluate(COUNT)
    page.get_by_role("button", name="Start from a preset").click()
    page.get_by_role("dialog").locator(".gallery[data-digest]").wait_for()
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert painted(page) == second
    page.get_by_role("button", name=re.compile(r"^Show .* large$")).first.click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Control+z")
    assert page.evaluate("window.pressed") == []
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.wait_for_function("() => window.pressed.length === 1")


def test_keys_in_quick_succession_are_all_counted_and_break_nothing(visit: Visits) -> None:
    page = visit("/?tiles=4&size=64")
    shown = painted(page)
    for _ in range(5):
        slider(page, "Magnitude").press("ArrowRight")
        shown = repainted(page, shown)
    for _ in range(5):
        page.keyboard.press("Control+z")
    expect(slider(page, "Magnitude")).to_have_value("0.3")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()

    # An interrupted run leaves widgets whose callbacks Streamlit calls although they have no state.
    settle(page)
    shown = painted(page)
    for name in ("RandAugment", "GridMask", "MixUp"):
        page.get_by_role("switch", name=name).press("Space")
        shown = repainted(page, shown)
    settle(page)
    page.evaluate(COUNT)
    for key in ("Control+z",) * 3 + ("Control+Shift+z",) * 3 + ("Control+z",) * 3:
        page.keyboard.press(key)
    page.wait_for_function("() => window.pressed.join('') === 'zzzZZZzzz'")
    settle(page)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.get_by_role("switch", name="RandAugment")).to_be_checked()
    expect(page.get_by_text("encountered an error")).to_have_count(0)


def test_a_second_key_waits_for_a_server_that_is_slow_to_answer(visit: Visits) -> None:
    """Two clicks that arrive before the server has answered the first would count as one."""
    lines: list[Line] = []
    page = visit("/?tiles=4&size=64", prepare=lambda page: lines.append(Line(page)))
    [line] = lines
    for _ in range(2):
        changed(page, "ArrowRight")
    settle(page)
    page.evaluate(COUNT)
    page.clock.install()
    line.is_held = True
    for _ in range(2):
        page.keyboard.press("Control+z")
    page.wait_for_function("() => window.pressed.length")
    page.clock.run_for(5_000)
    assert page.evaluate("window.pressed") == ["z"]
    line.release()
    page.wait_for_function("() => window.pressed.length === 2")
    expect(slider(page, "Magnitude")).to_have_value("0.3")
