from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from augment import data
from augment.address import encode
from augment.presets import PRESETS
from pages.components.recipe import edit
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, pixels, repainted, settle, slider
from tests.serving import Server

FLOWER = data.bundled.photographs()[0].flower
GUIDE = PRESETS["guide"].recipe


def test_a_visitor_sees_flowers_before_and_after_and_tunes_them(
    visit: Visits, server: Server
) -> None:
    page = visit()
    first = painted(page)
    for photograph in data.bundled.photographs()[:9]:
        expect(page.get_by_role("img", name=f"{photograph.flower} before")).to_be_visible()
        expect(page.get_by_role("img", name=f"{photograph.flower} after: ")).to_be_visible()
    before, shown = pixels(page, f"{FLOWER} before"), pixels(page, f"{FLOWER} after")
    assert len(before) == 224 * 224 * 4
    assert len(set(before)) > 200
    assert shown != before
    expect(page.locator(".bar:visible").first).to_be_visible()

    # A slider is moved with the keyboard.
    for _ in range(3):
        slider(page, "Magnitude").press("ArrowRight")
    expect(slider(page, "Magnitude")).to_have_value("0.33")
    repainted(page, first)
    link = encode(edit.with_value(GUIDE, GUIDE.steps[0].id, "magnitude", 0.33).to_json())
    page.wait_for_url(re.compile(rf"[?&]r={link}(&|$)"))
    assert pixels(page, f"{FLOWER} after") != shown
    settle(page)

    # Re-roll draws anew until the seed is locked.
    first = painted(page)
    page.get_by_role("button", name="Re-roll").click()
    second = repainted(page, first)
    seed = page.get_by_role("spinbutton", name="Seed")
    expect(seed).not_to_have_value("7")
    rolled = seed.input_value()
    slider(page, "Rate").press("End")
    repainted(page, second)
    expect(seed).to_have_value(rolled)
    page.get_by_text("Lock", exact=True).click()
    expect(page.get_by_role("button", name="Re-roll")).to_be_disabled()

    maps = Path(f"/proc/{server.process.pid}/maps")
    if maps.exists():  # the server has not loaded TensorFlow
        assert "numpy" in maps.read_text()
        assert "tensorflow" not in maps.read_text()


def test_the_address_shows_another_visitor_the_same(visit: Visits) -> None:
    page = visit("/?seed=23&epoch=4&tiles=4")
    first = painted(page)
    slider(page, "Rate").press("End")
    tuned = repainted(page, first)
    link = encode(edit.with_value(GUIDE, GUIDE.steps[0].id, "rate", 1.0).to_json())
    page.wait_for_url(re.compile(rf"[?&]r={link}(&|$)"))
    other = visit(page.url)
    assert painted(other) == tuned
    expect(slider(other, "Rate")).to_have_value("1")
    expect(other.get_by_role("spinbutton", name="Seed")).to_have_value("23")
    expect(other.locator(".tile")).to_have_count(4)


@pytest.mark.parametrize("width", [1280, 390])
def test_steps_are_added_and_switched_off_and_a_preset_replaces_them(
    visit: Visits, width: int
) -> None:
    page = visit("/?tiles=4", width=width)
    shown = painted(page)
    for sought, title, caption in (
        ("colour circle", "Hue", r"hue [+-]"),
        ("", "AugMix", r"AugMix, own share"),
    ):
        page.get_by_role("button", name="Add a step", exact=True).click()
        names = page.get_by_role("dialog")
        names.get_by_role("searchbox", name="Search").fill(sought)
        if sought:
            expect(names.get_by_role("button", name="Invert")).to_have_count(0)
        names.get_by_role("button", name=title, exact=True).click()
        expect(names).to_have_count(0)
        shown = repainted(page, shown)
        expect(page.get_by_text(title, exact=True)).to_be_visible()
        expect(page.get_by_text(re.compile(caption)).first).to_be_visible()
    fits = "tiles => tiles.every(tile => tile.scrollWidth <= tile.clientWidth)"
    assert page.locator(".tile").evaluate_all(fits)

    page.get_by_role("switch", name="CutMix").click()
    shown = repainted(page, shown)
    page.get_by_role("button", name="Start from a preset").click()
    page.get_by_role("dialog").get_by_role("button", name="Nothing").click()
    repainted(page, shown)
    expect(page.get_by_text("unchanged").first).to_be_visible()
    assert pixels(page, f"{FLOWER} after") == pixels(page, f"{FLOWER} before")
