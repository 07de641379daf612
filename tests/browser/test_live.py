"""The pictures follow a slider while it moves, told by the events that a slider sends."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.explore_page import painted, repainted, slider

DRAG = """([phase, value]) => document.dispatchEvent(new CustomEvent("augment:drag", {
  detail: { phase, step: "rand_augment", name: "magnitude", value: Number(value) },
}))"""
RECORD = """
  Object.assign(window, { asked: [], opened: [] });
  window.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.who = this.url.includes("_augment/frames") ? "slider" : "page";
      this.addEventListener("open", () => window.opened.push(this.who));
    }
    send(data) {
      window.asked.push(this.who);
      super.send(data);
    }
  };
"""
SEED = "1"
"""With it, RandAugment draws an op that has a magnitude for the first picture."""
OF_A_SLIDER = ".grid[data-live]"
OF_THE_PAGE = ".grid:not([data-live])"


def drag(page: Page, phase: str, value: str = "0") -> None:
    page.evaluate(DRAG, [phase, value])


def shows(page: Page, which: str, digest: str) -> Locator:
    """Wait until the grid shows this, of the page or of a slider."""
    grid = page.locator(which)
    expect(grid).to_have_attribute("data-digest", digest)
    return grid


def pictures(page: Page) -> list[str]:
    """Return the pixels of the first tiles, before and after."""
    every: list[str] = page.locator("canvas.picture").evaluate_all(
        "all => all.slice(0, 6).map((shown) => shown.toDataURL())"
    )
    return every


def test_what_a_drag_shows_last_is_what_the_page_shows_after_it(
    visit: Callable[..., Page],
) -> None:
    page = visit("/?seed=0&tiles=4")
    before = painted(page)
    seed = page.get_by_label("Seed")
    seed.fill(SEED)
    seed.press("Enter")
    of_seed = repainted(page, before)
    seed.fill("0")
    seed.press("Enter")
    assert repainted(page, of_seed) == before
    control = slider(page, "Magnitude")
    control.press("ArrowRight")
    released = repainted(page, before)
    value, of_page = control.input_value(), pictures(page)
    control.press("ArrowLeft")
    shows(page, OF_THE_PAGE, before)

    drag(page, "move", value)
    shows(page, OF_A_SLIDER, released)
    assert pictures(page) == of_page
    drag(page, "cancel")
    shows(page, OF_THE_PAGE, before)

    drag(page, "move", "0.9")
    other = repainted(page, before)
    # A frame of the page, as of an earlier release, waits until the drag is over.
    seed.fill(SEED)
    seed.press("Enter")
    expect(page).to_have_url(re.compile(f"seed={SEED}(&|$)"))
    page.locator("[data-test-script-state=notRunning]").wait_for()
    shows(page, OF_A_SLIDER, other)
    drag(page, "cancel")
    shows(page, OF_THE_PAGE, of_seed)

    page.get_by_role("button", name=re.compile("^Show .* large$")).first.click()
    large = page.get_by_role("dialog").locator("canvas.layer.after")
    unchanged = large.get_attribute("aria-label")
    drag(page, "move", "0")
    repainted(page, of_seed)
    expect(large).not_to_have_attribute("aria-label", str(unchanged))
    page.keyboard.press("Escape")

    before = painted(page)
    drag(page, "move", value)
    last = repainted(page, before)
    shows(page, OF_A_SLIDER, last)
    drag(page, "end", value)
    control.press("ArrowRight")
    shows(page, OF_THE_PAGE, last)


def test_behind_a_proxy_without_the_route_the_pictures_change_on_release(
    visit: Callable[..., Page],
) -> None:
    asked = []

    def refuse(socket: object) -> None:
        asked.append(socket)
        socket.close(code=1011)  # type: ignore[attr-defined]

    frames = re.compile("/_augment/frames$")
    page = visit("/?tiles=4", prepare=lambda page: page.route_web_socket(frames, refuse))
    before = painted(page)
    for value in ("0.1", "0.2", "0.3"):
        drag(page, "move", value)
    drag(page, "end", "0.3")
    slider(page, "Magnitude").press("ArrowLeft")
    after = repainted(page, before)
    shows(page, OF_THE_PAGE, after)
    assert len(asked) == 1


def test_a_released_slider_asks_for_its_own_pictures_first_and_the_page_does_without_them(
    visit: Callable[..., Page],
) -> None:
    """Where they are on their way, the page is asked after them; if they never come, it is asked too."""

    def prepare(page: Page) -> None:
        page.route_web_socket(
            re.compile("/_augment/frames$"), lambda socket: None
        )  # answers nothing
        page.add_init_script(RECORD)

    page = visit("/?tiles=4", prepare=prepare)
    before = painted(page)
    control = slider(page, "Magnitude")
    control.hover()
    page.wait_for_function("window.opened.includes('slider')")
    page.evaluate("window.asked = []")
    control.press("ArrowRight")
    repainted(page, before)
    shows(page, OF_THE_PAGE, painted(page))
    assert page.evaluate("window.asked.slice(0, 2)") == ["slider", "page"]
