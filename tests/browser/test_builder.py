"""The recipe is tuned and built with the mouse, by touch and with the keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from augment import Param, Recipe, registry
from augment.address import decode, encode
from pages.components.recipe.summary import recipe_lines
from tests.browser.conftest import Visits
from tests.browser.explore_page import Line, painted, repainted, settle, shows, slider

STEPS = [
    {"op": "rotate", "id": "a"},
    {"op": "one_of", "id": "b", "steps": [{"op": "invert", "id": "c"}, {"op": "hue", "id": "d"}]},
]
DRAGS = """() => {
  window.drags = [];
  document.addEventListener("augment:drag", ({ detail }) => drags.push(detail));
}"""


PAINTED = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


def link(*steps: dict[str, Any]) -> str:
    return f"/?tiles=4&size=64&r={encode(json.dumps({'version': 1, 'steps': list(steps)}))}"


def opened(visit: Visits, width: int = 1280) -> tuple[Page, str]:
    page = visit(link(*STEPS), width=width)
    return page, painted(page)


def recipe_of(page: Page) -> Recipe:
    """Return the recipe that the address holds."""
    return Recipe.from_json(decode(parse_qs(urlsplit(page.url).query)["r"][0]))


def outline(page: Page) -> str:
    def of(steps: Any) -> str:
        return " ".join(s.id + (f"[{of(s.steps)}]" if s.op == "one_of" else "") for s in steps)

    return of(recipe_of(page).steps)


def becomes(page: Page, read: Callable[[Page], Any], value: Any) -> None:
    """Wait until the address holds this."""
    page.wait_for_url(lambda _: read(page) == value)


def magnitude(page: Page) -> Any:
    return recipe_of(page).steps[0].params["magnitude"]


def titles(page: Page) -> Locator:
    """Return the switches of the steps, from top to bottom."""
    return page.locator(".st-key-inspector").get_by_role("switch")


def handle(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"Move {title}", exact=True)


def menu(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"when {title} applies")


def point(page: Page, value: float) -> tuple[float, float]:
    """Return where the thumb of the magnitude is at a value."""
    box = slider(page, "Magnitude").bounding_box()
    assert box is not None
    return box["x"] + 8 + (box["width"] - 16) * value, box["y"] + box["height"] / 2


def pull(page: Page, *values: float) -> None:
    """Take the thumb at the first of these values, and pull it over the others."""
    slider(page, "Magnitude").wait_for()
    settle(page)
    page.mouse.move(*point(page, values[0]))
    page.mouse.down()
    for value in values[1:]:
        page.mouse.move(*point(page, value))
        page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(1)))")


def test_a_slider_tells_of_each_move_and_of_its_end(visit: Visits) -> None:
    page = visit("/?tiles=4&size=64")
    first = painted(page)
    control = slider(page, "Magnitude")
    page.evaluate(DRAGS)
    pull(page, 0.3, 0.4, 0.45)
    page.mouse.up()
    becomes(page, magnitude, 0.45)
    second = repainted(page, first)
    told = page.evaluate("drags.splice(0)")
    assert {(one["step"], one["name"]) for one in told} == {("rand_augment", "magnitude")}
    assert [one["phase"] for one in told] == ["move"] * (len(told) - 1) + ["end"]
    assert [told[0]["value"], told[-1]["value"]] == [0.4, 0.45]

    # Escape and a thumb that comes back to its place end a drag without a change.
    pull(page, 0.45, 0.6)
    page.keyboard.press("Escape")
    page.mouse.move(*point(page, 0.7))
    page.mouse.up()
    expect(control).to_have_value("0.45")
    pull(page, 0.45, 0.6, 0.45)
    page.mouse.up()
    page.wait_for_function("() => drags.filter(({ phase }) => phase === 'cancel').length === 2")
    assert [one["phase"] for one in page.evaluate("drags.splice(0)")].count("end") == 0
    shows(page, second)

    # The degrees of the page are fractions of a turn in the recipe.
    page.get_by_role("switch", name="GridMask").check()
    rotation = slider(page, "Rotation factor (degrees)")
    expect(rotation).to_have_value("54")
    rotation.press("ArrowRight")
    by = float(str(rotation.get_attribute("step"))) / 360
    page.wait_for_function("() => drags.some(({ name }) => name === 'rotation_factor')")
    assert page.evaluate("drags.at(-1).value") == pytest.approx(0.15 + by)


def test_a_slider_by_keys_by_typing_and_back_to_its_default(visit: Visits) -> None:
    page = visit("/?tiles=4&size=64")
    page.set_viewport_size({"width": 1280, "height": 800})
    painted(page)
    expect(page.get_by_role("slider")).to_have_count(6)
    for control in page.get_by_role("slider").all():
        expect(control).to_have_attribute("aria-label", re.compile(r"\w"))
        expect(control).to_be_in_viewport(ratio=1)
    description = slider(page, "Magnitude").get_attribute("aria-description") or ""
    assert "Default: 0.3." in description
    assert "Usual: up to 0.5." in description

    # It takes little room.
    for width, height in ((1280, 800), (390, 800), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        heights = page.locator(".number:visible").evaluate_all(
            "all => all.map((it) => it.getBoundingClientRect().height)"
        )
        assert max(heights) <= (44 if width > 320 else height)
        assert page.locator(".panel").evaluate("it => it.scrollWidth <= it.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})

    control, field = slider(page, "Magnitude"), page.get_by_role("spinbutton", name="Magnitude")
    field = field.and_(page.get_by_label("Magnitude", exact=True))
    control.press("ArrowRight")
    becomes(page, magnitude, 0.31)
    control.dblclick(position={"x": 200, "y": 12})
    becomes(page, magnitude, 0.3)
    # Also where the first click has come, and the panel was made anew, before there is a second one.
    settle(page)
    page.mouse.move(*point(page, 0.8))
    for clicks, value in ((1, 0.8), (2, 0.3)):
        page.mouse.down(click_count=clicks)
        page.mouse.up(click_count=clicks)
        becomes(page, magnitude, value)
        expect(page.get_by_text("more than the recommended 0.5")).to_have_count(2 - clicks)
    page.keyboard.press("ControlOrMeta+z")
    becomes(page, magnitude, 0.31)
    page.keyboard.press("ControlOrMeta+z")
    becomes(page, magnitude, 0.3)
    control.press("End")
    becomes(page, magnitude, 1.0)
    expect(page.get_by_text("more than the recommended 0.5")).to_be_visible()
    expect(control).to_be_focused()
    control.press("Delete")
    becomes(page, magnitude, 0.3)
    expect(page.get_by_text("more than the recommended 0.5")).to_have_count(0)
    field.fill("0.123")
    field.press("Enter")
    becomes(page, magnitude, 0.123)
    expect(control).to_have_attribute("aria-valuetext", "0.123")
    for rubbish in ("7", ""):
        field.fill(rubbish)
        field.blur()
        expect(page.get_by_text("Magnitude must be a number from 0 to 1.")).to_be_visible()
        expect(field).to_have_value("0.123")
    field.fill("0.9")
    field.press("Escape")
    expect(field).to_have_value("0.123")
    # While a key is held, the last value arrives.
    control.press("Home")
    for _ in range(12):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    becomes(page, magnitude, 0.12)
    page.keyboard.press("Control+z")
    page.wait_for_url(lambda _: magnitude(page) != 0.12)
    expect(field).not_to_have_value("0.12")


def test_a_folded_step_is_one_line_in_the_words_of_the_recipe(visit: Visits) -> None:
    """The browser writes the values itself, so they are compared with those of Python."""
    every = [{"op": op.name} for op in registry().values()]
    other = [
        {"op": op.name, **{name: changed(param) for name, param in op.params.items()}}
        for op in registry().values()
    ]
    for steps in (every, other):
        page = visit(link(*steps))
        painted(page)
        expect(page.locator(".step").first).to_be_visible()
        for fold in page.locator(".fold[aria-expanded=true]").all()[::-1]:
            fold.click()
        shown = page.locator(".fold").all_inner_texts()
        recipe = Recipe.from_dict({"version": 1, "steps": steps})
        for text, line, step in zip(shown, recipe_lines(recipe), recipe.walk(), strict=True):
            secondary = [
                p.label.lower() for p in registry()[step.op].params.values() if p.secondary
            ]
            settings = line.partition(": ")[2].split(", ")
            said = [one for one in settings if not one.startswith(tuple(secondary) or ("\0",))]
            title, _, summary = text.partition("\n")
            assert title.strip() == registry()[step.op].title
            assert summary.strip() == ", ".join(said)


def changed(param: Param) -> Any:
    """Return a value with several digits, or the last choice."""
    if param.type == "choice":
        return param.choices[-1]
    low, high = param.bounds
    value = low + (high - low) / 3
    return round(value) if param.type == "int" else value


def test_steps_fold_and_stay_so_and_a_long_recipe_begins_folded(visit: Visits) -> None:
    page = visit("/?tiles=4&size=64")
    shown = painted(page)
    fold = page.get_by_role("button", name=re.compile("^RandAugment"))
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(fold).to_contain_text("augmentations per image 3, magnitude 0.3")
    expect(slider(page, "Magnitude")).to_have_count(0)
    page.get_by_role("switch", name="CutMix").press("Space")
    shown = repainted(page, shown)
    page.keyboard.press("Control+z")
    repainted(page, shown)
    expect(page.get_by_role("switch", name="CutMix")).to_be_checked()
    expect(fold).to_have_attribute("aria-expanded", "false")
    page.evaluate("document.dispatchEvent(new CustomEvent('augment:focus-recipe'))")
    expect(slider(page, "Alpha").first).to_be_focused()

    long = visit(link(*[{"op": "rand_augment"}] * 3))
    painted(long)
    folds = long.locator(".fold")
    expect(folds.first).to_have_attribute("aria-expanded", "true")
    expect(folds.last).to_have_attribute("aria-expanded", "false")


def test_a_step_is_switched_off_and_moved_with_the_keyboard_and_the_mouse(visit: Visits) -> None:
    page, first = opened(visit)
    factors = slider(page, "Factor (degrees)")
    expect(factors).to_have_count(2)
    titles(page).first.press("Space")
    second = repainted(page, first)
    expect(factors).to_have_count(1)
    titles(page).first.press("Space")
    assert repainted(page, second) == first

    # A choice shows the parameter that depends on it.
    level = slider(page, "Fill value (grey levels)")
    expect(level).to_have_count(0)
    mode = page.get_by_role("combobox", name="Fill mode")
    mode.select_option("constant")
    second = repainted(page, first)
    level.press("End")
    third = repainted(page, second)
    page.keyboard.press("Control+z")
    assert repainted(page, third) == second
    page.keyboard.press("Control+z")
    assert repainted(page, second) == first
    expect(level).to_have_count(0)

    news = page.locator(".news")
    handle(page, "Rotate").focus()
    for key, said in (
        ("ArrowUp", "Rotate cannot move there."),
        ("ArrowRight", "Rotate is now number 1 of 3 in One of."),
        ("ArrowDown", "Rotate is now number 2 of 3 in One of."),
        ("ArrowLeft", "Rotate is now number 2 of 2 in the recipe."),
        ("ArrowUp", "Rotate is now number 1 of 2 in the recipe."),
        ("ArrowDown", "Rotate is now number 2 of 2 in the recipe."),
    ):
        page.keyboard.press(key)
        expect(news).to_have_text(said)
        expect(handle(page, "Rotate")).to_be_focused()
    becomes(page, outline, "b[c d] a")
    second = repainted(page, first)
    page.keyboard.press("Control+z")
    becomes(page, outline, "a b[c d]")
    expect(titles(page).first).to_have_accessible_name("Rotate")
    shown = repainted(page, second)
    assert shown == first

    def drag(title: str, to: str, *, below: bool, leave: bool = False) -> None:
        start = handle(page, title).bounding_box()
        end = page.get_by_role("group", name=to, exact=True).bounding_box()
        assert start is not None
        assert end is not None
        page.mouse.move(start["x"] + 8, start["y"] + 12)
        page.mouse.down()
        page.mouse.move(start["x"] + 8, start["y"] + 30)
        page.mouse.move(start["x"] + 8, end["y"] + (end["height"] if below else 0), steps=3)
        expect(page.locator(".landing")).to_be_visible()
        if leave:
            page.keyboard.press("Escape")
        page.mouse.up()
        expect(page.locator(".landing")).to_be_hidden()

    drag("Rotate", "Hue", below=False, leave=True)
    drag("Rotate", "Hue", below=False)
    becomes(page, outline, "b[c a d]")
    shown = repainted(page, shown)
    expect(page.locator(".news")).to_have_text("Rotate is now number 2 of 3 in One of.")
    drag("Invert", "One of", below=True)
    becomes(page, outline, "b[a d] c")
    repainted(page, shown)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_menu_of_a_step(visit: Visits, width: int) -> None:
    page, shown = opened(visit, width=width)
    when = menu(page, "Rotate")
    expect(when).to_have_text("⋯")
    when.press("Enter")
    expect(page.get_by_text("Rotate the picture about its centre")).to_be_visible()
    chance = slider(page, "Probability")
    for value in ("0.99", "0.98"):
        chance.press("ArrowLeft")
        expect(chance).to_have_value(value)
        expect(chance).to_be_focused()
    chance.press("Home")
    shown = repainted(page, shown)
    expect(when).to_have_text("0% of pictures")
    expect(page.get_by_text("Rotate never happens: its probability is 0.")).to_be_visible()
    page.get_by_role("searchbox", name="Find a class for Rotate").fill("ROSE")
    page.get_by_role("checkbox", name="red rose").check()
    expect(when).to_have_text("0% of pictures, 1 class")
    chance.press("Delete")
    becomes(page, lambda page: recipe_of(page).steps[0].classes, (10,))
    expect(when).to_have_text("1 class")
    chance.press("Escape")
    expect(when).to_be_focused()
    expect(chance).to_have_count(0)

    when.click()
    page.get_by_role("button", name="Duplicate: Rotate").click()
    becomes(page, outline, "a rotate b[c d]")
    page.get_by_role("button", name="Remove: Rotate").click()
    becomes(page, outline, "rotate b[c d]")
    expect(titles(page)).to_have_count(4)
    menu(page, "Hue").click()
    page.get_by_role("button", name="Move out of One of: Hue").click()
    becomes(page, outline, "rotate b[c] d")
    expect(titles(page).last).to_have_accessible_name("Hue")
    page.get_by_role("button", name="Add a step to One of").click()
    adding = page.get_by_role("dialog")
    adding.get_by_role("searchbox", name="Search").fill("solarize")
    adding.get_by_role("button", name="Solarize", exact=True).click()
    becomes(page, outline, "rotate b[c solarize] d")
    expect(adding).to_have_count(0)

    # Presets are read and chosen.
    shown = painted(page)
    page.get_by_role("button", name="Start from a preset").click()
    names = page.get_by_role("dialog")
    expect(names.get_by_text("The flowers can hardly be recognized any more")).to_be_visible()
    assert names.evaluate("box => box.scrollWidth <= box.clientWidth")
    names.get_by_role("button", name="Too strong").click()
    repainted(page, shown)
    expect(names).to_have_count(0)
    expect(page.get_by_role("switch", name="RandAugment")).to_be_attached()


def test_what_is_pressed_stays_and_what_has_come_meanwhile_is_shown_after_it(visit: Visits) -> None:
    """A button that is replaced while it is pressed is not clicked."""
    lines: list[Line] = []
    page = visit(link(*STEPS), prepare=lambda page: lines.append(Line(page)))
    [line] = lines
    painted(page)
    menu(page, "Rotate").click()
    expect(titles(page)).to_have_count(4)
    settle(page)
    for what, outlined, count in (
        ("mouse", "a rotate b[c d]", 5),
        ("key", "a rotate_2 rotate b[c d]", 6),
    ):
        line.is_held = True
        page.get_by_role("button", name="Duplicate: Rotate").click()
        switch = page.get_by_role("switch", name="Hue")
        if what == "mouse":
            switch.hover()
            page.mouse.down()
        else:
            switch.focus()
            page.keyboard.down("Space")
        line.release()
        becomes(page, outline, outlined)
        settle(page)
        page.evaluate(PAINTED)  # the panel has got the recipe by now
        was_on = recipe_of(page).steps[-1].steps[1].enabled
        if what == "mouse":
            page.mouse.up()
        else:
            page.keyboard.up("Space")
        becomes(page, lambda page: recipe_of(page).steps[-1].steps[1].enabled, not was_on)
        expect(titles(page)).to_have_count(count)
        assert outline(page) == outlined
