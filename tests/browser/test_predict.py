"""A picture is uploaded, and a real model answers, by one view and by several."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from augment import data
from augment.data import uploads
from augment.runs.folders import RunFolder
from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, settle
from tests.browser.test_keras_cv import end_helpers
from tests.browser.test_uploads import payload, picture
from tests.data.images import picture_files as files
from tests.runs.conftest import eventually
from tests.serving import Server

pytestmark = pytest.mark.slow

LONG_MS = 180_000
VIEWS = 8


def cards(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-predict-{key} .card")


def choose_recipe(page: Page) -> None:
    """Search for a recipe and choose it; the list closes when the page below it is drawn anew."""
    field = page.get_by_role("combobox", name="Recipe for the views")
    option = page.get_by_role("option", name="Preset: Crop and flip")

    def is_chosen() -> bool:
        field.fill("")
        field.fill("crop and flip")
        try:
            option.click(timeout=3000)
        except TimeoutError:
            return False
        return True

    settle(page)
    eventually(is_chosen)


@pytest.fixture(autouse=True)
def _tensorflow_is_not_loaded(server: Server) -> None:
    end_helpers(server)


def test_a_model_answers_about_a_picture_and_back_leads_to_the_earlier_answer(
    visit: Visits, tiny_run: tuple[RunFolder, Any]
) -> None:
    folder, model = tiny_run
    file = files.saved(picture(40), "JPEG", quality=95)
    seen = uploads.take([("petals.jpg", file)], 32, fit="crop").pictures
    shares = np.asarray(model(seen))[0]
    names = data.source("bundled").class_names

    page = visit(f"/runs?run={folder.id}", width=390)
    expect(page.get_by_role("link", name="Try it on a picture")).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Try it on a picture").click()
    page.wait_for_url(re.compile(r"/predict\?run=tiny"))
    given = page.locator(".st-key-predict-files input[type=file]")
    given.set_input_files([payload("petals.jpg", file), payload("diary.jpg", b"Dear diary")])
    expect(page.get_by_role("alert")).to_contain_text("diary.jpg is not a picture")
    expect(page.get_by_text("Loading TensorFlow")).to_be_visible()
    expect(cards(page, "answers")).to_have_count(1, timeout=LONG_MS)
    expect(cards(page, "answers").locator("h4")).to_have_text(names[int(shares.argmax())])
    bars = cards(page, "answers").get_by_role("listitem")
    expect(bars).to_have_text(
        [f"{names[k]}{shares[k]:.1%}" for k in np.argsort(-shares, kind="stable")[:5]]
    )
    expect(cards(page, "nearest")).to_have_count(5, timeout=LONG_MS)

    choose_recipe(page)
    expect(cards(page, "view-cards")).to_have_count(VIEWS)
    page.wait_for_url(re.compile("recipe=crop_and_flip"))
    expect(page.get_by_text(f"{VIEWS} views; the votes")).to_be_visible()
    page.wait_for_function(FITS)
    page.go_back()
    expect(cards(page, "view-cards")).to_have_count(0)
    expect(bars).to_have_count(5)
    page.go_forward()
    expect(cards(page, "view-cards")).to_have_count(VIEWS)

    # Nobody else sees the picture.
    other = visit(page.url)
    expect(other.get_by_text("Pictures stay in the server's memory")).to_be_visible()
    expect(cards(other, "answers")).to_have_count(0)
