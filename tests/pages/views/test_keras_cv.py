"""keras_cv beside ours: offered, running, finished, stale, refused. A stand-in inverts pictures."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from augment import address, helper, kerascv
from augment.helper import MAX_WAITING, Helper
from augment.presets import PRESETS
from pages.components.views import keras_cv
from pages.components.views.asked import Asked
from tests.helper_tasks import IMAGES, LABELS, TASKS, doing
from tests.pages.shown import by_label, digest, errors, grid, plain, switch
from tests.runs.conftest import eventually

Open = Callable[..., AppTest]
OFFER, AGAIN, STOP = "Render with keras_cv", "Render again", "Stop waiting"
LONG = 60.0


@pytest.fixture
def stand_in(helper_with: Callable[..., Helper]) -> Helper:
    return helper_with(TASKS)


@pytest.fixture
def opened(stand_in: Helper, open_page: Open) -> Open:
    """Open the view, with the step whose id is the stand-in's task."""

    def open_view(step_id: str = "invert", **parameters: str) -> AppTest:
        steps = [{"op": "invert", "id": step_id}, {"op": "cut_mix"}, {"op": "elastic"}]
        recipe = address.encode(json.dumps({"version": 1, "steps": steps}))
        return open_page(r=recipe, **{"view": "keras_cv", "tiles": "4", **parameters})

    return open_view


def click(app: AppTest, label: str) -> AppTest:
    return by_label(app.button, label).click().run()


def request(app: AppTest) -> Any:
    return app.session_state[keras_cv.REQUEST]


def answered(app: AppTest) -> AppTest:
    """Wait for keras_cv, as the browser does by polling."""
    job = request(app).job
    if job is None:
        return app
    eventually(lambda: job.done(), LONG)
    return app.run()


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def text(app: AppTest) -> str:
    assert not app.exception
    shown = [*app.markdown, *app.caption, *app.error]
    return plain("\n".join(element.value for element in shown))


def names(app: AppTest) -> list[str]:
    return [tile["name"] for tile in grid(app)["tiles"]]


def sheet(app: AppTest, side: int) -> npt.NDArray[np.uint8]:
    """Return the pictures of one side, (B, S, S, 3), as the browser cuts them out."""
    header = grid(app)
    [element] = [
        each
        for each in app.get("bidi_component")
        if each.proto.component_name.endswith("image_grid")
    ]
    end = len(element.proto.bytes) - sum(one["bytes"] for one in header["sides"][side + 1 :])
    packed = element.proto.bytes[end - header["sides"][side]["bytes"] : end]
    whole = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR_RGB)
    size = header["size"]
    rows, columns = whole.shape[0] // size, whole.shape[1] // size
    cut = whole.reshape(rows, size, columns, size, 3).swapaxes(1, 2).reshape(-1, size, size, 3)
    return cut[[tile["at"][side] for tile in header["tiles"]]]


def test_it_is_offered_with_the_known_differences(opened: Open, stand_in: Helper) -> None:
    stand_in.close()
    app = opened()
    assert {OFFER} <= labels(app)
    assert STOP not in labels(app)
    assert "ten seconds or more" in text(app)
    assert "CutMix." in text(app)
    assert "the label is off by 0.18" in text(app)
    assert "Elastic is left out: keras_cv has no such layer." in text(app)
    assert "cannot be repeated" in text(app)
    assert len(names(app)) == 4
    assert stand_in.pid is None


def test_both_are_side_by_side_with_their_labels_and_times(opened: Open, stand_in: Helper) -> None:
    stand_in.close()  # the first request to a process loads TensorFlow
    app = opened()
    ours = sheet(app, 1)
    mine = [[each[1:] for each in tile["shares"]] for tile in grid(app)["tiles"]]
    app = answered(click(app, OFFER))
    assert errors(app) == []
    tiles = grid(app)["tiles"]
    assert [name.split(": ")[0] for name in names(app)] == 4 * ["ours", "keras_cv"]
    assert names(app)[0].removeprefix("ours: ") == names(app)[1].removeprefix("keras_cv: ")
    assert [[each[1:] for each in tile["shares"]] for tile in tiles[::2]] == mine
    assert all(tile["captions"] == ["changed"] for tile in tiles[1::2])
    assert all(tile["shares"] == [] for tile in tiles[1::2])
    before, after = sheet(app, 0).astype(int), sheet(app, 1).astype(int)
    np.testing.assert_array_equal(before[::2], before[1::2])
    assert abs(after[::2] - ours).mean() < 1
    assert abs(after[1::2] - (255 - before[1::2])).mean() < 3
    assert "keras_cv **500 ms**" in text(app)
    assert "4 pictures of 224 px" in text(app)
    assert "of loading TensorFlow" in text(app)
    assert AGAIN in labels(app)


def test_rendering_again_makes_a_new_request_without_loading(opened: Open) -> None:
    app = answered(click(opened(), OFFER))
    first = request(app)
    app = answered(click(app, AGAIN))
    assert request(app) is not first
    assert len(names(app)) == 8
    assert "Not included" not in text(app)


def test_the_page_works_while_it_waits_and_waiting_can_be_stopped(
    opened: Open, stand_in: Helper
) -> None:
    app = click(opened("hang"), OFFER)
    assert STOP in labels(app)
    assert OFFER not in labels(app)
    eventually(lambda: request(app).job.stage == "building", LONG)
    before = digest(app)
    by_label(app.number_input, "Seed").set_value(8).run()
    assert digest(app) != before
    assert "Building the layers" in text(app)
    assert "s so far. Your changes since then are rendered right after." in text(app)
    job = request(app).job
    app = click(app, STOP)
    assert errors(app) == []
    assert {OFFER} <= labels(app)
    stand_in.close()
    eventually(lambda: job.done(), LONG)
    assert {OFFER} <= labels(app.run())


def test_a_change_during_rendering_is_rendered_right_after(opened: Open, stand_in: Helper) -> None:
    stand_in.submit("echo").result(LONG)  # the process is there
    assert stand_in.pid
    os.kill(stand_in.pid, signal.SIGSTOP)
    app = click(opened(), OFFER)
    by_label(app.number_input, "Seed").set_value(8).run()
    assert "Your changes since then are rendered right after." in text(app)
    os.kill(stand_in.pid, signal.SIGCONT)
    app = answered(answered(app))
    assert request(app).subject.seed == 8
    assert len(names(app)) == 8


def test_the_place_in_the_queue_is_shown_and_a_change_takes_a_new_one(
    opened: Open, stand_in: Helper
) -> None:
    slow = kerascv.ask(doing("hang"), IMAGES, LABELS, timeout=LONG)
    app = click(opened(), OFFER)
    assert "Waiting for 1 other request." in text(app)
    first = request(app).job
    by_label(app.number_input, "Seed").set_value(8).run()
    assert request(app).job is not first
    assert "Waiting for 1 other request." in text(app)
    assert "Your changes" not in text(app)
    eventually(lambda: slow.stage == "building", LONG)
    assert stand_in.pid
    os.kill(stand_in.pid, signal.SIGKILL)
    assert len(names(answered(app))) == 8


def test_a_result_is_only_shown_for_its_subject(opened: Open) -> None:
    app = answered(click(opened(), OFFER))
    first = digest(app)
    by_label(app.number_input, "Seed").set_value(8).run()
    assert "have changed since keras_cv rendered them" in text(app)
    assert {OFFER} <= labels(app)
    assert len(names(app)) == 4
    by_label(app.number_input, "Seed").set_value(7).run()
    assert digest(app) == first
    by_label(app.number_input, "Epoch").set_value(1).run()
    assert len(names(app)) == 4
    by_label(app.run().number_input, "Epoch").set_value(0).run()
    assert digest(app) == first
    app.run()
    switch(app, "Elastic", on=False)
    assert len(names(app)) == 4
    switch(app, "Elastic", on=True)
    assert digest(app) == first
    by_label(app.run().multiselect, "Classes").set_value(["pink tulip"]).run()
    assert names(app) == ["pink tulip"]


@pytest.mark.parametrize(
    ("step_id", "message"),
    [("fail", "(ValueError: Dimensions must be equal)"), ("die", "(SIGKILL); the next request")],
)
def test_an_error_is_one_sentence_and_can_be_tried_again(
    opened: Open, step_id: str, message: str
) -> None:
    app = answered(click(opened(step_id), OFFER))
    [sentence] = errors(app)
    assert message in sentence
    assert len(names(app)) == 4
    app = answered(click(app, "Try again"))
    assert message in errors(app)[0]
    by_label(app.number_input, "Seed").set_value(8).run()
    assert errors(app) == []
    assert {OFFER} <= labels(app)


def test_a_missing_package_is_an_error_message(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "raise ModuleNotFoundError(\"No module named 'keras_cv'\")"
    (tmp_path / "keras_cv.py").write_text(missing, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(helper, "HELPER", Helper())
    [sentence] = errors(answered(click(opened(), OFFER)))
    assert (
        "cannot be loaded in this Python environment (ModuleNotFoundError: No module named 'keras_cv')"
        in sentence
    )


def test_a_full_queue_is_an_error_message(opened: Open, stand_in: Helper) -> None:
    asked = [kerascv.ask(doing("hang"), IMAGES, LABELS) for _ in range(1 + MAX_WAITING)]
    app = click(opened(), OFFER)
    [sentence] = errors(app)
    assert f"{MAX_WAITING} requests are waiting for the helper process already" in sentence
    asked[-1].cancel()
    app = click(app, "Try again")
    assert errors(app) == []
    assert f"Waiting for {MAX_WAITING} other requests." in text(app)
    click(app, STOP)
    for one in asked:
        one.cancel()


def test_a_second_click_makes_no_second_request(
    stand_in: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {})
    asked = Asked(
        key="asked",
        subject="a",
        make=lambda: kerascv.ask(doing("hang"), IMAGES, LABELS),
        finish=tuple,
        stages={},
    )
    asked.submit()
    first = st.session_state["asked"]
    asked.submit()
    assert st.session_state["asked"] is first
    assert kerascv.ask(doing("invert"), IMAGES, LABELS).ahead == 1


def test_steps_inside_policies_have_their_titles_too(open_page: Open) -> None:
    recipe = address.encode(PRESETS["guide"].recipe.to_json())
    app = open_page(r=recipe, view="keras_cv", tiles="4")
    for title in ("RandAugment", "CutMix", "MixUp"):
        assert f"**{title}.** " in text(app)
