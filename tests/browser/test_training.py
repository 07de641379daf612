from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits

SECONDS_TO_THE_FIRST_STEP = 400

pytestmark = pytest.mark.slow


def start(page: Page, name: str) -> None:
    """Start a training from the Train page and follow it."""
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Follow this run").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.wait_for_url(re.compile(r"/runs\?run="))


def test_a_training_is_started_followed_and_found_again(visit: Visits) -> None:
    page = visit("/train?train_size=32&epochs=1")
    start(page, "first")
    expect(page.get_by_text(re.compile("Starting|Waiting|Building"))).to_be_visible()

    # Another one waits behind it, and is cancelled.
    queued = visit("/train?train_size=32&epochs=1")
    start(queued, "second")
    expect(queued.get_by_text("Waiting in the queue")).to_be_visible()
    queued.get_by_role("button", name="Cancel", exact=False).first.click()
    queued.get_by_role("button", name="Cancel this run").click()
    expect(queued.get_by_text("Cancelled.")).to_be_visible()

    curve = page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    curve.first.wait_for(timeout=SECONDS_TO_THE_FIRST_STEP * 1000)
    expect(page.get_by_text("Finished.", exact=True)).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Validation accuracy", exact=True)).to_be_visible()
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_test_id("stCode")).to_contain_text("epoch 1 of 1")

    again = visit(page.url)
    expect(again.get_by_role("heading", name="first")).to_be_visible()
    expect(again.get_by_text("Finished.", exact=True)).to_be_visible()
    again.get_by_role("link", name="Open this recipe in Explore").click()
    again.locator(".grid[data-digest]").wait_for()
    again.wait_for_url(re.compile(r"[?&]r="))
