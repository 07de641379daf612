from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits


def test_the_data_go_along_and_own_pictures_stay(visit: Visits) -> None:
    """Each page opened by a click has the data in its address, so that a reload shows them too."""
    page = visit("/?size=32&fit=stretch&splits=re-split&split_seed=3")
    page.get_by_role("link", name="Train with this recipe").click()
    page.wait_for_url(re.compile(r"/train\?.*fit=stretch&splits=re-split&split_seed=3"))
    seed = page.get_by_role("spinbutton", name="Seed of the splits")
    expect(seed).to_have_value("3")
    seed.fill("4")
    seed.press("Enter")
    page.wait_for_url(re.compile("split_seed=4"))
    page.get_by_role("link", name="Change it in Explore").click()
    page.locator(".grid[data-digest]").wait_for()
    page.wait_for_url(re.compile(r"^(?!.*/train).*split_seed=4"))

    page = visit("/?data=own&size=32")
    page.get_by_role("link", name="Train with this recipe").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.get_by_role("link", name="Change it in Explore").click()
    page.wait_for_url(re.compile("data=own"))
