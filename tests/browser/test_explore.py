from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from augment import data
from augment.address import encode
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, pixels, repainted, slider
from tests.serving import Server

ROTATE = '{"version": 1, "steps": [{"op": "rotate"}]}'
FLOWER = data.bundled.photographs()[0].flower


def test_a_visitor_sees_flowers_before_and_after(visit: Visits) -> None:
    page = visit()
    painted(page)
    for photograph in data.bundled.photographs()[:9]:
        expect(page.get_by_role("img", name=f"{photograph.flower} before")).to_be_visible()
        expect(page.get_by_role("img", name=f"{photograph.flower} after: ")).to_be_visible()
    before = pixels(page, f"{FLOWER} before")
    assert len(before) == 224 * 224 * 4
    assert len(set(before)) > 200
    assert pixels(page, f"{FLOWER} after") != before
    expect(page.locator(".bar:visible").first).to_be_visible()


def test_a_slider_moved_with_the_keyboard_changes_picture_and_address(visit: Visits) -> None:
    page = visit()
    first, address, shown = painted(page), page.url, pixels(page, f"{FLOWER} after")
    for _ in range(3):
        slider(page, "Magnitude").press("ArrowRight")
    expect(slider(page, "Magnitude")).to_have_value("0.33")
    repainted(page, first)
    expect(page).not_to_have_url(address)
    page.wait_for_function("url => location.href !== url", arg=address)
    assert pixels(page, f"{FLOWER} after") != shown
    assert re.search(r"[?&]r=[\w-]+", page.url)


def test_the_address_shows_another_visitor_the_same(visit: Visits) -> None:
    page = visit("/?seed=23&epoch=4&tiles=4")
    first = painted(page)
    slider(page, "Rate").press("End")
    tuned = repainted(page, first)
    page.wait_for_url(re.compile(r"[?&]r="))
    other = visit(page.url)
    assert painted(other) == tuned
    expect(slider(other, "Rate")).to_have_value("1")
    expect(other.get_by_role("spinbutton", name="Seed")).to_have_value("23")
    assert other.locator(".tile").count() == 4


def test_back_undoes_and_forward_redoes(visit: Visits) -> None:
    page = visit()
    first, address = painted(page), page.url
    slider(page, "Magnitude").press("End")
    second = repainted(page, first)
    page.wait_for_function("url => location.href !== url", arg=address)
    page.go_back()
    assert repainted(page, second) == first
    expect(slider(page, "Magnitude")).to_have_value("0.3")
    page.go_forward()
    assert repainted(page, first) == second


def test_re_roll_draws_anew_until_the_seed_is_locked(visit: Visits) -> None:
    page = visit()
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


def test_a_step_is_switched_off_and_a_preset_loads_another_recipe(visit: Visits) -> None:
    page = visit()
    first = painted(page)
    page.get_by_role("switch", name="CutMix").click()
    second = repainted(page, first)
    page.get_by_role("button", name="Start from a preset").click()
    page.get_by_role("dialog").get_by_role("button", name="Nothing").click()
    repainted(page, second)
    expect(page.get_by_text("unchanged").first).to_be_visible()
    assert pixels(page, f"{FLOWER} after") == pixels(page, f"{FLOWER} before")


@pytest.mark.parametrize("width", [1280, 390])
def test_steps_are_added_from_the_list_and_the_grid_follows(visit: Visits, width: int) -> None:
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


def test_a_choice_shows_the_parameter_that_depends_on_it(visit: Visits) -> None:
    page = visit(f"/?r={encode(ROTATE)}")
    first = painted(page)
    level = slider(page, "Fill value (grey levels)")
    expect(level).to_have_count(0)
    page.get_by_role("combobox", name="Fill mode").select_option("constant")
    second = repainted(page, first)
    level.press("End")
    repainted(page, second)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_the_server_does_not_load_tensorflow(visit: Visits, server: Server) -> None:
    painted(visit())
    loaded = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "numpy" in loaded
    assert "tensorflow" not in loaded
