from __future__ import annotations

import re
import shutil

from playwright.sync_api import expect

from augment.presets import PRESETS
from augment.runs import folders, sweep
from augment.runs.config import RunConfig
from augment.system import files
from tests.browser.conftest import Visits
from tests.browser.explore_page import FITS, settle

METRICS = "epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.1,2,{}\n"
OVER = ("rand_augment.magnitude=0.1,0.5", "rand_augment.augmentations_per_image=1,3")


def test_a_heat_map_fills_and_its_cells_lead_on(visit: Visits, server_home: object) -> None:
    config = RunConfig(recipe=PRESETS["guide"].recipe, model="small", size=32, epochs=1)
    orders = sweep.orders(config, [sweep.parse(config.recipe, text) for text in OVER], 1)
    made = [folders.create(order.run_id, order.config, [1], sweep=order.sweep) for order in orders]
    last = made[-1]
    lock = files.acquire(last.lock)
    assert lock is not None
    try:
        for folder, accuracy in zip(made, (0.4, 0.5, 0.6), strict=False):
            folder.metrics.write_text(METRICS.format(accuracy))
            files.write_json(folder.state, {"state": "SUCCEEDED"})
        with lock:
            files.write_json(last.state, {"state": "RUNNING"})
            page = visit(f"/sweep?sweep={(orders[0].sweep or {})['id']}", width=390, scheme="dark")
            chart = page.locator("[data-testid=stVegaLiteChart]").first
            expect(chart.get_by_text("60.0%")).to_be_visible()
            expect(page.get_by_text("3 of 4 runs finished")).to_be_visible()
            expect(chart.get_by_text("70.0%")).to_have_count(0)
            last.metrics.write_text(METRICS.format(0.7))
            files.write_json(last.state, {"state": "SUCCEEDED"})
        expect(chart.get_by_text("70.0%")).to_be_visible()
        expect(page.get_by_text("4 of 4 runs finished")).to_be_visible()
        # The text lies over its cell, so that a click there is a click on the cell.
        settle(page)
        chart.get_by_text("70.0%").click()
        words = "Magnitude 0.5, augmentations per image 3"
        expect(page.get_by_role("heading", name=words)).to_be_visible()
        page.wait_for_function(FITS)
        settle(page)
        page.get_by_role("link", name="Train it with 3 epochs").click()
        expect(page.get_by_role("spinbutton", name="Epochs", exact=True)).to_have_value("3")
        expect(page.get_by_role("listitem").filter(has_text="magnitude 0.5")).to_be_visible()
        page.wait_for_url(re.compile("model=small"))
    finally:
        for folder in made:
            shutil.rmtree(folder.path)
