from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from augment import runs
from augment.presets import PRESETS
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, settle
from tests.pages.compare.groups_of_runs import FLIPS, NOTHING, group
from tests.pages.conftest import METRICS

HURT = 3


def finished(run_id: str, **settings: object) -> RunFolder:
    """Write the folder of a run that is over."""
    given = {"recipe": PRESETS["mixing"].recipe, "epochs": 2} | settings
    folder = folders.create(run_id, RunConfig.from_dict(given), [1, 2])
    folder.metrics.write_text(METRICS)
    folder.state.write_text(json.dumps({"state": runs.SUCCEEDED}))
    return folder


@pytest.fixture
def groups(server_home: Path) -> Iterator[str]:
    first = group(finished, "nothing", NOTHING)
    second = group(finished, "flips", FLIPS, lambda labels: labels != HURT)
    yield f"{','.join(first)};{','.join(second)}"
    for one in (*first, *second):
        shutil.rmtree(runs.get(one).path)


LARGER = """selectors => {
    const [answer, title] = selectors.map(each => document.querySelector(each));
    const size = element => parseFloat(getComputedStyle(element).fontSize);
    return answer && title && size(answer) > size(title);
}"""


def test_from_the_answer_to_the_pictures_and_to_explore(visit: Visits, groups: str) -> None:
    page = visit(f"/compare?groups={groups}", scheme="dark")
    answer = page.locator(".st-key-answer p")
    expect(answer).to_contain_text("Crop and flip compared with nothing")
    # Awaited, as Streamlit may give an element its class after its text.
    page.wait_for_function(LARGER, arg=[".st-key-answer p", "h1"])
    page.get_by_text("Confusions that changed").click()
    cell = page.get_by_role("button", name=re.compile(r"^\+8\.0: "))
    expect(cell).to_be_visible()
    settle(page)  # a click before is lost
    cell.click()
    expect(page.get_by_text("8 pictures changed")).to_be_visible()
    expect(page.locator("h4.title")).to_have_count(8)
    matrix = page.locator("[data-testid=stVegaLiteChart]").last.locator("svg.marks")
    expect(matrix.locator("[role=graphics-symbol]").first).to_be_visible()
    settle(page)
    matrix.locator("[role=graphics-symbol]").first.click()
    expect(page.get_by_text(re.compile("8 pictures changed: .*, recognised"))).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FITS)
    settle(page)
    page.get_by_role("link", name=re.compile("Not for these classes")).click()
    page.get_by_role("heading", name="Explore", level=1).wait_for()
    page.wait_for_url(re.compile(r"[?&]r="))
