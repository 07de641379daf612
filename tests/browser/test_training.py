from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from augment import runs
from augment.presets import PRESETS
from augment.runs import folders, queue
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system import files
from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, settle
from tests.browser.forwarding import forwarded
from tests.run_results import with_results
from tests.runs.conftest import eventually

SECONDS_TO_THE_FIRST_STEP = 400
SMALLEST = "/train?model=small&size=32&epochs=1"
STEP = "epoch,step,steps_per_epoch,seconds,waited,loss,accuracy\n1,{},9,30,0,2.9,0.05\n"


def start(page: Page, name: str) -> None:
    """Start a training from the Train page and follow it."""
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/runs\?run="))
    expect(page.get_by_role("heading", name=name)).to_be_visible()


@pytest.mark.slow
def test_a_training_is_started_followed_and_found_again(visit: Visits) -> None:
    page = visit(SMALLEST)
    start(page, "first")
    expect(page.get_by_text(re.compile("Starting|Waiting|Building")).first).to_be_visible()

    # Another one waits behind it, and is cancelled.
    queued = visit(SMALLEST)
    start(queued, "second")
    expect(queued.get_by_text("Waiting in the queue")).to_be_visible()
    queued.get_by_role("button", name="Cancel", exact=False).first.click()
    queued.get_by_role("button", name="Cancel this run").click()
    expect(queued.get_by_text("Cancelled.")).to_be_visible()

    curve(page).wait_for(timeout=SECONDS_TO_THE_FIRST_STEP * 1000)
    expect(page.get_by_text("Finished.", exact=True)).to_be_visible(timeout=400_000)
    # For a moment the page has what it shows of a run that goes on, and of one that is over.
    expect(page.get_by_text("Validation accuracy", exact=True)).to_have_count(1)
    expect(page.get_by_text("Validation accuracy", exact=True)).to_be_visible()
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_test_id("stCode")).to_contain_text("epoch 1 of 1")

    again = visit(page.url)
    expect(again.get_by_role("heading", name="first")).to_be_visible()
    expect(again.get_by_text("Finished.", exact=True)).to_be_visible()
    again.get_by_role("tab", name="What the model saw").click()
    again.locator(".grid[data-digest]").wait_for()
    settle(again)
    again.get_by_role("link", name="Open this recipe in Explore").click()
    again.get_by_role("heading", name="Explore", level=1).wait_for()
    again.locator(".grid[data-digest]").wait_for()
    again.wait_for_url(re.compile(r"[?&]r="))


def test_a_run_belongs_to_the_browser_that_started_it(visit: Visits, server_home: object) -> None:
    """Seen through a proxy, whose visitors are not at the server's machine; at their first visit."""
    lock = files.acquire(queue.lock_path(), timeout=60)  # so that no scheduler starts the runs
    assert lock is not None
    with lock, forwarded(visit.server.url) as proxy:
        before = {run.id for run in runs.list_runs()}
        mine = visit(f"{proxy}{SMALLEST}&seed=77")
        mine.set_viewport_size({"width": 1280, "height": 800})
        expect(mine.get_by_role("button", name="Start")).to_be_visible()
        settle(mine)
        for shown in (
            mine.get_by_role("button", name="Start"),
            mine.get_by_role("button", name="Does it help?"),
            mine.get_by_text(re.compile("in all")).first,
        ):
            expect(shown).to_be_visible()
            box = shown.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 800
        mine.get_by_role("button", name="Does it help?").dblclick()
        mine.wait_for_url(re.compile(r"/compare\?groups="))
        mine.get_by_role("heading", name="Compare", level=1).wait_for()
        started = [run for run in runs.list_runs() if run.id not in before]
        assert len(started) == 6
        assert len({run.owner for run in started}) == 1
        assert started[0].owner
        one = f"{proxy}/runs?run={started[0].id}"
        tab, other = mine.context.new_page(), visit(one)
        tab.goto(one)
        for page, cancels in ((tab, 1), (other, 0)):
            expect(page.get_by_text("Waiting in the queue")).to_be_visible()
            expect(page.get_by_role("button", name="Cancel")).to_have_count(cancels)
            expect(page.get_by_text("Started in another browser")).to_have_count(1 - cancels)
        # The pages are left before the proxy ends, and not while they still load.
        for page in (mine, tab, other):
            page.wait_for_load_state("networkidle")
            page.goto("about:blank")
        tab.close()
        # Whoever sits at the server itself may cancel it too.
        here = visit(f"/runs?run={started[0].id}")
        here.get_by_role("button", name="Cancel").first.click()
        here.get_by_role("button", name="Cancel this run").click()
        eventually(lambda: runs.get(started[0].id).is_over)
        for run in started:
            shutil.rmtree(run.path)


def test_a_cell_of_the_matrix_opens_its_pictures_and_polling_leaves_both_alone(
    visit: Visits, server_home: object
) -> None:
    config = RunConfig(recipe=PRESETS["mixing"].recipe, size=32, name="goes on", epochs=3)
    folder = folders.create("goes-on", config, [1, 3])
    with_results(folder)
    try:
        ended = follow(visit, folder)
        expect(ended.get_by_text("Finished.", exact=True)).to_be_visible()
        expect(ended.locator("h4.title").first).to_be_visible()
    finally:
        shutil.rmtree(folder.path)


def test_what_is_chosen_in_the_list_stays_while_it_goes_on(
    visit: Visits, server_home: object
) -> None:
    made = [
        folders.create(f"listed-{seed}", RunConfig(recipe=PRESETS["mixing"].recipe, seed=seed))
        for seed in (1, 2)
    ]
    lock = files.acquire(made[0].lock)
    assert lock is not None
    try:
        with lock:
            files.write_json(made[0].state, {"state": "RUNNING"})
            files.write_json(made[1].state, {"state": "SUCCEEDED"})
            page = visit("/runs?q=listed", width=390)
            for folder in made:
                box = page.get_by_role("checkbox", name=f"Choose {folder.id}")
                box.focus()
                page.keyboard.press("Space")
                expect(box).to_be_checked()
            for step in (1, 2):
                made[0].steps.write_text(STEP.format(step))
                expect(page.get_by_text(f"step {step} of 9")).to_be_visible()
            expect(page.get_by_text("2 runs chosen.")).to_be_visible()
            page.wait_for_function(FITS)
            files.write_json(made[0].state, {"state": "SUCCEEDED"})
        # From here on nothing polls, which a click may meet.
        expect(page.get_by_text("step 2 of 9")).to_have_count(0)
        settle(page)
        page.get_by_role("button", name="seed 2").click()
        page.wait_for_url(re.compile(r"[?&]run=listed-2"))
        page.get_by_role("button", name="All runs").click()
        expect(page.get_by_text("2 runs chosen.")).to_be_visible()
        settle(page)
        page.get_by_test_id("stMain").get_by_role("link", name="Compare").click()
        # The newest is first, if they were not made within one second.
        page.wait_for_url(re.compile(r"/compare\?groups=listed-[12](;|%3B)listed-[12]"))
    finally:
        for folder in made:
            shutil.rmtree(folder.path)


def follow(visit: Visits, folder: RunFolder) -> Page:
    """Follow a run to its end, with the pictures of a cell open."""
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        files.write_json(folder.state, {"state": "RUNNING"})
        folder.steps.write_text(STEP.format(1))
        page = visit(f"/runs?run={folder.id}")
        expect(page.get_by_text("step 1 of 9")).to_be_visible()
        page.get_by_role("tab", name="Confusions").click()
        matrix = page.locator("[data-testid=stVegaLiteChart]").last.locator("svg.marks")
        cell = matrix.locator("[role=graphics-symbol]").nth(3)
        expect(cell).to_be_visible()
        settle(page)  # a click before is lost
        cell.click()
        cards = page.locator("h4.title")
        cards.first.wait_for()
        count = cards.count()
        matrix.evaluate("drawn => { drawn.dataset.drawn = 'once'; }")
        for step in (2, 3):
            folder.steps.write_text(STEP.format(step))
            expect(page.get_by_text(f"step {step} of 9")).to_be_visible()
        assert matrix.get_attribute("data-drawn") == "once"
        assert cards.count() == count
        files.write_json(folder.state, {"state": "SUCCEEDED"})
    eventually(lambda: runs.get(folder.id).is_over)
    return page


def curve(page: Page) -> Locator:
    chart = "[data-testid=stVegaLiteChart]"
    return page.locator(f"{chart} canvas, {chart} svg").first
