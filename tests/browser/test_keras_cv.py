"""keras_cv beside ours, with the real layers: requested, awaited, lost, and requested by two users."""

from __future__ import annotations

from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted, settle, slider
from tests.data.processes import children
from tests.runs.conftest import eventually
from tests.serving import Server

pytestmark = pytest.mark.slow

LONG_MS = 180_000
VIEW = "/?view=keras_cv&tiles=4"
TILES = 4


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).click()


def helpers(server: Server) -> list[psutil.Process]:
    """Return the helper processes that the server has started."""
    return children("augment.helper", server.process.pid)


@pytest.fixture(autouse=True)
def _tensorflow_is_not_loaded(server: Server) -> None:
    end_helpers(server)


def end_helpers(server: Server) -> None:
    """End the helper process of an earlier test, so that the next request has to load TensorFlow."""
    for process in helpers(server):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    eventually(lambda: not helpers(server), 60)


def test_the_page_works_until_both_are_there_also_after_the_process_died(
    visit: Visits, server: Server
) -> None:
    page = visit(VIEW)
    first = painted(page)
    button = page.get_by_role("button", name="Render with keras_cv")
    button.focus()
    button.press("Enter")
    expect(page.get_by_text("Loading TensorFlow")).to_be_visible()
    eventually(lambda: helpers(server), 60)
    [helper] = helpers(server)
    helper.kill()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("ended before it had a result (SIGKILL)")
    press(page, "Try again")
    stop = page.get_by_role("button", name="Stop waiting")
    expect(stop).to_be_visible()
    eventually(lambda: helpers(server), 60)
    [helper] = helpers(server)
    helper.suspend()
    slider(page, "Magnitude").press("End")
    repainted(page, first)
    settle(page)
    expect(stop).to_be_visible()
    helper.resume()
    expect(page.get_by_text("times as long")).to_be_visible(timeout=LONG_MS)
    expect(alert).to_have_count(0)
    expect(page.locator(".tile")).to_have_count(2 * TILES)
    for whose in ("ours", "keras_cv"):
        expect(page.locator(".name", has_text=f"{whose}: ")).to_have_count(TILES)
    expect(page.locator(".tile", has_text="keras_cv: ").locator(".label li").first).to_be_visible()
    expect(page.get_by_text("before it is clipped at the border")).to_be_visible()
    expect(slider(page, "Magnitude")).to_have_value("1")

    both = painted(page)
    slider(page, "Magnitude").press("Home")
    repainted(page, both)
    expect(page.get_by_text("have changed since keras_cv rendered them")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(TILES)


def test_two_visitors_at_once_are_both_served_by_one_process(visit: Visits, server: Server) -> None:
    pages = [visit(f"{VIEW}&seed={seed}", width=width) for seed, width in ((1, 1280), (2, 390))]
    for page in pages:
        painted(page)
    for page in pages:
        press(page, "Render with keras_cv")
    for page in pages:
        expect(page.get_by_text("times as long")).to_be_visible(timeout=LONG_MS)
        expect(page.locator(".tile")).to_have_count(2 * TILES)
    assert len(helpers(server)) == 1
    fits = (
        "() => ((main) => main.scrollWidth <= main.clientWidth)(document.querySelector('.stMain'))"
    )
    pages[1].wait_for_function(fits)
